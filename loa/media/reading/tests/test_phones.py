"""Numbers to call, and numbers of papers: digit by digit, or nobody can write them down."""

import pytest

from loa.media.reading.read import read

CALLS = {
    "SĐT: 0912 345 678": "số điện thoại: không chín một hai, ba bốn năm, sáu bảy tám",
    "gọi 0912345678.": "gọi không chín một hai, ba bốn năm, sáu bảy tám.",
    "0912.345.678": "không chín một hai, ba bốn năm, sáu bảy tám",
    "0912 345 678 2 lần": "không chín một hai, ba bốn năm, sáu bảy tám hai lần",
    "(0216) 3851234": "không hai một sáu, ba tám năm một hai ba bốn",
    "0216.3 851 234": "không hai một sáu, ba, tám năm một, hai ba bốn",
    "+84 912 345 678": "cộng tám bốn, chín một hai, ba bốn năm, sáu bảy tám",
    "1900 1234": "một chín không không, một hai ba bốn",
    "1800.6061": "một tám không không, sáu không sáu một",
    "tổng đài 18001091 nhánh 1": "tổng đài một tám không không, một không chín một nhánh một",
    "tổng đài 1022": "tổng đài một không hai hai",
    "gọi 112 hoặc 114": "gọi một một hai hoặc một một bốn",
    "113/114/115": "một một ba, một một bốn, một một năm",
    "ĐT: 113": "điện thoại: một một ba",
    "☎ 0912 345 678": "điện thoại không chín một hai, ba bốn năm, sáu bảy tám",
    "điện thoại 📞 0912 345 678": "điện thoại không chín một hai, ba bốn năm, sáu bảy tám",
}
PAPERS = {
    "Mã số thuế 5200123456": "Mã số thuế năm hai không không một hai ba bốn năm sáu",
    "CCCD số 015085001234": "căn cước công dân số không một năm không tám năm không không một hai ba bốn",
}
AMOUNTS = {
    "thửa đất số 114": "thửa đất số một trăm mười bốn",
    "gọi 113 hộ lên họp": "gọi một trăm mười ba hộ lên họp",
    "115 người": "một trăm mười lăm người",
    "gửi 500 suất quà": "gửi năm trăm suất quà",
}
ALL = CALLS | PAPERS | AMOUNTS


@pytest.mark.parametrize("written", ALL)
def test_numbers_to_write_down_are_said_digit_by_digit(written: str) -> None:
    reading = read(written)
    assert (reading.spoken.lower(), reading.unsure) == (ALL[written].lower(), ())


@pytest.mark.parametrize("written", ["1800 6xxx", "(0216) 3.852.xxx", "123456789"])
def test_what_is_no_whole_number_is_asked(written: str) -> None:
    assert read(written).unsure
