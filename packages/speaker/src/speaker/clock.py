"""What time is it, and how wrong may that be? Signed time over an oscillator whose drift is learned from it.

`Ticks` count from an arbitrary zero and never jump backwards on a healthy device; `wall` is the battery clock, if any.
Nobody's clock is obeyed but the platform's signed one; between two answers the error bound grows with the drift.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
from devicelink.freshness import TIME_BOUND_MS, Clock

DRIFT_PPM_RTC = 20
DRIFT_PPM_BARE = 100
MS = 1_000_000
BUILD_MS = 1_762_000_000_000  # no message of this software can be older: the floor of a fresh device
READING_MS = 1  # signed times are whole milliseconds
WALL_STEP_MS = 1_000  # more than that between two clocks of one machine is no drift: somebody set the battery clock
HONEST_RTC_S = 60.0
LOOSE_MS = 50  # a bound above this is told, and asked about
LEARN_MS = 10 * 60_000  # answers nearer to each other say nothing about the drift
FORGET_MS = 6 * 3_600_000  # what the drift was longer ago is another temperature
WANDER_PPM = 10  # what heat and cold do to a crystal meanwhile
MOST_PPM = 200  # an oscillator that still works is no worse: beyond that the clock was set


class Ticks(Protocol):
    """The device's oscillator."""

    boot: str

    def ns(self) -> int:
        """Nanoseconds since some zero that holds as long as `boot` is the same."""

    def wall_ms(self) -> int | None:
        """The battery clock in Unix ms, None without one. It may be wrong."""


class MachineTicks:
    """The clock of this computer, counting through sleep; `boot` is the kernel's boot id."""

    def __init__(self, *, rtc: bool = True) -> None:
        self._rtc = rtc
        self.boot = _kernel_boot()

    def ns(self) -> int:
        """See `Ticks`."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def wall_ms(self) -> int | None:
        """See `Ticks`."""
        return time.time_ns() // MS if self._rtc else None


def has_battery_clock(folder: Path = Path("/sys/class/rtc"), now: Callable[[], float] = time.time) -> bool:
    """Does a clock with a battery stand behind the computer's time?

    After a power cut a computer without one goes on from the last time it wrote down, which looks right and is late by
    the whole outage. So the clock itself is asked (seconds since 1970), and has to agree with the computer.
    """
    for chip in sorted(folder.glob("rtc*")):
        with contextlib.suppress(OSError, ValueError):
            if abs(int((chip / "since_epoch").read_text()) - now()) <= HONEST_RTC_S:
                return True
    return False


def _kernel_boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """The last signed time: at `ticks` ns of `boot` (`wall` ms of the battery clock) it was `true` ms +- `bound`.

    The oscillator is `rate` ppm too slow, give or take `unsure` (0 = not learned yet). `mark` is an earlier (ticks,
    true, bound) of this boot, with which the rate is compared.
    """

    boot: str
    ticks: int
    wall: int | None
    true: float
    bound: float
    rate: float = 0.0
    unsure: float = 0.0
    mark: tuple[int, float, float] | None = None


class ClockMemory(Protocol):
    """Where the anchor and the floor outlive the process."""

    def clock(self) -> tuple[Anchor | None, int]:
        """The anchor and the floor (ms)."""

    def keep_clock(self, anchor: Anchor | None, floor: int) -> None:
        """Return when both are durable."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer did: `stepped` ms if the clock was wrong by more than both bounds allow, else 0."""

    stepped: int = 0


@dataclass(frozen=True, slots=True)
class _Interval:
    """True time is in `middle` +- `half` ms."""

    middle: float
    half: float

    def overlap(self, other: "_Interval") -> "_Interval | None":
        """What both allow; None if they contradict each other."""
        low = max(self.middle - self.half, other.middle - other.half)
        high = min(self.middle + self.half, other.middle + other.half)
        return _Interval((low + high) / 2, (high - low) / 2) if low <= high else None


class DeviceClock:
    """The device's estimate of true time. All instants in ms unless the name says ns."""

    def __init__(self, ticks: Ticks, memory: ClockMemory) -> None:
        self._ticks = ticks
        self._memory = memory
        anchor, floor = memory.clock()
        self.floor = max(floor, BUILD_MS)
        self._anchor = self._revived(anchor) if anchor else None
        self.offset = 0  # ms that the clock ran ahead when it was set last

    @property
    def drift(self) -> float:
        """Parts per million by which the oscillator is known to be too fast."""
        return -self._anchor.rate if self._anchor else 0.0

    def now_ns(self) -> int:
        """Estimated true time, Unix ns; the floor while nothing is known."""
        return self.at(self._ticks.ns())

    def at(self, ticks_ns: int) -> int:
        """Estimated true time, Unix ns, when the oscillator read `ticks_ns`."""
        if self._anchor is None:
            return self.floor * MS
        age = ticks_ns - self._anchor.ticks
        return int(self._anchor.true * MS) + age + int(age * self._anchor.rate / 1e6)

    def now(self) -> int:
        """Estimated true time, Unix ms."""
        return self.now_ns() // MS

    def bound(self) -> int:
        """How wrong `now` may be; -1 = not known."""
        if self._anchor is None:
            return -1
        age_ms = (self._ticks.ns() - self._anchor.ticks) / MS
        return int(self._anchor.bound + abs(age_ms) * self._unsure() / 1e6 + 0.999)

    def valid(self) -> bool:
        """True if network messages may be obeyed."""
        return 0 <= self.bound() <= TIME_BOUND_MS

    def reading(self) -> Clock:
        """For `devicelink.Verifier`."""
        return Clock(now=self.now(), bound=self.bound(), floor=self.floor)

    def ticks_ns(self) -> int:
        """The oscillator, for round trips and for relating the sound card's clock."""
        return self._ticks.ns()

    def answered(self, time_ms: int, *, asked_ns: int, received_ns: int) -> Setting:
        """Take a verified answer to a question sent at `asked_ns` and received at `received_ns` of the oscillator.

        The answer was given somewhere in between, so half of the round trip is its error. True time lies where this
        and what was known before overlap; if they do not, what was known before was wrong: the oscillator drifts more
        than was thought, or somebody set it.
        """
        half = max(0, received_ns - asked_ns) / 2 / MS + READING_MS / 2
        told = _Interval(time_ms + half, half + READING_MS / 2)
        known = self._known(received_ns)
        both = known.overlap(told) if known else told
        off = told.middle - known.middle if known else 0.0
        stepped = int(off) if known and both is None and not self._drifted(off, received_ns) else 0
        best = both or told
        rate, unsure, mark = self._learned(best, received_ns, wrong=both is None, stepped=bool(stepped))
        self._anchor = Anchor(
            boot=self._ticks.boot, ticks=received_ns, wall=self._ticks.wall_ms(), true=best.middle, bound=best.half,
            rate=rate, unsure=unsure, mark=mark,
        )  # fmt: skip
        self.offset = -round(off)
        self.floor = max(self.floor, time_ms)
        self._keep()
        return Setting(stepped)

    def saw(self, issued: int) -> None:
        """Raise the floor: a message issued then was verified. Durable with the next answer."""
        self.floor = max(self.floor, issued)

    def compare_wall(self) -> None:
        """Whoever sets the battery clock makes its difference to the signed time worthless: note the new one."""
        anchor, wall, now_ns = self._anchor, self._ticks.wall_ms(), self._ticks.ns()
        known = self._known(now_ns)
        if anchor is None or known is None or wall is None:
            return
        passed = (now_ns - anchor.ticks) / MS
        if anchor.wall is not None and abs(wall - anchor.wall - passed) <= WALL_STEP_MS:
            return
        self._anchor = msgspec.structs.replace(anchor, ticks=now_ns, wall=wall, true=known.middle, bound=known.half)
        self._keep()

    def _drifted(self, off: float, ticks_ns: int) -> bool:
        """So much (ms) may a bad oscillator have lost since the last answer."""
        assert self._anchor is not None
        return abs(off) <= abs(ticks_ns - self._anchor.ticks) / MS * MOST_PPM / 1e6

    def _learned(
        self, best: _Interval, ticks_ns: int, *, wrong: bool, stepped: bool
    ) -> tuple[float, float, tuple[int, float, float] | None]:
        """Rate, how sure it is, and the mark, after an answer that fixes the time as `best`."""
        here = (ticks_ns, best.middle, best.half)
        anchor = self._anchor
        if anchor is None or stepped or anchor.boot != self._ticks.boot:
            return 0.0, 0.0, here
        began, true, bound = anchor.mark or here
        passed = (ticks_ns - began) / MS
        if passed < LEARN_MS:
            return anchor.rate, anchor.unsure, anchor.mark or here
        rate = ((best.middle - true) / passed - 1) * 1e6
        unsure = (best.half + bound) / passed * 1e6 + WANDER_PPM
        if abs(rate) > MOST_PPM:
            return 0.0, 0.0, here
        old = passed >= FORGET_MS
        if wrong or (unsure < self._ppm() and (old or unsure < self._unsure())):
            return rate, unsure, here if old else (began, true, bound)
        return anchor.rate, anchor.unsure, here if old else (began, true, bound)

    def _keep(self) -> None:
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk does not take the time away
            self._memory.keep_clock(self._anchor, self.floor)

    def _unsure(self) -> float:
        return (self._anchor.unsure if self._anchor else 0.0) or self._ppm()

    def _ppm(self) -> int:
        return DRIFT_PPM_BARE if self._ticks.wall_ms() is None else DRIFT_PPM_RTC

    def _known(self, ticks_ns: int) -> "_Interval | None":
        """What follows about the instant `ticks_ns` from the answers before."""
        if self._anchor is None:
            return None
        age = (ticks_ns - self._anchor.ticks) / MS
        true = self._anchor.true + age * (1 + self._anchor.rate / 1e6)
        return _Interval(true, self._anchor.bound + abs(age) * self._unsure() / 1e6)

    def _revived(self, anchor: Anchor) -> Anchor | None:
        """The anchor after a restart: by the oscillator if the machine went on running, else by the battery clock."""
        now_ns, wall = self._ticks.ns(), self._ticks.wall_ms()
        if anchor.boot and anchor.boot == self._ticks.boot and now_ns >= anchor.ticks:
            return anchor
        if wall is None or anchor.wall is None or wall < anchor.wall:
            return None
        passed = wall - anchor.wall
        bound = anchor.bound + passed * DRIFT_PPM_RTC / 1e6 + READING_MS
        true = anchor.true + passed
        if true + bound < self.floor:
            return None
        return Anchor(boot=self._ticks.boot, ticks=now_ns, wall=wall, true=true, bound=bound, rate=anchor.rate)
