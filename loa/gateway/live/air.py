"""One voice on the air: its certificate, its key, its batches, and who reports that it sounds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec
import nacl.bindings
import nacl.utils
import structlog
from devicelink import topics
from devicelink.jws import encode64
from devicelink.messages import Ack, Heard, Session, SessionEnd
from devicelink.refusals import Reason, Refused
from devicelink.signing import Job, SignerUnavailable, job

from loa.broadcasts.actions.speaking import Spoken
from loa.broadcasts.rules.speaking import End
from loa.devices.tickets import Ticket
from loa.gateway.live.batching import Batcher
from loa.gateway.live.keeping import Archive, Recording
from loa.gateway.live.targets import Meant
from loa.gateway.live.timing import PACKET_US
from loa.gateway.live.ways import Sign
from loa.gateway.live.wire import Packet
from loa.kernel.clock import to_ms
from loa.kernel.errors import Refusal, Unavailable

log = structlog.get_logger("loa.gateway.live")
COUNT_IN_MS = 3_000
AGAIN_S = 2.0
MOST_AGAIN = 200  # certificates that are sent again in one round
END_LIFE_MS = 3_600_000
TURN_S = 0.05
_AWAY = "Bộ phận ký của hệ thống đang tạm nghỉ nên chưa phát trực tiếp được. Hãy thử lại sau ít phút."
_REFUSED = {
    Reason.NOT_APPROVED: "Bộ phận ký không thấy giấy phép nào cho anh/chị nói ở đây lúc này.",
    Reason.OUTSIDE_HOURS: "Giấy phép phát trực tiếp không cho nói vào giờ này.",
    Reason.LIMIT_EXCEEDED: "Giấy phép phát trực tiếp không còn đủ số phút cho hôm nay.",
    Reason.EXPIRED: "Giấy phép phát trực tiếp vừa hết hạn.",
}


class Post(Protocol):
    """How bytes get to loudspeakers."""

    def publish(self, topic: str, token: str) -> Awaitable[None]: ...

    def send(self, topic: str, payload: bytes) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Begin:
    """What a session begins with: who, for whom, resting on what, until when at most (ms)."""

    ticket: Ticket
    meant: Meant
    names: tuple[str, ...]
    permit: str
    until: int
    level: str
    title: str = ""
    chime: bool = True
    alert: str = ""


@dataclass(slots=True)
class Air:
    """A session that is signed. Times in microseconds of our clock, which no step of the wall clock moves."""

    begin: Begin
    session: Session
    jws: str
    batcher: Batcher
    recording: Recording
    now: Callable[[], int]
    expected: int = 0
    known: set[str] = field(default_factory=set)
    sounding: set[str] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)
    over: End | None = None
    stopped_at: int = 0

    @property
    def id(self) -> str:
        """Of the session."""
        return self.session.id

    def add(self, packet: Packet) -> bool:
        """A packet with a stamp of our clock."""
        return self.batcher.add(packet, self.now())

    def heard(self, device: str, said: Ack | Heard) -> bool:
        """What a loudspeaker reports; True if that changes what is shown."""
        if device not in self.begin.meant.devices:
            return False
        before = len(self.sounding), len(self.known)
        self.known.add(device)
        if isinstance(said, Heard):
            if said.state == "sounding":
                self.sounding.add(device)
                self.reported.add(device)
            else:
                self.sounding.discard(device)
        return before != (len(self.sounding), len(self.known))

    def facts(self) -> dict[str, object]:
        """What pages show of it."""
        return {
            "session": self.id,
            "user": self.begin.ticket.user,
            "speaker": self.begin.ticket.name,
            "places": list(self.begin.names),
            "title": self.begin.title,
            "since": self.session.start,
            "until": self.session.end,
            "expected": self.expected,
            "sounding": len(self.sounding),
            "alert": self.begin.alert,
        }

    def spoken(self) -> Spoken:
        """What is written down of it."""
        start = self.session.start
        ended = max(start, self.stopped_at // 1000) if self.over else 0
        return Spoken(
            session=self.id,
            area=self.begin.meant.area,
            user=self.begin.ticket.user,
            permit=self.begin.permit,
            alert=self.begin.alert,
            title=self.begin.title,
            targets=self.begin.names,
            started=start,
            ended=ended,
            spoken=self.batcher.captured * PACKET_US // 1000,
            reason=self.over.value if self.over else "",
            expected=self.expected,
            sounding=len(self.reported),
        )


class Studio:
    """Puts sessions on the air and takes them off. `sign` asks the signer and blocks."""

    def __init__(self, post: Post, archive: Archive, sign: Sign) -> None:
        self._post = post
        self._archive = archive
        self._sign = sign

    async def start(self, begin: Begin, now: datetime, expected: int) -> Air:
        """Have it signed and tell the loudspeakers. Refusal, Unavailable."""
        public, secret = nacl.bindings.crypto_sign_seed_keypair(nacl.utils.random(32))
        issued = to_ms(now)
        start = issued + COUNT_IN_MS
        session = Session(
            audience=begin.meant.audience,
            id=nacl.utils.random(16).hex(),
            issued=issued,
            expires=begin.until,
            start=start,
            end=begin.until,
            public=encode64(public),
            where=begin.meant.where,
            chime=begin.chime,
            alert=begin.alert,
            level=begin.level,
            speaker=begin.ticket.name[:120],
            title=begin.title[:120],
        )
        jws = await self._signed(job(session, permit=begin.permit, person=str(begin.ticket.user)))
        wall, steady = time.time_ns() // 1000, time.monotonic_ns() // 1000
        batcher = Batcher(session.id, start * 1000, secret)
        air = Air(
            begin=begin,
            session=session,
            jws=jws,
            batcher=batcher,
            recording=None,  # type: ignore[arg-type]  # it is begun with what is written down of this very session
            now=lambda: wall + time.monotonic_ns() // 1000 - steady,
            expected=expected,
        )
        air.recording = self._archive.begin(air.spoken())
        for topic in begin.meant.topics:
            await self._post.publish(topic, jws)
        log.info("live begins", session=session.id, user=begin.ticket.user, area=begin.meant.area)
        return air

    async def _signed(self, wanted: Job) -> str:
        try:
            return await asyncio.to_thread(self._sign, wanted)
        except SignerUnavailable as error:
            log.warning("the signer is away", reason=str(error)[:200])
            raise Unavailable(_AWAY, code="signer_away") from error
        except Refused as error:
            log.warning("the signer refuses", reason=str(error)[:200])
            words = _REFUSED.get(error.reason, "Bộ phận ký từ chối phiên phát trực tiếp này.")
            raise Refusal(words, code=f"signer_{error.reason}", facts={"detail": error.detail}) from error

    async def turn(self, air: Air) -> None:
        """Send what is due."""
        for signed, packets in air.batcher.due(air.now()):
            air.recording.add(packets)
            for topic in air.begin.meant.topics:
                await self._post.send(topic, signed)

    async def again(self, air: Air, there: Iterable[str]) -> None:
        """Tell those that are there and have not said that they know."""
        for device in [name for name in there if name not in air.known][:MOST_AGAIN]:
            await self._post.publish(topics.down(device), air.jws)

    async def end(self, air: Air, why: End) -> None:
        """Take it off the air: with no more batches loudspeakers end by themselves; a signed end is quicker."""
        if air.over is not None:
            return
        await self.turn(air)
        air.over, air.stopped_at = why, max(air.now(), air.session.start * 1000)
        await self._say_end(air, why)
        spoken = air.spoken()
        await air.recording.close(spoken)
        self._archive.ended(air.id)
        log.info("live ends", session=air.id, why=why.value, seconds=spoken.spoken // 1000)

    async def _say_end(self, air: Air, why: End) -> None:
        now = time.time_ns() // 1_000_000
        end = SessionEnd(
            audience=air.session.audience,
            id=f"end-{air.id}",
            issued=now,
            expires=now + END_LIFE_MS,
            session=air.id,
            at=min(air.now() // 1000, air.session.end),
            reason=why.value,
        )
        try:
            jws = await asyncio.to_thread(self._sign, job(end))
        except (Refused, SignerUnavailable) as error:
            log.warning("no signed end: loudspeakers end by themselves", session=air.id, reason=str(error)[:200])
            return
        for topic in air.begin.meant.topics:
            await self._post.publish(topic, jws)


def told(kind: str, **facts: object) -> str:
    """A message to a page."""
    return msgspec.json.encode({"t": kind, **facts}).decode()
