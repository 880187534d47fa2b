"""Sentences from different voices made to stand beside each other: no silence of their own, one loudness, one rate."""

from typing import Any

import numpy as np

from loa.media.voices.base import Pcm

Samples = np.ndarray[Any, np.dtype[np.float32]]
LEVEL = 10 ** (-20 / 20)  # RMS of what is spoken, relative to full scale
CEILING = 10 ** (-1 / 20)
MOST_GAIN = 10 ** (30 / 20)
FRAME_MS = 5
SPOKEN_BELOW_LOUDEST = 10 ** (-35 / 20)  # frames that count as speech
HEARD_BELOW_LOUDEST = 10 ** (-50 / 20)  # frames that are kept at all: the breath of an s, the tail of an m
LEAD_MS, TAIL_MS = 15, 40
FADE_IN_MS, FADE_OUT_MS = 3, 10


def even(pcm: Pcm) -> Pcm:
    """The clip without the silence around it, at the common level, its ends faded. A silent clip stays as it is."""
    samples = np.frombuffer(pcm.samples, dtype="<i2").astype(np.float32) * np.float32(1 / 32768)
    levels = _frame_levels(samples, pcm.rate)
    loudest = float(levels.max(initial=0.0))
    if loudest <= 0:
        return pcm
    kept = _trimmed(samples, levels > loudest * HEARD_BELOW_LOUDEST, pcm.rate)
    spoken = levels[levels > loudest * SPOKEN_BELOW_LOUDEST]
    level = float(np.sqrt(np.mean(np.square(spoken))))
    gain = min(LEVEL / level, CEILING / float(np.abs(kept).max()), MOST_GAIN)
    return Pcm(pcm.rate, _packed(_faded(kept * np.float32(gain), pcm.rate)))


def at_rate(pcm: Pcm, rate: int) -> Pcm:
    """The clip with `rate` samples a second, exactly as long to the sample."""
    if pcm.rate == rate:
        return pcm
    import av

    samples = np.frombuffer(pcm.samples, dtype="<i2")
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
    frame.sample_rate = pcm.rate
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    pieces = [made.to_ndarray()[0] for fed in (frame, None) for made in resampler.resample(fed)]
    wanted = round(len(samples) * rate / pcm.rate)
    made = np.concatenate(pieces)[:wanted]
    return Pcm(rate, np.pad(made, (0, wanted - len(made))).astype("<i2").tobytes())


def _frame_levels(samples: Samples, rate: int) -> Samples:
    """RMS of each frame, the rest at the end included."""
    size = max(1, rate * FRAME_MS // 1000)
    padded = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
    levels: Samples = np.sqrt(np.mean(np.square(padded), axis=1))
    return levels


def _trimmed(samples: Samples, heard: "np.ndarray[Any, np.dtype[np.bool_]]", rate: int) -> Samples:
    frames = np.flatnonzero(heard)
    size = max(1, rate * FRAME_MS // 1000)
    start = max(0, int(frames[0]) * size - rate * LEAD_MS // 1000)
    end = min(len(samples), (int(frames[-1]) + 1) * size + rate * TAIL_MS // 1000)
    return samples[start:end]


def _faded(samples: Samples, rate: int) -> Samples:
    faded = samples.copy()
    rise, fall = (min(len(faded) // 2, rate * ms // 1000) for ms in (FADE_IN_MS, FADE_OUT_MS))
    faded[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    faded[len(faded) - fall :] *= np.linspace(1, 0, fall, dtype=np.float32)
    return faded


def _packed(samples: Samples) -> bytes:
    packed: bytes = (np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes()
    return packed
