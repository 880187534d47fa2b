"""How the platform asks the signer: a Unix socket, frames of JSON, many documents in one round trip.

Frame = 4 bytes length (big endian) + JSON. The payload is JSON inside JSON. The signer signs its own encoding of what
it judged, so the document to keep is the one inside the JWS. One refused document does not spoil its batch.
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import msgspec

from devicelink.messages import Hours, Message
from devicelink.refusals import Reason, Refused
from devicelink.vouching import Word
from devicelink.widening import DEFAULT_CEILING, Confirmed

MAX_FRAME_BYTES = 32 * 1024 * 1024  # of an answer
MAX_REQUEST_BYTES = 9 * 1024 * 1024  # one batch; what is longer the signer does not even read
BATCH_BYTES = 8 * 1024 * 1024
BATCH_JOBS = 512
DEFAULT_TIMEOUT_S = 30.0


class SignerUnavailable(Exception):
    """The signer did not answer: not started, too slow, or gone midway. Nothing was lost; ask again later."""


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document to sign: its `typ` and its JSON.

    `second` names a second person who agreed. It is written into the signer's journal and proves nothing by itself.
    `words` are what people vouched for an alert or a cancel; `cap` is the signed CAP document of a source (XML) that
    may be relayed without anybody. Of a live session `permit` is the id of what it rests on ("" = its alert) and
    `person` the user id of who speaks.
    """

    typ: str
    payload: msgspec.Raw
    second: str = ""
    words: tuple[Word, ...] = ()
    cap: str = ""
    permit: str = ""
    person: str = ""


class Signed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one job: `jws`, or why not (`code` is a `Reason`, `detail` English for logs)."""

    jws: str = ""
    code: str = ""
    detail: str = ""

    def token(self) -> str:
        """The JWS, or `Refused` with the signer's reason."""
        if not self.jws:
            raise Refused(Reason(self.code), self.detail)
        return self.jws


class Sign(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="sign"):
    """Request: sign these. Answered by `Outcomes`, one outcome a job, in the same order."""

    jobs: tuple[Job, ...]


class Outcomes(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="signed"):
    """Answer to `Sign`."""

    outcomes: tuple[Signed, ...]


class Confirm(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="confirm"):
    """Request: do you take this as confirmed by a second person? Answered by `Judged`. Nothing is signed."""

    confirmed: Confirmed


class Judged(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="judged", omit_defaults=True):
    """Answer to `Confirm`: no `code` when it was accepted (and noted), else a `Reason`; `name` of the confirmer."""

    code: str = ""
    detail: str = ""
    name: str = ""


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="status"):
    """Request: are you well? Answered by `Status`."""


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What the signer's host lets any extension be: `days` a year in one area, between minutes `earliest` and `latest`
    of the local day; `latest` may pass 1440, into the night."""

    days: int = 24
    earliest: int = 4 * 60
    latest: int = 25 * 60


class Status(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="well"):
    """Answer to `Ask`: the kids by role, the one that speaks for most; whether the database answers, how many documents
    were signed since start.

    `ceiling`: hours that need nobody's confirmation. `confirmers`: user ids whose passkeys may confirm hours now, with
    areas; `vouchers`: likewise for alerts. `break_glass`: areas in which one person may vouch alone. `extension`: how
    far extensions may go here. `in_use`: all kids of each role that are chosen now, one for each area that has its own.
    """

    kids: dict[str, str]
    database: bool
    signed: int
    ceiling: Hours = DEFAULT_CEILING
    confirmers: tuple[tuple[str, str], ...] = ()
    extension: Bound = Bound()
    vouchers: tuple[tuple[str, str], ...] = ()
    break_glass: tuple[str, ...] = ()
    in_use: dict[str, tuple[str, ...]] = {}


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="failure"):
    """Answer to a frame that is not a request, or when the signer cannot work (its database is away)."""

    code: str
    detail: str


Request = Sign | Confirm | Ask
Answer = Outcomes | Judged | Status | Failure


def job(
    message: Message,
    *,
    second: str = "",
    words: tuple[Word, ...] = (),
    cap: str = "",
    permit: str = "",
    person: str = "",
) -> Job:
    """The job that signs this message."""
    raw = msgspec.Raw(msgspec.json.encode(message))
    return Job(typ=message.typ, payload=raw, second=second, words=words, cap=cap, permit=permit, person=person)


def frame(body: object) -> bytes:
    """A frame with the JSON of `body`. ValueError when it is longer than the signer reads."""
    encoded = msgspec.json.encode(body)
    if len(encoded) > MAX_FRAME_BYTES:
        raise ValueError(f"frame of {len(encoded)} bytes")
    return struct.pack(">I", len(encoded)) + encoded


class SignerClient:
    """A blocking connection; use it as a context manager, from one thread. `timeout` in seconds counts per answer."""

    def __init__(self, path: str | Path, *, timeout: float = DEFAULT_TIMEOUT_S) -> None:
        self._path = str(path)
        self._timeout = timeout
        self._socket: socket.socket | None = None

    def __enter__(self) -> "SignerClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def sign(self, message: Message, *, second: str = "", words: tuple[Word, ...] = ()) -> str:
        """The JWS of one message. Refused with the signer's reason, or SignerUnavailable."""
        (outcome,) = self.sign_all([job(message, second=second, words=words)])
        return outcome.token()

    def sign_all(self, jobs: Iterable[Job]) -> Iterator[Signed]:
        """One outcome a job, in order. Jobs are taken as they come, in frames of some megabytes: bounded memory."""
        for batch in _batches(jobs):
            answer = self._ask(Sign(jobs=batch))
            if not isinstance(answer, Outcomes) or len(answer.outcomes) != len(batch):
                raise SignerUnavailable(f"unexpected answer: {type(answer).__name__}")
            yield from answer.outcomes

    def confirm(self, confirmed: Confirmed) -> str:
        """The name of the confirmer, once the signer has taken and noted it. Refused, or SignerUnavailable."""
        answer = self._ask(Confirm(confirmed=confirmed))
        if not isinstance(answer, Judged):
            raise SignerUnavailable(f"unexpected answer: {type(answer).__name__}")
        if answer.code:
            raise Refused(Reason(answer.code), answer.detail)
        return answer.name

    def status(self) -> Status:
        """How the signer is. SignerUnavailable when it does not answer."""
        answer = self._ask(Ask())
        if not isinstance(answer, Status):
            raise SignerUnavailable(f"unexpected answer: {type(answer).__name__}")
        return answer

    def _ask(self, request: Request) -> Answer:
        sent = frame(request)
        reused = self._socket is not None
        try:
            answer = self._exchange(sent)
        except ConnectionError as error:
            if not reused:
                raise self._away(error) from error
            answer = self._again(sent)  # the signer was restarted since the last question
        except (OSError, msgspec.MsgspecError) as error:
            raise self._away(error) from error
        if isinstance(answer, Failure):
            raise SignerUnavailable(f"signer at {self._path}: {answer.code}: {answer.detail}")
        return answer

    def _again(self, sent: bytes) -> Answer:
        self.close()
        try:
            return self._exchange(sent)
        except (OSError, msgspec.MsgspecError) as error:
            raise self._away(error) from error

    def _exchange(self, sent: bytes) -> Answer:
        connection = self._connection()
        connection.sendall(sent)
        (length,) = struct.unpack(">I", read_exactly(connection, 4))
        if length > MAX_FRAME_BYTES:
            raise OSError(f"answer of {length} bytes")
        answer: Answer = msgspec.json.decode(read_exactly(connection, length), type=Answer)
        return answer

    def _away(self, error: Exception) -> SignerUnavailable:
        self.close()
        return SignerUnavailable(f"signer at {self._path}: {error}")

    def _connection(self) -> socket.socket:
        if self._socket is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(self._timeout)
            try:
                connection.connect(self._path)
            except OSError:
                connection.close()
                raise
            self._socket = connection
        return self._socket


def _batches(jobs: Iterable[Job]) -> Iterator[tuple[Job, ...]]:
    batch: list[Job] = []
    size = 0
    for item in jobs:
        length = len(bytes(item.payload))
        if batch and (size + length > BATCH_BYTES or len(batch) >= BATCH_JOBS):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield tuple(batch)


def read_exactly(connection: socket.socket, length: int) -> bytes:
    """So many bytes. ConnectionError when the other end closes before, TimeoutError when it hesitates."""
    received = bytearray(length)
    view = memoryview(received)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            raise ConnectionError("closed midway")
        view = view[count:]
    return bytes(received)
