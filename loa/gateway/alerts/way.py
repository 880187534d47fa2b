"""The way of an alert, put together: what the hub starts and what the edge asks."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from devicelink import voices
from devicelink.messages import Ack, Alert, Cancel, Heard
from devicelink.refusals import Refused
from devicelink.vouching import Word

from loa.alerts.wishes import Entry
from loa.gateway.alerts import boards as board_files
from loa.gateway.alerts import rules
from loa.gateway.alerts.boards import Boards, presence_of
from loa.gateway.alerts.cases import Case, Cases
from loa.gateway.alerts.copying import Copying
from loa.gateway.alerts.doors import News, Outside
from loa.gateway.alerts.flow import Flow
from loa.gateway.alerts.keeping import Keeping
from loa.gateway.alerts.parcels import Parcels
from loa.gateway.alerts.sending import Sending
from loa.gateway.alerts.telling import Telling
from loa.gateway.alerts.voices import Shelf, voices_of
from loa.gateway.engine import Engine
from loa.gateway.events import Feed
from loa.gateway.journal import Book
from loa.gateway.outbox import Sending as Posted
from loa.gateway.presence import Presence
from loa.gateway.world import Member, World
from loa.kernel.clock import now as clock_now
from loa.kernel.clock import to_ms
from loa.kernel.errors import Unavailable

log = structlog.get_logger("loa.gateway.alerts")
PEERS = "loa.gateway.alert"
PEER_VOICES = "loa.gateway.alert.voice"
SAVE_EVERY_S = 5
TIDY_EVERY_S = 60


class Way:
    """`keep` lets a coroutine run by itself, `is_active` tells whether devices are ours to serve.

    `listeners` are told of every step beside our pages, each in a thread; what one raises is only logged.
    """

    def __init__(
        self,
        *,
        world: World,
        feed: Feed,
        presence: Presence,
        engine: Engine,
        folder: Path,
        outside: Outside,
        keep: Callable[[Coroutine[Any, Any, None]], None],
        is_active: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._outside = outside
        self.listeners: list[Callable[[News, Entry], object]] = []
        self._keep = keep
        self._is_active = is_active
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = folder / "boards.json"
        self.cases = Cases(world.believes)
        self.boards = Boards(world, lambda device: presence_of(presence.shown(device)))
        self.shelf = Shelf(folder / "voices", outside.voice_path)
        self.keeping = Keeping(self.cases, Book(folder / "alerts.journal", Entry))
        self.telling = Telling(feed, self.cases, self.boards)
        self.sending = Sending(
            world=world,
            cases=self.cases,
            boards=self.boards,
            parcels=Parcels(presence.is_online),
            shelf=self.shelf,
            publish=engine.send,
            is_up=lambda: engine.up,
            later=self._later,
        )
        self.flow = Flow(
            world=world,
            cases=self.cases,
            keeping=self.keeping,
            fetch=self._fetch,
            sign=self._sign,
            done=self._done,
        )
        self.copying = Copying(self.keeping, self.boards, outside, is_active)

    # --- life ---

    def recover(self) -> None:
        """After a start, before anybody is served: what is on disk counts, and what was signed is sent again."""
        self.keeping.recover()
        self.boards.load(self._file, lambda name: self.cases.get(name) is not None)
        for case in self.cases.living(to_ms(clock_now())):
            self.sending.take_over(case)

    def start(self, every: Callable[[str, Callable[[], Awaitable[None]], float], None]) -> None:
        """The loops."""
        every("alerts", self._tick, 0.5)
        every("copy alerts", self.copying.run, 0)
        every("save boards", self.save, SAVE_EVERY_S)
        every("tidy alerts", self._tidy, TIDY_EVERY_S)
        self._keep(self.flow.again(clock_now()))

    async def _tick(self) -> None:
        now = clock_now()
        self.telling.boards()
        await self.flow.lapse(now)
        self._escalate(now)
        if self._is_active():
            await self.sending.tick(now)

    def _escalate(self, now: datetime) -> None:
        for case in self.cases.waiting():
            if not case.escalated and not case.entry.wish.alone and to_ms(now) - case.asked_at >= rules.ESCALATES_MS:
                case.escalated = True
                self.telling.escalated(case)
                self._news("escalated", case.entry)

    async def save(self) -> None:
        """Put the boards on disk, if they changed."""
        if self.boards.dirty:
            try:
                await asyncio.to_thread(board_files.write, self._file, self.boards.save())
            except OSError as error:
                self.boards.dirty = True
                log.error("the boards cannot be written", error=str(error))

    async def _tidy(self) -> None:
        await self.keeping.tidy(to_ms(clock_now()))
        self.boards.forget(lambda name: self.cases.get(name) is not None)
        needed = {sha256 for case in self.cases for sha256 in voices_of(case.message)}
        await asyncio.to_thread(self.shelf.tidy, needed)

    def _later(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        self._keep(run())

    # --- steps ---

    async def _fetch(self, message: Alert | Cancel) -> None:
        wanted = voices_of(message)
        await asyncio.to_thread(self.shelf.fetch, list(wanted.values()))
        for sha256 in wanted:
            await self._tell_peer(PEER_VOICES, voices.pack(self.shelf.read(sha256)))

    async def _sign(self, message: Alert | Cancel, words: tuple[Word, ...]) -> str:
        return await asyncio.to_thread(self._outside.sign, message, words)

    async def _done(self, case: Case) -> None:
        """Every step that counts. The other gateway knows it before a loudspeaker answers; pages are told last."""
        await self._tell_peer(PEERS, msgspec.json.encode(case.entry))
        if case.state == "sent":
            self._end_others(case)
            await self.sending.send(case)
        self.telling.step(case)
        self._news(case.state, case.entry)

    def _end_others(self, case: Case) -> None:
        """A cancelled alert is sent to nobody any more."""
        ended = self.cases.get(case.message.alert) if isinstance(case.message, Cancel) else None
        if ended is not None:
            self.sending.end(ended)
            self.telling.step(ended)

    def _news(self, what: News, entry: Entry) -> None:
        for listener in self.listeners:
            self._keep(_told(listener, what, entry))

    # --- the other gateway ---

    async def _tell_peer(self, subject: str, payload: bytes) -> None:
        try:
            await self._engine.publish_raw(subject, payload)
        except Exception as error:
            log.warning("the other gateway was not told", reason=str(error)[:100])

    def heard_peer(self, subject: str, payload: bytes) -> None:
        """A step that was made at the other gateway; our own come back too and are known already."""
        entry = msgspec.json.decode(payload, type=Entry)
        case = self.cases.put(entry)
        if case is None:
            return
        self._keep(self._write(entry))
        if case.state == "sent":
            self._end_others(case)
            self.sending.take_over(case, sent_at=to_ms(clock_now()))
        self.telling.step(case)

    async def _write(self, entry: Entry) -> None:
        try:
            await self.keeping.write(entry)
        except Unavailable:
            log.error("a step of the other gateway is kept in memory only", entry=entry.entry)

    def heard_peer_voice(self, subject: str, payload: bytes) -> None:
        """A voice that was posted to the other gateway."""
        try:
            sha256, sound = voices.unpack(payload)
        except Refused as error:
            log.warning("no voice", reason=str(error)[:100])
            return
        if not self.shelf.path_of(sha256).exists():
            self._later(asyncio.to_thread(self.shelf.put, sound))  # type: ignore[arg-type]

    # --- devices ---

    def acked(self, device: str, ack: Ack) -> bool:
        """An acknowledgement came; False if it is not about alerts."""
        return self.sending.acked(device, ack, clock_now())

    def heard(self, heard: Heard) -> bool:
        """A device tells what became of something; False if it is not about alerts."""
        return self.sending.heard(heard, clock_now())

    def came_back(self, device: str, welcomed: bool) -> list[Posted]:
        """See Sending.came_back."""
        return self.sending.came_back(device, welcomed)

    def welcome_for(self, member: Member, now: int) -> tuple[str, ...]:
        """See Cases.welcome_for."""
        return self.cases.welcome_for(member, now)

    def sound_for(self, member: Member, sha256: str) -> Path | None:
        """Where a voice lies that this device may fetch because of an alert; None if it may not, or it is not here."""
        if not self.cases.may_fetch(member, sha256, to_ms(clock_now())):
            return None
        path = self.shelf.path_of(sha256)
        return path if path.is_file() else None


async def _told(listener: Callable[[News, Entry], object], what: News, entry: Entry) -> None:
    try:
        await asyncio.to_thread(listener, what, entry)
    except Exception as error:
        log.warning("news of an alert were not passed on", what=what, reason=str(error)[:200])
