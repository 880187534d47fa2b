"""Decoded sound on disk: 192 kB a second, so that hours cost disk and not memory.

What becomes a rendition is heard while it goes to disk (`Spooled`). What only gives its samples to something else is
not (`Decoded`): the figures of its making are those of the result.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from loa.media import rules
from loa.media.pipeline.meter import Meter, block_peaks, block_powers
from loa.media.pipeline.reader import BLOCK, RATE, Reader, Samples
from loa.media.quality.listening import Listening

Progress = Callable[[int], None]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Float samples at 48 kHz on disk, whole milliseconds, and their loudness."""

    path: Path
    milliseconds: int
    lufs: float

    def seconds(self) -> Iterator[Samples]:
        """The samples again, in pieces of one second."""
        with self.path.open("rb") as spool:
            while raw := spool.read(RATE * 4):
                yield np.frombuffer(raw, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Spooled(Decoded):
    """With the peak and power of every millisecond, and all that was heard."""

    peaks: Samples
    powers: Samples
    listening: Listening


def spool_source(source: Path, spool: Path, progress: Progress) -> Spooled:
    """The decoded source, heard as it was sent. Stereo whose sides cancel each other is read again, one side only.

    Raises rules.Unfit.
    """

    def take(side: int | None) -> tuple[Spooled, Reader]:
        listening = Listening()
        reader = Reader(source, side, listening.raw)
        return write_spool(reader.seconds(), spool, _told(reader, progress), listening), reader

    return _of_the_right_side(take)


def decode_source(source: Path, spool: Path, progress: Progress) -> Decoded:
    """The same without listening. Raises rules.Unfit."""

    def take(side: int | None) -> tuple[Decoded, Reader]:
        reader = Reader(source, side)
        return write_decoded(reader.seconds(), spool, _told(reader, progress)), reader

    return _of_the_right_side(take)


def _of_the_right_side(take: Callable[[int | None], tuple[Made, Reader]]) -> Made:
    made, reader = take(None)
    side = reader.side_to_keep()
    if side is None:
        return made
    del made, reader  # two of them would hold twice the memory
    return take(side)[0]


def _told(reader: Reader, progress: Progress) -> Callable[[], None]:
    expected = max(reader.declared_ms or rules.MAX_SOUND_MS, 1)
    return lambda: progress(min(99, reader.milliseconds * 100 // expected))


def write_decoded(pieces: Iterable[Samples], spool: Path, written: Callable[[], None]) -> Decoded:
    """Pieces of whole milliseconds to disk."""
    meter = Meter(true_peak=False)
    with spool.open("wb") as out:
        for piece in pieces:
            out.write(piece.tobytes())
            meter.add(piece)
            written()
    return Decoded(spool, meter.samples // BLOCK, meter.measured().lufs)


def write_spool(
    pieces: Iterable[Samples], spool: Path, written: Callable[[], None], listening: Listening | None = None
) -> Spooled:
    """The same; peaks and powers in memory (8 bytes a millisecond).

    `listening` has heard each piece as it was sent; without it the pieces themselves are what was sent.
    """
    told = listening or Listening()
    peaks, powers = bytearray(), bytearray()

    def heard() -> Iterator[Samples]:
        for piece in pieces:
            if listening is None:
                told.raw(piece[None, :], RATE)
            told.heard(piece)
            peaks.extend(block_peaks(piece).tobytes())
            powers.extend(block_powers(piece).tobytes())
            yield piece

    made = write_decoded(heard(), spool, written)
    measured = np.frombuffer(peaks, np.float32), np.frombuffer(powers, np.float32)
    return Spooled(made.path, made.milliseconds, made.lufs, *measured, told)
