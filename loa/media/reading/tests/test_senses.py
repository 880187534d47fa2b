"""How the neighbours of a word tell its readings apart."""

import pytest

from loa.media.reading.lexicon import WORDS, national
from loa.media.reading.senses import Sense, sense
from loa.media.reading.tests.word_files import forms


@pytest.mark.parametrize(
    ("line", "text", "fits"),
    [
        ("Tây Nam < gió|hướng", "Gió TN cấp 3", True),
        ("Tây Nam < gió|hướng", "nghi TN", False),
        ("Tây Nam < gió", "đánh gió, TN", False),
        ("thanh niên < 9", "có 12 TN", True),
        ("thanh niên < 9", "thôn T7 TN", False),
        ("thanh niên < ^", "TN thôn 2", True),
        ("thanh niên < ^", "dài lắm " * 12 + "TN thôn 2", False),
        ("tai nạn > giao thông", "TN GIAO THÔNG", True),
        ("tai nạn > giao", "TN giaos", False),
        ("tai nạn > giao*", "TN giaos", True),
        ("sinh năm > 9", "TN 1985.", True),
        ("sinh năm > 9", "TN: 1985.", False),
        ("sinh năm > :? ?9", "TN: 1985.", True),
        ("tiến sĩ > Aa", "TN Hà", True),
        ("tiến sĩ > Aa", "TN hà", False),
        ("thay mặt > AA", "TN UBND", True),
        ("thay mặt > AA", "TN Ủy ban", False),
        ("môi trường ~ rác|bụi", "đổ rác bừa bãi, TN bẩn", True),
        ("môi trường ~ rác|bụi", "đổ rác\nTN bẩn", False),
        ("tai nạn < vụ > ở", "vụ TN ở dốc", True),
        ("tai nạn < vụ > ở", "vụ TN tại dốc", False),
    ],
)
def test_neighbours_are_whole_words_on_the_same_line(line: str, text: str, fits: bool) -> None:
    at = text.index("TN")
    assert sense(line).fits(text, at, at + 2) is fits


def test_a_line_holds_a_reading_and_its_conditions() -> None:
    assert sense("Tây Nam < gió|hướng > cấp ~ bão") == Sense("Tây Nam", "gió|hướng", "cấp", "bão")
    assert sense("đảng viên? < kết nạp") == Sense("đảng viên", "kết nạp", sure=False)


def test_every_form_stands_once_and_is_text() -> None:
    written = [form for path in sorted(WORDS.glob("*.yaml")) for form in forms(path)]
    assert len(written) > 1_400
    assert sorted({form for form in written if written.count(form) > 1}) == []


def test_every_sense_can_be_looked_for() -> None:
    asked = [(entry.written, one) for entry in national().entries.values() for one in entry.senses]
    assert [written for written, one in asked if not (one.spoken and (one.before or one.after or one.near))] == []
    for _, one in asked:
        for condition in ("before", "after", "near"):
            Sense("", **{condition: getattr(one, condition)}).fits("Hội nghị TN xã", 9, 11)
