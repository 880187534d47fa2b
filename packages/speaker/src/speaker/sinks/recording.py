"""Reads what a WAV sink wrote, also after its process was killed in the middle."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from speaker.sink import RATE, Pcm
from speaker.sinks.wav import HEADER, Sidecar


@dataclass(frozen=True, slots=True)
class Recording:
    """One file: `samples` (s16, mono, 48 kHz) and the true instant of the first."""

    samples: Pcm
    sidecar: Sidecar

    def at(self, sample: int) -> int:
        """True Unix ns at which this sample was heard."""
        return self.sidecar.first_sample_ns + int(sample * 1e9 / self._rate())

    def index(self, instant_ns: int) -> int:
        """Number of the sample that was heard at this true instant; may lie outside."""
        return round((instant_ns - self.sidecar.first_sample_ns) * self._rate() / 1e9)

    def between(self, start_ns: int, end_ns: int) -> Pcm:
        """The samples heard between two true instants, as far as they are in this file."""
        first, last = max(0, self.index(start_ns)), max(0, self.index(end_ns))
        return self.samples[first:last]

    def _rate(self) -> float:
        return RATE * (1 + self.sidecar.drift_ppm / 1e6)


def read(path: Path) -> Recording:
    """The file is believed, not its header: after a kill the header lags behind."""
    sidecar = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Sidecar)
    size = max(0, path.stat().st_size - HEADER) // 2
    samples = np.fromfile(path, dtype="<i2", count=size, offset=HEADER)
    return Recording(samples, sidecar)


def read_all(folder: Path) -> Iterator[Recording]:
    """Every recording of a speaker, oldest first."""
    for path in sorted(folder.glob("[0-9]*.wav")):
        if path.with_suffix(".json").exists():
            yield read(path)


def find(recording: Recording, sound: Pcm, near_ns: int, *, within_ms: int = 1_000) -> tuple[float, float]:
    """Where `sound` begins, by cross-correlation: (ms after `near_ns`, likeness 0..1).

    Looks from `within_ms` before to `within_ms` after `near_ns`. Likeness is the normalised correlation at the peak.
    """
    span = within_ms * RATE // 1000
    first = recording.index(near_ns) - span
    window = _cut(recording.samples, first, 2 * span + len(sound))
    lags = _correlate(window, sound.astype(np.float64))[: 2 * span + 1]
    peak = int(np.argmax(np.abs(lags)))
    return (recording.at(first + peak) - near_ns) / 1e6, float(abs(lags[peak]))


def _cut(samples: Pcm, first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    window = np.zeros(count)
    low, high = max(0, first), min(len(samples), first + count)
    if low < high:
        window[low - first : high - first] = samples[low:high]
    return window


def _correlate(
    window: np.ndarray[tuple[int], np.dtype[np.float64]], sound: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    size = 1 << (len(window) + len(sound)).bit_length()
    spectrum = np.fft.rfft(window, size) * np.conj(np.fft.rfft(sound, size))
    products = np.fft.irfft(spectrum, size)[: len(window)]
    sums = np.concatenate(([0.0], np.cumsum(window**2)))
    ends = np.minimum(np.arange(len(window)) + len(sound), len(window))
    energy = sums[ends] - sums[: len(window)]
    norm = np.sqrt(np.maximum(energy, 1.0) * max(float(np.sum(sound**2)), 1.0))
    return np.asarray(products / norm)
