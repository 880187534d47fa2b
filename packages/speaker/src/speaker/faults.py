"""Failure switches of a simulated loudspeaker, for demonstrations and tests: what goes wrong on a real pole."""

import errno
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from speaker.clock import MS, MachineTicks
from speaker.disk import RealDisk
from speaker.selftest.ear import Ear, SimulatedEar

if TYPE_CHECKING:
    from speaker.agent import Agent


class Fault(StrEnum):
    """`value`: 1 or 0 for switches, ms for the clock's offset and step, ppm for its drift, dB for the wind."""

    SILENT_LINK = "silent_link"
    POWER_LOST = "power_lost"
    FULL_DISK = "full_disk"
    CLOCK_OFFSET = "clock_offset"
    CLOCK_DRIFT = "clock_drift"
    CLOCK_STEP = "clock_step"
    AMPLIFIER_DEAD = "amplifier_dead"
    HORN_CUT = "horn_cut"
    EAR_DEAD = "ear_dead"
    WIND = "wind"


class SimulatedTicks(MachineTicks):
    """The computer's clock with errors: battery clock off by `offset_ms`, oscillator `drift_ppm` too fast, jumps."""

    def __init__(self, *, rtc: bool = True, offset_ms: int = 0, drift_ppm: float = 0.0) -> None:
        super().__init__(rtc=rtc)
        self._offset = offset_ms
        self._rate = drift_ppm / 1e6
        self._since = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self._gained = 0

    def ns(self) -> int:
        """See `speaker.clock.Ticks`."""
        now = super().ns()
        return now + self._gained + int((now - self._since) * self._rate)

    def wall_ms(self) -> int | None:
        """See `speaker.clock.Ticks`."""
        wall = super().wall_ms()
        return None if wall is None else wall + self._offset + self._gained // MS

    def drift(self, ppm: float) -> None:
        """From now on so many millionths too fast."""
        now = super().ns()
        self._gained += int((now - self._since) * self._rate)
        self._since, self._rate = now, ppm / 1e6

    def step(self, ms: int) -> None:
        """The oscillator's counter jumps."""
        self._gained += ms * MS

    def offset(self, ms: int) -> None:
        """The battery clock is off by so much."""
        self._offset = ms


class SimulatedDisk(RealDisk):
    """A disk that can be full."""

    def __init__(self) -> None:
        self.full = False

    def append(self, path: Path, data: bytes, at: int) -> None:
        """See `speaker.disk.Disk`."""
        if self.full:
            raise OSError(errno.ENOSPC, "no space left on device")
        super().append(path, data, at)

    def free(self, folder: Path) -> int:
        """See `speaker.disk.Disk`."""
        return 0 if self.full else super().free(folder)


async def switch(agent: "Agent", ticks: SimulatedTicks, disk: SimulatedDisk, fault: Fault, value: float) -> None:
    """Throw one switch."""
    if fault is Fault.SILENT_LINK:
        agent.link.silence(bool(value))
    elif fault is Fault.POWER_LOST:
        _power(agent, lost=bool(value))
    elif fault is Fault.FULL_DISK:
        disk.full = bool(value)
    elif fault is Fault.CLOCK_OFFSET:
        ticks.offset(int(value))
    elif fault is Fault.CLOCK_DRIFT:
        ticks.drift(value)
    elif fault is Fault.CLOCK_STEP:
        ticks.step(int(value))
    else:
        _deafen(agent.tester.ear, fault, value)


def _deafen(ear: Ear | None, fault: Fault, value: float) -> None:
    """Something breaks between the card and the simulated ear, or the ear itself."""
    if not isinstance(ear, SimulatedEar):
        raise ValueError("this loudspeaker has no simulated ear")
    if fault is Fault.WIND:
        ear.way.wind_db = value
    elif fault is Fault.EAR_DEAD:
        ear.way.ear = not value
    elif fault is Fault.HORN_CUT:
        ear.way.line = not value
    else:
        ear.way.amplifier = not value


def _power(agent: "Agent", *, lost: bool) -> None:
    """The mains fail: a last word from the backup supply, then nothing until they are back."""
    agent.power = "backup" if lost else "mains"
    if lost:
        agent.conversation.goodbye("power_lost")
    agent.link.silence(lost)
