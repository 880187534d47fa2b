"""PDF files with text: columns, paragraphs, pages and tables are found by where the words stand."""

import pytest

from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.lines import Unreadable, Warn
from loa.bulletins.documents.reading import open_document
from loa.bulletins.tests.documents.makers import pdf, placed

WATER = (
    "Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30 thứ Bảy ngày 22/8/2026 để thay van DN200 trên ĐT166, "
    "đoạn qua thôn 3."
)
STORE = "Đề nghị bà con chủ động trữ nước. Đường dây nóng: 1900 1234."
LONG = f"{WATER} {STORE} {WATER}"
FLAT = "#set par(justify: false, first-line-indent: 0pt)\n"
HEAD = (
    FLAT
    + r"""
#grid(columns: (2fr, 3fr), align: center,
  [UBND TỈNH LÀO CAI \ *ỦY BAN NHÂN DÂN* \ *XÃ QUY MÔNG* \ #line(length: 30%) Số: 27/TB-UBND],
  [*CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM* \ *Độc lập - Tự do - Hạnh phúc* \ #line(length: 60%)
   _Quy Mông, ngày 15 tháng 8 năm 2026_])
#align(center)[*THÔNG BÁO* \ *Về việc tạm ngừng cấp nước sinh hoạt\ trên địa bàn xã Quy Mông*]
#set par(justify: true, first-line-indent: (amount: 10mm, all: true))

"""
)
FOOT = (
    "\n\n"
    + FLAT
    + r"""
#grid(columns: (1fr, 1fr), [*Nơi nhận:* \ \- Như trên; \ \- Lưu: VT.],
  align(center)[*TM. ỦY BAN NHÂN DÂN \ KT. CHỦ TỊCH \ PHÓ CHỦ TỊCH* #v(40pt) *Nguyễn Văn Thành*])
"""
)


def opened(*paragraphs: str) -> Document:
    return open_document(pdf("\n\n".join(paragraphs)))


def test_a_notice_with_two_columns_above_and_below() -> None:
    found = open_document(pdf(HEAD + "\n\n".join([WATER, STORE, LONG]) + FOOT))
    assert found.title == "Thông báo về việc tạm ngừng cấp nước sinh hoạt trên địa bàn xã Quy Mông"
    assert found.body.split("\n") == [WATER, STORE, LONG]
    assert {one.part: one.text for one in found.dropped} == {
        "issuer": "UBND TỈNH LÀO CAI\nỦY BAN NHÂN DÂN\nXÃ QUY MÔNG",
        "number": "Số: 27/TB-UBND",
        "motto": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc",
        "date": "Quy Mông, ngày 15 tháng 8 năm 2026",
        "recipients": "Nơi nhận:\n- Như trên;\n- Lưu: VT.",
        "signature": "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\nNguyễn Văn Thành",
    }


def test_columns_whose_lines_do_not_stand_at_one_height() -> None:
    head = (
        FLAT
        + r"""#grid(columns: (2fr, 3fr), align: center,
        [#v(7pt) ỦY BAN NHÂN DÂN \ #v(12pt) XÃ QUY MÔNG \ #v(12pt) Số: 15/UBND-VX
         \ #v(12pt) V/v dọn vệ sinh đường làng],
        [CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM \ #v(12pt) Độc lập - Tự do - Hạnh phúc
         \ #v(12pt) Quy Mông, ngày 15 tháng 8 năm 2026])
        #v(30pt)
        """
    )
    found = open_document(pdf(head + LONG + "\n\n" + STORE))
    assert (found.title, found.body) == ("Dọn vệ sinh đường làng", f"{LONG}\n{STORE}")


def test_pages_their_numbers_and_their_headers() -> None:
    header = '#set page(numbering: "1", header: align(right)[UBND xã Quy Mông])\n'
    found = open_document(pdf(header + "\n\n".join(["*Họp thôn 2*", *[LONG] * 16])))
    assert found.body.split("\n") == [LONG] * 16
    assert [(one.part, one.text) for one in found.dropped] == [("running", "UBND xã Quy Mông\n1\n2")]


def test_a_sentence_over_the_end_of_a_page_is_one() -> None:
    found = opened("*Họp thôn 2*", "#v(228mm)", LONG)
    assert found.body == LONG


def test_lists_keep_their_lines() -> None:
    items = ["1. Mang theo sổ tiêm chủng.", "2. Đến đúng giờ.", "a) Buổi sáng;", "b) Buổi chiều."]
    found = opened("*Tiêm chủng*", WATER, *(item.replace(". ", "\\. ", 1) for item in items))
    assert found.body.split("\n") == [WATER, *items]


def test_numbers_and_bullets_that_stand_apart_are_no_column() -> None:
    lists = "+ Sạch làng;\n+ Đẹp ngõ.\n\n- Thôn 3 quét đường;\n- Thôn 4 khơi mương."
    gap = "#set enum(body-indent: 14mm)\n#set list(body-indent: 14mm, marker: [•])\n"
    found = open_document(pdf(f"{gap}#text(20pt)[Dọn vệ sinh]\n\n{WATER}\n\n{lists}"))
    assert found.title == "Dọn vệ sinh"
    assert found.body.split("\n")[1:] == [
        "1. Sạch làng;",
        "2. Đẹp ngõ.",
        "- Thôn 3 quét đường;",
        "- Thôn 4 khơi mương.",
    ]


def test_a_timetable_between_lines() -> None:
    rows = (
        "#table(columns: (auto, 1fr, 1fr), [STT], [Khu vực], [Thời gian], "
        "[1], [Thôn 3, đoạn từ nhà văn hóa đến hết đường bê tông và khu vực chợ Quy Mông], [7h30-11h], "
        "[2], table.cell(rowspan: 2)[Thôn 4], [13h-15h], [3], [15h-16h])"
    )
    found = opened("*Lịch cắt điện*", WATER, rows, STORE)
    assert found.body.split("\n") == [
        WATER,
        "Khu vực: Thôn 3, đoạn từ nhà văn hóa đến hết đường bê tông và khu vực chợ Quy Mông; Thời gian: 7h30-11h.",
        "Khu vực: Thôn 4; Thời gian: 13h-15h.",
        "Khu vực: Thôn 4; Thời gian: 15h-16h.",
        STORE,
    ]
    assert set(found.warnings) == {Warn.TABLE, Warn.UNCLEAR}


BARE = "#set table(stroke: none)\n"
SHIFTS = (
    "#table(columns: (40mm, 30mm, 60mm), {heads}[Thôn 3], [20/8/2026], [7h30-11h], [Thôn 4], [21/8/2026], [13h-15h])"
)


@pytest.mark.parametrize("look", ["[*Khu vực*], [*Ngày*], [*Giờ*], ", "[Khu vực], [Ngày], [Giờ], "])
def test_a_timetable_without_lines_is_read_row_by_row(look: str) -> None:
    found = open_document(pdf(f"{BARE}*Lịch cắt điện*\n\n{WATER}\n\n{SHIFTS.format(heads=look)}\n\n{STORE}"))
    assert found.body.split("\n") == [
        WATER,
        "Khu vực: Thôn 3; Ngày: 20/8/2026; Giờ: 7h30-11h.",
        "Khu vực: Thôn 4; Ngày: 21/8/2026; Giờ: 13h-15h.",
        STORE,
    ]
    assert set(found.warnings) == {Warn.TABLE, Warn.UNCLEAR}


def test_cells_without_lines_that_go_on_below() -> None:
    rows = (
        "#table(columns: (auto, 55mm, 35mm), row-gutter: 2mm, [*STT*], [*Khu vực*], [*Thời gian*], "
        "[1], [Thôn 3, đoạn từ nhà văn hóa đến hết đường bê tông], [7h30-11h], [2], [Thôn 4], [13h-15h])"
    )
    found = open_document(pdf(f"{BARE}*Lịch cắt điện*\n\n{WATER}\n\n{rows}\n\n{STORE}"))
    assert found.body.split("\n") == [
        WATER,
        "Khu vực: Thôn 3, đoạn từ nhà văn hóa đến hết đường bê tông; Thời gian: 7h30-11h.",
        "Khu vực: Thôn 4; Thời gian: 13h-15h.",
        STORE,
    ]


def test_places_and_times_below_each_other_are_read_one_by_one() -> None:
    rows = "[Thời gian:], [19h30 ngày 20/8/2026], [Địa điểm:], [Nhà văn hóa thôn 2], [Thành phần:], [Mỗi hộ một người]"
    found = open_document(pdf(f"{BARE}*Họp thôn 2*\n\n{STORE}\n\n#table(columns: (35mm, 80mm), {rows})\n\nTrân trọng."))
    assert found.body.split("\n") == [
        STORE,
        "Thời gian: 19h30 ngày 20/8/2026.",
        "Địa điểm: Nhà văn hóa thôn 2.",
        "Thành phần: Mỗi hộ một người.",
        "Trân trọng.",
    ]


def test_columns_that_are_no_table_for_sure_are_told() -> None:
    """Cells in the middle of their row stand on no common line: the officer is asked to look."""
    rows = (
        "#set table(align: horizon)\n#table(columns: (50mm, 30mm), "
        "[Thôn 3, đoạn từ nhà văn hóa đến chợ xã], [7h30-11h], [Thôn 4, đoạn từ cầu treo đến trường học], [13h-15h])"
    )
    found = open_document(pdf(f"{BARE}*Lịch cắt điện*\n\n{WATER}\n\n{rows}\n\n{STORE}"))
    assert {Warn.COLUMNS, Warn.UNCLEAR} & set(found.warnings)
    assert found.body.startswith(WATER)
    assert found.body.endswith(STORE)
    assert all(part in found.body for part in ("7h30-11h", "13h-15h", "Thôn 4"))


def test_two_columns_of_text_are_read_one_after_the_other() -> None:
    found = open_document(pdf(f"#columns(2, gutter: 12mm)[{WATER}\n\n#colbreak()\n{LONG}]"))
    assert found.body.split("\n") == [WATER, LONG]


def test_every_letter_of_vietnamese() -> None:
    text = "Quỳnh nghiễn ngẫm, giặt giũ, khuỷu, hưởng, ễnh ương, ỷ lại, ỵ, ặc, ổn, ỡm ờ, Ẩm thực, Ồn ã."
    assert opened(text).body == text


def test_letters_that_were_written_after_the_line_stand_in_their_words() -> None:
    """As programs do with letters that the first font lacks: room is left, the letter comes at the end."""
    found = open_document(
        placed(
            (80, 700, 12, "T"), (92, 700, 12, "i h"), (116, 700, 12, "p th"), (146, 700, 12, "n."),
            (86, 700, 12, "\xf4"), (110, 700, 12, "\xe0"), (140, 700, 12, "\xf4"),
        )
    )  # fmt: skip
    assert found.body == "Tôi hàp thôn."


def test_raised_figures_belong_to_their_unit() -> None:
    found = open_document(placed((80, 700, 12, "B\xe1n 350 m"), (134, 704, 7, "3"), (144, 700, 12, "c\xe1t.")))
    assert found.body == "Bán 350 m3 cát."


def test_a_letter_drawn_twice_for_bold_type_is_one() -> None:
    twice = [(80 + shift, 700, 12, "H\xe1t v\xe0 m\xfaa.") for shift in (0, 0.3)]
    assert open_document(placed(*twice)).body == "Hát và múa."


def test_old_letters_by_the_font_of_a_pdf() -> None:
    found = open_document(placed((80, 700, 12, "M\xeai b\xb5 con h\xe4p l\xf3c 8 gi\xea."), font=".VnTime"))
    assert (found.body, found.legacy[:5]) == ("Mời bà con họp lúc 8 giờ.", "TCVN3")


PIXELS = f'image(bytes(({"0, 255, " * 64})), format: (encoding: "luma8", width: 16, height: 8), fit: "stretch"'


def scan(words: str = "") -> bytes:
    """A picture over the whole page, perhaps with the stamp of a digital signature."""
    return pdf(f"#place(top + left, dx: -30mm, dy: -20mm, {PIXELS}, width: 210mm, height: 297mm))\n{words}")


def test_a_scan_is_refused_also_with_a_stamp_on_it() -> None:
    for words in ("", "Ký bởi: UBND xã Quy Mông 15/8/2026"):
        with pytest.raises(Unreadable, match="scanned"):
            open_document(scan(words))


def test_a_scanned_annex_is_told() -> None:
    found = opened("*Họp thôn 2*", LONG, f"#pagebreak()\n#{PIXELS}, width: 150mm, height: 240mm)")
    assert (found.body, found.warnings) == (LONG, (Warn.SOME_PICTURES,))


def test_an_empty_page_has_no_text() -> None:
    with pytest.raises(Unreadable, match="no_text"):
        open_document(pdf("#v(1pt)"))


def test_a_book_is_too_long() -> None:
    with pytest.raises(Unreadable, match="too_long") as refused:
        open_document(pdf("#for i in range(70) [Trang #i #pagebreak()]"))
    assert refused.value.facts == {"pages": 71}
    with pytest.raises(Unreadable, match="too_long"):
        open_document(pdf("\n\n".join([LONG] * 120)))


def test_half_a_file_and_a_password_are_told_apart() -> None:
    whole = pdf(WATER)
    with pytest.raises(Unreadable, match="broken"):
        open_document(whole[:200])
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (" + b"x" * 32 + b") /U (" + b"y" * 32 + b") /P -4 >>"
    locked = whole.replace(b"/Root", lock + b" /ID [(a)(a)] /Root")
    with pytest.raises(Unreadable, match="encrypted"):
        open_document(locked)
