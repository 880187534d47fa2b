"""A sheet as an Excel file: the same words, and numbers that can be reckoned with."""

from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from loa.ui.prints.pdf import dated
from loa.ui.prints.sheet import Cell, Length, Money, Sheet, Table

MS_A_DAY = 86_400_000
_CHARACTERS = 110  # of an A4 page across, shared by the columns
_NAME_LENGTH = 31  # the most that Excel takes
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def workbook(sheet: Sheet) -> bytes:
    """The file. Text is written as text: what begins with "=" is no formula."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": sheet.title, "author": sheet.office})
    page = book.add_worksheet(_name(sheet.title))
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    if sheet.landscape:
        page.set_landscape()
    _Writer(book, page, sheet).write()
    book.close()
    return target.getvalue()


def _name(title: str) -> str:
    return title.translate(_FORBIDDEN)[:_NAME_LENGTH].strip("' ") or "Bảng"


class _Writer:
    """Fills one page from above to below."""

    def __init__(self, book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet) -> None:
        self._page, self._sheet = page, sheet
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter"})
        self._title = book.add_format({"bold": True, "font_size": 14, "align": "center"})
        self._middle = book.add_format({"align": "center", "italic": True})
        self._head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center"})
        self._kinds = {
            bold: {
                kind: book.add_format({"border": 1, "text_wrap": True, "valign": "top", "bold": bold} | extra)
                for kind, extra in {
                    str: {},
                    int: {"num_format": "#,##0"},
                    Length: {"num_format": "[h]:mm:ss"},
                    Money: {"num_format": "#,##0"},
                }.items()
            }
            for bold in (False, True)
        }
        self._row = 0

    def write(self) -> None:
        sheet = self._sheet
        last = max(len(table.columns) for table in sheet.tables) - 1
        for words in (sheet.above, sheet.office):
            self._line(words, self._bold)
        for words, look in ((sheet.title, self._title), (sheet.subtitle, self._middle), (dated(sheet), self._middle)):
            self._across(words, look, last)
        self._row += 1
        for table in sheet.tables:
            self._table(table)
        for words in ((sheet.empty,) if sheet.is_empty else ()) + sheet.notes:
            self._line(words, None)
        self._row += 1
        self._signatures(last)

    def _line(self, words: str, look: Format | None) -> None:
        if words:
            self._page.write_string(self._row, 0, words, look)
            self._row += 1

    def _across(self, words: str, look: Format, last: int) -> None:
        if words and last:
            self._page.merge_range(self._row, 0, self._row, last, "", look)
        if words:
            self._page.write_string(self._row, 0, words, look)
            self._row += 1

    def _table(self, table: Table) -> None:
        if not table.rows:
            return
        self._line(table.caption, self._bold)
        whole = sum(column.share for column in table.columns)
        for at, column in enumerate(table.columns):
            self._page.set_column(at, at, max(8, _CHARACTERS * column.share / whole))
            self._page.write_string(self._row, at, column.title, self._head)
        self._row += 1
        for cells in table.rows:
            self._cells(cells, bold=False)
        if table.sums:
            self._cells(table.sums, bold=True)
        self._row += 1

    def _cells(self, cells: tuple[Cell, ...], *, bold: bool) -> None:
        for at, cell in enumerate(cells):
            look = self._kinds[bold][type(cell)]
            if isinstance(cell, str):
                self._page.write_string(self._row, at, cell, look)
            else:
                self._page.write_number(self._row, at, _value(cell), look)
        self._row += 1

    def _signatures(self, last: int) -> None:
        count = len(self._sheet.signatures)
        for at, one in enumerate(self._sheet.signatures):
            column = round(at * last / max(count - 1, 1))
            for down, words in enumerate((one.who, one.how, "", "", "", one.name)):
                self._page.write_string(self._row + down, column, words, self._bold if down in (0, 5) else None)


def _value(cell: int | Length | Money) -> float:
    if isinstance(cell, Length):
        return cell.ms / MS_A_DAY
    return cell.dong if isinstance(cell, Money) else cell
