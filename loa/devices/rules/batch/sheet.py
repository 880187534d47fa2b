"""The cells of a CSV or Excel file, as text. What a file may cost is bounded before it is opened. Pure."""

import csv
import io
import zipfile
from datetime import date, datetime

from loa.kernel.errors import Invalid

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS = 1_000, 40
MOST_UNPACKED = 40 * 1024 * 1024
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Table = list[list[str]]


def read(content: bytes) -> Table:
    """Rows of cells, without the empty ones at the end. Invalid, with what to do about it."""
    if len(content) > MOST_BYTES:
        raise Invalid("Tệp lớn quá 2 MB. Hãy chỉ giữ danh sách cụm loa, bỏ ảnh và các trang tính khác.", code="too_big")
    if content.startswith(_OLD_EXCEL):
        raise Invalid("Đây là tệp Excel kiểu cũ (.xls). Hãy mở ra, chọn Lưu thành, kiểu .xlsx.", code="old_excel")
    rows = _excel(content) if content.startswith(_ZIP) else _csv(_text(content))
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise Invalid("Tệp không có dòng nào.", code="empty")
    if len(rows) > MOST_ROWS + 1:
        raise Invalid(f"Mỗi lần nhập tối đa {MOST_ROWS} cụm loa. Hãy chia tệp ra.", code="too_long")
    return rows


def _text(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Invalid(
            "Tệp không ghi bằng Unicode nên tiếng Việt đọc không ra. Trong Excel hãy chọn Lưu thành, kiểu "
            "“CSV UTF-8”, hoặc gửi thẳng tệp .xlsx.",
            code="not_unicode",
        ) from error


def _csv(text: str) -> Table:
    """Comma, semicolon (Excel in Vietnamese) or tab: what the first line has most of."""
    if "\x00" in text:
        raise Invalid("Đây không phải tệp CSV hay Excel.", code="not_a_table")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    mark = max(";\t,", key=first.count)
    try:
        return [[_plain(cell) for cell in row[:MOST_COLUMNS]] for row in csv.reader(io.StringIO(text), delimiter=mark)]
    except csv.Error as error:
        raise Invalid("Đây không phải tệp CSV hay Excel.", code="not_a_table") from error


def _excel(content: bytes) -> Table:
    """The first sheet. Only values are read: formulas are what they came to."""
    import openpyxl  # here: it takes long to load, and few ever need it

    broken = Invalid("Không đọc được tệp Excel này. Hãy mở ra, lưu lại rồi gửi lần nữa.", code="broken_excel")
    try:
        _bound(content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
            return [[_plain(_written(cell)) for cell in row] for row in rows]
        finally:
            book.close()
    except Invalid:
        raise
    except Exception as error:  # a hostile file may raise anything in the depths of the reader
        raise broken from error


def _bound(content: bytes) -> None:
    """A small file may unpack to gigabytes, or define words that grow: neither is opened."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            raise Invalid("Tệp Excel này lớn bất thường nên không mở.", code="too_big")
        for part in packed.infolist():
            if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in packed.read(part)[:1000]:
                raise Invalid("Tệp Excel này không bình thường nên không mở.", code="broken_excel")


def _written(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.strftime("%d/%m/%Y")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _plain(cell: str) -> str:
    return " ".join(cell.replace("\ufeff", "").split())[:300]
