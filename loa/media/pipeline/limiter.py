"""A look-ahead limiter in one millisecond steps: pure arithmetic on the peaks of the whole file.

The needed reduction of each millisecond is known beforehand, so the gain may fall before the peak comes (attack) and
recover after it (release). Both are straight lines in decibel, which makes each a running minimum and the whole file
one array operation instead of a loop over samples.
"""

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
_RAMP = (np.arange(BLOCK, dtype=np.float32) / np.float32(BLOCK))[None, :]


def reduction(peaks: Samples, gain_db: float, ceiling_db: float) -> Samples:
    """Decibel (<= 0) by which each millisecond is turned down so that peaks * gain stay under the ceiling."""
    needed = np.maximum(peaks, np.float32(1e-6))  # in place from here on: a long file has millions of milliseconds
    np.log10(needed, out=needed)
    needed *= -20
    needed -= np.float32(gain_db - ceiling_db)
    np.minimum(needed, 0, out=needed)
    lasting = _lasting(needed)
    _recover(lasting, RELEASE_DB_PER_MS)
    _recover(lasting[::-1], ATTACK_DB_PER_MS)
    _recover(needed, CLICK_RELEASE_DB_PER_MS)
    _recover(needed[::-1], CLICK_ATTACK_DB_PER_MS)
    np.minimum(needed, lasting, out=needed)
    return needed


def _lasting(needed: Samples) -> Samples:
    """What is needed longer than a click: the dips of at most `CLICK_MS` are filled."""
    lasting = np.empty_like(needed)
    for at in range(0, len(needed), STEP):
        first = max(at - CLICK_MS, 0)
        filled = _opened(needed[first : at + STEP + CLICK_MS])
        lasting[at : at + STEP] = filled[at - first : at - first + STEP]
    return lasting


def _opened(needed: Samples) -> Samples:
    filled = needed.copy()
    for shift in range(1, CLICK_MS + 1):
        np.maximum(filled[:-shift], needed[shift:], out=filled[:-shift])
    opened = filled.copy()
    for shift in range(1, CLICK_MS + 1):
        np.minimum(opened[shift:], filled[:-shift], out=opened[shift:])
    return opened


def loudness_change(powers: Samples, reductions: Samples) -> float:
    """Decibel (<= 0) of loudness that the reductions take, estimated from the power of each millisecond."""
    after = 0.0
    for at in range(0, len(powers), STEP):
        after += float(np.dot(powers[at : at + STEP], _ratio(reductions[at : at + STEP], 10)))
    return 10 * float(np.log10(max(after, 1e-12) / max(float(powers.sum()), 1e-12)))


def _recover(values: Samples, slope: float) -> None:
    """In place: no value may be more than `slope` above the one before it."""
    carried = 0.0
    for start in range(0, len(values), STEP):
        part = values[start : start + STEP]
        line = slope * np.arange(1, len(part) + 1)
        lowest = np.minimum.accumulate(np.concatenate(([carried], part - line)))[1:] + line
        part[:] = np.minimum(lowest, 0.0)
        carried = float(part[-1])


def nodes(reductions: Samples, first: int, count: int) -> Samples:
    """Linear gain at the `count` + 1 borders of the milliseconds from `first` on.

    A border takes the lower of its neighbours, so the straight line between two borders never exceeds what the
    millisecond between them needs. A recording cut out of a longer one would begin and end with a click: the first and
    last milliseconds of the whole rise and fall.
    """
    around = reductions[np.arange(first - 1, first + count + 1).clip(0, len(reductions) - 1)]
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
