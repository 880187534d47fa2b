"""Loudness of a sound from the K-weighted power of its tenths of a second (ITU-R BS.1770-4, EBU Tech 3341, 3342)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Powers = NDArray[np.float64]

OFFSET = -0.691
ABSOLUTE_GATE = -70.0
RELATIVE_GATE = -10.0
RANGE_GATE = -20.0
MOMENTARY, SHORT_TERM = 4, 30  # tenths of a second
RANGE_STEP = 10  # a new window each second, overlapping by two thirds


@dataclass(frozen=True, slots=True)
class Loudness:
    """LUFS; the range in LU. -inf where the sound is too short or silent."""

    integrated: float
    momentary_max: float
    short_term_max: float
    range: float


def loudness(tenths: Powers) -> Loudness:
    """All figures of a sound whose channel-weighted mean squares after K-weighting are `tenths`."""
    momentary, short = sliding(tenths, MOMENTARY), sliding(tenths, SHORT_TERM)
    return Loudness(integrated(momentary), highest(momentary), highest(short), loudness_range(short[::RANGE_STEP]))


def sliding(tenths: Powers, width: int) -> Powers:
    """Means of `width` tenths, a new one each tenth."""
    if len(tenths) < width:
        return np.empty(0)
    sums = np.concatenate(([0.0], np.cumsum(tenths)))
    means: Powers = np.maximum(sums[width:] - sums[:-width], 0) / width
    return means


def integrated(momentary: Powers) -> float:
    """Gated loudness: blocks over -70 LUFS, then those not more than 10 LU below their mean."""
    heard = momentary[lufs(momentary) > ABSOLUTE_GATE]
    if not len(heard):
        return float("-inf")
    gated = heard[lufs(heard) > _lufs(float(heard.mean())) + RELATIVE_GATE]
    return _lufs(float(gated.mean()))


def loudness_range(short: Powers) -> float:
    """EBU Tech 3342: between the 10th and the 95th percentile of what is heard."""
    heard = short[lufs(short) >= ABSOLUTE_GATE]
    if not len(heard):
        return 0.0
    levels = np.sort(lufs(heard[lufs(heard) >= _lufs(float(heard.mean())) + RANGE_GATE]))
    low, high = (levels[int((len(levels) - 1) * share + 0.5)] for share in (0.10, 0.95))
    return float(high - low)


def highest(powers: Powers) -> float:
    """The loudest window."""
    return _lufs(float(powers.max())) if len(powers) else float("-inf")


def lufs(powers: Powers) -> Powers:
    """Loudness of each window."""
    return OFFSET + 10 * np.log10(np.maximum(powers, 1e-12))


def _lufs(power: float) -> float:
    return OFFSET + 10 * float(np.log10(max(power, 1e-12)))
