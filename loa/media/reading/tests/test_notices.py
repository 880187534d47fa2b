"""How a notice is read aloud. Every line here is something that a library read wrongly, or easily could."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from loa.media.reading import numbers
from loa.media.reading.read import read

NOTICES = yaml.safe_load((Path(__file__).parents[2] / "tests/notices.yaml").read_text(encoding="utf-8"))

READINGS = {
    # hours
    "lúc 7h30": "lúc bảy giờ ba mươi",
    "7H05": "bảy giờ năm phút",
    "từ 8h-11h30": "từ tám giờ đến mười một giờ ba mươi",
    "8h – 11h và 14h-16h30": "tám giờ đến mười một giờ và mười bốn giờ đến mười sáu giờ ba mươi",
    "8-11h": "tám giờ đến mười một giờ",
    "14h00 hôm nay": "mười bốn giờ hôm nay",
    "lúc 17:00": "lúc mười bảy giờ",
    "8h/ngày": "tám giờ mỗi ngày",
    "trong 3-6 giờ tới": "trong ba đến sáu giờ tới",
    # dates
    "ngày 15/8/2026": "ngày mười lăm tháng tám năm hai nghìn không trăm hai mươi sáu",
    "từ 01/9": "từ ngày mùng một tháng chín",
    "mùng 3/4/2026": "mùng ba tháng tư năm hai nghìn không trăm hai mươi sáu",
    "nghỉ 30/4-1/5": "nghỉ ngày ba mươi tháng tư đến ngày mùng một tháng năm",
    "ngày 15-20/8": "ngày mười lăm đến ngày hai mươi tháng tám",
    "mừng 2/9": "mừng ngày mùng hai tháng chín",
    "thứ 4, tháng 4": "thứ tư, tháng tư",
    "tháng 12/2026": "tháng mười hai năm hai nghìn không trăm hai mươi sáu",
    "3/4 số hộ": "ba phần tư số hộ",
    "8:00-17:00 hằng ngày": "tám giờ đến mười bảy giờ hằng ngày",
    "từ thứ 2 - thứ 6": "từ thứ hai đến thứ sáu",
    "Thứ Hai – Chủ nhật": "Thứ hai đến chủ nhật",
    "Ngày 05 tháng 9": "Ngày mùng năm tháng chín",
    "từ ngày 1 đến 15/9": "từ ngày mùng một đến ngày mười lăm tháng chín",
    "mỗi ngày 2 đến 3 lần": "mỗi ngày hai đến ba lần",
    "mỗi ngày 02 lần": "mỗi ngày hai lần",
    "tháng 09 năm nay": "tháng chín năm nay",
    "quý III/2026": "quý ba năm hai nghìn không trăm hai mươi sáu",
    "đợt 2/2026": "đợt hai năm hai nghìn không trăm hai mươi sáu",
    "sáng T7": "sáng thứ bảy",
    # telephones
    "SĐT: 0912 345 678": "số điện thoại: không chín một hai, ba bốn năm, sáu bảy tám",
    "ĐT: 113": "điện thoại: một một ba",
    "gọi 0912 345 678.": "gọi không chín một hai, ba bốn năm, sáu bảy tám.",
    "0912345678": "không chín một hai, ba bốn năm, sáu bảy tám",
    "0912 345 678 2 lần": "không chín một hai, ba bốn năm, sáu bảy tám hai lần",
    "(0216) 3851234": "không hai một sáu, ba tám năm một hai ba bốn",
    "+84 912 345 678": "cộng tám bốn, chín một hai, ba bốn năm, sáu bảy tám",
    "1900 1234": "một chín không không, một hai ba bốn",
    "1800.6061": "một tám không không, sáu không sáu một",
    "gọi 112 hoặc 114": "gọi một một hai hoặc một một bốn",
    "thửa đất số 114": "thửa đất số một trăm mười bốn",
    # documents, roads, numerals
    "Nghị định 88/2024/NĐ-CP": "Nghị định tám mươi tám năm hai nghìn không trăm hai mươi bốn, nghị định Chính phủ",
    "số 27/QĐ-UBND": "số hai mươi bảy, quyết định Ủy ban nhân dân",
    "báo động II 0,5 m": "báo động hai, không phẩy năm mét",
    "cấp IV, cấp V. Gọi": "cấp bốn, cấp năm. Gọi",
    "QL1A và ĐT166": "quốc lộ một a và đường tỉnh một sáu sáu",
    "van DN200": "van đê en hai trăm",
    "18-NQ/TW, 05-CT/TU": "mười tám, nghị quyết Trung ương, năm, chỉ thị Tỉnh ủy",
    "39/2020/TT-BYT": "ba mươi chín năm hai nghìn không trăm hai mươi, thông tư Bộ Y tế",
    "cao tốc CT05": "cao tốc không năm",
    "Km 25+300 QL32": "ki lô mét hai mươi lăm cộng ba trăm quốc lộ ba mươi hai",
    "trên BĐ3 0,5m; BĐ II.": "trên báo động ba, không phẩy năm mét; báo động hai.",
    "I. Mục đích\nII. Nội dung": "một. Mục đích\nhai. Nội dung",
    # abbreviations and capitals
    "Đoàn TNCS HCM, Ban CHQS": "Đoàn Thanh niên Cộng sản Hồ Chí Minh, Ban chỉ huy quân sự",
    "BS. Mai, TX. Nghĩa Lộ": "bác sĩ Mai, thị xã Nghĩa Lộ",
    "Hội LHPN, ĐTN": "Hội Liên hiệp Phụ nữ, Đoàn Thanh niên",
    "Trường TH&THCS": "Trường tiểu học và trung học cơ sở",
    "PCCC & CNCH": "phòng cháy chữa cháy và cứu nạn cứu hộ",
    "KHẨN CẤP. LOA XÃ": "KHẨN CẤP. LOA XÃ",
    "CLB, XKCT": "câu lạc bộ, ích ca xê tê",
    # amounts
    "1.500 m2": "một nghìn năm trăm mét vuông",
    "128.500.000đ": "một trăm hai mươi tám triệu năm trăm nghìn đồng",
    "26-27°C": "hai mươi sáu đến hai mươi bảy độ xê",
    "10%-15%": "mười phần trăm đến mười lăm phần trăm",
    "12.000đ/kg": "mười hai nghìn đồng mỗi ki lô gam",
    "cụm loa số 07": "cụm loa số không bảy",
    "350 m đường": "ba trăm năm mươi mét đường",
    "05 hộ, (02 bộ)": "năm hộ, (hai bộ)",
    "2.000.000-3.000.000 đồng": "hai triệu đến ba triệu đồng",
    "62-88km/giờ, 60 km/h": "sáu mươi hai đến tám mươi tám ki lô mét mỗi giờ, sáu mươi ki lô mét mỗi giờ",
    "31.5m, 1.500 m": "ba mươi mốt phẩy năm mét, một nghìn năm trăm mét",
    "220V, 0,4 kV": "hai trăm hai mươi vôn, không phẩy bốn ki lô vôn",
    "dưới 3oC": "dưới ba độ xê",
    "18,5°N; 112,3°E": "mười tám phẩy năm độ vĩ bắc; một trăm mười hai phẩy ba độ kinh đông",
    "20kg/sào, 10.000đ/m2": "hai mươi ki lô gam mỗi sào, mười nghìn đồng mỗi mét vuông",
    "5 x 10 m": "năm nhân mười mét",
    # the rest
    "sởi - rubella": "sởi, rubella",
    "24/24": "hai mươi bốn trên hai mươi bốn",
    "và/hoặc": "và hoặc",
    "xem www.xa.gov.vn.": "xem xa chấm gov chấm vn.",
    "https://xa.gov.vn/tin": "xa chấm gov chấm vn gạch chéo tin",
    "H'Mông, Đắk Lắk": "H'Mông, Đắk Lắk",
    "một\n\nhai": "một\n\nhai",
    "": "",
}


@pytest.mark.parametrize("written", READINGS)
def test_it_is_read_as_people_say_it(written: str) -> None:
    assert read(written).spoken == READINGS[written]


@pytest.mark.parametrize("written", ["XKCT", "3/4", "12/9/26", "29/2/2026", "có/không", "HĐQT", "TH", "7:30"])
def test_what_is_read_in_several_ways_is_marked_for_listening(written: str) -> None:
    assert read(written).unsure


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice["code"])
def test_the_notices_become_words_only(notice: dict[str, str]) -> None:
    reading = read(notice["text"])
    assert not any(character.isdigit() for character in reading.spoken)
    assert not set("/&%°") & set(reading.spoken)
    for change in reading.changes:
        assert notice["text"][change.start : change.end] == change.written


def test_only_what_deserves_it_is_marked_in_the_notices() -> None:
    marked = {change.written for notice in NOTICES for change in read(notice["text"]).unsure}
    assert marked == set()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    reading = read(text)
    at = 0
    for change in reading.changes:
        assert at <= change.start < change.end <= len(text)
        assert text[change.start : change.end] == change.written
        at = change.end
    assert read(text) == reading


def test_numbers_in_words() -> None:
    assert [numbers.number(n) for n in (0, 5, 10, 15, 21, 24, 55, 101, 105, 110, 1005)] == [
        "không", "năm", "mười", "mười lăm", "hai mươi mốt", "hai mươi bốn", "năm mươi lăm", "một trăm linh một",
        "một trăm linh năm", "một trăm mười", "một nghìn không trăm linh năm",
    ]  # fmt: skip
    assert numbers.number(1_002_003) == "một triệu không trăm linh hai nghìn không trăm linh ba"
    with pytest.raises(ValueError, match="-1"):
        numbers.number(-1)


def test_roman_numerals_only_in_their_proper_form() -> None:
    assert [numbers.roman(text) for text in ("I", "IV", "IX", "XIV", "XX")] == [1, 4, 9, 14, 20]
    assert [numbers.roman(text) for text in ("IIII", "VX", "IC", "XXXX")] == [None] * 4
