"""Hours: a village that hears them wrongly comes too late."""

import pytest

from loa.media.reading.read import read

HOURS = {
    "lúc 7h30": "lúc bảy giờ ba mươi",
    "7H05": "bảy giờ năm phút",
    "07h00": "bảy giờ",
    "0h": "không giờ",
    "lúc 7 giờ 30": "lúc bảy giờ ba mươi",
    "lúc 7 giờ 30 phút": "lúc bảy giờ ba mươi phút",
    "14 giờ 00 phút": "mười bốn giờ",
    "7 giờ 15'": "bảy giờ mười lăm",
    "7h30p, 23h59'": "bảy giờ ba mươi, hai mươi ba giờ năm mươi chín",
    "lúc 7g30, từ 8g": "lúc bảy giờ ba mươi, từ tám giờ",
    "lúc 17:00": "lúc mười bảy giờ",
    "8:00 hằng ngày": "tám giờ hằng ngày",
    "7:30 PM": "bảy giờ ba mươi tối",
    "9h15'30''": "chín giờ mười lăm phút ba mươi giây",
    "19h30 ngày 15/8": "mười chín giờ ba mươi ngày mười lăm tháng tám",
    "lúc 01h/08/9": "lúc một giờ ngày mùng tám tháng chín",
    "14h00 hôm nay": "mười bốn giờ hôm nay",
    "trong 72h": "trong bảy mươi hai giờ",
    "8h/ngày, 16 giờ/ngày": "tám giờ mỗi ngày, mười sáu giờ mỗi ngày",
}
SPANS = {
    "từ 8h-11h30": "từ tám giờ đến mười một giờ ba mươi",
    "8h – 11h và 14h-16h30": "tám giờ đến mười một giờ và mười bốn giờ đến mười sáu giờ ba mươi",
    "8-11h": "tám giờ đến mười một giờ",
    "7h30'-11h30'": "bảy giờ ba mươi đến mười một giờ ba mươi",
    "7h00 – 11h30": "bảy giờ đến mười một giờ ba mươi",
    "8:00-17:00 hằng ngày": "tám giờ đến mười bảy giờ hằng ngày",
    "từ 7h đến 9h": "từ bảy giờ đến chín giờ",
    "22h-5h": "hai mươi hai giờ đến năm giờ",
    "trong 3-6 giờ tới": "trong ba đến sáu giờ tới",
    "24/24": "hai mươi tư trên hai mươi tư",
    "24/24h và 24/7": "hai mươi tư trên hai mươi tư giờ và hai mươi tư trên bảy",
}
OTHERS = {
    "tỷ lệ 1:10": "tỷ lệ một trên mười",
    "7g muối": "bảy gam muối",
    "thông số 25:99": "thông số hai mươi lăm trên chín mươi chín",
}


@pytest.mark.parametrize("written", [*HOURS, *SPANS, *OTHERS])
def test_hours_are_said_as_by_an_announcer(written: str) -> None:
    assert read(written).spoken.lower() == (HOURS | SPANS | OTHERS)[written].lower()


@pytest.mark.parametrize("written", [*HOURS, *SPANS])
def test_nobody_is_asked_about_an_hour(written: str) -> None:
    assert read(written).unsure == ()


def test_an_hour_with_a_colon_and_nothing_around_it_could_be_a_ratio() -> None:
    assert read("7:30").unsure
