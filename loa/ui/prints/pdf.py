"""A sheet as PDF, set by typst: archival (PDF/A-2b) unless a sign of it stands in no font."""

import json
from dataclasses import asdict
from datetime import datetime
from importlib.resources import files

import typst

from loa.ui import format as written
from loa.ui.prints.sheet import Cell, Length, Money, Sheet, Table

_TEMPLATE = str(files("loa.ui.prints") / "sheet.typ")


def pdf(sheet: Sheet, now: datetime) -> bytes:
    """The file. The same sheet at the same `now` gives the same bytes on one machine."""
    data, second = {"sheet": json.dumps(_data(sheet))}, now.replace(microsecond=0)  # typst takes no part of a second
    try:
        return bytes(typst.compile(_TEMPLATE, sys_inputs=data, timestamp=second, pdf_standards=["a-2b"]))
    except typst.TypstError:  # PDF/A refuses a letter without a glyph; a paper with a gap is better than none
        return bytes(typst.compile(_TEMPLATE, sys_inputs=data, timestamp=second))


def shown(cell: Cell) -> str:
    """A cell in the words of the interface."""
    if isinstance(cell, Length):
        return written.length(cell.ms)
    if isinstance(cell, Money):
        return written.number(cell.dong)
    return written.number(cell) if isinstance(cell, int) else cell


def dated(sheet: Sheet) -> str:
    """Quy Mông, ngày 05 tháng 01 năm 2026 (days below ten and the first two months with a nought)."""
    day = sheet.day
    month = f"{day.month:02}" if day.month < 3 else f"{day.month}"
    return f"{sheet.place}, ngày {day.day:02} tháng {month} năm {day.year}"


def _data(sheet: Sheet) -> dict[str, object]:
    return {
        "title": sheet.title,
        "subtitle": sheet.subtitle,
        "above": sheet.above,
        "office": sheet.office,
        "dated": dated(sheet),
        "landscape": sheet.landscape,
        "tables": [_table(table) for table in sheet.tables if table.rows],
        "empty": sheet.empty if sheet.is_empty else "",
        "notes": sheet.notes,
        "signatures": [asdict(one) for one in sheet.signatures],
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "caption": table.caption,
        "columns": [asdict(column) for column in table.columns],
        "rows": [[shown(cell) for cell in row] for row in table.rows],
        "sums": [shown(cell) for cell in table.sums],
    }
