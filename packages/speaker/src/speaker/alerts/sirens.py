"""What is heard before the words of an alert, made by code: steps of steady tones and rests, by the name of a pattern.

No pattern glides: báo động phòng không is one long tone that rises and falls, and nothing here may be taken for it.
Horns carry 400 to 3,500 Hz, so the tones lie between 650 and 1,650 Hz. An exercise has a soft gong, whatever the alert
names, and nobody who hears it thinks of danger.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from speaker.sink import RATE, Pcm

Wave = npt.NDArray[np.float64]
Step = tuple[float, float]  # (hertz, seconds); 0 Hz is a rest

SECONDS = 8.0
PEAK = 10 ** (-3 / 20)  # -3 dBTP
EDGE_S = 0.012  # every tone rises and falls: no clicks
GENERIC, EXERCISE, LATE = "generic", "exercise", "late"

PATTERNS: Mapping[str, tuple[Step, ...]] = {
    GENERIC: ((1_000, 0.3), (0, 0.1), (1_000, 0.3), (0, 0.5)),
    "fire": ((960, 0.5), (720, 0.5)),
    "flood": (*((880, 0.4), (0, 0.2)) * 3, (0, 1.0)),
    "storm": ((1_050, 1.5), (0, 0.5)),
    "leave": ((800, 0.12), (1_010, 0.12), (1_270, 0.12), (1_600, 0.12), (0, 0.12)),
}
GONGS: Mapping[str, tuple[Step, ...]] = {
    EXERCISE: ((659.26, 1.6), (523.25, 2.4)),
    LATE: ((783.99, 0.7), (659.26, 0.7), (523.25, 1.4)),
}
_PARTIALS = ((1.0, 1.0, 0.6), (2.76, 0.3, 0.2))  # ratio, level, decay (s) of a struck bar


@cache
def siren(name: str) -> Pcm:
    """The pattern as it is sounded; "" is nothing. A name from a newer platform sounds as `generic`: never silent."""
    if not name:
        return np.zeros(0, np.int16)
    if name in GONGS:
        return _finished(np.concatenate([_struck(hertz, seconds) for hertz, seconds in GONGS[name]]))
    steps = PATTERNS.get(name, PATTERNS[GENERIC])
    turns = max(1, round(SECONDS / sum(seconds for _, seconds in steps)))
    return _finished(np.concatenate([_tone(hertz, seconds) for hertz, seconds in steps * turns]))


def true_peak(wave: Wave) -> float:
    """The largest value between the samples too: four times as many of them, by their spectrum."""
    room = len(wave) + 2 * RATE // 100
    spectrum = np.fft.rfft(wave, room)
    return float(np.abs(np.fft.irfft(spectrum, 4 * room)).max() * 4)


def _tone(hertz: float, seconds: float) -> Wave:
    """A steady tone with its octave, which carries further."""
    at = np.arange(round(seconds * RATE)) / RATE
    if not hertz:
        return np.zeros(len(at))
    wave = np.sin(2 * np.pi * hertz * at) + 0.3 * np.sin(4 * np.pi * hertz * at)
    return np.asarray(wave * _edges(len(at)))


def _struck(hertz: float, seconds: float) -> Wave:
    at = np.arange(round(seconds * RATE)) / RATE
    wave = np.zeros(len(at))
    for ratio, level, decay in _PARTIALS:
        wave += level * np.exp(-at / decay) * np.sin(2 * np.pi * hertz * ratio * at)
    return np.asarray(wave * _edges(len(at)))


def _edges(count: int) -> Wave:
    """Raised cosines at both ends."""
    rise = np.clip(np.minimum(np.arange(count), np.arange(count)[::-1]) / (EDGE_S * RATE), 0.0, 1.0)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * rise))


def _finished(wave: Wave) -> Pcm:
    return np.round(wave * (PEAK / true_peak(wave)) * 32_760).astype(np.int16)
