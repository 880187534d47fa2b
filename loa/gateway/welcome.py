"""Answers signed by the time key, from memory: welcome, time, receipt; and the hint that a document changed."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from devicelink.keyfiles import KeyFolder
from devicelink.limits import SPOKEN_VERSIONS
from devicelink.messages import Audience, Changed, Hello, Receipt, Time, Welcome
from devicelink.refusals import Reason, Refused

from loa.devices.rules.papers import audience_of, topic_of
from loa.gateway.timepiece import Timepiece
from loa.gateway.world import Member, Paper, World
from loa.kernel.clock import to_ms

HINT_LIFE = timedelta(minutes=10)
MAX_NONCE = 64

_decode_hello = msgspec.json.Decoder(Hello).decode


@dataclass(frozen=True, slots=True)
class Hint:
    """A signed `Changed` ready to be sent."""

    of: str
    topic: str
    audience: Audience
    jws: str
    expires: datetime


class Welcomer:
    """Signs with the time key and nothing else. `alerts(device, now)`: the JWS that it may have missed."""

    def __init__(
        self,
        world: World,
        keys: KeyFolder,
        timepiece: Timepiece,
        alerts: Callable[[Member, int], tuple[str, ...]] = lambda member, now: (),
    ) -> None:
        self._world = world
        self._alerts = alerts
        self._keys = keys
        self._timepiece = timepiece

    def read(self, device: str, payload: bytes) -> Hello:
        """The hello in `payload`. Refused with malformed, wrong_audience (another's name), unknown_version."""
        try:
            hello = _decode_hello(payload)
        except (ValueError, RecursionError) as error:
            raise Refused(Reason.MALFORMED, str(error)[:200]) from error
        if hello.device != device:
            raise Refused(Reason.WRONG_AUDIENCE, "hello in another's name")
        if not set(hello.versions) & set(SPOKEN_VERSIONS):
            raise Refused(Reason.UNKNOWN_VERSION, f"speaks {hello.versions[:8]}")
        check_nonce(hello.nonce)
        return hello

    def welcome(self, hello: Hello, now: datetime) -> str:
        """The answer to a hello: time, what the device should hold, and every stop, alert or end of one for it.

        Refused with no_valid_time while our own clock is in doubt.
        """
        self._require_time(now)
        member = self._world.members[hello.device]
        moment = to_ms(now)
        message = Welcome(
            audience=Audience(device=member.id),
            nonce=hello.nonce,
            time=moment,
            revisions=self._world.revisions_for(member),
            holds=self._world.holds_for(member, moment),
            alerts=self._alerts(member, moment),
        )
        return self._keys.sign(message, moment)

    def time(self, device: str, nonce: str, now: datetime) -> str:
        """What time it is, for a device that does not know.

        Refused with malformed, unknown_key (no such device), no_valid_time (our own clock is in doubt).
        """
        check_nonce(nonce)
        if device not in self._world.members:
            raise Refused(Reason.UNKNOWN_KEY, "no such device")
        self._require_time(now)
        moment = to_ms(now)
        return self._keys.sign(Time(audience=Audience(device=device), nonce=nonce, time=moment), moment)

    def _require_time(self, now: datetime) -> None:
        if self._timepiece.look(now):
            raise Refused(Reason.NO_VALID_TIME, "the clock of the gateway is in doubt, ask again later")

    def receipt(self, device: str, head: str, boot: str, count: int, now: datetime) -> str:
        """Proofs up to `count` of `boot` are stored; `head` is the hash of the uploaded chain head."""
        message = Receipt(audience=Audience(device=device), nonce=head, boot=boot, count=count)
        return self._keys.sign(message, to_ms(now))

    def changed(self, paper: Paper, now: datetime) -> Hint:
        """The hint that there is a new revision of this document."""
        audience = Audience(area="vn") if paper.subject == "all" else audience_of(paper.subject)
        identifier, expires = str(uuid.uuid4()), now + HINT_LIFE
        message = Changed(
            audience=audience,
            id=identifier,
            issued=to_ms(now),
            expires=to_ms(expires),
            document=paper.typ,  # type: ignore[arg-type]
            revision=paper.revision,
        )
        place = self._world.place_of(audience) or "vn"
        token = self._keys.sign(message, to_ms(now))
        return Hint(f"changed:{identifier}", topic_of(audience, place), audience, token, expires)


def check_nonce(nonce: str) -> None:
    """A nonce is repeated inside a signed answer, so it must not be long."""
    if not 8 <= len(nonce) <= MAX_NONCE:
        raise Refused(Reason.MALFORMED, "length of the nonce")
