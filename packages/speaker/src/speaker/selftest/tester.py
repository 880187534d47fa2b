"""The loudspeaker listens to itself: once a day, and when a technician asks. What it found goes to the platform."""

import asyncio
import contextlib
import logging
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, Literal, TypeVar

import msgspec
from devicelink import selftests
from devicelink.messages import SelfTest
from devicelink.refusals import Reason, Refused

from speaker import decide
from speaker.clock import MS
from speaker.core import Core
from speaker.http import Unreachable
from speaker.selftest import when
from speaker.selftest.chirp import SECONDS
from speaker.selftest.detect import BEFORE, LATEST, LENGTH, Heard, listen
from speaker.selftest.ear import Deaf, Ear
from speaker.selftest.mouth import Probe
from speaker.selftest.verdict import MISSES, Finding, judged, misses
from speaker.sink import RATE, SAMPLE_NS

log = logging.getLogger("speaker.selftest")

LOOK_S = 5.0
HUSH_S = BEFORE / RATE + 0.2  # the ear is open so long before the probe
STUCK_S = 15.0  # a card that has not sounded it by then does not
MOST_WAITING = 50
WAITING = "selftests"  # name of what waits in the store
FINAL = frozenset({Reason.MALFORMED, Reason.WRONG_AUDIENCE, Reason.BAD_SIGNATURE, Reason.TOO_LARGE})
T = TypeVar("T")
Powered = Callable[[float], Awaitable[bool]]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What outlives the process: the last local day with a test of its own, the last level heard, misses in a row."""

    day: int = 0
    level: int | None = None
    misses: int = 0


async def always_on(_seconds: float) -> bool:
    """A loudspeaker whose amplifier needs no switch."""
    return True


class Tester:
    """`ear` None: nothing to listen with; then only what could not be done is told, and only when asked.

    `powered(seconds)`: has the amplifier switched on for so long, False if it does not obey.
    """

    def __init__(self, core: Core, ear: Ear | None, pool: Executor, powered: Powered = always_on) -> None:
        self._core, self._ear, self._pool, self.powered = core, ear, pool, powered
        self._orders: deque[str] = deque(maxlen=3)
        self._ordered = -when.ORDERS_APART_MS
        self._wake = asyncio.Event()
        self._again: int | None = None
        self._told: deque[SelfTest] = deque(self._waiting(), maxlen=MOST_WAITING)
        self._to_tell = asyncio.Event()
        self._kept = self._read()
        self.last: SelfTest | None = None

    @property
    def ear(self) -> Ear | None:
        """What it listens with."""
        return self._ear

    def trouble(self) -> str:
        """The trouble of the beat: `unheard` or ""."""
        return "unheard" if self._kept.misses >= MISSES else ""

    def ask(self, order: str) -> str:
        """A technician wants a test now; the code of the acknowledgement."""
        now = self._core.clock.ticks_ns() // MS
        if now - self._ordered < when.ORDERS_APART_MS:
            return Reason.LIMIT_EXCEEDED
        self._ordered = now
        self._orders.append(order)
        self._wake.set()
        return "ok"

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            self._wake.clear()
            if self._orders:
                await self._test(self._orders.popleft())
            elif self._is_due():
                await self._daily()

    async def run_reports(self) -> None:
        """Until cancelled: bring what was found away, the oldest first. What is not taken yet outlives the process."""
        pace, pause = self._core.config.pace, 0.0
        while True:
            if not self._told:
                self._to_tell.clear()
                await self._to_tell.wait()
            await asyncio.sleep(pause)
            report = self._told[0]
            try:
                await self._core.fetch.selftest(report)
            except (Unreachable, Refused) as error:
                if not (isinstance(error, Refused) and error.reason in FINAL):
                    pause = min(pace.proofs, max(pace.retry, pause * 2))
                    continue
                log.warning("%s: a self-test is not taken: %s", self._core.device, error)
            pause = 0.0
            with contextlib.suppress(ValueError):
                self._told.remove(report)
            self._write_waiting()

    # --- when --------------------------------------------------------------------------------------------------------

    def _is_due(self) -> bool:
        core = self._core
        if self._ear is None or not core.config.daily or not core.clock.valid() or core.papers.placement is None:
            return False
        now = core.clock.now()
        if self._again is not None:
            return now >= self._again
        offset = core.papers.placement.hours.utc_offset
        due = when.daily(core.player.programme, device=core.device, utc_offset=offset, tested=self._kept.day, now=now)
        return due is not None and now >= due - when.LEAD_MS and not self._why_not()

    async def _daily(self) -> None:
        """Who is not heard is tried once more before anybody is told that it is broken."""
        first, self._again = self._again is None, None
        core = self._core
        placement = core.papers.placement
        if placement is not None:
            self._keep(day=when.day_of(core.clock.now(), placement.hours.utc_offset))
        report = await self._test("")
        if first and report.verdict == "not_heard":
            self._again = core.clock.now() + when.AGAIN_MS

    def _why_not(self) -> str:
        core = self._core
        now = core.clock.now()
        if core.sink.trouble:
            return Reason.NO_CARD
        return when.why_not(
            placement=core.papers.placement,
            holds=core.papers.mine(),
            programme=core.player.programme,
            playing=bool(core.player.playing or core.alerts.playing),
            volume=core.papers.volume(),
            now=now,
            bound=core.clock.bound(),
        )

    # --- what --------------------------------------------------------------------------------------------------------

    async def _test(self, order: str) -> SelfTest:
        """One test, told and kept."""
        at, gain = self._core.clock.now(), decide.gain(self._core.papers.volume())
        why = "no_ear" if self._ear is None else str(self._why_not())
        heard, finding = None, Finding("could_not", why)
        if not why:
            at, heard, finding = await self._sounded(gain)
        return self._tell(self._report(order, at, heard, finding))

    async def _sounded(self, gain: float) -> tuple[int, Heard | None, Finding]:
        """The probe, and what came back."""
        core, ear = self._core, self._ear
        assert ear is not None
        if not await self.powered(HUSH_S + SECONDS + LATEST / RATE + STUCK_S):
            return core.clock.now(), None, Finding("could_not", "no_power")
        try:
            ear.open(core.player.mouth)
            probe, at = await self._probe(gain)
            if probe.broken or not probe.began:
                reason = Reason.PREEMPTED if probe.broken else Reason.NO_CARD
                return core.clock.now(), None, Finding("could_not", reason)
            heard = await self._heard(ear, probe, at, gain)
        except Deaf as error:
            log.warning("%s cannot hear itself: %s", core.device, error)
            return core.clock.now(), None, Finding("microphone_dead")
        finally:
            core.player.mouth.sound(None)
            ear.close()
            await self.powered(0)
        usual = None if self._kept.level is None else self._kept.level / 100
        return core.clock.at(at) // MS, heard, judged(heard, ear=ear.kind, gain=gain, usual=usual)

    async def _probe(self, gain: float) -> tuple[Probe, int]:
        """Sounded, or given up; and when its first sample is heard, by the oscillator."""
        core, probe = self._core, Probe(gain)
        await asyncio.sleep(HUSH_S)
        if self._why_not():
            probe.leave()
            return probe, 0
        core.player.mouth.sound(probe)
        await self._blocking(lambda: probe.over.wait(STUCK_S))
        ticks, sink = core.clock.ticks_ns(), core.sink.clock()
        at = ticks + probe.began - sink
        if probe.began and not probe.broken:
            left = at - ticks + (SECONDS + LATEST / RATE) * 1e9
            await asyncio.sleep(max(0.0, left / 1e9) + 0.3)
        return probe, at

    async def _heard(self, ear: Ear, probe: Probe, at: int, gain: float) -> Heard:
        before = round(BEFORE * SAMPLE_NS)

        def work() -> Heard:
            return listen(ear.take(probe.began - before, at - before, LENGTH), gain)

        return await self._blocking(work)

    async def _blocking(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    # --- what is told and kept ---------------------------------------------------------------------------------------

    def _report(self, order: str, at: int, heard: Heard | None, finding: Finding) -> SelfTest:
        core = self._core
        kind: Literal["", "microphone", "line"] = self._ear.kind if self._ear is not None else ""
        report = SelfTest(
            device=core.device,
            boot=core.boot,
            at=max(0, at),
            verdict=finding.verdict,
            reason=str(finding.reason),
            ear=kind,
            volume=core.papers.volume(),
            command=order,
            **(_figures(heard) if heard else {}),
        )
        return selftests.signed(report, core.seed)

    def _tell(self, report: SelfTest) -> SelfTest:
        level = report.level if report.verdict == "heard" else self._kept.level
        self._keep(level=level, misses=misses(self._kept.misses, report.verdict))
        self.last = report
        self._told.append(report)
        self._write_waiting()
        self._to_tell.set()
        log.info("%s heard itself: %s %s", self._core.device, report.verdict, report.reason)
        return report

    def _read(self) -> Kept:
        try:
            return msgspec.json.decode(self._core.store.identity("selftest") or b"{}", type=Kept)
        except msgspec.MsgspecError:
            return Kept()

    def _waiting(self) -> tuple[SelfTest, ...]:
        """What was found before the last start and is not brought away yet."""
        try:
            return msgspec.json.decode(self._core.store.identity(WAITING) or b"[]", type=tuple[SelfTest, ...])
        except msgspec.MsgspecError:
            return ()

    def _write_waiting(self) -> None:
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk: it is sent all the same, while it runs
            self._core.store.identify(**{WAITING: msgspec.json.encode(tuple(self._told))})

    def _keep(self, **changes: int | None) -> None:
        self._kept = msgspec.structs.replace(self._kept, **changes)
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk: it is known again tomorrow
            self._core.store.identify(selftest=msgspec.json.encode(self._kept))


def _figures(heard: Heard) -> dict[str, Any]:
    there = heard.found
    return {
        "level": round(heard.level * 100) if there else 0,
        "noise": round(heard.noise * 100),
        "score": round(heard.score * 1000),
        "bar": round(heard.bar * 1000),
        "harmonics": min(10_000, round(heard.harmonics * 1000)),
        "delay": round(heard.delay * 1000 / RATE) if there else 0,
    }
