"""The gateway put together: what arrives from engine, database and browsers, and the loops that carry it on."""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import structlog
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Audience

from loa.devices.actions.holding import HoldEntry
from loa.devices.actions.refusing import RefusalSum
from loa.devices.rules.condition import Cause, Condition, State
from loa.devices.tickets import Ticket
from loa.gateway.auth import SPOKEN_UP, Responder
from loa.gateway.beats import Beats
from loa.gateway.database import Away, Database
from loa.gateway.edge import ResumeWish, StopWish
from loa.gateway.endings import Endings, SignOut
from loa.gateway.engine import SPENT, Engine
from loa.gateway.events import Feed
from loa.gateway.holds import Holds
from loa.gateway.inbound import UP, Inbound
from loa.gateway.journal import Journal
from loa.gateway.keys import EngineKeys
from loa.gateway.leader import Leader
from loa.gateway.limits import Limit
from loa.gateway.logins import Logins
from loa.gateway.loops import Loops
from loa.gateway.outbox import Delivery, Outbox, Sending
from loa.gateway.pages import Pages
from loa.gateway.presence import Presence
from loa.gateway.refused import Refused
from loa.gateway.snapshot import Snapshot
from loa.gateway.stops import PEERS, Stops
from loa.gateway.welcome import Welcomer
from loa.gateway.world import HoldState, Member, Paper, World
from loa.gateway.writing import Writing
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms

log = structlog.get_logger("loa.gateway")

WRITE_EVERY_S = 0.25
TICK_EVERY_S = 0.5
SNAPSHOT_EVERY_S = 5
HOURS_EVERY_S = 300
HINT_TRIES = 3
NEWS_S = 300
REFUSALS_EVERY_S = 2
ALIVE = "loa.gateway.active"


@dataclass(frozen=True)
class Parts:
    """Where everything is. `record_hold`, `note_refusals` write into the database and block."""

    database_url: str
    engine_url: str
    state_folder: Path
    keys: KeyFolder
    engine_keys: EngineKeys
    record_hold: Callable[[HoldEntry], object]
    note_refusals: Callable[[list[RefusalSum]], object]


class Hub:
    """One gateway process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.loops = Loops()
        self.world = World()
        self.feed = Feed(uuid.uuid4().hex[:8])
        self.database = Database(parts.database_url)
        self.engine = Engine(parts.engine_url, parts.engine_keys)
        self.welcomer = Welcomer(self.world, parts.keys)
        self.logins = Logins(parts.state_folder / "logins")
        self.responder = Responder(self.world, parts.engine_keys, self.logins)
        self.pages = Pages(self.world, self.feed)
        self.presence = Presence(self.world, self.pages.changed_state)
        self.beats = Beats(self.pages.beat)
        self.outbox = Outbox(self.presence.is_online)
        self.holds = Holds(self.world, parts.keys, Journal(parts.state_folder / "holds.journal"))
        self.stops = Stops(
            self.world, self.holds, self.outbox, self.pages, self.engine, self._flush_outbox, parts.record_hold
        )
        self.leader = Leader(self, self.feed.epoch)
        self.refused = Refused(self.pages.refused)
        self._snapshot = Snapshot(parts.state_folder / "snapshot")
        self.inbound = Inbound(
            world=self.world,
            presence=self.presence,
            beats=self.beats,
            outbox=self.outbox,
            refused=self.refused,
            welcomer=self.welcomer,
            pages=self.pages,
            is_active=lambda: self.leader.active,
            send=lambda sendings: self.loops.keep(self._send(sendings)),
            on_flood=self._on_flood,
        )
        self.writing = Writing(self.database, self.world, self.beats, self.presence, self.outbox, self.inbound)
        self._flooders = Limit(burst=3, per_second=0.5)
        self._void: dict[str, datetime] = {}
        self._news: dict[tuple[str, str], tuple[float, Paper]] = {}
        self._was_up = True
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
        for typ in SPOKEN_UP:
            await self.engine.listen(UP + typ, self.inbound.receive)
        await self.engine.listen(PEERS, self.stops.heard_peer)
        await self.engine.listen(ALIVE, self._on_peer_alive)
        await self.engine.watch(self.inbound.connected, self.inbound.disconnected)
        self.stops.recover()
        self.loops.every("leader", self.leader.run)
        self.loops.every("write", self.writing.newest, WRITE_EVERY_S)
        self.loops.every("hours", self.writing.hours, HOURS_EVERY_S / 20)
        self.loops.every("refusals", self._write_refusals, REFUSALS_EVERY_S)
        self.loops.every("tick", self._tick, TICK_EVERY_S)
        self.loops.every("snapshot", self._save, SNAPSHOT_EVERY_S)
        self.loops.every("journal", self.stops.copy_journal)
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

    async def read_all(self) -> None:
        """Everything from the database; documents only as far as they are newer than those held."""
        members = await self.database.members()
        gone = set(self.world.members) - {member.id for member in members}
        for member in members:
            self._learn(member)
        for identifier in gone:
            self._forget(identifier)
        self.world.group_areas, self.world.plan_set_areas = await self.database.places()
        for paper in await self.database.papers(lambda typ, subject: self.world.papers.get((typ, subject))):
            self._take_paper(paper)
        for state in await self.database.holds():
            self.world.hold(state)
        for row in await self.database.sign_outs():
            self.world.sign_out(row)
        self._tell_news()

    def _learn(self, member: Member) -> None:
        """Take over a device as the database has it; a login with another key or for another place is void."""
        before = self.world.members.get(member.id)
        if before == member:
            return
        self.world.put(member)
        self.presence.reconsider(member.id)
        if before is not None and before.login != member.login:
            self._void[member.id] = clock_now()

    def _on_flood(self, device: str) -> None:
        """End its connection; it may log in again, which is bounded too."""
        if self._flooders.allows(device, time.monotonic()):
            log.warning("a device sends too much and is thrown out", device=device)
            self._void[device] = clock_now()

    async def _throw_out(self) -> None:
        """End the connections whose login is void; tried again with every tick until it was possible."""
        if not self.engine.up:
            return
        for device, since in list(self._void.items()):
            await self.engine.kick(device, began_before=since)
            if self._void.get(device) == since:
                del self._void[device]

    def _forget(self, device: str) -> None:
        if device in self.world.members:
            self._void[device] = clock_now()
        self.world.remove(device)
        self.presence.forget(device)
        self.beats.forget(device)
        self.refused.forget(device)

    async def stop(self) -> None:
        """Write what waits, log out."""
        database_up = self.leader.database_up
        await self.loops.cancel()
        self.feed.close()
        if database_up:
            await self.writing.last()
        await self._save()
        await self.engine.close()
        await self.database.close()
        self.logins.close()

    # --- what browsers ask ---

    def picture(self, area: str) -> dict[str, object]:
        """See Pages.picture."""
        return self.pages.picture(area, self.presence, self.beats, to_ms(clock_now()))

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
            "devices": len(self.world.members),
            "beats": self.beats.received,
            "logins": self.responder.accepted,
            "refused": self.responder.refused,
        }

    # --- from the database ---

    async def on_notice(self, payload: str) -> None:
        """One notification of loa_changed (see loa.devices.announce)."""
        notice = msgspec.json.decode(payload)
        if notice["what"] == "document":
            paper = await self.database.paper(notice["typ"], notice["subject"])
            if paper is not None:
                self._take_paper(paper)
                self._tell_news()
        elif notice["what"] == "device":
            await self._on_device_changed(notice["id"])
        elif notice["what"] == "event":
            self.feed.tell(notice["kind"], notice["area"], notice["facts"])

    async def on_sign_out(self, payload: str) -> None:
        """One notification of loa_signed_out (see loa.people.announce)."""
        self.world.sign_out(msgspec.json.decode(payload, type=SignOut))

    async def _on_device_changed(self, identifier: str) -> None:
        members = await self.database.members(identifier)
        self.world.group_areas, self.world.plan_set_areas = await self.database.places()
        for member in members:
            self._learn(member)
        if not members:
            self._forget(identifier)
        await self._throw_out()
        self.pages.tell("changed", identifier, {})

    def _take_paper(self, paper: Paper) -> None:
        if self.world.file(paper) and not paper.withdrawn:
            self._news[(paper.typ, paper.subject)] = (time.monotonic(), paper)

    def _tell_news(self) -> None:
        """Hints of what came lately, also while no gateway was active: devices that stay connected ask nobody."""
        if not self.leader.active:
            return
        news, self._news = self._news, {}
        for at, paper in news.values():
            if time.monotonic() - at < NEWS_S:
                self._hint(paper)

    def _hint(self, paper: Paper) -> None:
        """Tell the devices that they should fetch it; whoever misses the hint asks with the next hello."""
        hint = self.welcomer.changed(paper, clock_now())
        meant = set(self.world.members) if paper.subject == "all" else set(self.world.meant(hint.audience))
        there = {device for device in meant if self.presence.is_online(device)}
        if there:
            self.outbox.add(Delivery(hint.of, hint.topic, hint.jws, hint.expires, there, most_tries=HINT_TRIES))
            self.loops.keep(self._flush_outbox())

    async def read_outbox(self) -> None:
        """Messages that people put there."""
        for row in await self.database.open_messages(self.outbox.rows()):
            audience = msgspec.convert(row.audience, Audience)
            done = {device for device, code in row.answers.items() if code in ("ok", "duplicate")}
            waiting = set(self.world.meant(audience)) - set(row.answers)
            delivery = Delivery(row.of, row.topic, row.jws, row.expires, waiting, row=row.id, applied=len(done))
            delivery.refused = {device: code for device, code in row.answers.items() if device not in done}
            self.outbox.add(delivery)
        await self._flush_outbox()

    async def read_states(self) -> None:
        """What was last written about each device that ever had a key, after becoming active."""
        for device, state, cause, since, seen_at in await self.database.states():
            member = self.world.members.get(device)
            if member is None or member.state == "waiting":
                continue
            with suppress(ValueError):  # a word of another version: the device will tell anew
                self.presence.restore(device, Condition(State(state), Cause(cause)), since, seen_at)

    async def settle(self) -> None:
        """Ask the engine who is connected."""
        connected = frozenset(await self.engine.connected()) & set(self.world.members)
        self.presence.settle(connected, clock_now())
        self._tell_news()

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

    async def _send(self, sendings: list[Sending]) -> None:
        for sending in sendings:
            try:
                await self.engine.publish(sending.topic, sending.jws)
            except Exception as error:
                log.info("not sent, will be sent again", reason=str(error)[:100])

    async def _flush_outbox(self) -> None:
        await self._send(self.outbox.due(clock_now()))

    async def _tick(self) -> None:
        now = clock_now()
        up = self.engine.up
        if up and not self._was_up:
            self.presence.saw_again(now)
        self._was_up = up
        if self._void:
            await self._throw_out()
        if not self.leader.active:
            return
        self.presence.tick(now, blind=not up)
        await self._flush_outbox()
        for delivery in self.outbox.closed(now):
            if delivery.row is not None:
                await self.database.save_answers(self.outbox.take())
                await self.database.close_message(delivery.row, delivery.summary(), now)

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
            await asyncio.to_thread(self._snapshot.save, taken)
        except OSError as error:
            self.world.dirty = True
            log.error("the snapshot cannot be written", error=str(error))

    async def _look_after_keys(self) -> None:
        await self.holds.tidy(clock_now())
        if self._parts.keys.refresh() and self._file_keyset() and self.leader.active:
            paper = self.world.paper("keyset", "all")
            if paper is not None:
                self._hint(paper)

    def _file_keyset(self) -> bool:
        keys = self._parts.keys
        paper = Paper(typ="keyset", subject="all", revision=keys.keyset.revision, jws=keys.keyset_jws)
        return self.world.file(paper)
