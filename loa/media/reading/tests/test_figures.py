"""Amounts: how much, how many, how far, how hot."""

import pytest

from loa.media.reading import numbers
from loa.media.reading.read import read

MONEY = {
    "128.500.000đ": "một trăm hai mươi tám triệu năm trăm nghìn đồng",
    "12.000đ/kg": "mười hai nghìn đồng mỗi ki lô gam",
    "1.250.000 VNĐ": "một triệu hai trăm năm mươi nghìn đồng",
    "1,2 tỷ": "một phẩy hai tỷ",
    "50 triệu đồng/hộ": "năm mươi triệu đồng mỗi hộ",
    "500k, 25k/tháng": "năm trăm nghìn, hai mươi lăm nghìn mỗi tháng",
    "2tr5": "hai triệu năm trăm nghìn",
    "8-12tr/tháng": "tám đến mười hai triệu mỗi tháng",
    "2.000.000-3.000.000 đồng": "hai triệu đến ba triệu đồng",
    "10.000đ-15.000đ": "mười nghìn đồng đến mười lăm nghìn đồng",
    "100 USD": "một trăm đô la Mỹ",
    "500.000 đ/người/tháng": "năm trăm nghìn đồng mỗi người mỗi tháng",
    "1.250.000.000.000 đồng": "một nghìn hai trăm năm mươi tỷ đồng",
    "thông điệp 5K": "thông điệp năm ca",
}
MEASURES = {
    "1.500 m2": "một nghìn năm trăm mét vuông",
    "31,5 m; 0,05": "ba mươi mốt phẩy năm mét; không phẩy không năm",
    "2,25 m": "hai phẩy hai mươi lăm mét",
    "31.5m, 1.500 m": "ba mươi mốt phẩy năm mét, một nghìn năm trăm mét",
    "26-27°C, dưới 3oC": "hai mươi sáu đến hai mươi bảy độ xê, dưới ba độ xê",
    "8-11 độ C": "tám đến mười một độ xê",
    "từ -2°C đến +5°C": "từ âm hai độ xê đến cộng năm độ xê",
    "10%-15%, 5 – 10%": "mười phần trăm đến mười lăm phần trăm, năm đến mười phần trăm",
    "62-88km/giờ, 60 km/h": "sáu mươi hai đến tám mươi tám ki lô mét trên giờ, sáu mươi ki lô mét trên giờ",
    "1.200 m³/s, 50 mg/l": "một nghìn hai trăm mét khối trên giây, năm mươi mi li gam trên lít",
    "220V, 0,4 kV, 5 kWh, 3 HP": "hai trăm hai mươi vôn, không phẩy bốn ki lô vôn, năm ki lô oát giờ, ba mã lực",
    "9.000 BTU, 85 dB, 5‰, 150Mbps": "chín nghìn bê tê u, tám mươi lăm đề xi ben, năm phần nghìn, "
    "một trăm năm mươi mê ga bít trên giây",
    "diện tích (m2)": "diện tích, mét vuông",
    "20kg/sào, 10.000đ/m2": "hai mươi ki lô gam mỗi sào, mười nghìn đồng mỗi mét vuông",
    "5 x 10 m, ảnh 3x4": "năm nhân mười mét, ảnh ba nhân bốn",
    "18,5°N; 112,3°E": "mười tám phẩy năm độ vĩ bắc; một trăm mười hai phẩy ba độ kinh đông",
    "sóng cao 3,0-5,0m": "sóng cao ba đến năm mét",
    "100 người/km2": "một trăm người mỗi ki lô mét vuông",
    "350 m đường": "ba trăm năm mươi mét đường",
}
OTHERS = {
    "05 hộ, (02 bộ)": "năm hộ, hai bộ",
    "cụm loa số 07": "cụm loa số không bảy",
    "12 000 000 đồng, 12 500 kg": "mười hai triệu đồng, mười hai nghìn năm trăm ki lô gam",
    "cao 1m65, nam 18-30t": "cao một mét sáu mươi lăm, nam mười tám đến ba mươi tuổi",
    "380/220V, tỷ lệ 1:2:3": "ba trăm tám mươi trên hai trăm hai mươi vôn, tỷ lệ một, hai, ba",
    "12.345.678": "mười hai triệu ba trăm bốn mươi lăm nghìn sáu trăm bảy mươi tám",
    "tỷ số 2-1": "tỷ số hai một",
    "±5, ~50, >=18": "cộng trừ năm, khoảng năm mươi, lớn hơn hoặc bằng mười tám",
    "- 5 kg gạo": "năm ki lô gam gạo",
    "2 + 3 = 5": "hai cộng ba bằng năm",
}
ALL = MONEY | MEASURES | OTHERS


@pytest.mark.parametrize("written", ALL)
def test_amounts_are_said_in_words(written: str) -> None:
    reading = read(written)
    assert (reading.spoken.lower(), reading.unsure) == (ALL[written].lower(), ())


def test_numbers_in_words() -> None:
    assert [numbers.number(n) for n in (0, 5, 10, 15, 21, 24, 55, 101, 105, 110, 1005)] == [
        "không", "năm", "mười", "mười lăm", "hai mươi mốt", "hai mươi tư", "năm mươi lăm", "một trăm linh một",
        "một trăm linh năm", "một trăm mười", "một nghìn không trăm linh năm",
    ]  # fmt: skip
    assert numbers.number(1_002_003) == "một triệu không trăm linh hai nghìn không trăm linh ba"
    assert numbers.number(2_000_000_000_005) == "hai nghìn tỷ không trăm linh năm"
    with pytest.raises(ValueError, match="-1"):
        numbers.number(-1)


def test_a_number_without_end_is_said_digit_by_digit() -> None:
    assert numbers.count("9" * 30) == " ".join(["chín"] * 30)
