"""What an agent does by the clock: ask the time, bring proofs away, beat, write its status, tidy up."""

import asyncio
import logging
import random
import sqlite3
from typing import TYPE_CHECKING

from devicelink.messages import Beat, Receipt, Time
from devicelink.refusals import Refused

from speaker.config import AGENT
from speaker.http import Unreachable

if TYPE_CHECKING:
    from speaker.agent import Agent

log = logging.getLogger("speaker.upkeep")

GOOD_BOUND_MS = 5
TRIES = 4
REFINE_S = (3.0, 15.0, 60.0)  # more rounds after the first, until the bound is good: a busy moment blurs the answers
STATUS_S = 5.0
DAY_MS = 86_400_000


class Upkeep:
    """Four tasks of one device."""

    def __init__(self, agent: "Agent") -> None:
        self._agent = agent
        self.proofs_due = asyncio.Event()
        self.beats_on = True
        self._tidied = 0

    # --- time --------------------------------------------------------------------------------------------------------

    async def run_time(self) -> None:
        """Until cancelled: at the start, every six hours, and at once when the time is no longer valid."""
        agent, pace = self._agent, self._agent.config.pace
        pause = pace.retry
        while True:
            if agent.papers.verifier.keyring is None:
                await asyncio.sleep(0.05)
                continue
            if await self._ask():
                pause = pace.retry
                await self._refine()
                await self._wait_for_doubt(pace.time)
            else:
                await asyncio.sleep(_jitter(pause))
                pause = min(60.0, pause * 2)

    async def _refine(self) -> None:
        for wait in REFINE_S:
            await asyncio.sleep(_jitter(wait, 0.5))
            if self._agent.clock.bound() > GOOD_BOUND_MS:
                await self._ask()

    async def _wait_for_doubt(self, longest: float) -> None:
        clock = self._agent.clock
        end = clock.ticks_ns() + int(_jitter(longest) * 1e9)
        while clock.valid() and clock.ticks_ns() < end:
            await asyncio.sleep(min(30.0, longest))

    async def _ask(self) -> bool:
        """Up to three questions, until one comes back quickly."""
        answered = False
        for _ in range(TRIES):
            try:
                token, nonce, asked, received = await self._agent.fetch.time()
                message = self._agent.papers.take(token, Time, nonce=nonce).message
            except (Unreachable, Refused) as error:
                log.info("%s: time: %s", self._agent.device, error)
                return answered
            self.set_clock(message.time, asked=asked, received=received)
            answered = True
            if self._agent.clock.bound() <= GOOD_BOUND_MS:
                break
        self._agent.apply()
        return answered

    def set_clock(self, time_ms: int, *, asked: int, received: int) -> None:
        """A verified answer: set the clock, and tell the player if it jumped."""
        setting = self._agent.clock.answered(time_ms, asked_ns=asked, received_ns=received)
        if setting.stepped:
            log.warning("%s: the clock was wrong by %d ms", self._agent.device, setting.stepped)
            self._agent.player.stepped(setting.stepped)

    # --- proofs ------------------------------------------------------------------------------------------------------

    async def run_proofs(self) -> None:
        """Until cancelled: soon after something sounded, after each welcome, and every minute while some wait."""
        agent, pace = self._agent, self._agent.config.pace
        while True:
            try:
                async with asyncio.timeout(_jitter(pace.proofs)):
                    await self.proofs_due.wait()
                await asyncio.sleep(_jitter(pace.fetch_jitter, 1.0))
            except TimeoutError:
                self._tidy()
            self.proofs_due.clear()
            if agent.clock.valid() and agent.book.flush():
                await self._upload()

    async def _upload(self) -> None:
        agent = self._agent
        try:
            while (upload := agent.book.upload()) is not None:
                token = await agent.fetch.proofs(upload)
                receipt = agent.papers.take(token, Receipt, nonce=upload.head.hash).message
                if not agent.book.receive(receipt, upload):
                    return
        except (Unreachable, Refused) as error:
            log.info("%s: proofs: %s", agent.device, error)

    def _tidy(self) -> None:
        now = self._agent.clock.now()
        if self._agent.clock.valid() and now - self._tidied > DAY_MS:
            self._tidied = now
            try:
                self._agent.store.tidy(now)
            except sqlite3.OperationalError as error:
                log.warning("%s: %s", self._agent.device, error)

    # --- beats and status --------------------------------------------------------------------------------------------

    async def run_beats(self) -> None:
        """Until cancelled, each 30 s +-20 %."""
        agent = self._agent
        while True:
            await asyncio.sleep(_jitter(agent.config.pace.beat))
            if agent.link.connected and self.beats_on:
                agent.conversation.say(self.beat())

    def beat(self) -> Beat:
        """How it is, for the platform."""
        agent = self._agent
        now = agent.clock.now()
        plan = agent.papers.plan
        return Beat(
            device=agent.device,
            at=now,
            boot=agent.boot,
            uptime=agent.player.uptime_ms(),
            agent=AGENT,
            volume=agent.papers.volume(),
            playing=agent.player.playing,
            held=agent.papers.held_until(now) > 0,
            power=agent.power,
            storage_free=agent.media.free(),
            clock_bound=agent.clock.bound(),
            plan=plan.revision if plan else 0,
            files_missing=agent.supply.missing(),
            proofs_waiting=agent.book.waiting(),
        )

    async def run_status(self) -> None:
        """Until cancelled: keep the local status file fresh."""
        while True:
            self._agent.write_status()
            await asyncio.sleep(STATUS_S)


def _jitter(seconds: float, share: float = 0.2) -> float:
    return seconds * random.uniform(1 - share, 1 + share)  # noqa: S311 - spreads load, guards nothing
