"""When silence says nothing about the devices: we were cut off, our clock was set, or this process stood still."""

from datetime import datetime

STANDSTILL_S = 10.0


class Sight:
    """Asked with every tick. `monotonic` in seconds, of a clock that nobody sets."""

    def __init__(self) -> None:
        self._was_up = True
        self._last: tuple[float, float] | None = None

    def is_back(self, now: datetime, monotonic: float, *, up: bool) -> bool:
        """True if from now on silence counts anew."""
        wall = now.timestamp()
        before, self._last = self._last, (wall, monotonic)
        reconnected, self._was_up = up and not self._was_up, up
        if before is None:
            return reconnected
        passed, stepped = monotonic - before[1], abs((wall - before[0]) - (monotonic - before[1]))
        return reconnected or max(passed, stepped) > STANDSTILL_S
