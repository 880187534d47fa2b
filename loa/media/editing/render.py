"""Originals and a list of edits -> the new sound. Runs only in the limited child process.

Each source is decoded once into a file of float samples (192 kB a second), brought to one loudness, cleared if that is
asked for, and read piece by piece in the new order: hours cost disk, not memory. The same files and edits give the same
bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import numpy as np

from loa.media import rules
from loa.media.editing.clarity import clear
from loa.media.editing.edits import Edits
from loa.media.editing.pieces import sized
from loa.media.editing.timeline import RAMP_MS, SILENT, Piece, Timeline, lay
from loa.media.pipeline.normalise import finish
from loa.media.pipeline.reader import BLOCK, RATE, Samples
from loa.media.pipeline.result import Normalised
from loa.media.pipeline.spool import Decoded, Progress, decode_source, write_decoded, write_spool

MOST_CHANGE_DB = 40.0
SECOND_MS = RATE // BLOCK


@dataclass(frozen=True, slots=True)
class Source:
    """Decoded samples on disk and the factor that brings them to the common loudness."""

    path: Path
    factor: float

    def read(self, file: BinaryIO, start: int, length: int) -> Samples:
        """`length` ms from `start` on; silence behind the end."""
        file.seek(start * BLOCK * 4)
        samples = np.frombuffer(file.read(length * BLOCK * 4), np.float32)
        return np.pad(samples * np.float32(self.factor), (0, length * BLOCK - len(samples)))


def render(
    files: list[Path], edits: Edits, length: int, workspace: Path, progress: Progress, limits: str
) -> Normalised:
    """Write `workspace / "rendition.ogg"` from `files`: that of the sound (of `length` ms), then those that are joined.

    Raises rules.Unfit. `limits` is the profile of quality.
    """
    line = lay(edits, length)
    sources = _sources(files, edits, workspace, lambda share: progress(share * 35 // 100))
    total, done = line.length, iter(range(0, line.length + SECOND_MS, SECOND_MS))
    spooled = write_spool(
        sized(mixed(line, sources), total * BLOCK),
        workspace / "result.f32",
        lambda: progress(35 + next(done) * 15 // total),
    )
    return finish(spooled, workspace / "rendition.ogg", progress, limits)


def mixed(line: Timeline, sources: list[Source]) -> Iterator[Samples]:
    """The samples of the timeline, at most a second at once."""
    last = len(line.pieces) - 1
    for number, piece in enumerate(line.pieces):
        seams = (number > 0, number < last)
        if piece.source == SILENT:
            yield from (np.zeros(length * BLOCK, np.float32) for _, length in _parts(piece))
            continue
        source = sources[piece.source]
        with source.path.open("rb") as file:
            for at, length in _parts(piece):
                yield source.read(file, piece.start + at, length) * envelope(piece, at, length, seams)


def envelope(piece: Piece, at: int, length: int, seams: tuple[bool, bool]) -> Samples:
    """Factors for `length` ms of a piece from `at` ms on; at a seam (left, right) it runs to nothing."""
    times = at + np.arange(length * BLOCK) / BLOCK
    factors = np.ones(length * BLOCK)
    for curve in piece.curves:
        xs, ys = zip(*curve.points, strict=True)
        factors *= np.interp(times + piece.start, xs, ys)
    ramp = min(RAMP_MS, piece.length / 2)
    for seam, distance in zip(seams, (times, piece.length - times), strict=True):
        if seam:
            factors *= np.minimum(distance / ramp, 1)
    return factors.astype(np.float32)


def _parts(piece: Piece) -> Iterator[tuple[int, int]]:
    for at in range(0, piece.length, SECOND_MS):
        yield at, min(SECOND_MS, piece.length - at)


def _sources(files: list[Path], edits: Edits, workspace: Path, progress: Progress) -> list[Source]:
    """Each file is decoded once, however often it is put in."""
    distinct = list(dict.fromkeys(files))
    sizes = list(accumulate((file.stat().st_size for file in distinct), initial=0))
    shares = [size * (70 if edits.clarity else 100) // max(sizes[-1], 1) for size in sizes]
    decoded = {
        file: decode_source(file, workspace / f"source-{number}.f32", within(progress, *shares[number : number + 2]))
        for number, file in enumerate(distinct)
    }
    sources = [Source(decoded[file].path, _factor(decoded[file])) for file in files]
    if edits.clarity:
        sources[0] = _cleared(decoded[files[0]], workspace / "cleared.f32", within(progress, 70, 100))
    return sources


def _cleared(decoded: Decoded, target: Path, progress: Progress) -> Source:
    total = decoded.milliseconds
    done = iter(range(0, total + SECOND_MS, SECOND_MS))
    cleared = clear(decoded.seconds, total * BLOCK)
    made = write_decoded(cleared, target, lambda: progress(min(100, next(done) * 100 // total)))
    return Source(target, _factor(made))


def _factor(decoded: Decoded) -> float:
    """Originals are as loud as they were sent; parts of one sound must not be."""
    if not decoded.lufs > rules.SILENCE_LUFS:
        return 1.0
    change = min(max(rules.TARGET_LUFS - decoded.lufs, -MOST_CHANGE_DB), MOST_CHANGE_DB)
    return float(10 ** (change / 20))


def source_of(file: Path, spool: Path, progress: Progress) -> Source:
    """One file decoded to `spool` and brought to the common loudness. Raises rules.Unfit."""
    decoded = decode_source(file, spool, progress)
    return Source(decoded.path, _factor(decoded))


def within(progress: Progress, low: int, high: int) -> Progress:
    """Tells a part of the way as 0 to 100, the whole as `low` to `high`."""
    return lambda share: progress(low + share * (high - low) // 100)
