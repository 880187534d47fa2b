"""The signal before a live voice: three struck bars, rising, made by code; the same everywhere, and nobody's.

Horns carry 400 to 3,500 Hz: no note lies below A4.
"""

from functools import cache

import numpy as np

from speaker.sink import RATE, Pcm

LENGTH_MS = 1_600
PEAK = 0.4 * 32_767
_NOTES = ((523.25, 0.0), (659.26, 0.35), (783.99, 0.7))  # C5, E5, G5
_PARTIALS = ((1.0, 1.0, 1.0), (2.76, 0.25, 0.4))  # ratio, level, decay of a struck bar
_RING_S, _EDGE_S = 0.45, 0.004


@cache
def chime() -> Pcm:
    """Exactly `LENGTH_MS`; begins and ends in nothing."""
    at = np.arange(LENGTH_MS * RATE // 1000) / RATE
    whole = np.zeros(len(at))
    for hertz, begins in _NOTES:
        age = np.maximum(at - begins, 0.0)
        rise = np.clip(age / _EDGE_S, 0.0, 1.0)
        for ratio, level, decay in _PARTIALS:
            tone = np.sin(2 * np.pi * hertz * ratio * age)
            whole += (at >= begins) * level * rise * np.exp(-age / (_RING_S * decay)) * tone
    whole *= np.clip((at[-1] - at) / 0.2, 0.0, 1.0)
    wave: Pcm = np.round(whole / np.abs(whole).max() * PEAK).astype(np.int16)
    return wave
