"""What comes out of Word, web pages and telephones, and must never be spoken as garbage."""

import time
import unicodedata

import pytest

from loa.media.reading.clean.text import clean
from loa.media.reading.read import read

WORD = (
    "<style>p.MsoNormal {color:red}</style><!-- [if gte mso 9] --><p class=MsoNormal>"
    "<b>THÔNG&nbsp;BÁO</b><o:p></o:p></p>"
    "<script>alert(1)</script><p>Kính m&#7901;i b&agrave; con &amp; các cháu</p>"
)


def test_a_page_of_word_becomes_its_words() -> None:
    assert read(WORD).spoken == "THÔNG BÁO\n\nKính mời bà con và các cháu"


def test_what_is_less_than_is_no_tag() -> None:
    assert clean("a<5 và b>7").text == "a<5 và b>7"


HIDDEN = {
    "zero_width": "thông\u200b báo",
    "bidi": "\u202ethông\u202c báo",
    "soft_hyphen": "thô\u00adng báo",
    "control": "thông\x07 báo",
    "private_use": "thông\uf0b7 báo",
    "emoji": "thông 😀 báo",
}


@pytest.mark.parametrize("code", HIDDEN)
def test_what_cannot_be_seen_is_dropped_and_told(code: str) -> None:
    assert read(HIDDEN[code]).spoken == "thông báo"
    assert {finding.code for finding in clean(HIDDEN[code]).dropped} == {code}


def test_composed_and_decomposed_letters_are_one() -> None:
    text = "Ủy ban xã Quy Mông họp lúc 7h30"
    half = text[:10] + unicodedata.normalize("NFD", text[10:])
    assert read(half).spoken == read(text).spoken
    assert clean(half).dropped == ()


def test_old_places_of_tone_marks_stay() -> None:
    assert read("hoà bình, hòa bình").spoken == "hoà bình, hòa bình"


def test_letters_that_only_look_vietnamese_are_made_so() -> None:
    assert read("Ủу bаn xã Quу Mông").spoken == "Ủy ban xã Quy Mông"
    assert read("Ðảng bộ").spoken == "Đảng bộ"
    assert read("𝐓𝐡𝐨̂𝐧𝐠 𝐛𝐚́𝐨").spoken == "Thông báo"
    assert read("Москва").spoken == "Москва"


def test_figures_and_signs_in_one_character_are_read() -> None:
    assert read("½ số hộ, 50 ㎡, cấp Ⅳ, ٣ xã").spoken == "Một phần hai số hộ, năm mươi mét vuông, cấp bốn, ba xã"


def test_lines_to_fill_in_and_marks_without_end_are_not_said() -> None:
    assert read("Họ và tên: .................. tuổi ______").spoken == "Họ và tên: tuổi"
    assert read("KHẨN!!!!!! Mưa to??!!").spoken == "KHẨN! Mưa to?"
    assert read("| Thôn | Số hộ |\n| 3 | 25 |").spoken == "Thôn, Số hộ\nBa, hai mươi lăm"


@pytest.mark.parametrize("text", ["Céng hßa x· héi chñ nghÜa ViÖt Nam", "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam"])
def test_the_fonts_of_the_nineties_are_recognised(text: str) -> None:
    assert [finding.code for finding in clean(text).dropped] == ["legacy_encoding"]


def test_a_foreign_name_is_no_old_font() -> None:
    assert clean("Ông Müller và bà Lefèvre thăm xã Quy Mông, trao 50 suất quà cho học sinh").dropped == ()


def test_every_character_knows_where_it_came_from() -> None:
    given = "<p>7\u200bh30 &amp; 😀 8h</p>"
    for change in read(given).changes:
        assert given[change.start : change.end] == change.written
    assert [(c.written, c.spoken) for c in read(given).changes if c.rule == "hour"] == [
        ("7\u200bh30", "Bảy giờ ba mươi"),
        ("8h", "tám giờ"),
    ]


HOSTILE = (
    "<!--",
    "<p ",
    "&",
    "{",
    ". ",
    "\u0300",
    "|",
    "_",
    "а",
    "\n ",
    "1/",
    "1-",
    "1.",
    "A",
    "T2,",
    "(",
    "0 ",
    "/",
    "đ1",
    "📞",
    "→",
    "☎ ",
)


LONG = 20_000
ORDINARY = "Kính mời bà con thôn 5 đến nhà văn hóa họp lúc 7 giờ 30 ngày 12/3/2026, mang theo 50.000 đồng. "


def seconds_to_read(text: str) -> float:
    """Of the processor, on this machine."""
    begun = time.process_time()
    read(text)
    return time.process_time() - begun


@pytest.fixture(scope="module")
def ordinary() -> float:
    """What a text of this length costs here and now."""
    return max(seconds_to_read((ORDINARY * LONG)[:LONG]) for _ in range(2))


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_costs_no_more_than_its_length(piece: str, ordinary: float) -> None:
    assert seconds_to_read((piece * LONG)[:LONG]) < 20 * ordinary
