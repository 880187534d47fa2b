"""How far music is turned down beneath speech: pure arithmetic on the power of each millisecond of what is spoken."""

import numpy as np

from loa.media import rules
from loa.media.blocks.recipe import Bed
from loa.media.pipeline.reader import Samples

FRAME_MS = 10
THRESHOLD_DB = rules.TARGET_LUFS - 24  # below it is breath and room, above it somebody speaks


def levels(powers: Samples, bed: Bed) -> Samples:
    """Factors of the bed at the borders of frames of FRAME_MS: ducked under speech, faded at both ends.

    `powers` are mean squares of each millisecond of the rest at its common loudness. The fall is over when a word
    begins; between words that follow each other within the hold nothing moves, so the music does not pump. In frames an
    hour is 3 MB, in milliseconds it would be 30 for every step.
    """
    decibels = np.where(_spoken(powers, bed.hold_ms // FRAME_MS), -bed.duck_db, 0.0)
    _slope(decibels, bed.duck_db / bed.release_ms * FRAME_MS)
    _slope(decibels[::-1], bed.duck_db / bed.attack_ms * FRAME_MS)
    factors = 10 ** ((np.append(decibels, decibels[-1]) + bed.level_db) / 20)
    from_start = np.arange(len(factors))
    fade = max(1, min(bed.fade_ms // FRAME_MS, len(decibels) // 2))
    factors *= np.sin(np.minimum(np.minimum(from_start, from_start[::-1]) / fade, 1) * np.pi / 2) ** 2
    return factors.astype(np.float32)


def _spoken(powers: Samples, hold: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Each frame, and the one before it, in which somebody speaks or has just spoken (`hold` frames)."""
    frames = np.pad(powers, (0, -len(powers) % FRAME_MS)).reshape(-1, FRAME_MS).mean(axis=1)
    loud = frames > 10 ** (THRESHOLD_DB / 10)
    at = np.arange(len(loud))
    last = np.maximum.accumulate(np.where(loud, at, -hold - 2))
    held = at - last <= hold
    held[:-1] |= loud[1:]  # the factor at a border holds for both sides of it
    return np.asarray(held)


def _slope(decibels: "np.ndarray[tuple[int], np.dtype[np.float64]]", step: float) -> None:
    """In place: no value is more than `step` above the one before it."""
    line = step * np.arange(len(decibels))
    decibels[:] = np.minimum.accumulate(decibels - line) + line
