"""A recipe and its files -> the finished programme. Runs only in the limited child process.

Each file is decoded once to disk and brought to one loudness; what is spoken is laid out first, so that the bed beneath
it is turned down before a word begins. Hours cost disk, not memory. The same files and recipe give the same bytes.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import numpy as np

from loa.media.blocks.ducking import FRAME_MS, levels
from loa.media.blocks.recipe import Bed, Placed, Recipe, check_length, place
from loa.media.editing.render import Source, source_of, within
from loa.media.editing.timeline import RAMP_MS
from loa.media.pipeline.normalise import finish
from loa.media.pipeline.reader import BLOCK, Samples
from loa.media.pipeline.result import Normalised
from loa.media.pipeline.spool import Progress, Spooled, write_spool

SECOND_MS = 1_000
LOOP_CROSS_MS = 400


def render(
    files: Mapping[UUID, Path], durations: Mapping[UUID, int], recipe: Recipe, workspace: Path, progress: Progress,
    limits: str,
) -> Normalised:  # fmt: skip
    """Write `workspace / "rendition.ogg"`; `durations` (ms) are what the recipe's length was told from.

    Raises rules.Unfit. `limits` is the profile of quality.
    """
    placed, total = place(recipe, durations)
    check_length(total)
    sources = _sources(files, workspace, within(progress, 0, 30))
    done = iter(range(0, total + SECOND_MS, SECOND_MS))
    told = within(progress, 30, 42)
    laid = write_spool(
        _laid(placed, sources, total), workspace / "laid.f32", lambda: told(min(100, next(done) * 100 // total))
    )
    if recipe.bed is not None:
        laid = _with_bed(laid, recipe.bed, sources[recipe.bed.sound], durations[recipe.bed.sound], workspace)
    progress(50)
    return finish(laid, workspace / "rendition.ogg", progress, limits)


def _sources(files: Mapping[UUID, Path], workspace: Path, progress: Progress) -> dict[UUID, Source]:
    found = {}
    for number, (name, file) in enumerate(files.items()):
        share = within(progress, number * 100 // len(files), (number + 1) * 100 // len(files))
        found[name] = source_of(file, workspace / f"source-{number}.f32", share)
    return found


def _laid(placed: tuple[Placed, ...], sources: Mapping[UUID, Source], total: int) -> Iterator[Samples]:
    """Everything but the bed, a second at once."""
    with ExitStack() as opened:
        files = {one.sound: opened.enter_context(sources[one.sound].path.open("rb")) for one in placed}
        for at in range(0, total, SECOND_MS):
            end = min(at + SECOND_MS, total)
            mixed = np.zeros((end - at) * BLOCK, np.float32)
            for one in placed:
                _add(mixed, at, end, one, sources[one.sound], files[one.sound])
            yield mixed


def _add(mixed: Samples, at: int, end: int, one: Placed, source: Source, file: BinaryIO) -> None:
    low, high = max(at, one.start), min(end, one.end)
    if low < high:
        samples = source.read(file, low - one.start + one.skip, high - low)
        mixed[(low - at) * BLOCK : (high - at) * BLOCK] += samples * _edges(one, low, high)


def _edges(one: Placed, low: int, high: int) -> Samples:
    """Both ends run to nothing: within a ramp at a seam, of equal power through a crossfade."""
    times = low + np.arange((high - low) * BLOCK) / BLOCK
    rise = np.clip((times - one.start) / (one.rise or RAMP_MS), 0, 1)
    fall = np.clip((one.end - times) / (one.fall or RAMP_MS), 0, 1)
    return np.asarray(np.sin(rise * np.pi / 2) * np.sin(fall * np.pi / 2), np.float32)


def _with_bed(laid: Spooled, bed: Bed, source: Source, duration: int, workspace: Path) -> Spooled:
    factors = levels(laid.powers, bed)

    def pieces() -> Iterator[Samples]:
        at = 0
        with source.path.open("rb") as file:
            for piece in laid.seconds():
                count = len(piece) // BLOCK
                music = looped(source, file, duration, at, count)
                yield piece + music * _line(factors, at, count)
                at += count

    return write_spool(pieces(), workspace / "with-bed.f32", lambda: None)


def looped(source: Source, file: BinaryIO, duration: int, at: int, count: int) -> Samples:
    """`count` ms of music that follows itself without end, from `at` ms on; end and beginning are crossfaded."""
    cross = min(LOOP_CROSS_MS, duration // 4)
    period = duration - cross
    out = np.zeros(count * BLOCK, np.float32)
    for turn in range(max(0, (at - duration) // period), (at + count) // period + 1):
        begins = turn * period
        rise = cross if turn else 0
        one = Placed(UUID(int=0), "bed", begins, begins + duration, rise, cross)
        _add(out, at, at + count, one, source, file)
    return out


def _line(factors: Samples, at: int, count: int) -> Samples:
    """Straight lines between the frames, for `count` ms from `at` on."""
    first = at // FRAME_MS
    nodes = factors[first : -(-(at + count) // FRAME_MS) + 1]
    times = at - first * FRAME_MS + np.arange(count * BLOCK) / BLOCK
    return np.interp(times, np.arange(len(nodes)) * FRAME_MS, nodes).astype(np.float32)
