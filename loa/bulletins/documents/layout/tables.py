"""Tables of a document: those that only place text side by side, and those whose rows are read out one by one."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from loa.bulletins.documents.layout import patterns
from loa.bulletins.documents.layout.casing import Names
from loa.bulletins.documents.lines import Cell, Line

LONG_CELL = 400  # letters: a cell with more is a text, not a value
COUNTING = {"stt", "tt", "so tt", "so thu tu", "no", "#"}
_HOUR = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of one table by row and column, each with its lines."""

    cells: dict[tuple[int, int], list[Line]]

    @property
    def rows(self) -> list[int]:
        """Numbers of its rows."""
        return sorted({row for row, _ in self.cells})

    def row(self, number: int) -> dict[int, list[Line]]:
        """The cells of one row by column."""
        return {column: lines for (row, column), lines in sorted(self.cells.items()) if row == number}


def told(lines: Iterable[Line], names: Names) -> tuple[list[Line], bool]:
    """The lines with each table of values turned into one line a row, and whether there was one."""
    out: list[Line] = []
    found = False
    for number, group in groupby(lines, key=lambda line: line.cell.table if line.cell else None):
        part = list(group)
        table = _table(part) if number is not None else None
        if table is not None and is_values(table):
            out += _rows(table, names)
            found = True
        else:
            out += [line for line in part if line.text.strip()]
    return out, found


def _table(lines: Sequence[Line]) -> Table:
    cells: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        assert line.cell is not None
        cells[line.cell.row, line.cell.column].append(line)
    return Table(dict(cells))


def is_values(table: Table) -> bool:
    """Two rows and two columns at least, short cells, and nothing of a document's head or of its signatures."""
    columns = {column for _, column in table.cells}
    if len(table.rows) < 2 or len(columns) < 2:
        return False
    texts = [line.text for lines in table.cells.values() for line in lines]
    longest = max(sum(len(line.text) for line in lines) for lines in table.cells.values())
    return longest <= LONG_CELL and not any(is_form(text) for text in texts)


def is_form(text: str) -> bool:
    """Whether a text is certainly of the head or the foot of a document."""
    plain = patterns.folded(text)
    recipients = patterns.RECIPIENTS.match(plain)
    if patterns.is_number(text) or (recipients and recipients[1] and not recipients[2]):
        return True
    authority = patterns.AUTHORITY.match(plain) and patterns.is_capitals(text)
    return bool(patterns.MOTTO.match(plain) or authority)


def _rows(table: Table, names: Names) -> list[Line]:
    heads = _heads(table, names)
    out: list[Line] = []
    above: dict[int, str] = {}
    for number in table.rows[heads.rows :]:
        row = table.row(number)
        values = {column: _value(lines, above.get(column, "")) for column, lines in row.items()}
        above |= values
        if text := _sentence(values, heads.names, row):
            out.append(_line(text, row, heads))
    return out


@dataclass(frozen=True, slots=True)
class _Heads:
    """How many rows at the top name the columns, and the names."""

    rows: int
    names: dict[int, str]
    originals: dict[int, str]


def _heads(table: Table, names: Names) -> _Heads:
    first = table.row(table.rows[0])
    if len(first) == 1 and len(table.rows) > 2:  # a title over the whole width
        return _Heads(0, {}, {})
    lines = [line for cell in first.values() for line in cell if line.text.strip()]
    said = any(line.cell and line.cell.header for line in lines)
    bold = bool(lines) and all(line.bold for line in lines)
    wordy = bool(lines) and not any(_HOUR.search(line.text) for line in lines) and len(first) > 1
    looks = bold or (wordy and (len(first) > 2 or _counts(first)) and all(len(line.text) < 60 for line in lines))
    if not said and not (looks and wordy):
        return _Heads(0, {}, {})
    plain = {column: names.sentence(_value(cell, "")).rstrip(" :.") for column, cell in first.items()}
    written = {column: _written(cell).rstrip(" :.") for column, cell in first.items()}
    return _Heads(1, _spread(plain, first), _spread(written, first))


def _spread(named: dict[int, str], first: dict[int, list[Line]]) -> dict[int, str]:
    """The name of a cell that is several columns wide stands for each of them."""
    wide = dict(named)
    for column, lines in first.items():
        width = lines[0].cell.width if lines and lines[0].cell else 1
        for beside in range(column + 1, column + width):
            wide.setdefault(beside, named[column])
    return wide


def _counts(first: dict[int, list[Line]]) -> bool:
    return any(patterns.folded(_value(cell, "")).strip(".") in COUNTING for cell in first.values())


def _value(lines: Sequence[Line], above: str) -> str:
    text = " ".join(line.text.strip() for line in lines if line.text.strip())
    merged = bool(lines) and lines[0].cell is not None and lines[0].cell.merged
    return above if merged and not text else " ".join(text.split())


def _written(lines: Sequence[Line]) -> str:
    return " ".join(" ".join(line.written.split()) for line in lines if line.text.strip())


def _sentence(values: dict[int, str], heads: dict[int, str], row: dict[int, list[Line]]) -> str:
    """ "Thôn: thôn 3; thời gian: 7h30-11h." """
    parts = []
    for column, value in values.items():
        name = heads.get(column, "")
        counting = patterns.folded(name).strip(".") in COUNTING or (not name and column == 0 and value.isdecimal())
        if value and not (counting and len(row) > 1):
            parts.append(f"{name}: {value}" if name else value)
    if not heads and len(parts) == 2:
        return _closed(f"{parts[0].rstrip(' :')}: {parts[1]}")
    return _closed("; ".join(part.rstrip(" ;.") for part in parts))


def _closed(text: str) -> str:
    return text if not text or patterns.CLOSED.search(text) else f"{text}."


def _line(text: str, row: dict[int, list[Line]], heads: _Heads) -> Line:
    """A line of the body; `original` if any of its cells was converted."""
    lines = [line for cell in row.values() for line in cell]
    line = replace(lines[0].saying(text), cell=Cell(-1, 0, 0), original=None)
    if all(one.original is None for one in lines):
        return line
    written = {column: _written(cell) for column, cell in row.items()}
    return replace(line, original=_sentence(written, heads.originals, row))
