"""Days, months, years, weekdays; and fractions, which are written like days."""

import pytest

from loa.media.reading.read import read

Y26 = "năm hai nghìn không trăm hai mươi sáu"
DAYS = {
    "ngày 15/8/2026": f"ngày mười lăm tháng tám {Y26}",
    "15-8-2026, 15.8.2026": f"ngày mười lăm tháng tám {Y26}, ngày mười lăm tháng tám {Y26}",
    "2026-08-15": f"ngày mười lăm tháng tám {Y26}",
    "từ 01/9": "từ ngày mùng một tháng chín",
    "mùng 3/4/2026": f"mùng ba tháng tư {Y26}",
    "sinh ngày 12/5/85": "sinh ngày mười hai tháng năm năm một nghìn chín trăm tám mươi lăm",
    "mừng 2/9": "mừng ngày mùng hai tháng chín",
    "Ngày 05 tháng 9": "Ngày mùng năm tháng chín",
    "ngày 5 hằng tháng": "ngày mùng năm hằng tháng",
    "rằm tháng 7, mùng 5": "rằm tháng bảy, mùng năm",
    "10/3 âm lịch": "ngày mùng mười tháng ba âm lịch",
    "(15/7 ÂL)": "ngày mười lăm tháng bảy âm lịch",
    "chiều 3-8, đường 30-4": "chiều ngày mùng ba tháng tám, đường ba mươi tháng tư",
    "các ngày 2, 4, 6 hằng tuần": "các ngày thứ hai, thứ tư, thứ sáu hằng tuần",
    "ngày 5-10 hằng tháng": "ngày mùng năm đến ngày mùng mười hằng tháng",
    "thứ Bảy, 22/8": "thứ Bảy, ngày hai mươi hai tháng tám",
    "mỗi ngày 2 đến 3 lần": "mỗi ngày hai đến ba lần",
    "mỗi ngày 02 lần": "mỗi ngày hai lần",
}
SPANS = {
    "06/7 đến 15/7/2026": f"ngày mùng sáu tháng bảy đến ngày mười lăm tháng bảy {Y26}",
    "06-15/7": "ngày mùng sáu đến ngày mười lăm tháng bảy",
    "6/7-15/7/2026": f"ngày mùng sáu tháng bảy đến ngày mười lăm tháng bảy {Y26}",
    "nghỉ 30/4-1/5": "nghỉ ngày ba mươi tháng tư đến ngày mùng một tháng năm",
    "ngày 15-20/8": "ngày mười lăm đến ngày hai mươi tháng tám",
    "từ ngày 1 đến 15/9": "từ ngày mùng một đến ngày mười lăm tháng chín",
    "các ngày 5, 7 và 9/8": "các ngày mùng năm, mùng bảy và mùng chín tháng tám",
    "1/6/2026 - 30/6/2026": f"ngày mùng một tháng sáu {Y26} đến ngày ba mươi tháng sáu {Y26}",
}
MONTHS = {
    "tháng 12/2026": f"tháng mười hai {Y26}",
    "8/2026": f"tháng tám {Y26}",
    "từ 9/2026 đến 5/2027": f"từ tháng chín {Y26} đến tháng năm năm hai nghìn không trăm hai mươi bảy",
    "tháng 09 năm nay": "tháng chín năm nay",
    "tháng 4, 5": "tháng tư, năm",
    "quý III/2026": f"quý ba {Y26}",
    "đợt 2/2026": f"đợt hai {Y26}",
    "năm học 2026-2027": "năm học hai nghìn không trăm hai mươi sáu đến hai nghìn không trăm hai mươi bảy",
    "giai đoạn 2021 – 2025": "giai đoạn hai nghìn không trăm hai mươi mốt đến hai nghìn không trăm hai mươi lăm",
}
WEEKDAYS = {
    "thứ 4, tháng 4": "thứ tư, tháng tư",
    "từ thứ 2 - thứ 6": "từ thứ hai đến thứ sáu",
    "Thứ Hai – Chủ nhật": "Thứ hai đến chủ nhật",
    "thứ 2, 4, 6": "thứ hai, tư, sáu",
    "T2-T6": "thứ hai đến thứ sáu",
    "sáng T7, CN": "sáng thứ bảy, chủ nhật",
    "thứ 7 và CN": "thứ bảy và chủ nhật",
    "lần thứ 1": "lần thứ nhất",
}
FRACTIONS = {
    "3/4 số hộ": "ba phần tư số hộ",
    "khoảng 2/3 diện tích": "khoảng hai phần ba diện tích",
    "95/100 hộ": "chín mươi lăm trên một trăm hộ",
    "đạt 19/19 tiêu chí": "đạt mười chín trên mười chín tiêu chí",
    "bản đồ tỷ lệ 1/500": "bản đồ tỷ lệ một trên năm trăm",
}
ALL = DAYS | SPANS | MONTHS | WEEKDAYS | FRACTIONS


@pytest.mark.parametrize("written", ALL)
def test_days_are_said_as_by_an_announcer(written: str) -> None:
    reading = read(written)
    assert (reading.spoken.lower(), reading.unsure) == (ALL[written].lower(), ())


@pytest.mark.parametrize("written", ["3/4", "12/9/26", "29/2/2026", "5/13"])
def test_what_could_be_a_day_or_not_is_asked(written: str) -> None:
    assert read(written).unsure
