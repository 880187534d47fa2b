"""Loudness and peaks of 48 kHz mono sound after ITU-R BS.1770 / EBU R 128 (libebur128)."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
import pyebur128

from loa.media.pipeline.reader import BLOCK, RATE, Samples, one_second_pieces
from loa.media.quality.loudness import OFFSET, Loudness, loudness

TENTH = RATE // 10
CHANNEL = pyebur128.ChannelType
SURROUND = (CHANNEL.LEFT, CHANNEL.RIGHT, CHANNEL.CENTER, CHANNEL.LEFT_SURROUND, CHANNEL.RIGHT_SURROUND)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a decoder gives back of a file: samples at 48 kHz, LUFS, dBTP."""

    samples: int
    loudness: Loudness
    true_peak_dbtp: float

    @property
    def lufs(self) -> float:
        """Integrated loudness."""
        return self.loudness.integrated

    @property
    def milliseconds(self) -> int:
        """Duration, rounded up to the millisecond so that nothing is cut."""
        return -(-self.samples // BLOCK)


class Meter:
    """Loudness (and on demand the true peak) of pieces fed in order; each whole seconds but the last.

    libebur128 weighs and sums tenths of a second; what is made of them is `quality.loudness`. More sides than one lie
    in the columns of a piece, left, right, centre, left and right surround.
    """

    def __init__(self, *, true_peak: bool, sides: int = 1) -> None:
        modes = pyebur128.MeasurementMode
        mode = modes.MODE_M | (modes.MODE_TRUE_PEAK if true_peak else 0)
        self._true_peak, self._sides = true_peak, sides
        self._state = pyebur128.R128State(sides, RATE, mode)
        if sides == 5:
            for number, place in enumerate(SURROUND):
                self._state.set_channel(number, place)
        self._tenths: list[float] = []
        self.samples = 0

    def add(self, piece: Samples) -> None:
        """Feed the next piece."""
        whole = len(piece) // TENTH * TENTH
        for at in range(0, whole, TENTH):
            self._feed(piece[at : at + TENTH])
            self._tenths.append(pyebur128.get_loudness_window(self._state, 100))
        if whole < len(piece):
            self._feed(piece[whole:])
        self.samples += len(piece)

    def _feed(self, piece: Samples) -> None:
        self._state.add_frames(np.ascontiguousarray(piece).reshape(-1), len(piece))

    def measured(self) -> Measured:
        """The values so far; -inf LUFS for silence and for less than 0.4 s."""
        peaks = (
            [pyebur128.get_true_peak(self._state, side) for side in range(self._sides)] if self._true_peak else [0.0]
        )
        tenths = 10 ** ((np.array(self._tenths, np.float64) - OFFSET) / 10)
        return Measured(self.samples, loudness(tenths), decibel(max(peaks)))


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
