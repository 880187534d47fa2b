"""Text files and the layout alone: words without any type."""

import unicodedata

import pytest

from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.lines import Unreadable
from loa.bulletins.documents.reading import open_document
from loa.bulletins.tests.documents.makers import p, table, word

NOTICE = """
ỦY BAN NHÂN DÂN            CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
XÃ QUY MÔNG                Độc lập - Tự do - Hạnh phúc
Số: 27/TB-UBND
                           Quy Mông, ngày 15 tháng 8 năm 2026

THÔNG BÁO
Về việc tạm ngừng cấp nước sinh hoạt
trên địa bàn xã Quy Mông

Kính gửi:
- Các thôn;
- Các trường học.

Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30 thứ Bảy ngày 22/8/2026
để thay van DN200 trên ĐT166, đoạn qua thôn 3.
1. Đề nghị bà con chủ động trữ nước.
2. Đường dây nóng: 1900 1234.

Nơi nhận:
- Như trên;
- Lưu: VT.
TM. ỦY BAN NHÂN DÂN
KT. CHỦ TỊCH
PHÓ CHỦ TỊCH
(Đã ký)
Nguyễn Văn Thành
"""


def opened(text: str, encoding: str = "utf-8") -> Document:
    return open_document(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_notice_typed_with_spaces(encoding: str) -> None:
    found = opened(NOTICE, encoding)
    assert found.title == "Thông báo về việc tạm ngừng cấp nước sinh hoạt trên địa bàn xã Quy Mông"
    assert found.body.split("\n") == [
        "Nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30 thứ Bảy ngày 22/8/2026 để thay van DN200 trên ĐT166, "
        "đoạn qua thôn 3.",
        "1. Đề nghị bà con chủ động trữ nước.",
        "2. Đường dây nóng: 1900 1234.",
    ]


def test_what_is_left_out_tells_where_it_stood() -> None:
    found = {one.part: one for one in opened(NOTICE).dropped}
    assert found["address"].text == "Kính gửi:\n- Các thôn;\n- Các trường học."
    assert found["address"].before.startswith("Nhà máy nước sạch")
    assert found["signature"].before == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "Ngày 15 tháng 8 năm 2026, Trạm Y tế xã tiêm vắc xin cho trẻ em tại thôn 5.",
        "Số điện thoại của Trạm Y tế: 0912 345 678.",
        "Chủ tịch UBND xã yêu cầu các hộ dân di chuyển ngay.",
        "Trưởng thôn thông báo để bà con biết.",
        "Nguyễn Văn Thành",
        "Nơi nhận: Nhà văn hóa thôn 2.",
        "Nơi nhận hồ sơ: Trung tâm Phục vụ hành chính công xã.",
        "Đại diện các hộ gia đình thôn 2",
        "Số 7 - đường Trần Phú",
        "Thứ Sáu, ngày 28 tháng 8 năm 2026",
        "19h30, ngày 28 tháng 8 năm 2026",
        "UBND xã thông báo: thôn 3 ngừng cấp nước.",
    ],
)
def test_sentences_that_look_a_little_like_furniture_stay(sentence: str) -> None:
    lines = ["Mời bà con chú ý nghe thông báo sau đây của xã.", sentence, "Cảm ơn bà con đã lắng nghe bản tin này."]
    assert opened("\n".join(lines)).body == "\n".join(lines)


def test_a_note_of_a_hamlet_without_one_full_stop() -> None:
    kept = "Họp thôn 2\nMời bà con họp tại nhà văn hóa"
    found = opened(f"{kept}\nThôn 5, ngày 20 tháng 8 năm 2026\nTrưởng thôn\nBàn Thị Xuân")
    assert found.body == kept
    assert {one.part for one in found.dropped} == {"date", "signature"}


def test_a_table_of_places_is_no_list_of_recipients() -> None:
    rows = table(("Nơi nhận", "Thời gian", "Quà"), ("Nhà văn hóa thôn 2", "8h", "Gạo"), ("Trạm Y tế", "9h", "Sữa"))
    found = open_document(word(p("Phát quà Tết", bold=True) + rows))
    assert found.body.split("\n") == [
        "Nơi nhận: Nhà văn hóa thôn 2; Thời gian: 8h; Quà: Gạo.",
        "Nơi nhận: Trạm Y tế; Thời gian: 9h; Quà: Sữa.",
    ]


def test_nothing_of_a_bare_list_is_lost() -> None:
    lines = ["Thôn 3: 8h đến 11h.", "Thôn 4: 13h đến 15h.", "Thôn 5: không cắt."]
    assert opened("\n".join(lines)).body.split("\n") == lines


def test_a_page_of_headings_only_is_read_as_it_stands() -> None:
    assert opened("THÔNG BÁO\nVề việc họp thôn 2").body == "Thông báo\nVề việc họp thôn 2"


def test_windows_1258() -> None:
    text = "Mời bà con thôn 2 họp, trữ nước, đường dây nóng."
    apart = unicodedata.normalize("NFD", text).replace("o\u031b", "ơ").replace("u\u031b", "ư")
    apart = apart.replace("o\u0302", "ô").replace("e\u0302", "ê").replace("a\u0302", "â")
    found = open_document(apart.encode("cp1258"))
    assert (found.body, found.legacy) == (text, "")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \r\n\0", "empty"),
        (b"{\\rtf1 x}", "rtf"),
        (b"<html><p>x</p></html>", "web_page"),
        (b"\x89PNG\r\n\x1a\nxx", "other_kind"),
        (b"MZ\x90\0\x03", "other_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "old_word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Workbook", "other_kind"),
        ("Họp thôn. ".encode() * 3_000, "too_long"),
        (b"----\n====\n", "no_text"),
        (b"x" * 20_000_001, "too_large"),
    ],
)
def test_what_is_no_document_is_refused_with_its_reason(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        open_document(data)
    assert refused.value.code == code
