"""What a place adds is read wherever it stands by itself, and tears nothing apart that is longer."""

import pytest

from loa.media.reading.lexicon import Entry, national
from loa.media.reading.read import read

OWN = {
    "UBND": "ủy ban xã nhà", "vn": "việt nam", "5": "năm nhé", "đ": "đồng bạc", "2/9": "Quốc khánh", "KT": "kỹ thuật",
    "DN200": "ống to", "9A1": "chín a một chọn", "HTX 2": "hợp tác xã nhà",
}  # fmt: skip
LEXICON = national().with_entries([Entry(written, spoken) for written, spoken in OWN.items()])


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("UBND, HĐND; (UBND)", "ủy ban xã nhà, Hội đồng nhân dân; ủy ban xã nhà"),
        ("van DN200, lớp 9A1, HTX 2.", "van ống to, lớp chín a một chọn, hợp tác xã nhà."),
        ("mừng 2/9.", "mừng Quốc khánh."),
        ("giá 5.000 đ", "giá năm nghìn đồng bạc"),
    ],
)
def test_an_own_word_wins_where_it_stands_by_itself(written: str, spoken: str) -> None:
    assert read(written, LEXICON).spoken.lower() == spoken.lower()


@pytest.mark.parametrize(
    "written",
    [
        "27/2026/QĐ-UBND",
        "ubnd@laocai.gov.vn",
        "www.xa.vn",
        "ngày 5/9 lúc 5h",
        "5.000 hộ",
        "15.000đ",
        "KT-XH",
        "5-7 ngày",
    ],
)
def test_it_is_no_part_of_something_longer(written: str) -> None:
    assert read(written, LEXICON) == read(written)
