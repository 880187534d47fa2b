"""A look-ahead limiter in one millisecond steps: pure arithmetic on the peaks of the whole file.

The needed reduction of each millisecond is known beforehand, so the gain may fall before the peak comes (attack) and
recover after it (release). Both are straight lines in decibel, which makes each a running minimum and a minute one
array operation instead of a loop over samples. No reduction reaches further than `REACH`, so a minute is worked out
from its own peaks and those just beside it, whenever it is asked for: hours of reductions are never held.
"""

from collections.abc import Iterator

import numpy as np

from loa.media.pipeline.reader import BLOCK, Samples

ATTACK_DB_PER_MS = 1.5
RELEASE_DB_PER_MS = 0.08
# What is over within 2 ms (a click, a pop) is turned down alone, fast; else it would take the voice with it for a tenth
# of a second, and a recording with many of them would stay quieter than all others.
CLICK_ATTACK_DB_PER_MS = 3.0
CLICK_RELEASE_DB_PER_MS = 1.0
CLICK_MS = 2
EDGE_MS = 5
STEP = 60_000  # milliseconds handled at once, to bound the memory of long files
REACH = 2_000  # milliseconds: what is released for so long has recovered from 160 dB
_RAMP = (np.arange(BLOCK, dtype=np.float32) / np.float32(BLOCK))[None, :]


class Reductions:
    """Decibel (<= 0) by which each millisecond is turned down so that peaks * gain stay under the ceiling."""

    def __init__(self, peaks: Samples, gain_db: float, ceiling_db: float) -> None:
        self._peaks, self._over = peaks, np.float32(gain_db - ceiling_db)
        self._minute, self._known = -1, peaks[:0]

    def __len__(self) -> int:
        return len(self._peaks)

    def minutes(self) -> Iterator[Samples]:
        """All, `STEP` at a time."""
        for at in range(0, len(self), STEP):
            yield self._around(at, min(at + STEP, len(self)))

    def around(self, first: int, count: int) -> Samples:
        """Those of `count` milliseconds of one minute, and of the neighbours on both sides; the ends stand twice."""
        minute = first // STEP
        if minute != self._minute:
            self._minute = minute
            self._known = self._around(max(minute * STEP - 1, 0), min((minute + 1) * STEP + 1, len(self)))
        at = np.arange(first - 1, first + count + 1).clip(0, len(self) - 1) - max(minute * STEP - 1, 0)
        values: Samples = self._known[at]
        return values

    def _around(self, first: int, end: int) -> Samples:
        before = max(first - REACH, 0)
        return _reduction(self._peaks[before : end + REACH], self._over)[first - before : end - before]


def _reduction(peaks: Samples, over: np.float32) -> Samples:
    needed = np.maximum(peaks, np.float32(1e-6))
    np.log10(needed, out=needed)
    needed *= -20
    needed -= over
    np.minimum(needed, 0, out=needed)
    lasting = _opened(needed)
    _recover(lasting, RELEASE_DB_PER_MS)
    _recover(lasting[::-1], ATTACK_DB_PER_MS)
    _recover(needed, CLICK_RELEASE_DB_PER_MS)
    _recover(needed[::-1], CLICK_ATTACK_DB_PER_MS)
    np.minimum(needed, lasting, out=needed)
    return needed


def _opened(needed: Samples) -> Samples:
    """What is needed longer than a click: the dips of at most `CLICK_MS` are filled."""
    filled = needed.copy()
    for shift in range(1, CLICK_MS + 1):
        np.maximum(filled[:-shift], needed[shift:], out=filled[:-shift])
    opened = filled.copy()
    for shift in range(1, CLICK_MS + 1):
        np.minimum(opened[shift:], filled[:-shift], out=opened[shift:])
    return opened


def loudness_change(powers: Samples, reductions: Reductions) -> float:
    """Decibel (<= 0) of loudness that the reductions take, estimated from the power of each millisecond."""
    after, at = 0.0, 0
    for part in reductions.minutes():
        after += float(np.dot(powers[at : at + len(part)], _ratio(part, 10)))
        at += len(part)
    return 10 * float(np.log10(max(after, 1e-12) / max(float(powers.sum()), 1e-12)))


def _recover(values: Samples, slope: float) -> None:
    """In place: no value may be more than `slope` above the one before it."""
    line = slope * np.arange(len(values))
    np.minimum(np.minimum.accumulate(values - line) + line, 0.0, out=values)


def nodes(reductions: Reductions, first: int, count: int) -> Samples:
    """Linear gain at the `count` + 1 borders of the milliseconds from `first` on.

    A border takes the lower of its neighbours, so the straight line between two borders never exceeds what the
    millisecond between them needs. A recording cut out of a longer one would begin and end with a click: the first and
    last milliseconds of the whole rise and fall.
    """
    around = reductions.around(first, count)
    borders = _ratio(np.minimum(around[:-1], around[1:]), 20)
    from_start = np.arange(first, first + count + 1)
    from_end = len(reductions) - from_start
    rise = np.minimum(np.minimum(from_start, from_end) / np.float32(EDGE_MS), 1)
    borders *= rise.astype(np.float32)
    return borders


def _ratio(decibels: Samples, per_ten: float) -> Samples:
    """10 ** (decibels / per_ten): 10 gives powers, 20 amplitudes."""
    ratios: Samples = decibels / np.float32(per_ten)
    np.power(np.float32(10), ratios, out=ratios)
    return ratios


def amplitudes(decibels: Samples) -> Samples:
    """Linear factors of levels in decibel."""
    return _ratio(decibels, 20)


def apply(piece: Samples, gain: float, borders: Samples) -> Samples:
    """`piece` (n milliseconds) times the gain and the line through its n + 1 borders."""
    if borders.min() >= 1.0:
        return piece * np.float32(gain)
    scaled = borders * np.float32(gain)
    lines = scaled[:-1, None] + (scaled[1:] - scaled[:-1])[:, None] * _RAMP
    limited: Samples = (piece.reshape(-1, BLOCK) * lines).reshape(-1)
    return limited
