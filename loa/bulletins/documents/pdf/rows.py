"""Rows of words on a PDF page, and where two of them stand side by side as columns. Points, y upwards."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from loa.bulletins.documents.pdf.words import Word

SAME_LINE = 0.35  # of the height of letters
WIDE = 3.0  # heights: no text is spaced out like that
SOME = 0.9
NARROWEST = 5.0
MARKER = re.compile(r"^([-–—+*•●▪·o]|\(?(\d{1,2}|[a-zđ]|[IVX]{1,5})[.)])$")  # its text stands apart, but is no column
FAR = 8.0
FAR_LINE = 2.6  # heights: further below, a line of the left side is text that follows
LOOK_AHEAD = 6  # lines


@dataclass(frozen=True)
class Row:
    """Words that are read one after the other."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """With single spaces."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def x0(self) -> float:
        """Its left end."""
        return self.words[0].x0

    @cached_property
    def x1(self) -> float:
        """Its right end."""
        return max(word.x1 for word in self.words)

    @cached_property
    def y(self) -> float:
        """The line it stands on."""
        return self.words[0].y

    @cached_property
    def size(self) -> float:
        """Height of its letters."""
        return max(word.size for word in self.words)

    @cached_property
    def bold(self) -> bool:
        """Most of its words are."""
        letters = sum(len(word.text) for word in self.words)
        return sum(len(word.text) for word in self.words if word.bold) >= 0.8 * letters


@dataclass(frozen=True, slots=True)
class Block:
    """Rows one below the other: `columns` has one list, or two that stand side by side."""

    columns: tuple[tuple[Row, ...], ...]

    @property
    def top(self) -> float:
        """Where it begins on the page."""
        return max(rows[0].y for rows in self.columns if rows)


def rows(words: Iterable[Word]) -> list[list[Word]]:
    """Words by the line they stand on, from top to bottom, each from left to right."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda word: -word.y):
        if found and found[-1][0].y - word.y < SAME_LINE * min(found[-1][0].size, word.size):
            found[-1].append(word)
        else:
            found.append([word])
    return [sorted(line, key=lambda word: word.x0) for line in found]


def blocks(words: Iterable[Word]) -> list[Block]:
    """The page from top to bottom; what stands in two columns is read left first."""
    lines = rows(words)
    found: list[Block] = []
    at = 0
    while at < len(lines):
        gap = _gap(lines, at)
        if gap is None:
            found.append(Block(((Row(tuple(lines[at])),),)))
            at += 1
            continue
        left, right, after = _columns(lines, at, gap)
        found.append(Block((tuple(left), tuple(right))))
        at = after
    return found


def _gaps(line: list[Word], least: float) -> list[tuple[float, float]]:
    """Stretches without letters between words, wider than `least` heights."""
    found, end = [], line[0].x1
    for place, word in enumerate(line[1:]):
        wide = word.x0 - end > least * max(word.size, line[0].size) * 0.8
        if wide and not (place == 0 and MARKER.match(line[0].text)):
            found.append((end, word.x0))
        end = max(end, word.x1)
    return found


def _gap(lines: list[list[Word]], at: int) -> tuple[float, float] | None:
    """The gap between two columns that begin in this line: very wide, or one that lines below have, too."""
    wide = _gaps(lines[at], WIDE)
    if wide:
        return max(wide, key=lambda gap: gap[1] - gap[0])
    below = lines[at + 1] if at + 1 < len(lines) else []
    for gap in _gaps(lines[at], SOME):
        for other in _gaps(below, SOME) if below else []:
            if min(gap[1], other[1]) - max(gap[0], other[0]) > NARROWEST:
                return gap
    return _staggered(lines, at)


def _staggered(lines: list[list[Word]], at: int) -> tuple[float, float] | None:
    """Columns whose lines do not stand at the same heights: two lines are closer than lines of one column can be."""
    for below in range(at + 1, min(at + LOOK_AHEAD, len(lines))):
        above, line = lines[below - 1], lines[below]
        step = above[0].y - line[0].y
        if step > FAR_LINE * line[0].size:
            return None
        gap = _between(above, line) if step < min(above[0].size, line[0].size) else None
        if gap is not None:
            return gap if all(_free(other, *gap) for other in lines[at:below]) else None
    return None


def _between(one: list[Word], other: list[Word]) -> tuple[float, float] | None:
    """The stretch between two lines that stand beside each other."""
    left, right = sorted((one, other), key=lambda line: line[0].x0)
    low, high = max(word.x1 for word in left), right[0].x0
    return (low, high) if high - low > NARROWEST else None


def _columns(lines: list[list[Word]], at: int, gap: tuple[float, float]) -> tuple[list[Row], list[Row], int]:
    """Rows left and right of the gap, as far down as it stays free; the line after the last."""
    left: list[Row] = []
    right: list[Row] = []
    low, high = gap
    last = lines[at][0].y
    while at < len(lines):
        line = lines[at]
        free = _free(line, low, high)
        if free is None or last - line[0].y > FAR * line[0].size or _alone(line, left, last, free):
            break
        low, high = free
        for side, part in ((left, [w for w in line if w.x1 <= low]), (right, [w for w in line if w.x1 > low])):
            if part:
                side.append(Row(tuple(part)))
        last = line[0].y
        at += 1
    return left, right, at


def _alone(line: list[Word], left: list[Row], last: float, free: tuple[float, float]) -> bool:
    """A line of the left side that stands far below is text that follows."""
    if any(word.x1 > free[1] for word in line) or not left:
        return False
    return last - line[0].y > FAR_LINE * line[0].size


def _free(line: list[Word], low: float, high: float) -> tuple[float, float] | None:
    """What is left of the gap beside this line; None if the line crosses it, as a line of running text does."""
    middle = (low + high) / 2
    left = [word for word in line if word.x0 + word.x1 < 2 * middle]
    right = [word for word in line if word.x0 + word.x1 >= 2 * middle]
    low = max([low, *(word.x1 for word in left)])
    high = min([high, *(word.x0 for word in right)])
    if left and right and right[0].x0 - left[-1].x1 < 0.8 * line[0].size:
        return None
    return (low, high) if high - low > NARROWEST else None
