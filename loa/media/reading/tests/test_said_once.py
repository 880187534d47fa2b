"""Nothing is said twice, nothing silent is said, and a sentence begins with a capital."""

import pytest

from loa.media.reading.lexicon import Entry, national
from loa.media.reading.read import corrected, read

EXPLAINED = {
    "Dịch tả lợn Châu Phi (DTLCX) lan nhanh.": "Dịch tả lợn Châu Phi, đê tê en lờ xê ích, lan nhanh.",
    "Phòng Dịch tả trâu bò (DTTB); có DTTB thì báo.": "Phòng Dịch tả trâu bò; có Dịch tả trâu bò thì báo.",
    "UBND (Ủy ban nhân dân) xã": "Ủy ban nhân dân xã",
    "Thu 500.000đ (bằng chữ: Năm trăm nghìn đồng chẵn).": "Thu năm trăm nghìn đồng.",
    "Thu 500.000đ (một nửa).": "Thu năm trăm nghìn đồng, một nửa.",
    "ở xã X. Quy Mông, số SĐT 113": "ở xã Quy Mông, số điện thoại một một ba",
    "Quyết định số 27/QĐ-UBND của UBND tỉnh": "Quyết định số hai mươi bảy của Ủy ban nhân dân tỉnh",
}  # fmt: skip
BEGUN = {
    "UBND xã họp.": "Ủy ban nhân dân xã họp.",
    "Đúng giờ. 05 hộ đến.": "Đúng giờ. Năm hộ đến.",
    "- HTX mua\n- 2 kg": "Hợp tác xã mua\nHai ki lô gam",
    "tổng đài 113": "tổng đài một một ba",
    "7h30": "bảy giờ ba mươi",
    "Anh Vừ A L. 5 tuổi": "Anh Vừ A en lờ năm tuổi",
}


@pytest.mark.parametrize("written", EXPLAINED)
def test_what_a_bracket_or_a_neighbour_says_again_is_said_once(written: str) -> None:
    assert read(written).spoken == EXPLAINED[written]


@pytest.mark.parametrize("written", BEGUN)
def test_a_sentence_begins_with_a_capital_where_something_stood_for_words(written: str) -> None:
    assert read(written).spoken == BEGUN[written]


def test_brackets_and_quotation_marks_are_no_words() -> None:
    reading = read('Tin (vui): "3 sạch" [mới]')
    assert reading.spoken == "Tin, vui: ba sạch, mới"
    assert all(reading.changes[at].end <= reading.changes[at + 1].start for at in range(len(reading.changes) - 1))


def test_a_commune_explains_its_short_forms_itself() -> None:
    lexicon = national().with_entries([Entry("DTTB", "bệnh trâu bò")])
    assert read("Dịch tả trâu bò (DTTB)", lexicon).spoken == "Dịch tả trâu bò, bệnh trâu bò"


def test_what_a_person_typed_stays_in_small_letters_inside_a_sentence() -> None:
    assert corrected("Họp TH", {"TH": "5 trường"}).spoken == "Họp năm trường"
