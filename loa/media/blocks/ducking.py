"""How far music is turned down beneath speech: pure arithmetic on the power of each millisecond of what is spoken."""

import numpy as np

from loa.media import rules
from loa.media.blocks.recipe import Bed
from loa.media.pipeline.reader import Samples

FRAME_MS = 10
THRESHOLD_DB = rules.TARGET_LUFS - 24  # below it is breath and room, above it somebody speaks


def levels(powers: Samples, bed: Bed) -> Samples:
    """Factors of the bed at each millisecond (and one more): ducked under speech, faded at both ends.

    `powers` are mean squares of each millisecond of the rest at its common loudness. The fall is over when a word
    begins; between words that follow each other within the hold nothing moves, so the music does not pump.
    """
    spoken = _spoken(powers, bed.hold_ms)
    decibels = np.where(spoken, -bed.duck_db, 0.0)
    _slope(decibels, bed.duck_db / bed.release_ms)
    _slope(decibels[::-1], bed.duck_db / bed.attack_ms)
    factors = 10 ** ((np.append(decibels, decibels[-1]) + bed.level_db) / 20)
    from_start = np.arange(len(factors))
    edge = np.minimum(from_start, from_start[::-1]) / max(1, min(bed.fade_ms, len(powers) // 2))
    factors *= np.sin(np.minimum(edge, 1) * np.pi / 2) ** 2
    return factors.astype(np.float32)


def _spoken(powers: Samples, hold_ms: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Each millisecond in which somebody speaks or has just spoken."""
    frames = np.pad(powers, (0, -len(powers) % FRAME_MS)).reshape(-1, FRAME_MS).mean(axis=1)
    loud = np.repeat(frames > 10 ** (THRESHOLD_DB / 10), FRAME_MS)[: len(powers)]
    at = np.arange(len(loud))
    last = np.maximum.accumulate(np.where(loud, at, -hold_ms - 1))
    return np.asarray(at - last <= hold_ms)


def _slope(decibels: "np.ndarray[tuple[int], np.dtype[np.float64]]", step: float) -> None:
    """In place: no value is more than `step` above the one before it."""
    line = step * np.arange(len(decibels))
    decibels[:] = np.minimum.accumulate(decibels - line) + line
