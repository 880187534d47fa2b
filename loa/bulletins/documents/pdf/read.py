"""A PDF with text as lines: rows joined to paragraphs, columns and tables kept apart, headers and footers told."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pypdfium2 as pdf
import pypdfium2.raw as pdfium

from loa.bulletins.documents.lines import MOST_LETTERS, Apart, Cell, Line, Read, Unreadable, Warn
from loa.bulletins.documents.pdf.aligned import Aligned, is_doubtful
from loa.bulletins.documents.pdf.aligned import tables as aligned_tables
from loa.bulletins.documents.pdf.grid import Grid, grids
from loa.bulletins.documents.pdf.paragraphs import INDENT, Column, column_of, paragraphs, runs_of
from loa.bulletins.documents.pdf.rows import Block, Row, blocks, rows
from loa.bulletins.documents.pdf.words import Word, drawn, words
from loa.bulletins.documents.refusals import MAX_PAGES

MOST_OBJECTS = 20_000  # of a page; one with more is a drawing
FEW_LETTERS = 60  # a page with fewer, under a picture that fills it, is a scan with a stamp
FULL_PICTURE = 0.4  # of the page
EDGE = 0.09  # of the page's height: where headers and footers stand
NUMBER = re.compile(r"^(trang\s*)?[-–—.\s]*\d{1,3}([-–—.\s]*|\s*/\s*\d{1,3})$", re.IGNORECASE)
GARBLED_SHARE = 0.1
DEEPEST = 5


@dataclass(slots=True)
class _Page:
    words: list[Word]
    grids: list[Grid]
    height: float
    pictured: bool
    running: set[float] = field(default_factory=set)  # the lines on which headers and footers stand


def read(data: bytes) -> Read:
    """All of the file. Raises Unreadable `broken`, `encrypted`, `scanned`, `garbled`, `too_long`, `no_text`."""
    pages = _pages(data)
    warnings = _judge(pages)
    _mark_running(pages)
    tables = _Tables()
    found: list[Line] = []
    laid = [tables.blocks(page) for page in pages]
    for piece in _joined(laid):
        found += piece
    found += [Line(runs_of(line), apart=Apart.RUNNING) for page in pages for line in _running_lines(page)]
    if any(page.grids for page in pages) or tables.aligned:
        warnings.add(Warn.UNCLEAR)
    if any(
        is_doubtful(block.columns) for page in laid for block in page if isinstance(block, Block) and not _is_row(block)
    ):
        warnings.add(Warn.COLUMNS)
    return Read(tuple(found), frozenset(warnings))


def _pages(data: bytes) -> list[_Page]:
    try:
        document = pdf.PdfDocument(data)
    except pdf.PdfiumError:
        code = pdfium.FPDF_GetLastError()
        raise Unreadable("encrypted" if code == pdfium.FPDF_ERR_PASSWORD else "broken") from None
    if len(document) > MAX_PAGES:
        raise Unreadable("too_long", pages=len(document))
    found: list[_Page] = []
    left = MOST_LETTERS
    for index in range(len(document)):
        found.append(_page(document, index, left))
        left -= sum(len(word.text) for word in found[-1].words)
        if left <= 0:
            raise Unreadable("too_long")
    return found


def _page(document: Any, index: int, most: int) -> _Page:
    try:
        page = document[index]
        text = page.get_textpage()
    except pdf.PdfiumError:
        raise Unreadable("broken") from None
    few = pdfium.FPDFPage_CountObjects(page.raw) <= MOST_OBJECTS
    objects = list(islice(page.get_objects(max_depth=DEEPEST), MOST_OBJECTS)) if few else []
    left, bottom, right, top = page.get_mediabox()
    seen = [word for word in words(text.raw, most) if word.text.strip()]
    return _Page(
        seen, grids(drawn(objects)), bottom + page.get_height(), _pictured(objects, (right - left) * (top - bottom))
    )


def _pictured(objects: list[Any], area: float) -> bool:
    """Whether pictures fill the page."""
    covered = 0.0
    for one in objects:
        if one.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = (ctypes.c_float() for _ in range(4))
            pdfium.FPDFPageObj_GetBounds(one.raw, left, bottom, right, top)
            covered += abs(right.value - left.value) * abs(top.value - bottom.value)
    return covered > FULL_PICTURE * abs(area)


def _judge(pages: list[_Page]) -> set[Warn]:
    letters = [sum(len(word.text) for word in page.words) for page in pages]
    scans = [page.pictured and count < FEW_LETTERS for page, count in zip(pages, letters, strict=True)]
    if not pages or not sum(letters) or all(scans):
        raise Unreadable("scanned" if any(page.pictured for page in pages) else "no_text")
    strange = sum(_is_strange(letter) for page in pages for word in page.words for letter in word.text)
    if strange > GARBLED_SHARE * sum(letters):
        raise Unreadable("garbled")
    return {Warn.SOME_PICTURES} if any(scans) else set()


def _is_strange(letter: str) -> bool:
    return letter == "\ufffd" or letter < " " or "\ue000" <= letter <= "\uefff" or "\x7f" <= letter < "\xa0"


def _mark_running(pages: list[_Page]) -> None:
    """Page numbers, and what stands at the edge of several pages."""
    lines = [[(line[0].y, " ".join(word.text for word in line)) for line in rows(page.words)] for page in pages]
    told = Counter(
        key
        for page, found in zip(pages, lines, strict=True)
        for key in {_anonymous(text) for y, text in found if _at_edge(page, y)}
    )
    for page, found in zip(pages, lines, strict=True):
        for y, text in found:
            ends = y in (found[0][0], found[-1][0])
            repeated = _at_edge(page, y) and told[_anonymous(text)] > 1 and len(found) > 1
            if repeated or (NUMBER.match(text) and (ends or _at_edge(page, y))):
                page.running.add(y)


def _anonymous(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _at_edge(page: _Page, y: float) -> bool:
    return y < EDGE * page.height or y > (1 - EDGE) * page.height


def _running_lines(page: _Page) -> Iterator[list[Word]]:
    return (line for line in rows(page.words) if line[0].y in page.running)


class _Tables:
    """Numbers the tables and columns of the whole file."""

    def __init__(self) -> None:
        self.count = 0
        self.aligned = False

    def blocks(self, page: _Page) -> list[Block | list[Line]]:
        """Columns, rows of text and the lines of tables, from top to bottom."""
        running = {id(word) for line in _running_lines(page) for word in line}
        left = [word for word in page.words if id(word) not in running]
        found: list[tuple[float, Block | list[Line]]] = []
        for grid in page.grids:
            inside = [word for word in left if grid.holds(word)]
            left = [word for word in left if not grid.holds(word)]
            if inside:
                found.append((grid.ys[0], self._table(grid, inside)))
        for table in aligned_tables(left):
            within = {id(word) for word in table.words}
            left = [word for word in left if id(word) not in within]
            found.append((table.top, self._aligned(table)))
        found += [(block.top, block) for block in blocks(left)]
        return [block for _, block in sorted(found, key=lambda pair: -pair[0])]

    def _table(self, grid: Grid, inside: list[Word]) -> list[Line]:
        self.count += 1
        cells: dict[tuple[int, int], list[Word]] = {}
        for word in inside:
            cells.setdefault(grid.cell(word), []).append(word)
        found = []
        for row in range(len(grid.ys) - 1):
            for column in range(len(grid.xs) - 1):
                if not grid.joined(row, column):
                    found += self._cell(grid, row, column, cells.get((row, column), []))
        return found

    def _aligned(self, table: Aligned) -> list[Line]:
        self.count, self.aligned = self.count + 1, True
        return [
            line
            for number, row in enumerate(table.cells)
            for column, cell in enumerate(row)
            for line in _paragraphs(list(cell), Cell(self.count, number, column))
        ]

    def _cell(self, grid: Grid, row: int, column: int, inside: list[Word]) -> list[Line]:
        width = 1
        while column + width < len(grid.xs) - 1 and grid.joined(row, column + width):
            width += 1
        cell = Cell(self.count, row, column, width, merged=grid.merged(row, column))
        return _paragraphs([Row(tuple(line)) for line in rows(inside)], cell)

    def columns(self, block: Block, right: float) -> list[Line]:
        """Two columns: one row of a table without lines; `right`: where the text of the file ends."""
        self.count += 1
        left_of = [min(row.x0 for row in side) for side in block.columns[1:] if side]
        rooms = [*(x - INDENT for x in left_of), right]
        return [
            line
            for index, (side, room) in enumerate(zip(block.columns, rooms, strict=False))
            if side
            for line in paragraphs(side, column_of(side, room), Cell(self.count, 0, index))
        ]


def _paragraphs(lines: list[Row], cell: Cell) -> list[Line]:
    return list(paragraphs(lines, column_of(lines), cell)) if lines else [Line((), cell=cell)]


def _joined(pages: list[list[Block | list[Line]]]) -> Iterator[list[Line]]:
    """Rows that follow each other are joined to paragraphs, also from one page to the next."""
    tables = _Tables()
    tables.count = 10_000  # apart from those with lines
    flow = [block.columns[0][0] for page in pages for block in page if isinstance(block, Block) and _is_row(block)]
    column = column_of(flow) if flow else Column(0, 0, 0)
    waiting: list[Row] = []
    for page in pages:
        for block in page:
            if isinstance(block, Block) and _is_row(block):
                waiting += block.columns[0]
                continue
            yield list(paragraphs(waiting, column))
            waiting = []
            yield block if isinstance(block, list) else tables.columns(block, column.right)
    yield list(paragraphs(waiting, column))


def _is_row(block: Block) -> bool:
    return len(block.columns) == 1
