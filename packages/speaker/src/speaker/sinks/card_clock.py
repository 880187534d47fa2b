"""A sound card's clock that is wrong in the ways of real ones: another zero, a drift, a latency."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardFaults:
    """`offset_s` of the clock's zero, `drift_ppm` (positive = fast), `latency_s` from a block's pull to the air."""

    offset_s: float = 0.0
    drift_ppm: float = 0.0
    latency_s: float = 0.1


class CardClock:
    """Ns of the card, from a true oscillator `ticks` (ns)."""

    def __init__(self, faults: CardFaults, ticks: Callable[[], int] = time.monotonic_ns) -> None:
        self._ticks = ticks
        self._zero = ticks()
        self._rate = 1 + faults.drift_ppm / 1e6
        self._offset = int(faults.offset_s * 1e9)
        self.latency_ns = int(faults.latency_s * 1e9)

    def now(self) -> int:
        """The card's reading now."""
        return self._offset + int((self._ticks() - self._zero) * self._rate)

    def true_between(self, reading: int, before: int, after: int) -> int:
        """True ns from `reading` to the middle of two readings of the card."""
        return int(((before + after) / 2 - reading) / self._rate)
