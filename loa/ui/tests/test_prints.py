"""Papers of an office: what is said reaches PDF and Excel whole, and nothing of it is read as a command."""

from datetime import UTC, date, datetime
from io import BytesIO

import openpyxl
import pypdfium2
import pytest

from loa.ui.prints.pdf import dated, pdf
from loa.ui.prints.sheet import Column, Length, Money, Sheet, Signature, Table
from loa.ui.prints.workbook import workbook

NOW = datetime(2026, 8, 20, 2, tzinfo=UTC)
HOSTILE = '=HYPERLINK("http://x")#panic() *đậm* $x$ \\u{1F} [a] <b> @ẫ'


def paper(rows: int = 2, title: str = "SỔ NHẬT KÝ PHÁT THANH", words: str = HOSTILE, **changes: object) -> Sheet:
    columns = (Column("TT", 0.4, "right"), Column("Nội dung", 3), Column("Dài", 1, "right"), Column("Tiền", 1, "right"))
    body = tuple((number, words, Length(61_000), Money(15_000)) for number in range(1, rows + 1))
    told: dict[str, object] = {
        "title": title,
        "subtitle": "Ngày 20/8/2026",
        "above": "UBND TỈNH LÀO CAI",
        "office": "UBND XÃ QUY MÔNG",
        "place": "Quy Mông",
        "day": date(2026, 2, 5),
        "tables": (Table(columns, body, "I. Đã phát", ("", "Cộng", Length(122_000), Money(1_230_000))),),
        "notes": ("Ghi chú",),
        "signatures": (Signature("NGƯỜI LẬP", name="Hoàng Thị Lan"), Signature("LÃNH ĐẠO UBND")),
        "empty": "Chưa có mục nào.",
    }
    return Sheet(**(told | changes))  # type: ignore[arg-type]


def said(file: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file))


def test_a_paper_carries_the_heading_the_rows_and_the_signatures() -> None:
    text = said(pdf(paper(), NOW))
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "UBND TỈNH LÀO CAI", "UBND XÃ QUY MÔNG",
        "Quy Mông, ngày 05 tháng 02 năm 2026", "SỔ NHẬT KÝ PHÁT THANH", "1:01", "15.000", "1.230.000", "Hoàng Thị Lan",
        "Trang 1 / 1",
    ):  # fmt: skip
        assert words in text


def test_what_a_person_wrote_is_text_and_no_command() -> None:
    assert HOSTILE in said(pdf(paper(), NOW)).replace("\r\n", " ").replace("\n", " ")
    book = openpyxl.load_workbook(BytesIO(workbook(paper())))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == HOSTILE]
    assert [cell.data_type for cell in cells] == ["s", "s"]
    assert not any(cell.hyperlink for cell in cells)


def test_a_long_paper_repeats_its_head_and_numbers_its_pages() -> None:
    file = pypdfium2.PdfDocument(pdf(paper(rows=120), NOW))
    pages = [page.get_textpage().get_text_range() for page in file]
    assert len(pages) > 2
    assert all("Nội dung" in page for page in pages[:-1])
    assert f"Trang {len(pages)} / {len(pages)}" in pages[-1]
    assert "Hoàng Thị Lan" in pages[-1]


def test_it_is_archival_and_the_same_bytes_again() -> None:
    first = pdf(paper(), NOW.replace(microsecond=113676))
    assert b"<pdfaid:part>2</pdfaid:part>" in first
    assert first == pdf(paper(), NOW)


def test_a_letter_without_a_glyph_makes_a_gap_and_no_error() -> None:
    strange = "Tiếng \U0001e900\ue000"  # one of a script that few machines have, one of nobody's
    assert "Tiếng" in said(pdf(paper(words=strange), NOW))


def test_an_empty_paper_says_so_in_both_forms() -> None:
    empty = paper(rows=0, tables=(Table((Column("Giờ"),), ()),))
    assert "Chưa có mục nào." in said(pdf(empty, NOW))
    book = openpyxl.load_workbook(BytesIO(workbook(empty)))
    assert "Chưa có mục nào." in [cell.value for row in book.active.iter_rows() for cell in row]


def test_excel_can_reckon_with_lengths_and_money() -> None:
    page = openpyxl.load_workbook(BytesIO(workbook(paper()))).active
    row = next(row for row in page.iter_rows() if row[1].value == HOSTILE)
    assert row[0].value == 1
    assert row[2].number_format == "[h]:mm:ss"
    assert row[3].value == 15_000


@pytest.mark.parametrize("title", ["[a]:*?/\\", "'", "", "Bảng kê nhuận bút, thù lao của xã Quy Mông tháng 8"])
def test_any_title_is_a_name_that_excel_takes(title: str) -> None:
    name = openpyxl.load_workbook(BytesIO(workbook(paper(title=title)))).active.title
    assert 0 < len(name) <= 31


def test_a_row_that_does_not_fit_its_columns_is_a_mistake_of_the_maker() -> None:
    with pytest.raises(ValueError, match="2 cells below 1"):
        Table((Column("Giờ"),), (("05:00", "x"),))


@pytest.mark.parametrize(
    ("day", "words"), [(date(2026, 3, 1), "ngày 01 tháng 3"), (date(2026, 12, 31), "ngày 31 tháng 12")]
)
def test_dates_stand_as_the_decree_wants_them(day: date, words: str) -> None:
    assert words in dated(paper(day=day))
