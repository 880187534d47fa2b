"""Columns that somebody made with tabs or rows of spaces instead of a table: a head or a foot typed side by side."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from loa.bulletins.documents.layout.tables import is_form
from loa.bulletins.documents.lines import Cell, Line

_GAP = re.compile(r"\s*\t[\t ]*| {4,}")
FIRST = 100_000  # numbers of tables that no file has


def unfolded(lines: Iterable[Line]) -> Iterator[Line]:
    """The same lines; those of a head or foot typed side by side one column after the other."""
    for number, (gapped, group) in enumerate(groupby(lines, key=_has_gap)):
        part = list(group)
        if gapped and any(is_form(text) for line in part for text in _columns(line.text)):
            yield from _one_by_one(part, FIRST + number)
        else:
            yield from part


def _has_gap(line: Line) -> bool:
    return line.cell is None and bool(_GAP.search(line.text.rstrip()))


def _columns(text: str) -> list[str]:
    return _GAP.split(text.rstrip())


def _one_by_one(lines: list[Line], table: int) -> Iterator[Line]:
    rows = [(line, _columns(line.text)) for line in lines]
    for column in range(max(len(texts) for _, texts in rows)):
        for line, texts in rows:
            if column < len(texts) and texts[column].strip():
                cell = Cell(table, 0, column)
                yield replace(line.saying(texts[column]), cell=cell, soft=False, centred=False)
