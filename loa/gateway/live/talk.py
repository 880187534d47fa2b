"""One page that has a microphone: what it says, what it is told, when it is taken off the air."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog
from devicelink.refusals import Reason, Refused
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from loa.broadcasts.rules.speaking import END_WORDS, End
from loa.devices.tickets import Ticket
from loa.gateway.limits import Limit
from loa.gateway.live import wire
from loa.gateway.live.air import COUNT_IN_MS, Air, told
from loa.gateway.live.desk import Desk
from loa.gateway.live.timing import ClockMap
from loa.gateway.live.wire import Give, Level, Packet, Pong, Start, Stop, Want, Wish
from loa.kernel.errors import LoaError, Refusal

log = structlog.get_logger("loa.gateway.live")
PING_S, QUICK_PING_S, FIRST_PINGS = 1.0, 0.1, 5
LOST_S = 4.0  # a page that lives answers once a second
WARN_S = 60.0
LOUD_DB = -50.0
MOST_BAD = 200
WANTED_S = 30.0
_CARE_S = 0.25


@dataclass(slots=True, eq=False)
class Talk:
    """`others`: the open pages; `silence_s`: how long one may be silent. `bad` counts what no page of ours sends."""

    socket: WebSocket
    ticket: Ticket
    desk: Desk
    others: Callable[[], Iterable["Talk"]]
    silence_s: float
    clock: ClockMap = field(default_factory=ClockMap)
    air: Air | None = None
    bad: int = 0
    _asked: dict[int, int] = field(default_factory=dict)
    _number: int = 0
    _pinged: float = 0.0
    _heard_at: float = field(default_factory=time.monotonic)
    _loud_at: float = 0.0
    _warned: bool = False
    _shown: tuple[int, int] = (-1, -1)
    _wanted: dict[int, float] = field(default_factory=dict)
    _packets: Limit = field(default_factory=lambda: Limit(burst=300, per_second=60))
    _words: Limit = field(default_factory=lambda: Limit(burst=40, per_second=8))
    _starts: Limit = field(default_factory=lambda: Limit(burst=6, per_second=0.2))

    async def say(self, kind: str, **facts: object) -> None:
        """To the page, unless it is gone."""
        if self.socket.application_state is WebSocketState.CONNECTED:
            try:
                async with asyncio.timeout(LOST_S):
                    await self.socket.send_text(told(kind, **facts))
            except (RuntimeError, OSError, WebSocketDisconnect, TimeoutError):
                self._heard_at = 0.0

    async def refuse(self, code: str, detail: str) -> None:
        """A wish is not granted."""
        await self.say("refused", code=code, detail=detail)

    # --- what it says ---

    async def listen(self) -> End:
        """Until the page goes; how a session of it ends then."""
        while True:
            received = await self.socket.receive()
            if received["type"] == "websocket.disconnect":
                return End.LOST
            self._heard_at = time.monotonic()
            data, text = received.get("bytes"), received.get("text")
            try:
                if data is not None:
                    self._packet(data)
                else:
                    await self._word(text or "")
            except Refused as error:
                self.bad += 10 if error.reason is Reason.TOO_LARGE else 1
            if self.bad > MOST_BAD:
                return End.MISUSE

    def _packet(self, data: bytes) -> None:
        if not self._packets.allows("", time.monotonic()):
            raise Refused(Reason.LIMIT_EXCEEDED, "more sound than there is time")
        packet = wire.packet(data)
        if self.air is None or self.air.over is not None:
            return  # on its way when the session ended, or before it began
        before = self.air.batcher.row.wild
        self.air.add(Packet(self._ours(self.air, packet.at), packet.opus))
        self.bad += self.air.batcher.row.wild - before

    def _ours(self, air: Air, theirs: int) -> int:
        """An instant of the page's clock on the clock of the session."""
        return air.now() - (_us() - self.clock.ours(theirs))

    async def _word(self, text: str) -> None:
        if not self._words.allows("", time.monotonic()):
            raise Refused(Reason.LIMIT_EXCEEDED, "too many words")
        said = wire.read(text)
        if isinstance(said, Pong):
            self._pong(said)
        elif isinstance(said, Level):
            if said.db > LOUD_DB:
                self._is_heard()
        else:
            try:
                await self._do(said)
            except LoaError as error:
                await self.refuse(error.code, error.message)

    async def _do(self, said: wire.Said) -> None:
        if isinstance(said, Wish):
            await self.say("ready", **self.desk.ready(self.ticket, said))
        elif isinstance(said, Start):
            await self._start(said)
        elif isinstance(said, Want):
            await self._want(said)
        elif isinstance(said, Give):
            await self._give(said)
        elif isinstance(said, Stop):
            await self.take_off(End.STOPPED)
        else:
            raise Refused(Reason.MALFORMED, "a second ticket")

    def _pong(self, said: Pong) -> None:
        sent = self._asked.pop(said.n, None)
        if sent is None:
            raise Refused(Reason.WRONG_NONCE, "an answer to nothing")
        self.clock.heard(sent=sent, theirs=said.at, now=_us())

    async def _start(self, wish: Start) -> None:
        self._starts.require("", time.monotonic())
        if not self.clock.ready:
            raise Refusal("Đường truyền chưa sẵn sàng. Hãy đợi một giây rồi bấm lại.", code="live_not_measured")
        if self.air is not None and self.air.over is None:
            raise Refusal("Anh/chị đang nói rồi.", code="live_twice")
        self.air = await self.desk.start(self.ticket, wish)
        self._is_heard()
        facts = self.air.facts()
        await self.say("counting", wait=COUNT_IN_MS, length=self.air.session.end - self.air.session.start, **facts)

    async def _want(self, said: Want) -> None:
        """Only who could speak there may ask; the speaker is told who it is."""
        self._starts.require("", time.monotonic())
        found = [one for one in self.others() if one.air is not None and one.air.id == said.session]
        if not found or not any(row["session"] == said.session for row in self.desk.shown(self.ticket.area)):
            raise Refusal("Người đó vừa nói xong.", code="live_over")
        found[0]._wanted[self.ticket.user] = time.monotonic() + WANTED_S
        await found[0].say("wanted", user=self.ticket.user, name=self.ticket.name)
        await self.say("asked", session=said.session)

    async def _give(self, said: Give) -> None:
        takers = [one for one in self.others() if one.ticket.user == said.to]
        asked = self._wanted.pop(said.to, 0.0) > time.monotonic()
        if self.air is None or self.air.over is not None or not takers or not asked:
            raise Refusal("Người đó không còn chờ micrô.", code="live_nobody_waits")
        air = self.air
        await self.desk.hand_over(air, said.to)
        await self._over(End.HANDED_OVER)
        for one in takers:
            await one.say("offered", by=self.ticket.name, session=air.id)

    async def take_off(self, why: End) -> None:
        """End the session, if there is one."""
        if self.air is not None and self.air.over is None:
            await self.desk.end(self.air, why)
            await self._over(why)

    async def _over(self, why: End) -> None:
        seconds = self.air.spoken().spoken // 1000 if self.air else 0
        await self.say("over", reason=why.value, words=END_WORDS[why], seconds=seconds)
        self.air = None

    # --- what it is told ---

    async def care(self) -> None:
        """Four times a second: measure the clock, tell who reports, warn of silence, let go of a page that is gone."""
        while True:
            now = time.monotonic()
            pause = QUICK_PING_S if self._number < FIRST_PINGS else PING_S
            if now - self._pinged >= pause:
                await self._ping(now)
            if now - self._heard_at > LOST_S:
                await self.take_off(End.LOST)
                await self.socket.close(4408)
                return
            if self.air is not None:
                await self._look_after(self.air, now)
            await asyncio.sleep(min(pause, _CARE_S))

    async def _ping(self, now: float) -> None:
        self._pinged, self._number = now, self._number + 1
        self._asked = dict(list(self._asked.items())[-20:]) | {self._number: _us()}
        await self.say("ping", n=self._number)

    async def _look_after(self, air: Air, now: float) -> None:
        if air.over is not None:  # somebody or something else ended it
            await self._over(air.over)
            return
        shown = len(air.sounding), len(air.known)
        if shown != self._shown:
            self._shown = shown
            await self.say("state", sounding=shown[0], known=shown[1], expected=air.expected)
        silent = now - self._loud_at
        if silent > self.silence_s:
            await self.take_off(End.SILENT)
        elif silent > WARN_S and not self._warned:
            self._warned = True
            await self.say("silent", left=round(self.silence_s - silent))

    def _is_heard(self) -> None:
        self._loud_at, self._warned = time.monotonic(), False


def _us() -> int:
    return time.monotonic_ns() // 1000
