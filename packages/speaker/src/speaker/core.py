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
        self.floor.changed.append(self.apply)
        gateway = config.gateway_url or self.kept("media_url") or self.kept("gateway_url")
        self.fetch = Fetch(config, self.device, seed, self.clock, parts.pool, gateway)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._closed = False
        self.player = Player(
            clock=self.clock,
            sink=parts.sink,
            feeder=parts.feeder,
            media=self.media,
            record=Record(self.store, self.clock, self.book),
            notify=self._notify,
            stage=Stage(parts.desk, self._reach(gateway), self.clock, self._spent),
        )

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
        self.player.end()
        self.fetch.close()
        self.store.close()

    def apply(self) -> None:
        """Papers, welcome, clock or who has the floor changed: decide anew."""
        situation = self.papers.situation()
        if situation is not None:
            situation = replace(situation, taken=self.floor.taken())
        self.player.apply(situation, self.papers.loudness())
        self.poke()

    def poke(self) -> None:
        """Step the player now and whenever it wants to be stepped again. Only on the loop."""
        if self._loop is None or self._closed:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_later(self._step() / 1000, self.poke)

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
        """A fault in one round must not end all later ones."""
        try:
            return self.player.step()
        except Exception:
            log.exception("%s: a round of the player failed", self.device)
            return 1_000

    def _notify(self) -> None:
        """From the sound card's thread."""
        if self._loop is not None and not self._closed:
            with contextlib.suppress(RuntimeError):  # the loop closes before the card does
                self._loop.call_soon_threadsafe(self.poke)
