"""What an agent does by the clock: ask the time, bring proofs away, beat, tidy up."""

import asyncio
import logging
import random
import sqlite3
from collections.abc import Callable

from devicelink.messages import Beat, ProofUpload, Receipt, Session, Time
from devicelink.refusals import Reason, Refused

from speaker.budget import MEGABYTE, month_of
from speaker.clock import LOOSE_MS
from speaker.core import Core
from speaker.http import Unreachable
from speaker.link import Link
from speaker.outbox import Outbox
from speaker.supply import Supply
from speaker.update.updater import Updater

log = logging.getLogger("speaker.upkeep")

GOOD_BOUND_MS = 5
TRIES = 4
REFINE_S = (3.0, 15.0, 60.0)  # more rounds after the first, until the bound is good: a busy moment blurs the answers
DAY_MS = 86_400_000
LOOSE_S = 600.0
SHARPENINGS = 4  # rounds of questions before a live voice
SPREAD_S, WIDE_SPREAD_S = 0.3, 20.0  # within which the devices of a commune, or of a country, begin to ask
FINAL = frozenset({Reason.MALFORMED, Reason.TOO_LARGE, Reason.WRONG_HASH, Reason.CONFLICTING_REVISION})
LOOK_S = 1.0  # so soon the platform hears that the sound card died


class Upkeep:
    """Three tasks of one device."""

    def __init__(self, core: Core, link: Link, outbox: Outbox, supply: Supply) -> None:
        self._core, self._link, self._outbox, self._supply = core, link, outbox, supply
        self.proofs_due = asyncio.Event()
        self._proofs_anew = False
        self.beats_on = True
        self.updater: Updater | None = None
        self._told = ("", "")
        self._tidied = 0
        self.troubles: list[Callable[[], str]] = []
        self.playing: Callable[[], str] = lambda: core.player.playing
        self._sharpen = asyncio.Event()
        self._spread = 0.0

    # --- time --------------------------------------------------------------------------------------------------------

    async def run_time(self) -> None:
        """Until cancelled: at the start, every six hours, every ten minutes while it may be more than 50 ms wrong, and
        at once when the time is no longer valid.
        """
        core, pace = self._core, self._core.config.pace
        pause = pace.retry
        while True:
            if core.papers.verifier.keyring is None:
                await asyncio.sleep(0.05)
                continue
            if await self._ask():
                pause = pace.retry
                await self._refine()
                await self._wait_for_doubt(pace.time)
            else:
                await asyncio.sleep(_jitter(pause))
                pause = min(60.0, pause * 2)

    def sharpen(self, session: Session) -> None:
        """A voice is to sound in step with others: many questions soon, until the clock is as good as it gets."""
        self._spread = SPREAD_S if session.level == "commune" else WIDE_SPREAD_S
        self._sharpen.set()

    async def run_sharpening(self) -> None:
        """Until cancelled."""
        while True:
            await self._sharpen.wait()
            self._sharpen.clear()
            await asyncio.sleep(random.uniform(0, self._spread))  # noqa: S311 - spreads load, guards nothing
            for _ in range(SHARPENINGS):
                if not 0 <= self._core.clock.bound() <= GOOD_BOUND_MS:
                    await self._ask()

    async def _refine(self) -> None:
        for wait in REFINE_S:
            await asyncio.sleep(_jitter(wait, 0.5))
            if self._core.clock.bound() > GOOD_BOUND_MS:
                await self._ask()

    async def _wait_for_doubt(self, longest: float) -> None:
        clock = self._core.clock
        began = clock.ticks_ns()
        end, soon = (began + int(_jitter(seconds) * 1e9) for seconds in (longest, LOOSE_S))
        while clock.valid() and clock.ticks_ns() < (soon if clock.bound() > LOOSE_MS else end):
            clock.compare_wall()
            await asyncio.sleep(min(30.0, longest))

    async def _ask(self) -> bool:
        """Up to three questions, until one comes back quickly."""
        answered = False
        for _ in range(TRIES):
            try:
                token, nonce, asked, received = await self._core.fetch.time()
                message = self._core.papers.take(token, Time, nonce=nonce).message
            except (Unreachable, Refused) as error:
                log.info("%s: time: %s", self._core.device, error)
                if isinstance(error, Refused) and error.reason is Reason.UNKNOWN_KEY:
                    self._supply.doubt_keys()
                return answered
            self.set_clock(message.time, asked=asked, received=received)
            answered = True
            if self._core.clock.bound() <= GOOD_BOUND_MS:
                break
        self._core.apply()
        return answered

    def set_clock(self, time_ms: int, *, asked: int, received: int) -> None:
        """A verified answer: set the clock, and tell the player if it jumped."""
        blind = not self._core.clock.valid()
        setting = self._core.clock.answered(time_ms, asked_ns=asked, received_ns=received)
        if blind:
            self._supply.placed()  # nothing could be fetched so far
        if setting.stepped:
            log.warning("%s: the clock was wrong by %d ms", self._core.device, setting.stepped)
            self._core.player.stepped(setting.stepped)

    # --- proofs ------------------------------------------------------------------------------------------------------

    def bring_anew(self) -> None:
        """After a welcome: all proofs, also those that were refused, even if that refusal is still on its way."""
        self._proofs_anew = True
        self.proofs_due.set()

    async def run_proofs(self) -> None:
        """Until cancelled: soon after something sounded, after a welcome, every minute; sooner after a failure."""
        core, pace = self._core, self._core.config.pace
        pause = 0.0
        while True:
            try:
                async with asyncio.timeout(_jitter(pause or pace.proofs)):
                    await self.proofs_due.wait()
                await asyncio.sleep(_jitter(pace.fetch_jitter, 1.0))
            except TimeoutError:
                self._tidy()
            self.proofs_due.clear()
            if self._proofs_anew:
                self._proofs_anew = False
                core.book.take_up()
            failed = core.clock.valid() and core.book.flush() and not await self._upload()
            pause = min(pace.proofs, max(pace.retry, pause * 2)) if failed else 0.0

    async def _upload(self) -> bool:
        """False if the platform could not be reached, or did not understand."""
        core = self._core
        try:
            while (upload := core.book.upload()) is not None:
                token = await self._bring(upload)
                if token is None:
                    continue
                receipt = core.papers.take(token, Receipt, nonce=upload.head.hash).message
                if not core.book.receive(receipt, upload):
                    return False
        except (Unreachable, Refused) as error:
            log.info("%s: proofs: %s", core.device, error)
            return False
        return True

    async def _bring(self, upload: ProofUpload) -> bytes | None:
        """The receipt; None if these rows were refused for what they say, which must not keep later boots away."""
        core = self._core
        try:
            return await core.fetch.proofs(upload)
        except Refused as refusal:
            if refusal.reason not in FINAL:
                raise
            log.warning("%s: the proofs of %s are not taken: %s", core.device, upload.head.boot, refusal)
            core.book.set_aside(upload)
            return None

    def _tidy(self) -> None:
        now = self._core.clock.now()
        if self._core.clock.valid() and now - self._tidied > DAY_MS:
            self._tidied = now
            try:
                self._core.store.tidy(now)
            except sqlite3.OperationalError as error:
                log.warning("%s: %s", self._core.device, error)

    # --- beats -------------------------------------------------------------------------------------------------------

    async def run_beats(self) -> None:
        """Until cancelled, each 30 s +-20 %, at once when the sound card dies or comes back or a release goes on."""
        while True:
            await self._rest()
            if self._link.connected and self.beats_on:
                beat = self.beat()
                self._told = (beat.trouble, beat.step)
                self._outbox.say(beat)
                if self.updater is not None:
                    self.updater.beaten()

    async def _rest(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + _jitter(self._core.config.pace.beat)
        while (left := end - loop.time()) > 0:
            await asyncio.sleep(min(LOOK_S, left))
            if self._news() != self._told and self._link.connected:
                return

    def _news(self) -> tuple[str, str]:
        return self.trouble(), self.updater.step if self.updater else ""

    def trouble(self) -> str:
        """The code of what keeps it from sounding, see `Beat`."""
        if self._core.sink.trouble:
            return str(Reason.NO_CARD)
        for trouble in self.troubles:
            if told := trouble():
                return told
        return str(Reason.NO_RELAY) if self._core.player.relay_trouble else ""

    def beat(self) -> Beat:
        """How it is, for the platform."""
        core = self._core
        now = core.clock.now()
        plan = core.papers.plan
        return Beat(
            device=core.device,
            at=now,
            boot=core.boot,
            uptime=core.player.uptime_ms(),
            agent=core.software.agent,
            volume=core.papers.volume(),
            playing=self.playing(),
            held=core.papers.held_until(now) > 0 or core.papers.closed_until(now) > 0,
            power=core.power,
            storage_free=core.media.free(),
            clock_offset=core.clock.offset,
            clock_bound=core.clock.bound(),
            plan=plan.revision if plan else 0,
            files_missing=self._supply.missing(),
            proofs_waiting=core.book.waiting(),
            trouble=self.trouble(),
            used_mb=core.store.used(month_of(now)) // MEGABYTE,
            update=self.updater.revision if self.updater else 0,
            step=self.updater.step if self.updater else "",
        )


def _jitter(seconds: float, share: float = 0.2) -> float:
    return seconds * random.uniform(1 - share, 1 + share)  # noqa: S311 - spreads load, guards nothing
