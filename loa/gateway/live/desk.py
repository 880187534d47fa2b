"""Who is on the air: one microphone for each loudspeaker at a time, handed over from person to person, seen by all."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import structlog
from devicelink.messages import Ack, Heard

from loa.areas.rules import is_inside
from loa.broadcasts.rules.speaking import End, level_of
from loa.devices.tickets import Ticket
from loa.gateway.beats import Beats
from loa.gateway.database import Away
from loa.gateway.endings import Endings
from loa.gateway.live.air import AGAIN_S, TURN_S, Air, Begin, Post, Studio
from loa.gateway.live.keeping import Archive
from loa.gateway.live.targets import Meant, counts, meant
from loa.gateway.live.ways import Ways
from loa.gateway.live.wire import Start, Wish
from loa.gateway.pages import Pages
from loa.gateway.presence import Presence
from loa.gateway.world import World
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms
from loa.kernel.errors import Refusal, Unavailable

log = structlog.get_logger("loa.gateway.live")
RESERVED_S = 20.0
MOST_ALERT_MS = 30 * 60_000
MOST_NAMES = 6


class Desk:
    """All sessions of this gateway. Only the event loop touches it."""

    def __init__(
        self,
        *,
        world: World,
        presence: Presence,
        beats: Beats,
        pages: Pages,
        ways: Ways,
        post: Post,
        folder: Path,
        is_active: Callable[[], bool],
    ) -> None:
        self._world = world
        self._presence = presence
        self._beats = beats
        self._pages = pages
        self._ways = ways
        self._is_active = is_active
        self._reserved: dict[int, tuple[frozenset[str], float]] = {}
        self._starting: dict[int, frozenset[str]] = {}
        self._again = 0.0
        self.airs: dict[str, Air] = {}
        self.archive = Archive(folder, ways.record)
        self.studio = Studio(post, self.archive, ways.sign)

    @property
    def endings(self) -> Endings:
        """Which tickets are void."""
        return self._world.endings

    def ready(self, ticket: Ticket, wish: Wish) -> dict[str, object]:
        """How many loudspeakers this would reach now, and who is on the air there. Invalid, NotFound."""
        target = meant(wish, ticket.area, self._world)
        found: dict[str, object] = dict(counts(target.devices, self._presence.is_online, self._is_held))
        found["busy"] = [air.facts() for air in self.airs.values() if air.begin.meant.devices & target.devices]
        return found

    async def start(self, ticket: Ticket, wish: Start) -> Air:
        """Put this person on the air. Invalid, NotFound, Denied, Refusal, Unavailable."""
        if not self._is_active():
            raise Unavailable("Máy chủ này đang chờ thay ca. Trang sẽ tự nối lại sau ít giây.", code="not_active")
        target = meant(wish.wish, ticket.area, self._world)
        self._require_free(ticket, target, wish)
        self._starting[ticket.user] = target.devices
        try:
            now = clock_now()
            permit, level, until = await self._leave(ticket, target, wish, now)
            await self._make_room(target, wish)
            there = counts(target.devices, self._presence.is_online, self._is_held)
            begin = Begin(
                ticket=ticket, meant=target, names=await self._names(wish), permit=permit, until=until, level=level,
                title=_line(wish.title), chime=wish.chime, alert=wish.alert,
            )  # fmt: skip
            air = await self.studio.start(begin, clock_now(), there["ready"])
        finally:
            del self._starting[ticket.user]
        self._reserved.pop(ticket.user, None)
        self.airs[air.id] = air
        self._tell("live.on", air)
        return air

    async def _leave(self, ticket: Ticket, target: Meant, wish: Start, now: datetime) -> tuple[str, str, int]:
        """(permit, level, end in ms). What rests on an alert only the signer can judge."""
        if wish.alert:
            return "", level_of(target.area), to_ms(now) + MOST_ALERT_MS
        try:
            leave = await asyncio.to_thread(self._ways.leave, ticket.user, target.area, now)
        except Away as error:
            raise Unavailable(
                "Cơ sở dữ liệu đang tạm nghỉ nên chưa xem được giấy phép. Hãy thử lại sau ít phút.",
                code="database_away",
            ) from error
        return leave.permit, level_of(leave.area), to_ms(leave.until)

    def _require_free(self, ticket: Ticket, target: Meant, wish: Start) -> None:
        if ticket.user in self._starting or any(air.begin.ticket.user == ticket.user for air in self.airs.values()):
            raise Refusal("Anh/chị đang nói ở một trang khác. Hãy kết thúc ở đó trước.", code="live_twice")
        for air in self.airs.values():
            if air.begin.meant.devices & target.devices and not (wish.alert and not air.begin.alert):
                who = ", ".join(air.begin.names)
                raise Refusal(
                    f"{air.begin.ticket.name} đang phát trực tiếp tại {who}. Hãy đợi, hoặc bấm “Xin micrô”.",
                    code="live_busy",
                )
        now = time.monotonic()
        self._reserved = {user: row for user, row in self._reserved.items() if row[1] > now}
        kept = [row[0] for user, row in self._reserved.items() if user != ticket.user]
        if any(devices & target.devices for devices in (*kept, *self._starting.values())):
            raise Refusal("Một người khác vừa nhận micrô ở đây. Hãy đợi vài giây.", code="live_busy")

    async def _make_room(self, target: Meant, wish: Start) -> None:
        """An emergency takes the microphone from what is none."""
        for air in [one for one in self.airs.values() if wish.alert and one.begin.meant.devices & target.devices]:
            await self.end(air, End.PREEMPTED)

    async def end(self, air: Air, why: End) -> None:
        """Take it off the air."""
        if self.airs.pop(air.id, None) is not None:
            try:
                await self.studio.end(air, why)
            finally:
                self._tell("live.over", air)

    async def hand_over(self, air: Air, to: int) -> None:
        """It ends, and for some seconds nobody but `to` may begin there."""
        self._reserved[to] = (air.begin.meant.devices, time.monotonic() + RESERVED_S)
        await self.end(air, End.HANDED_OVER)

    # --- what is heard of it ---

    def hear(self, device: str, said: Ack | Heard) -> None:
        """An acknowledgement or a report of a loudspeaker; of what is not live nothing is taken."""
        kind, _, name = said.of.partition(":")
        air = self.airs.get(name) if kind == "session" else None
        if air is not None:
            air.heard(device, said)

    def shown(self, area: str) -> list[dict[str, object]]:
        """Who is on the air in an area, above it and below it."""
        return [
            air.facts()
            for air in self.airs.values()
            if is_inside(air.begin.meant.area, area) or is_inside(area, air.begin.meant.area)
        ]

    def _tell(self, kind: str, air: Air) -> None:
        facts = air.facts()
        if air.over is not None:
            facts["reason"] = air.over.value
        self._pages.live(kind, air.begin.meant.area, facts)

    def _is_held(self, device: str) -> bool:
        beat = self._beats.last(device)
        return beat is not None and beat.held

    async def _names(self, wish: Start) -> tuple[str, ...]:
        """What was chosen, as people call it; never what a page says that it is called."""
        devices = [self._world.members[name].name or name for name in wish.devices]
        try:
            named = await asyncio.to_thread(self._ways.named, wish.areas, wish.groups)
        except Away:
            named = ("Khu vực đã chọn",)
        names = (*named, *devices)
        return names[:MOST_NAMES] + ((f"và {len(names) - MOST_NAMES} nơi khác",) if len(names) > MOST_NAMES else ())

    # --- loops ---

    async def turn(self) -> None:
        """Twenty times a second: send what is due, end what is over."""
        for air in list(self.airs.values()):
            now = air.now() // 1000
            if now >= air.session.end:
                await self.end(air, End.FULL)
            elif self._is_stopped(air, now):
                await self.end(air, End.HELD)
            elif self.endings.covers(air.begin.ticket) or now >= air.begin.ticket.expires:
                await self.end(air, End.SIGNED_OUT)
            else:
                await self.studio.turn(air)
        if self.airs and time.monotonic() - self._again > AGAIN_S:
            self._again = time.monotonic()
            for air in list(self.airs.values()):
                await self.studio.again(air, filter(self._presence.is_online, air.begin.meant.devices))
                self._tell("live.state", air)
        await asyncio.sleep(TURN_S)

    def _is_stopped(self, air: Air, now: int) -> bool:
        """A stop of the whole place, which only an emergency overrides."""
        return not air.begin.alert and any(
            state.subject.startswith("area/") and is_inside(air.begin.meant.area, state.area)
            for state in self._world.standing_holds(now)
        )

    async def close(self) -> None:
        """The gateway stops."""
        for air in list(self.airs.values()):
            await self.end(air, End.GATEWAY)
        self.archive.close()


def _line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())[:120]
