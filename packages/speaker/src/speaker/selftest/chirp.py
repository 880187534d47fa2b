"""The probe: a short sweep that a horn can sound and that nothing else sounds like.

A logarithmic sweep (Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine technique",
108th AES Convention, 2000): in what comes back each harmonic stands in a place of its own, ahead of the tone.
"""

import math
from functools import cache

import numpy as np
import numpy.typing as npt

from speaker.sink import BLOCK, RATE

Wave = npt.NDArray[np.float64]

LOW_HZ, HIGH_HZ = 500.0, 4_000.0  # a horn gives nothing below, an old line nothing above
SECONDS = 0.8
SAMPLES = int(SECONDS * RATE) // BLOCK * BLOCK
LEVEL = 0.2  # of full scale, -14 dB: well below speech, and under the volume of the hour besides
EDGE_S = 0.03  # rises and falls so slowly: no click
_RATIO = math.log(HIGH_HZ / LOW_HZ)


@cache
def chirp(rate: int = RATE) -> Wave:
    """The probe, -1..1."""
    return LEVEL * _edges(rate) * np.sin(_phase(rate))


@cache
def quadrature(rate: int = RATE) -> Wave:
    """The same a quarter of a turn later: together they find the probe whatever became of its phase."""
    return LEVEL * _edges(rate) * np.cos(_phase(rate))


def ahead(harmonic: int, rate: int = RATE) -> int:
    """So many samples before the tone this harmonic stands."""
    return round(SAMPLES * rate / RATE * math.log(harmonic) / _RATIO)


def _phase(rate: int) -> Wave:
    count = SAMPLES * rate // RATE
    turn: Wave = 2 * math.pi * LOW_HZ * SECONDS / _RATIO * (np.exp(np.arange(count) / count * _RATIO) - 1)
    return turn


def _edges(rate: int) -> Wave:
    edge = int(EDGE_S * rate)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    return np.concatenate((rise, np.ones(SAMPLES * rate // RATE - 2 * edge), rise[::-1]))
