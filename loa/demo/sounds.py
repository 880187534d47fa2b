"""The sounds of the demonstration world, made by code: no recording, no rights, the same samples on every machine.

All return mono float32 samples at 48 kHz between -1 and 1. The national anthem and the relayed stations are stood in
for by plain melodies of our own, since the real ones belong to others.
"""

import numpy as np
import numpy.typing as npt

from loa.media.blocks.generators import national

Samples = npt.NDArray[np.float32]

RATE = 48_000
A4 = 440.0
PARTIALS = ((1.0, 1.0), (2.0, 0.45), (2.76, 0.25), (5.4, 0.1))  # a struck metal bar


def tone(midi: float, seconds: float, decay: float = 1.2) -> Samples:
    """One struck note. `midi` is the MIDI pitch (69 = A4), `decay` the time constant in seconds."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = A4 * 2 ** ((midi - 69) / 12)
    body = sum(part * np.sin(2 * np.pi * pitch * ratio * time) for ratio, part in PARTIALS)
    return (body * np.exp(-time / decay) * np.minimum(time / 0.004, 1)).astype(np.float32)


def melody(notes: tuple[tuple[float, float], ...], beat: float, decay: float = 0.9) -> Samples:
    """Notes (MIDI pitch, beats) one after another, each ringing on into the next; `beat` in seconds."""
    length = sum(beats for _, beats in notes) * beat + 2 * decay
    out = np.zeros(round(length * RATE), dtype=np.float32)
    at = 0.0
    for midi, beats in notes:
        ring = tone(midi, min(beats * beat + decay, length - at - 0.01), decay)
        start = round(at * RATE)
        out[start : start + len(ring)] += ring[: len(out) - start]
        at += beats * beat
    return peak_at(out, 0.5)


def peak_at(samples: Samples, level: float) -> Samples:
    """Scaled so that the largest sample is `level`."""
    return (samples * (level / max(float(np.abs(samples).max()), 1e-9))).astype(np.float32)


def station_call() -> Samples:
    """Nhạc hiệu: one of the nation's own openings, 8 s."""
    return national("opening_strings")


def ceremony() -> Samples:
    """In place of the anthem: a slow solemn phrase, about 16 s."""
    phrase = ((60, 2), (64, 1), (67, 1), (72, 3), (71, 1), (69, 2), (67, 2), (65, 1), (64, 1), (62, 2), (60, 4))
    return melody(phrase, 0.7, 1.4)


def relay(seconds: float, key: int) -> Samples:
    """In place of a relayed station: a wandering melody of the given length; `key` makes the stations differ."""
    scale = (0, 2, 4, 7, 9, 12)
    steps = np.random.default_rng(key).integers(0, len(scale), size=round(seconds / 0.6) + 1)
    tune = melody(tuple((57.0 + key + scale[int(step)], 1.0) for step in steps), 0.6, 0.7)
    return tune[: round(seconds * RATE)]
