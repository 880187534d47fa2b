"""What a list of edits makes of a sound: pieces of the sources in their new order, known without touching a sample.

Two lists that sound the same lie the same: neighbours that follow each other in their source are one piece. Times are
milliseconds, 48 samples each, so that lengths are exact. At every seam both sides run to nothing within RAMP_MS, and a
change of loudness takes as long: a wave that jumps would click in a horn.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

from loa.media import rules
from loa.media.editing.edits import (
    LEAST_PART_MS,
    LEAST_SILENCE_MS,
    MAX_DB,
    MIN_DB,
    MOST_SILENCE_MS,
    Cut,
    Edits,
    FadeIn,
    FadeOut,
    Gain,
    Join,
    Op,
    Silence,
    Trim,
)

RAMP_MS = 8
FADE_STEPS = 8
SILENT = -1
MOST_GAIN = 10 ** (MAX_DB / 20) * 1.001

Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """Factors at times of a source (ms), straight lines between, level before and after. `fades` to or from nothing."""

    points: tuple[Point, ...]
    fades: bool = False

    def at(self, time: float) -> float:
        """The factor at a time of the source."""
        if time <= self.points[0][0]:
            return self.points[0][1]
        for (start, low), (end, high) in pairwise(self.points):
            if time <= end:
                return low + (high - low) * (time - start) / (end - start)
        return self.points[-1][1]

    def moved(self, by: int) -> "Curve":
        """The same, later."""
        return Curve(tuple((time + by, factor) for time, factor in self.points), self.fades)


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` ms of a source from `start` on: 0 is the sound itself, n the n-th that is joined to it, or SILENT."""

    source: int
    start: int
    length: int
    curves: tuple[Curve, ...] = ()

    @property
    def end(self) -> int:
        """In the source."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Timeline:
    """The result; `joined` are the sounds of the sources from 1 on."""

    pieces: tuple[Piece, ...]
    joined: tuple[UUID, ...] = ()

    @property
    def length(self) -> int:
        """Milliseconds of the whole."""
        return sum(piece.length for piece in self.pieces)

    def placed(self) -> Iterator[tuple[int, Piece]]:
        """Each piece with the time at which it begins."""
        at = 0
        for piece in self.pieces:
            yield at, piece
            at += piece.length

    def old(self, new: int) -> tuple[int, int]:
        """Source and its time for a time of the result; (SILENT, ms into the pause) inside one. Raises ValueError."""
        for at, piece in self.placed():
            if at <= new < at + piece.length:
                return piece.source, piece.start + new - at
        raise ValueError(f"{new} ms lies outside")

    def new(self, old: int, source: int = 0) -> int | None:
        """Where a time of a source has gone; None if it was cut away."""
        for at, piece in self.placed():
            if piece.source == source and piece.start <= old < piece.end:
                return at + old - piece.start
        return None

    def place(self, start: int, end: int, source: int = 0) -> tuple[int, int, bool] | None:
        """Where a stretch of a source has gone, and whether it is whole and unchanged; None if all is gone.

        What was cut at its edges makes it shorter, what was put into it makes it longer.
        """
        found = [(at, piece) for at, piece in self.placed() if piece.source == source and _meets(piece, start, end)]
        if not found:
            return None
        (first_at, first), (last_at, last) = found[0], found[-1]
        began = first_at + max(start, first.start) - first.start
        ended = last_at + min(end, last.end) - last.start
        whole = len(found) == 1 and first.start <= start and end <= first.end and not first.curves
        return began, ended, whole


def lay(edits: Edits, length: int) -> Timeline:
    """The timeline of a sound of `length` ms. Raises rules.Unfit with a code that begins with `edit_`."""
    pieces: tuple[Piece, ...] = (Piece(0, 0, length),)
    joined: tuple[UUID, ...] = ()
    for op in edits.ops:
        _check(op, sum(piece.length for piece in pieces))
        if isinstance(op, Join):
            joined = (*joined, op.sound)
        pieces = _merged(_applied(op, pieces, len(joined)))
    line = Timeline(pieces, joined)
    if line.length < rules.MIN_SOUND_MS:
        raise rules.Unfit("edit_nothing_left")
    if line.length > rules.MAX_BULLETIN_MS:
        raise rules.Unfit("edit_too_long", {"length": rules.length(line.length)})
    return line


def _check(op: Op, total: int) -> None:
    """One operation by itself."""
    if isinstance(op, Silence | Join):
        if not 0 <= op.at <= total:
            raise rules.Unfit("edit_outside", {"length": rules.length(total)})
        if isinstance(op, Silence) and not LEAST_SILENCE_MS <= op.length <= MOST_SILENCE_MS:
            raise rules.Unfit("edit_silence")
        if isinstance(op, Join) and not 0 < op.length <= rules.MAX_BULLETIN_MS:
            raise rules.Unfit("edit_too_long", {"length": rules.length(max(op.length, 0))})
        return
    if not 0 <= op.start < op.end <= total:
        raise rules.Unfit("edit_outside", {"length": rules.length(total)})
    if op.end - op.start < LEAST_PART_MS:
        raise rules.Unfit("edit_too_small")
    if isinstance(op, Gain) and not MIN_DB <= op.db <= MAX_DB:  # refuses what is not a number, too
        raise rules.Unfit("edit_too_loud" if op.db > MAX_DB else "edit_too_quiet")


def _applied(op: Op, pieces: Sequence[Piece], joined: int) -> list[Piece]:
    total = sum(piece.length for piece in pieces)
    if isinstance(op, Cut):
        return [*_between(pieces, 0, op.start), *_between(pieces, op.end, total)]
    if isinstance(op, Trim):
        return _between(pieces, op.start, op.end)
    if isinstance(op, Silence | Join):
        new = Piece(SILENT, 0, op.length) if isinstance(op, Silence) else Piece(joined, 0, op.length)
        return [*_between(pieces, 0, op.at), new, *_between(pieces, op.at, total)]
    return _shaped(pieces, op.start, op.end, _curve(op, total))


def _between(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    """The part of the pieces from `start` to `end` of the result so far."""
    found, at = [], 0
    for piece in pieces:
        low, high = max(start - at, 0), min(end - at, piece.length)
        if low < high:
            begin = 0 if piece.source == SILENT else piece.start + low
            found.append(replace(piece, start=begin, length=high - low))
        at += piece.length
    return found


def _curve(op: FadeIn | FadeOut | Gain, total: int) -> Curve:
    """In times of the result. Inside a sound a fade returns to full loudness within a ramp."""
    if isinstance(op, Gain):
        factor, ramp = 10 ** (op.db / 20), min(RAMP_MS, (op.end - op.start) // 2)
        inner = ((op.start + ramp, factor), (op.end - ramp, factor))
        return Curve(((op.start, 1.0), *dict.fromkeys(inner), (op.end, 1.0)))
    steps = range(FADE_STEPS + 1)
    share = (op.end - op.start) / FADE_STEPS
    rise = [(op.start + round(step * share), (step / FADE_STEPS) ** 2) for step in steps]
    if isinstance(op, FadeIn):
        before = [(op.start - RAMP_MS, 1.0)] if op.start > 0 else []
        return Curve((*before, *rise), fades=True)
    fall = [(op.start + round(step * share), (1 - step / FADE_STEPS) ** 2) for step in steps]
    after = [(op.end + RAMP_MS, 1.0)] if op.end < total else []
    return Curve((*fall, *after), fades=True)


def _shaped(pieces: Sequence[Piece], start: int, end: int, curve: Curve) -> list[Piece]:
    """A fade at a seam may reach a few milliseconds into the neighbour, to be loud again there."""
    shaped, at = [], 0
    first, last = curve.points[0][0], curve.points[-1][0]
    for piece in pieces:
        touched = piece.source != SILENT and at < last and first < at + piece.length
        shaped.append(_with(piece, curve, piece.start - at, (start, end)) if touched else piece)
        at += piece.length
    return shaped


def _with(piece: Piece, curve: Curve, by: int, span: tuple[int, int]) -> Piece:
    own = curve.moved(by)
    _check_curves(piece, own, span[0] + by, span[1] + by)
    return replace(piece, curves=(*piece.curves, own))


def _check_curves(piece: Piece, new: Curve, start: int, end: int) -> None:
    """Fades do not lie on each other; all changes of one moment together stay within the limit."""
    if new.fades and any(old.fades and old.points[0][0] < end and start < old.points[-1][0] for old in piece.curves):
        raise rules.Unfit("edit_fades_overlap")
    curves = (*piece.curves, new)
    times = {time for curve in curves for time, _ in curve.points if piece.start <= time <= piece.end}
    for time in times | {piece.start, piece.end}:
        if math.prod(curve.at(time) for curve in curves) > MOST_GAIN:
            raise rules.Unfit("edit_too_loud")


def _merged(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    merged: list[Piece] = []
    for piece in pieces:
        before = merged[-1] if merged else None
        if before is not None and _follows(before, piece):
            merged[-1] = replace(before, length=before.length + piece.length)
        else:
            merged.append(piece)
    return tuple(merged)


def _follows(one: Piece, two: Piece) -> bool:
    same = one.source == two.source and one.curves == two.curves
    return same and (one.source == SILENT or one.end == two.start)


def _meets(piece: Piece, start: int, end: int) -> bool:
    return piece.start < end and start < piece.end
