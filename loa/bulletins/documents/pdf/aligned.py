"""Tables of a PDF without drawn lines: lines whose words stand below each other in columns, told apart from text that
is set in columns, from the head and from the foot of a document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

from loa.bulletins.documents.layout import patterns
from loa.bulletins.documents.layout.tables import is_form
from loa.bulletins.documents.pdf.rows import FAR_LINE, MARKER, NARROWEST, Row, rows
from loa.bulletins.documents.pdf.words import Word

APART = 0.7  # heights of letters: further apart than words of one cell
NEXT_LINE = 1.45  # heights: a cell that goes on stands as close below
FEWEST_ROWS, FEWEST_CELLS = 2, 6
PROSE_WORDS = 4  # a line of text set in columns has more
FULL = 0.8  # of the width of its column

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Aligned:
    """Cells by row and column, each with its lines; "" where a row has nothing."""

    cells: tuple[tuple[tuple[Row, ...], ...], ...]

    @property
    def words(self) -> Iterator[Word]:
        """All of it."""
        return (word for row in self.cells for cell in row for line in cell for word in line.words)

    @property
    def top(self) -> float:
        """Where it begins on the page."""
        return max(word.y for word in self.words)


def tables(words: Sequence[Word]) -> list[Aligned]:
    """The tables of a page, from top to bottom."""
    lines = [_cells(line) for line in rows(words)]
    found, at = [], 0
    while at < len(lines):
        part = _together(lines, at)
        table = _table(part) if len(part) >= FEWEST_ROWS else None
        if table is not None:
            found.append(table)
        at += len(part) if table is not None else 1
    return found


def _cells(line: Sequence[Word]) -> list[Row]:
    """A line cut where its words stand apart; the number or bullet of a list stays with its text."""
    parts: list[list[Word]] = []
    for word in line:
        if parts and word.x0 - max(one.x1 for one in parts[-1]) <= APART * word.size:
            parts[-1].append(word)
        else:
            parts.append([word])
    if len(parts) == 2 and MARKER.match(line[0].text):
        parts = [[*parts[0], *parts[1]]]
    return [Row(tuple(part)) for part in parts]


def _together(lines: Sequence[list[Row]], at: int) -> Sequence[list[Row]]:
    """The lines from `at` on that leave the same gaps free, each close below the one before it."""
    if len(lines[at]) < 2:
        return lines[at : at + 1]
    columns, end = _spans(lines[at]), at + 1
    while end < len(lines):
        above, line = lines[end - 1], lines[end]
        joined = _merged([*columns, *_spans(line)])
        if above[0].y - line[0].y > FAR_LINE * line[0].size or len(joined) < max(2, _fewest(columns, line)):
            break
        columns, end = joined, end + 1
    return lines[at:end]


def _fewest(columns: list[Span], line: list[Row]) -> int:
    """A line of several cells may be a heading over some columns; one that crosses a gap alone is text that follows."""
    return len(columns) if len(line) == 1 else min(len(columns), len(line))


def _spans(cells: Sequence[Row]) -> list[Span]:
    return [(cell.x0, cell.x1) for cell in cells]


def _merged(spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low - found[-1][1] < NARROWEST:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _table(lines: Sequence[list[Row]]) -> Aligned | None:
    """The lines as a table, without what stands below it in its first column; None if they are none."""
    columns = _merged([span for line in lines for span in _spans(line)])
    found: list[list[list[Row]]] = []
    for line in lines:
        placed = _placed(line, columns)
        if found and _goes_on(found[-1], placed, columns):
            for cell, more in zip(found[-1], placed, strict=True):
                cell.extend(more)
        elif sum(map(bool, placed)) < 2:
            break
        else:
            found.append(placed)
    return Aligned(tuple(tuple(map(tuple, row)) for row in found)) if _is_table(found, columns) else None


def _placed(line: Sequence[Row], columns: Sequence[Span]) -> list[list[Row]]:
    return [[cell for cell in line if low <= cell.x0 and cell.x1 <= high] for low, high in columns]


def _goes_on(above: list[list[Row]], placed: list[list[Row]], columns: Sequence[Span]) -> bool:
    """Whether a line only holds what found no room in the cells above it."""
    for before, here, (_, right) in zip(above, placed, columns, strict=True):
        if not here:
            continue
        if not before or before[-1].y - here[0].y > NEXT_LINE * here[0].size:
            return False
        first = here[0].words[0]
        if before[-1].x1 + (first.x1 - first.x0) + 0.2 * first.size <= right:
            return False
    return not all(placed)


def _is_table(found: Sequence[list[list[Row]]], columns: Sequence[Span]) -> bool:
    filled = [cell for row in found for cell in row if cell]
    if len(found) < FEWEST_ROWS or len(columns) < 2 or len(filled) < FEWEST_CELLS:
        return False
    texts = [line.text for cell in filled for line in cell]
    return not any(map(_is_of_the_frame, texts)) and not _is_prose(found, columns)


def is_doubtful(columns: Sequence[Sequence[Row]]) -> bool:
    """Whether rows that stand side by side are neither text set in columns nor the head or foot: perhaps a table."""
    if any(len(side) < FEWEST_ROWS for side in columns) or any(
        _is_of_the_frame(row.text) for s in columns for row in s
    ):
        return False
    spans = [(min(row.x0 for row in side), max(row.x1 for row in side)) for side in columns]
    return not _is_prose([[list(side) for side in columns]], spans)


def _is_of_the_frame(text: str) -> bool:
    plain = patterns.folded(text)
    signing = patterns.RANK.match(plain) and patterns.is_capitals(text)
    return is_form(text) or bool(signing or patterns.SIGNED.match(plain))


def _is_prose(found: Sequence[list[list[Row]]], columns: Sequence[Span]) -> bool:
    """Text set in columns: each of them is full of words, line after line."""
    for number, (low, high) in enumerate(columns):
        lines = [line for row in found for line in row[number]]
        full = mean((line.x1 - line.x0) > FULL * (high - low) for line in lines)
        if mean(len(line.words) for line in lines) < PROSE_WORDS or full < 0.6:
            return False
    return True
