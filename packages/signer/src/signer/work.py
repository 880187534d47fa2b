"""One batch: read it, look up the facts, judge, write the journal, and only then hand out signatures."""

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from devicelink import jws
from devicelink.freshness import State, event_of, slot_of
from devicelink.keyfiles import KeyFolder, KeyProblem
from devicelink.limits import MAX_MESSAGE_BYTES
from devicelink.messages import DOWNWARD
from devicelink.refusals import Reason, Refused
from devicelink.signing import Answer, Ask, Failure, Job, Outcomes, Request, Sign, Signed, Status

from signer.checks import SIGNED, Facts, SignedMessage, check, role_of
from signer.facts import Database, DatabaseAway
from signer.journal import Journal, Line

log = logging.getLogger("signer")


@dataclass(slots=True)
class Desk:
    """Keys, database, journal, clock (Unix ms). One batch at a time: the connection and the journal are not shared."""

    keys: KeyFolder
    database: Database
    journal: Journal
    clock: Callable[[], int]
    signed: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request, peer: str) -> Answer:
        """What goes back to the caller; `peer` names it in the journal."""
        with self._turn:
            try:
                self._refresh()
                return self._sign(request, peer) if isinstance(request, Sign) else self._status(request)
            except (DatabaseAway, KeyProblem, OSError) as error:
                log.error("cannot sign: %s", error)
                return Failure(code=type(error).__name__, detail=str(error)[:500])

    def _status(self, _: Ask) -> Status:
        return Status(kids=self.keys.kids(self.clock()), database=self.database.answers(), signed=self.signed)

    def _refresh(self) -> None:
        if self.keys.refresh():
            log.info("keyset %s", self.keys.keyset.revision)

    def _sign(self, request: Sign, peer: str) -> Outcomes:
        read = [_read(job) for job in request.jobs]
        facts = self.database.facts(message for message in read if not isinstance(message, Refused))
        now = self.clock()
        lines: list[Line] = []
        outcomes = [
            self._one(message, facts, now, lines, Line(at=now, typ=job.typ, peer=peer, second=job.second[:80]))
            for message, job in zip(read, request.jobs, strict=True)
        ]
        self.journal.add(lines, now)
        self.signed += len(lines)
        return Outcomes(outcomes=tuple(outcomes))

    def _one(self, message: SignedMessage | Refused, facts: Facts, now: int, lines: list[Line], draft: Line) -> Signed:
        try:
            if isinstance(message, Refused):
                raise message
            check(message, scope=self.keys.scope(role_of(type(message)), now), facts=facts, now=now)
            payload = msgspec.json.encode(message)  # never the caller's bytes: what was judged is what is signed
            if len(payload) > MAX_MESSAGE_BYTES:
                raise Refused(Reason.TOO_LARGE, f"{len(payload)} bytes")
            token = self.keys.sign_bytes(payload, type(message), now)
        except Refused as refused:
            log.warning("refused: %s", refused)
            return Signed(code=refused.reason, detail=refused.detail)
        lines.append(_complete(draft, message, payload))
        return Signed(jws=token)


def _read(job: Job) -> SignedMessage | Refused:
    """The message, or why it is none."""
    kind = SIGNED.get(job.typ)
    try:
        if kind is None:
            reason = Reason.WRONG_ROLE if job.typ in DOWNWARD else Reason.UNKNOWN_TYPE
            raise Refused(reason, f"the signer does not sign {job.typ[:40]!r}")
        return jws.decode(bytes(job.payload), kind)
    except Refused as refused:
        return refused


def _complete(draft: Line, message: SignedMessage, payload: bytes) -> Line:
    return msgspec.structs.replace(
        draft,
        of=slot_of(message) if isinstance(message, State) else event_of(message),
        revision=message.revision if isinstance(message, State) else 0,
        digest=hashlib.sha256(payload).hexdigest(),
    )
