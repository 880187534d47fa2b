"""Rows of a PDF joined to paragraphs: a PDF knows where each word stands, not where a paragraph ends."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from loa.bulletins.documents.lines import Cell, Line, Run
from loa.bulletins.documents.pdf.rows import Row
from loa.bulletins.documents.pdf.words import Word

INDENT = 8.0  # points
LARGE = 1.25  # times the usual letters: a title
FEWEST = 3  # rows that show where a column ends
CENTRED = 12.0
MARKER = re.compile(r"^([-–—+*•●▪▫◦‣∙·✓]|\(?\d{1,2}[.)](\s|$)|\(?[a-zđ][.)](\s|$)|[IVX]{1,5}\.(\s|$)|Điều \d)")
CLOSED = re.compile(r"[.;:!?…/]['\"”’)]*$")


@dataclass(frozen=True, slots=True)
class Column:
    """Where the text of a column begins and ends, and how far its lines stand apart."""

    left: float
    right: float
    pitch: float
    size: float = 0.0  # of most of its letters

    def centred(self, row: Row) -> bool:
        """Whether a row stands in the middle, with room on both sides."""
        before, behind = row.x0 - self.left, self.right - row.x1
        return before > 1.5 * INDENT and abs(before - behind) < CENTRED


def column_of(rows: Sequence[Row], room: float = 0.0) -> Column:
    """The measures of the rows of one column; `room`: as far as it may go, if no edge shows where its lines end."""
    gaps = [above.y - below.y for above, below in pairwise(rows) if above.y > below.y]
    pitch = median(gaps) if gaps else rows[0].size * 1.3
    right = max(row.x1 for row in rows)
    at_edge = sum(row.x1 > right - INDENT / 2 for row in rows)
    if len(rows) < FEWEST or at_edge < len(rows) / 2:
        right = max(right, room)
    size = median(row.size for row in rows)
    return Column(min(row.x0 for row in rows), right, min(pitch, 2 * rows[0].size), size)


def paragraphs(rows: Sequence[Row], column: Column, cell: Cell | None = None) -> Iterator[Line]:
    """One line for each paragraph."""
    part: list[Row] = []
    for row in rows:
        if part and not _goes_on(part, row, column):
            yield _line(part, column, cell)
            part = []
        part.append(row)
    if part:
        yield _line(part, column, cell)


def _goes_on(part: list[Row], row: Row, column: Column) -> bool:
    """Whether a row is the next of the paragraph that `part` has begun."""
    above = part[-1]
    if MARKER.match(row.text) or above.bold != row.bold or _both_centred(above, row, column):
        return False
    if row.y > above.y:  # on the next page
        told = part[0].x0 > column.left + INDENT >= row.x0  # here paragraphs begin further right, and this does not
        return _is_full(above, row, column) and (told or not CLOSED.search(above.text))
    if above.y - row.y > 1.35 * max(column.pitch, above.size):
        return False
    if not _is_full(above, row, column):
        return False
    indented = row.x0 > column.left + INDENT and abs(row.x0 - part[-1].x0) > INDENT / 2
    hanging = bool(MARKER.match(part[0].text)) and row.x0 > part[0].x0
    return not (indented and not hanging and CLOSED.search(above.text))


def _is_full(above: Row, row: Row, column: Column) -> bool:
    """The first word of the next row would not have found room."""
    first = row.words[0]
    return above.x1 + (first.x1 - first.x0) + 0.2 * above.size > column.right


def _both_centred(above: Row, row: Row, column: Column) -> bool:
    if column.centred(above) and column.centred(row):
        return True
    middle = abs((above.x0 + above.x1) - (row.x0 + row.x1)) / 2
    return middle < INDENT / 2 and abs(above.x0 - row.x0) > INDENT / 2


def _line(part: list[Row], column: Column, cell: Cell | None) -> Line:
    words = [word for row in part for word in row.words]
    return Line(
        runs_of(words),
        bold=all(row.bold for row in part),
        centred=all(column.centred(row) for row in part),
        heading=all(row.size > LARGE * column.size for row in part),
        cell=cell,
    )


def runs_of(words: Sequence[Word]) -> tuple[Run, ...]:
    """Words with spaces between them, by their fonts."""
    runs: list[Run] = []
    for font, group in groupby(words, key=lambda word: word.font):
        text = " ".join(word.text for word in group)
        runs.append(Run(text if not runs else " " + text, font))
    return tuple(runs)
