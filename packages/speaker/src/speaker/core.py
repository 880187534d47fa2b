"""One loudspeaker without its conversations: memory, clock, papers, sounds, player. It plays with the network gone."""

import asyncio
import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TypeVar

from devicelink import tokens

from speaker.alerts.desk import Desk as AlertDesk
from speaker.alerts.desk import Place
from speaker.alerts.proving import Proving
from speaker.alerts.shelf import Shelf
from speaker.alerts.telling import Telling
from speaker.alerts.words import Words
from speaker.budget import month_of
from speaker.cache import MediaCache
from speaker.clock import DeviceClock, Ticks
from speaker.config import Config
from speaker.disk import Disk
from speaker.enrol import root_for_verifier
from speaker.feeder import Feeder
from speaker.fetch import Fetch
from speaker.floor import Floor
from speaker.logs import LogBook
from speaker.papers import Papers
from speaker.player import Player
from speaker.proof import ProofBook
from speaker.record import Record
from speaker.relay.desk import Desk, Reach
from speaker.relay.stage import Stage
from speaker.rescue import opened
from speaker.sink import Sink
from speaker.update.software import Software

log = logging.getLogger("speaker")
T = TypeVar("T")


class NotEnrolled(Exception):
    """The folder holds no identity yet."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an agent shares with others of its process or with its machine. `pool` runs what blocks.

    `desk` reads the live sources: what many loudspeakers of one process relay is read once. `logs` is what it wrote
    down about itself.
    """

    disk: Disk
    ticks: Ticks
    sink: Sink
    feeder: Feeder
    pool: Executor
    desk: Desk = field(default_factory=Desk)
    software: Software = field(default_factory=Software)
    logs: LogBook = field(default_factory=LogBook)


class Core:
    """What every conversation of the agent leans on. Made from an enrolled folder."""

    def __init__(self, config: Config, parts: Parts) -> None:
        """Raises NotEnrolled, speaker.store.Damaged."""
        self.config, self._parts = config, parts
        self.store = opened(parts.disk, config.folder)
        seed, device, root = (self.store.identity(name) for name in ("seed", "device", "root"))
        if seed is None or device is None or root is None:
            self.store.close()
            raise NotEnrolled(str(config.folder))
        self.device, self.seed = device.decode(), seed
        self.boot = f"b-{secrets.token_hex(8)}"
        self.clock = DeviceClock(parts.ticks, self.store)
        self.media = MediaCache(parts.disk, self.store, limit=config.cache_bytes, reserve=config.reserve_bytes)
        self.papers = Papers(self.store, self.clock, device=self.device, root=root_for_verifier(root))
        self.book = ProofBook(self.store, self.device, self.boot, seed)
        self.sink = parts.sink
        self.software, self.logs = parts.software, parts.logs
        self.power = "mains"
        self.floor = Floor()
        self.spoken: Callable[[int, int], list[tuple[int, int]]] = lambda now, until: []  # when a live voice sounds
        self.floor.changed.append(self.apply)
        gateway = config.gateway_url or self.kept("media_url") or self.kept("gateway_url")
        self.fetch = Fetch(config, self.device, seed, self.clock, parts.pool, gateway)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._closed = False
        self._keys = self.papers.revisions().keyset
        self.player = Player(
            clock=self.clock,
            sink=parts.sink,
            feeder=parts.feeder,
            media=self.media,
            record=Record(self.store, self.clock, self.book),
            notify=self._notify,
            stage=Stage(parts.desk, self._reach(gateway), self.clock, self._spent),
        )

        self.alerts = self._desk(parts)

    def begin(self) -> None:
        """Play from now on. On the loop that will go on stepping the player."""
        self._loop = asyncio.get_running_loop()
        self.player.begin()
        self.apply()

    def close(self) -> None:
        """Sound no more, let go of everything."""
        self._closed = True
        if self._handle is not None:
            self._handle.cancel()
        self.alerts.close()
        self.player.end()
        self.fetch.close()
        self.store.close()

    def apply(self) -> None:
        """Papers, welcome, clock or who has the floor changed: decide anew."""
        situation = self.papers.situation()
        if situation is not None:
            situation = replace(situation, taken=self.floor.taken())
        self.player.apply(situation, self.papers.loudness())
        if self._keys != self.papers.revisions().keyset:
            self._keys = self.papers.revisions().keyset
            tokens_kept = {event: token for event, token, _ in self.store.alerts()}
            self.alerts.recheck(lambda name: name not in tokens_kept or bool(self.papers.trusted(tokens_kept[name])))
        self.poke()

    def poke(self) -> None:
        """Step the player now and whenever it wants to be stepped again. Only on the loop."""
        if self._loop is None or self._closed:
            return
        nap = self._step()
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_later(nap / 1000, self.poke)

    def room(self) -> int:
        """Free bytes where its state lies."""
        return self._parts.disk.free(self.config.folder)

    async def blocking(self, work: Callable[..., T], *arguments: object) -> T:
        """`work(*arguments)` in a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._parts.pool, work, *arguments)

    def kept(self, name: str) -> str:
        """A word of the identity, "" if it is not there."""
        return (self.store.identity(name) or b"").decode()

    def _reach(self, gateway: str) -> Reach:
        return Reach(
            gateway=gateway,
            token=lambda: tokens.make(self.device, tokens.GATEWAY, seed=self.seed, now=self.clock.now()),
            ca=self.config.ca,
            tuner=self.config.tuner,
            fm=self.config.fm,
            capture=self.config.capture,
            inputs=self.config.inputs,
        )

    def _spent(self, count: int) -> None:
        """A relay came over the network: that counts against the month as files do."""
        if count and self.clock.valid():
            with contextlib.suppress(sqlite3.OperationalError):
                self.store.used(month_of(self.clock.now()), count)

    def _step(self) -> int:
        """A fault in one round must not end all later ones; alerts first."""
        naps = []
        for name, step in (("alerts", self.alerts.step), ("the player", self.player.step)):
            try:
                naps.append(step())
            except Exception:
                log.exception("%s: a round of %s failed", self.device, name)
                naps.append(1_000)
        return min(naps)

    def _desk(self, parts: Parts) -> AlertDesk:
        return AlertDesk(
            clock=self.clock,
            sink=parts.sink,
            horn=self.player.horn,
            feeder=parts.feeder,
            floor=self.floor,
            shelf=Shelf(self.store, self.papers.trusted),
            words_here=Words(self.media, self.config.folder),
            proving=Proving(self.store, self.clock, self.book),
            telling=Telling(self.device, self.clock.now),
            place=Place(lambda: self.papers.placement, self.papers.volume, self.papers.mine),
            give_way=self.player.give_way,
        )

    def _notify(self) -> None:
        """From the sound card's thread."""
        if self._loop is not None and not self._closed:
            with contextlib.suppress(RuntimeError):  # the loop closes before the card does
                self._loop.call_soon_threadsafe(self.poke)
