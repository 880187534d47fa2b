"""Loudness and peaks of 48 kHz mono sound after ITU-R BS.1770 / EBU R 128 (libebur128)."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
import pyebur128

from loa.media.pipeline.reader import BLOCK, RATE, Samples, one_second_pieces


@dataclass(frozen=True, slots=True)
class Measured:
    """What a decoder gives back of a file: samples at 48 kHz, LUFS, dBTP."""

    samples: int
    lufs: float
    true_peak_dbtp: float

    @property
    def milliseconds(self) -> int:
        """Duration, rounded up to the millisecond so that nothing is cut."""
        return -(-self.samples // BLOCK)


class Meter:
    """Integrated loudness (and on demand the true peak) of pieces fed in order."""

    def __init__(self, *, true_peak: bool) -> None:
        modes = pyebur128.MeasurementMode
        self._true_peak = true_peak
        self._state = pyebur128.R128State(
            1, RATE, modes.MODE_I | modes.MODE_HISTOGRAM | (modes.MODE_TRUE_PEAK if true_peak else 0)
        )
        self.samples = 0

    def add(self, piece: Samples) -> None:
        """Feed the next piece."""
        self._state.add_frames(np.ascontiguousarray(piece), len(piece))
        self.samples += len(piece)

    def measured(self) -> Measured:
        """The values so far; -inf LUFS for silence and for less than 0.4 s."""
        peak = pyebur128.get_true_peak(self._state, 0) if self._true_peak else 0.0
        return Measured(self.samples, pyebur128.get_loudness_global(self._state), decibel(peak))


def measure_file(path: Path) -> Measured:
    """Decode a rendition of our own and measure it: the figures that count are those of the encoded file."""
    meter, resampler = Meter(true_peak=True), one_second_pieces()
    with av.open(str(path)) as container:
        for decoded in chain(container.decode(audio=0), [None]):
            for frame in resampler.resample(decoded):
                meter.add(frame.to_ndarray()[0])
    return meter.measured()


def decibel(amplitude: float) -> float:
    """20 log10 with a floor, for an amplitude relative to full scale."""
    return 20 * float(np.log10(max(amplitude, 1e-6)))


def block_peaks(piece: Samples) -> Samples:
    """Highest amplitude of each millisecond; `piece` holds whole milliseconds."""
    blocks = piece.reshape(-1, BLOCK)
    peaks: Samples = np.maximum(blocks.max(axis=1), -blocks.min(axis=1))
    return peaks


def block_powers(piece: Samples) -> Samples:
    """Mean square of each millisecond."""
    blocks = piece.reshape(-1, BLOCK)
    powers: Samples = np.einsum("ij,ij->i", blocks, blocks) / np.float32(BLOCK)
    return powers
