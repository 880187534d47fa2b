"""One loudspeaker: its memory, its papers, its player and its conversations, put together on one event loop."""

import asyncio
import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from devicelink import tokens

from speaker.cache import MediaCache
from speaker.clock import DeviceClock, Ticks
from speaker.config import Config
from speaker.conversation import Conversation
from speaker.disk import Disk
from speaker.enrol import root_for_verifier
from speaker.feeder import Feeder
from speaker.fetch import Fetch
from speaker.link import Link
from speaker.papers import Papers
from speaker.player import Player
from speaker.proof import ProofBook
from speaker.record import Record
from speaker.sink import Sink
from speaker.status import Status, write_status
from speaker.store import Store
from speaker.supply import Supply
from speaker.upkeep import Upkeep

log = logging.getLogger("speaker")


class NotEnrolled(Exception):
    """The folder holds no identity yet."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an agent shares with others of its process or with its machine. `pool` runs what blocks."""

    disk: Disk
    ticks: Ticks
    sink: Sink
    feeder: Feeder
    pool: Executor


class Agent:
    """Made from an enrolled folder; `run` until cancelled."""

    def __init__(self, config: Config, parts: Parts) -> None:
        """Raises NotEnrolled, speaker.store.Damaged."""
        self.config, self._parts = config, parts
        self.store = Store(parts.disk, config.folder)
        seed, device, root = (self.store.identity(name) for name in ("seed", "device", "root"))
        if seed is None or device is None or root is None:
            self.store.close()
            raise NotEnrolled(str(config.folder))
        self.device, self._seed = device.decode(), seed
        self.boot = f"b-{secrets.token_hex(8)}"
        self.clock = DeviceClock(parts.ticks, self.store)
        self.media = MediaCache(parts.disk, self.store, limit=config.cache_bytes, reserve=config.reserve_bytes)
        self.papers = Papers(self.store, self.clock, device=self.device, root=root_for_verifier(root))
        self.book = ProofBook(self.store, self.device, self.boot, seed)
        self.sink = parts.sink
        self.power = "mains"
        self.last_status: Status | None = None
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
        )
        self._connect()
        self.book.on_add = self.upkeep.proofs_due.set

    async def run(self) -> None:
        """Play and talk until cancelled; then stop cleanly."""
        self._loop = asyncio.get_running_loop()
        self.player.begin()
        self.apply()
        try:
            async with asyncio.TaskGroup() as group:
                for work in self._works():
                    group.create_task(self._steadily(work))
        finally:
            await self._close()

    def _connect(self) -> None:
        config = self.config
        gateway = config.gateway_url or self._kept("media_url") or self._kept("gateway_url")
        self.supply = Supply(self)
        self.conversation = Conversation(self)
        self.upkeep = Upkeep(self)
        self.fetch = Fetch(config, self.device, self._seed, self.clock, self._parts.pool, gateway)
        self.link = Link(
            self.device,
            config.engine_url or self._kept("engine_url"),
            pace=config.pace,
            token=lambda: tokens.login(self.device, seed=self._seed, now=self.clock.now()),
            hear=self.conversation.hear,
            up=self.conversation.connected,
            ready=self._has_time,
            now=self.clock.now,
            ca=config.ca,
        )

    def _works(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        return (
            self.link.run,
            self.conversation.run,
            self.supply.run_documents,
            self.supply.run_media,
            self.upkeep.run_time,
            self.upkeep.run_proofs,
            self.upkeep.run_beats,
            self.upkeep.run_status,
        )

    async def _steadily(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A full disk must not end an agent: whatever it interrupted begins again."""
        while True:
            try:
                await work()
            except sqlite3.OperationalError as error:
                log.warning("%s: %s", self.device, error)
                await asyncio.sleep(1)

    def apply(self) -> None:
        """Papers, welcome or clock changed: decide anew."""
        self.player.apply(self.papers.situation(), self.papers.volume())
        self.poke()

    def poke(self) -> None:
        """Step the player now and whenever it wants to be stepped again. Only on the loop."""
        if self._loop is None or self._closed:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_later(self._step() / 1000, self.poke)

    def _step(self) -> int:
        """A fault in one round must not end all later ones."""
        try:
            return self.player.step()
        except Exception:
            log.exception("%s: a round of the player failed", self.device)
            return 1_000

    async def blocking(self, work: Any, *arguments: Any) -> Any:
        """`work(*arguments)` in a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._parts.pool, work, *arguments)

    def status(self) -> Status:
        """How it is, for people."""
        return Status.of(self)

    def write_status(self) -> None:
        """Into `status.json` beside the state, if it changed."""
        status = self.status()
        if status != self.last_status:
            self.last_status = status
            write_status(self.config.folder, status)

    def say_goodbye(self) -> None:
        """Before a clean stop."""
        self.conversation.goodbye("stopping")

    def _kept(self, name: str) -> str:
        return (self.store.identity(name) or b"").decode()

    async def _has_time(self) -> None:
        while not self.clock.valid():
            await asyncio.sleep(0.2)

    def _notify(self) -> None:
        """From the sound card's thread."""
        if self._loop is not None and not self._closed:
            with contextlib.suppress(RuntimeError):  # the loop closes before the card does
                self._loop.call_soon_threadsafe(self.poke)

    async def _close(self) -> None:
        self._closed = True
        if self._handle is not None:
            self._handle.cancel()
        self.player.end()
        self.write_status()
        self.fetch.close()
        self.store.close()
