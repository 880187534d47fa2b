"""What the ear hears in it over time: bands 24 times a second, and the lines of the mains in each fifth of a second."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FRAME = 2_000  # samples: 24 frames a second, lines 24 Hz apart
SLICE = 9_600  # samples: a fifth of a second tells 50 Hz from its neighbours
# Third octaves (IEC 61260-1), lower edges, and the end of the last one.
EDGES_HZ = 1000 * 2.0 ** ((np.arange(-9, 13) - 0.5) / 3)
SPEECH_BANDS = slice(1, 19)  # 160 Hz to 8 kHz
MAINS_HZ = 50 * np.arange(1, 11)
BESIDE_HZ = 15  # where a line of the mains is compared; nothing of the line itself gets there
QUIETEST = 334  # lines of the quietest frame of a second that are kept: up to 8 kHz

Table = NDArray[np.float32]

_WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)
_SCALE = np.float32(2 / (FRAME * float(np.dot(_WINDOW, _WINDOW))))  # a full-scale sine gives mean square 0.5
_STARTS = np.rint(EDGES_HZ / (RATE / FRAME)).astype(int)
_LONG = np.hanning(SLICE + 1)[:-1]


@cache
def _lines() -> NDArray[np.complex64]:
    hertz = np.concatenate([MAINS_HZ, MAINS_HZ - BESIDE_HZ, MAINS_HZ + BESIDE_HZ])
    turn = np.exp(-2j * np.pi * np.outer(np.arange(SLICE), hertz) / RATE)
    weighed: NDArray[np.complex64] = (turn * (_LONG * 2 / _LONG.sum())[:, None]).astype(np.complex64)
    return weighed


@dataclass(slots=True)
class Spectrum:
    """Tables that grow with the sound: about 2 kB a second."""

    bands: bytearray = field(default_factory=bytearray)
    quietest: bytearray = field(default_factory=bytearray)
    mains: bytearray = field(default_factory=bytearray)
    fine: NDArray[np.float64] = field(default_factory=lambda: np.zeros(FRAME // 2 + 1))
    _lines: NDArray[np.complex64] = field(default_factory=_lines)

    def hear(self, piece: Table) -> None:
        """The next second at 48 kHz; what does not fill a frame at the end of the sound does not count."""
        whole = len(piece) // FRAME * FRAME
        if not whole:
            return
        lines = np.fft.rfft(piece[:whole].reshape(-1, FRAME) * _WINDOW)
        powers = (lines.real**2 + lines.imag**2).astype(np.float32) * _SCALE
        bands = np.add.reduceat(powers, _STARTS, axis=1)[:, :-1]
        levels = decibels(bands)
        self.bands += levels.astype(np.float16).tobytes()
        loud = bands[:, SPEECH_BANDS].sum(axis=1)
        self.quietest += (
            decibels(powers[int(np.argmin(np.where(loud > 1e-10, loud, np.inf))), :QUIETEST])
            .astype(np.float16)
            .tobytes()
        )
        heard = loud > max(float(loud.max()) * 0.01, 1e-9)
        if heard.any():
            self.fine += (powers[heard] / loud[heard, None]).sum(axis=0)
        self._hear_mains(piece)

    def _hear_mains(self, piece: Table) -> None:
        whole = len(piece) // SLICE * SLICE
        if whole:
            found = piece[:whole].reshape(-1, SLICE).astype(np.complex64) @ self._lines
            self.mains += (
                decibels(((found.real**2 + found.imag**2) / 2).astype(np.float32)).astype(np.float16).tobytes()
            )

    def band_levels(self) -> Table:
        """(frames, bands) in dB of full-scale mean square."""
        return np.frombuffer(self.bands, np.float16).reshape(-1, len(EDGES_HZ) - 1).astype(np.float32)

    def quietest_lines(self) -> Table:
        """(seconds, lines): the spectrum of the quietest frame of each second that is not digital silence, dB."""
        return np.frombuffer(self.quietest, np.float16).reshape(-1, QUIETEST).astype(np.float32)

    def mains_levels(self) -> Table:
        """(fifths of a second, 3, lines): the mains and its harmonics, 15 Hz below them, 15 Hz above; dB."""
        return np.frombuffer(self.mains, np.float16).reshape(-1, 3, len(MAINS_HZ)).astype(np.float32)


def decibels(powers: NDArray[np.float32]) -> NDArray[np.float32]:
    """10 log10 with a floor of -120."""
    return 10 * np.log10(np.maximum(powers, np.float32(1e-12)))
