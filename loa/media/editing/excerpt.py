"""A few seconds of a finished rendition, at once: what the editor plays while nothing is rendered yet.

Only renditions of our own are opened here, never a stranger's file.
"""

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from loa.media.editing.clarity import clear
from loa.media.editing.shown import MOST_MS, peak_step
from loa.media.pipeline.reader import RATE, Samples

CONTEXT_MS = 4_000  # what clarity listens to on both sides, to know the room
HEARD_RATE = 24_000
DECODER_RUN_UP_MS = 200  # Opus wants 80 ms before its samples are exact


class Unreadable(Exception):
    """The file in the store is not what it was."""


def excerpt(path: Path, start: int, length: int, *, clarity: bool) -> bytes:
    """A WAV of `length` ms (at most MOST_MS) from `start` ms on; shorter at the end of the sound.

    With clarity the voice is as loud as without, so that both can be compared.
    """
    length = min(length, MOST_MS)
    if not clarity:
        return _wav(decoded(path, start, length))
    before = min(start, CONTEXT_MS)
    around = decoded(path, start - before, before + length + CONTEXT_MS)
    seconds = [around[at : at + RATE] for at in range(0, len(around), RATE)]
    cleared = np.concatenate(list(clear(lambda: seconds, len(around)))) if seconds else around
    cleared = cleared * np.float32(_loud_half(around) / max(_loud_half(cleared), 1e-6))
    low = before * RATE // 1000
    return _wav(np.clip(cleared, -1, 1)[low : low + length * RATE // 1000])


def decoded(path: Path, start: int, length: int) -> Samples:
    """Samples at 48 kHz of `length` ms from `start` on, exact to the sample, however long the file is."""
    first, last = start * RATE // 1000, (start + length) * RATE // 1000
    out = np.zeros(last - first, np.float32)
    filled = 0
    with _opened(path) as container:
        stream = container.streams.audio[0]
        if start > DECODER_RUN_UP_MS:
            container.seek((start - DECODER_RUN_UP_MS) * 1000, backward=True)
        for frame in container.decode(stream):
            if frame.pts is None or frame.time is None:
                continue
            at = round(frame.time * RATE)
            if at >= last:
                break
            samples = frame.to_ndarray()[0]
            low, high = max(at, first), min(at + len(samples), last)
            if low < high:
                out[low - first : high - first] = samples[low - at : high - at]
                filled = high - first
    return out[:filled]


def peaks(path: Path, duration_ms: int) -> bytes:
    """Heights 0-255 of equal parts of the sound, one byte each: one for 10 ms, fewer for long sounds."""
    step = peak_step(duration_ms) * RATE // 1000
    heights, waiting = bytearray(), np.zeros(0, np.float32)
    with _opened(path) as container:
        for frame in container.decode(container.streams.audio[0]):
            waiting = np.concatenate((waiting, np.abs(frame.to_ndarray()[0])))
            if len(waiting) >= RATE:
                whole = len(waiting) // step * step
                heights += _heights(waiting[:whole].reshape(-1, step).max(axis=1))
                waiting = waiting[whole:]
    edges = [*range(0, len(waiting), step), len(waiting)]
    heights += _heights(np.array([waiting[low:high].max() for low, high in pairwise(edges)], np.float32))
    return bytes(heights)


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """Raises Unreadable for whatever goes wrong in the file."""
    try:
        with av.open(str(path), "r") as container:
            yield container
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise Unreadable(str(path)) from error


def _heights(levels: Samples) -> bytes:
    return np.clip(np.rint(levels * 255), 0, 255).astype(np.uint8).tobytes()


def _loud_half(samples: Samples) -> float:
    blocks = samples[: len(samples) // 960 * 960].reshape(-1, 960)
    powers = np.sort((blocks**2).mean(axis=1))
    return float(np.sqrt(powers[len(powers) // 2 :].mean())) if len(powers) else 1.0


def _wav(samples: Samples) -> bytes:
    """24 kHz, 16 bit: enough to judge a cut, and half the way over a bad line."""
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None, :], format="flt", layout="mono")
    frame.sample_rate = RATE
    resampler = av.AudioResampler(format="s16", layout="mono", rate=HEARD_RATE)
    made = [*resampler.resample(frame), *resampler.resample(None)] if len(samples) else []
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, HEARD_RATE, 0, "NONE", ""))
        file.writeframes(b"".join(out.to_ndarray().tobytes() for out in made))
    return buffer.getvalue()
