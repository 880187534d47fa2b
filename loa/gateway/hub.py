"""The gateway put together: what arrives from engine, database and browsers, and the loops that carry it on."""

import asyncio
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from devicelink.keyfiles import KeyFolder

from loa.devices.actions.holding import HoldEntry
from loa.devices.actions.refusing import RefusalSum
from loa.devices.tickets import Ticket
from loa.gateway.alerts import way as alerts
from loa.gateway.alerts.doors import Outside
from loa.gateway.alerts.way import Way
from loa.gateway.auth import Responder
from loa.gateway.beats import Beats
from loa.gateway.database import Away, Database
from loa.gateway.edge import ResumeWish, StopWish
from loa.gateway.endings import Endings
from loa.gateway.engine import SPENT, Engine
from loa.gateway.events import Feed
from loa.gateway.expelled import Expelled
from loa.gateway.hints import Hints
from loa.gateway.holds import Holds
from loa.gateway.inbound import UP, Inbound
from loa.gateway.journal import Journal
from loa.gateway.keys import EngineKeys
from loa.gateway.leader import Leader
from loa.gateway.learning import Learning
from loa.gateway.live.desk import Desk
from loa.gateway.live.ways import Ways
from loa.gateway.logins import Logins
from loa.gateway.loops import Loops
from loa.gateway.outbox import Outbox
from loa.gateway.pages import Pages
from loa.gateway.posting import Posting
from loa.gateway.presence import Presence
from loa.gateway.refused import Refused
from loa.gateway.sight import Sight
from loa.gateway.snapshot import Snapshot
from loa.gateway.stops import PEERS, Stops
from loa.gateway.timepiece import Timepiece
from loa.gateway.welcome import Welcomer
from loa.gateway.world import HoldState, Paper, World
from loa.gateway.writing import Writing
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms

log = structlog.get_logger("loa.gateway")

WRITE_EVERY_S = 0.25
TICK_EVERY_S = 0.5
SNAPSHOT_EVERY_S = 5
HOURS_EVERY_S = 300
REFUSALS_EVERY_S = 2
CLOCK_EVERY_S = 10
ALIVE = "loa.gateway.active"


@dataclass(frozen=True)
class Parts:
    """Where everything is. `record_hold`, `note_refusals` write into the database and block, so does `alerts`."""

    database_url: str
    engine_url: str
    state_folder: Path
    keys: KeyFolder
    engine_keys: EngineKeys
    record_hold: Callable[[HoldEntry], object]
    note_refusals: Callable[[list[RefusalSum]], object]
    alerts: Outside
    live: Ways = field(default_factory=Ways)


class Hub:
    """One gateway process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.loops = Loops()
        self.world = World()
        self.feed = Feed(uuid.uuid4().hex[:8])
        self.database = Database(parts.database_url)
        self.engine = Engine(parts.engine_url, parts.engine_keys)
        self.timepiece = Timepiece()
        self.logins = Logins(parts.state_folder / "logins")
        self.responder = Responder(self.world, parts.engine_keys, self.logins)
        self.pages = Pages(self.world, self.feed)
        self.presence = Presence(self.world, self.pages.changed_state)
        self.beats = Beats(self.pages.beat)
        self.outbox = Outbox(self.presence.is_online)
        self.holds = Holds(self.world, parts.keys, Journal(parts.state_folder / "holds.journal"))
        self.leader = Leader(self, self.feed.epoch)
        self.alerts = Way(
            world=self.world,
            feed=self.feed,
            presence=self.presence,
            engine=self.engine,
            folder=parts.state_folder / "alerts",
            outside=parts.alerts,
            keep=self.loops.keep,
            is_active=lambda: self.leader.active,
        )
        self.welcomer = Welcomer(self.world, parts.keys, self.timepiece, self.alerts.welcome_for)
        self.refused = Refused(self.pages.refused)
        self.expelled = Expelled(self.engine)
        self.inbound = Inbound(
            world=self.world,
            presence=self.presence,
            beats=self.beats,
            outbox=self.outbox,
            refused=self.refused,
            welcomer=self.welcomer,
            pages=self.pages,
            is_active=lambda: self.leader.active,
            send=lambda sendings: self.loops.keep(self.posting.send(sendings)),
            on_flood=self.expelled.flooded,
            alerts=self.alerts,
        )
        self.writing = Writing(self.database, self.world, self.beats, self.presence, self.outbox, self.inbound)
        self.posting = Posting(self.database, self.world, self.outbox, self.engine, self.writing)
        self.stops = Stops(
            self.world, self.holds, self.outbox, self.pages, self.engine, self.posting.flush, parts.record_hold
        )
        self.hints = Hints(
            self.world, self.welcomer, self.presence, self.outbox, lambda: self.loops.keep(self.posting.flush())
        )
        self.learning = Learning(
            database=self.database,
            world=self.world,
            presence=self.presence,
            beats=self.beats,
            refused=self.refused,
            pages=self.pages,
            hints=self.hints,
            expelled=self.expelled,
            is_active=lambda: self.leader.active,
        )
        self.live = Desk(
            world=self.world,
            presence=self.presence,
            beats=self.beats,
            pages=self.pages,
            ways=parts.live,
            post=self.engine,
            folder=parts.state_folder / "live",
            is_active=lambda: self.leader.active,
        )
        self.inbound.hearers.append(self.live.hear)
        self._snapshot = Snapshot(parts.state_folder / "snapshot")
        self._disk = ThreadPoolExecutor(1, "snapshot")  # one after the other, so that the newest stays
        self._sight = Sight()
        self.filled = False

    # --- life ---

    async def start(self) -> None:
        """Fill the memory, log in to the engine, answer logins; from now on everything runs by itself."""
        await self.database.open()
        await self.fill()
        self._file_keyset()
        await self.engine.connect()
        await self.engine.listen(SPENT, lambda _, records: self.logins.heard(records, int(time.time())))
        await self.engine.answer_logins(
            lambda request: self.responder.answer(request, clock_now()), self.logins.take_fresh
        )
        await self.engine.listen(UP, self.inbound.receive)
        await self.engine.listen(PEERS, self.stops.heard_peer)
        await self.engine.listen(alerts.PEERS, self.alerts.heard_peer)
        await self.engine.listen(alerts.PEER_VOICES, self.alerts.heard_peer_voice)
        await self.engine.listen(ALIVE, self._on_peer_alive)
        await self.engine.watch(self.inbound.connected, self.inbound.disconnected)
        self.stops.recover()
        self.alerts.recover()
        self.alerts.start(self.loops.every)
        self.loops.every("leader", self.leader.run)
        self.loops.every("write", self.writing.newest, WRITE_EVERY_S)
        self.loops.every("hours", self.writing.hours, HOURS_EVERY_S / 20)
        self.loops.every("refusals", self._write_refusals, REFUSALS_EVERY_S)
        self.loops.every("tick", self._tick, TICK_EVERY_S)
        self.loops.every("clock", self._hear_clock, CLOCK_EVERY_S)
        self.loops.every("throw out", self.expelled.run)
        self.loops.every("close", self._close_messages, TICK_EVERY_S)
        self.loops.every("snapshot", self._save, SNAPSHOT_EVERY_S)
        self.loops.every("journal", self.stops.copy_journal)
        self.loops.every("live", self.live.turn)
        self.loops.every("live records", self.live.archive.copy)
        self.loops.every("keys", self._look_after_keys, 10)

    async def fill(self) -> None:
        """From the snapshot, and then, unless it is away, from the database: what differs changed in our absence."""
        found = self._snapshot.load(self.world)
        try:
            await self.database.look()
            await self.read_all()
        except Away as error:
            log.warning("database away, started from the snapshot", found=found, reason=str(error)[:100])
        self.filled = True

    async def stop(self) -> None:
        """Write what waits, log out."""
        database_up = self.leader.database_up
        await self.live.close()
        await self.loops.cancel()
        self.feed.close()
        if database_up:
            await self.writing.last()
        await self._save()
        await self.alerts.save()
        self._disk.shutdown()
        await self.engine.close()
        await self.database.close()
        self.logins.close()

    # --- what browsers ask ---

    def picture(self, area: str) -> dict[str, object]:
        """See Pages.picture."""
        picture = self.pages.picture(area, self.presence, self.beats, to_ms(clock_now()))
        return picture | {"live": self.live.shown(area)}

    def place_of(self, device: str) -> str | None:
        """Path of the unit in which a device stands."""
        member = self.world.members.get(device)
        return member.path if member else None

    @property
    def endings(self) -> Endings:
        """Which tickets are void."""
        return self.world.endings

    def health(self) -> dict[str, object]:
        """For the supervisor."""
        return {
            "ready": self.filled and self.engine.up,
            "active": self.leader.active,
            "engine": self.engine.up,
            "database": self.leader.database_up,
            "clock": str(self.timepiece.doubt) or "ok",
            "devices": len(self.world.members),
            "beats": self.beats.received,
            "logins": self.responder.accepted,
            "refused": self.responder.refused,
        }

    # --- what the leader wants ---

    async def read_all(self) -> None:
        """See Learning.read_all."""
        await self.learning.read_all()

    async def read_states(self) -> None:
        """See Learning.read_states."""
        await self.learning.read_states()

    async def read_outbox(self) -> None:
        """See Posting.read."""
        await self.posting.read()

    async def on_notice(self, payload: str) -> None:
        """See Learning.on_notice."""
        await self.learning.on_notice(payload)

    async def on_sign_out(self, payload: str) -> None:
        """See Learning.on_sign_out."""
        await self.learning.on_sign_out(payload)

    async def take_over(self) -> None:
        """Becoming active: what was sent before may have been answered to the other gateway; who is connected now?"""
        self.outbox.forget_rows()
        with suppress(Away):
            await self.read_states()
        asked = clock_now()
        connected = frozenset(await self.engine.connected()) & set(self.world.members)
        self.presence.settle(connected, asked, clock_now())
        self.learning.tell_news()

    # --- what tickets want ---

    async def stop_devices(self, ticket: Ticket, wish: StopWish) -> tuple[HoldState, int]:
        """See Stops.stop_devices."""
        return await self.stops.stop_devices(ticket, wish)

    async def resume_devices(self, ticket: Ticket, wish: ResumeWish) -> tuple[HoldState, int]:
        """See Stops.resume_devices."""
        return await self.stops.resume_devices(ticket, wish)

    # --- to the other gateway ---

    async def say_alive(self, name: str) -> None:
        """Let other gateways know that an active one lives."""
        await self.engine.publish_raw(ALIVE, name.encode())

    def _on_peer_alive(self, subject: str, payload: bytes) -> None:
        self.leader.heard_peer(payload.decode(errors="replace"), time.monotonic())

    # --- loops ---

    async def _tick(self) -> None:
        now, up = clock_now(), self.engine.up
        self.pages.clock(str(self.timepiece.look(now)))
        if self._sight.is_back(now, time.monotonic(), up=up):
            self.presence.saw_again(now)
        if self.leader.active:
            self.presence.tick(now, blind=not up)
            await self.posting.flush()

    def believe_clock(self) -> None:
        """The administrator of this machine says that its new time is right; `loa doctor` has written that down."""
        log.warning("told to believe the clock", doubt=str(self.timepiece.believe(clock_now())))

    async def _hear_clock(self) -> None:
        asked = self.timepiece.steady()
        told = await self.database.clock()
        self.timepiece.heard(told, asked=asked, now=clock_now())

    async def _close_messages(self) -> None:
        if self.leader.active:
            await self.posting.close()

    async def _write_refusals(self) -> None:
        rows = self.refused.take()
        try:
            if rows:
                await asyncio.to_thread(self._parts.note_refusals, rows)
        except Exception:
            self.refused.give_back(rows)
            raise

    async def _save(self) -> None:
        if not self.world.dirty:
            return
        self.world.dirty = False
        taken = self._snapshot.take(self.world, to_ms(clock_now()))
        try:
            await asyncio.get_running_loop().run_in_executor(self._disk, self._snapshot.save, taken)
        except asyncio.CancelledError:
            self.world.dirty = True  # it may not have been written
            raise
        except OSError as error:
            self.world.dirty = True
            log.error("the snapshot cannot be written", error=str(error))

    async def _look_after_keys(self) -> None:
        await self.holds.tidy(clock_now())
        if self._parts.keys.refresh() and self._file_keyset() and self.leader.active:
            paper = self.world.paper("keyset", "all")
            if paper is not None:
                self.hints.tell(paper)
        if self.leader.active:
            await self.stops.sign_anew()

    def _file_keyset(self) -> bool:
        keys = self._parts.keys
        paper = Paper(typ="keyset", subject="all", revision=keys.keyset.revision, jws=keys.keyset_jws)
        return self.world.file(paper)
