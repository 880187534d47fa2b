"""One loudspeaker: what plays, and its conversations with the platform, put together on one event loop."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

from devicelink import tokens
from devicelink.refusals import Reason

from speaker.alerts.bringing import Bringer
from speaker.config import Config
from speaker.conversation import Conversation
from speaker.core import Core, NotEnrolled, Parts
from speaker.gpio.board import Board
from speaker.gpio.switch import Stuck
from speaker.gpio.wiring import read_wiring
from speaker.link import Link
from speaker.live.booth import Live
from speaker.local.booth import Booth
from speaker.local.contact import contact_of, read_microphone
from speaker.outbox import Outbox
from speaker.reporter import Reporter
from speaker.selftest.ear import named
from speaker.selftest.tester import Tester
from speaker.status import Status, write_status
from speaker.supply import Supply
from speaker.update.updater import Updater
from speaker.upkeep import Upkeep

__all__ = ["Agent", "NotEnrolled", "Parts"]

STATUS_S = 5.0
LONGEST_PAUSE_S = 60.0

log = logging.getLogger("speaker")


class Agent(Core):
    """`run` until cancelled. No fault of a conversation ends the sound, none ends another conversation."""

    def __init__(self, config: Config, parts: Parts) -> None:
        """Raises NotEnrolled, speaker.store.Damaged."""
        super().__init__(config, parts)
        self.last_status: Status | None = None
        self.link = Link(
            self.device,
            config.engine_url or self.kept("engine_url"),
            pace=config.pace,
            token=lambda: tokens.login(self.device, seed=self.seed, now=self.clock.now()),
            hear=self._hear,
            up=self._connected,
            ready=self._has_time,
            now=self.clock.now,
            ca=config.ca,
        )
        self.outbox = Outbox(self, self.link)
        self.supply = Supply(self, self.link, self.outbox)
        self.upkeep = Upkeep(self, self.link, self.outbox, self.supply)
        self.updater = Updater(self, self.link)
        self.supply.on_release = self.updater.look
        self.upkeep.updater = self.updater
        self.reporter = Reporter(self, self.outbox)
        self.live = Live(self, self.outbox)
        self.live.sharpen = self.upkeep.sharpen
        self.live.alert_active = self.alerts.is_active
        self.upkeep.playing = lambda: self.alerts.playing or self.live.playing or self.player.playing
        self.conversation = Conversation(
            self, self.link, self.outbox, self.supply, self.upkeep, self.reporter, self.live
        )
        self.board = Board(self, read_wiring(config.folder), config.folder)
        self.alerts.place.lead = lambda: max(0, self.board.lead_ms())
        self.alerts.telling.speak(self.outbox.say)
        self.bringer = Bringer(self)
        self.booth = self._booth()
        self.conversation.on_alert = self.bringer.due.set
        self.tester = Tester(self, named(config.ear), parts.pool, self.board.powered)
        self.conversation.on_selftest = self.tester.ask
        self.upkeep.troubles += [self.board.trouble, self.tester.trouble]
        self.book.on_add = self.upkeep.proofs_due.set
        if self.kept("rescued"):
            self.outbox.acknowledge("state:0", Reason.WRONG_HASH, "the state was damaged and made anew")

    async def run(self) -> None:
        """Play and talk until cancelled; then stop cleanly. Raises sqlite3.DatabaseError when the state is damaged."""
        self.begin()
        try:
            async with asyncio.TaskGroup() as group:
                for work in self._works():
                    group.create_task(self._steadily(work))
        finally:
            self.write_status()
            self.close()

    def _works(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        return (
            self.link.run,
            self.outbox.run,
            self.conversation.run,
            self.supply.run_documents,
            self.supply.run_media,
            self.upkeep.run_time,
            self.upkeep.run_sharpening,
            self.live.run,
            self.upkeep.run_proofs,
            self.upkeep.run_beats,
            self.updater.run,
            self.reporter.run,
            self.bringer.run,
            self.board.run,
            *([self.booth.run] if self.booth else []),
            self.tester.run,
            self.tester.run_reports,
            self._keep_status,
        )

    async def _steadily(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Whatever a full disk or a fault of ours interrupted begins again; only a damaged state ends the agent."""
        pause = 1.0
        while True:
            try:
                await work()
            except sqlite3.OperationalError as error:
                log.warning("%s: %s", self.device, error)
            except sqlite3.DatabaseError:
                raise
            except Exception:
                log.exception("%s: %s failed and begins again", self.device, getattr(work, "__qualname__", work))
                pause = min(LONGEST_PAUSE_S, pause * 2)
            await asyncio.sleep(pause)

    def status(self) -> Status:
        """How it is, for people."""
        return Status.of(self, self.link, self.supply, self.tester.last)

    def write_status(self) -> None:
        """Into `status.json` beside the state, if it changed."""
        status = self.status()
        if status != self.last_status:
            self.last_status = status
            write_status(self.config.folder, status)

    def say_goodbye(self) -> None:
        """Before a clean stop."""
        self.conversation.goodbye("stopping")

    def _hear(self, payload: bytes) -> None:
        self.conversation.hear(payload)

    def _connected(self) -> None:
        self.conversation.connected()

    def _booth(self) -> Booth | None:
        """The microphone of this device, if it has one that can be asked."""
        folder = self.config.folder
        wire = read_microphone(folder)
        if wire is None:
            return None
        try:
            booth = Booth(self, wire, contact_of(wire, folder))
        except Stuck as error:
            log.error("%s: %s", self.device, error)
            return None
        booth.powered = self.board.keep_on
        self.alerts.place.speaking = lambda: booth.speaking
        return booth

    async def _keep_status(self) -> None:
        while True:
            self.write_status()
            await asyncio.sleep(STATUS_S)

    async def _has_time(self) -> None:
        while not self.clock.valid():
            await asyncio.sleep(0.2)
