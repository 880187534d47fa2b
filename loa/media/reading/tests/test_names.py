"""Names made of letters and figures: documents, roads, places, classes, plates, addresses, numerals."""

import pytest

from loa.media.reading import numbers
from loa.media.reading.read import read

DOCUMENTS = {
    "Nghị định 88/2024/NĐ-CP": "Nghị định tám mươi tám năm hai nghìn không trăm hai mươi tư của Chính phủ",
    "số 27/QĐ-UBND": "số hai mươi bảy, quyết định của Ủy ban nhân dân",
    "18-NQ/TW, 05-CT/TU": "mười tám, nghị quyết của Trung ương, không năm, chỉ thị của Tỉnh ủy",
    "39/2020/TT-BYT": "ba mươi chín năm hai nghìn không trăm hai mươi, thông tư của Bộ Y tế",
    "72/2025/QH15": "bảy mươi hai năm hai nghìn không trăm hai mươi lăm, Quốc hội khóa mười lăm",
    "1234/UBND-VX": "một nghìn hai trăm ba mươi tư, Ủy ban nhân dân",
    "05/CĐ-TTg": "không năm, công điện của Thủ tướng",
    "Nghị định 30/2020": "Nghị định ba mươi năm hai nghìn không trăm hai mươi",
    "TCVN 5712:1993": "tiêu chuẩn Việt Nam năm bảy một hai năm một nghìn chín trăm chín mươi ba",
    "điểm b khoản 2 Điều 5": "điểm bê khoản hai Điều năm",
}
NUMERALS = {
    "báo động II 0,5 m": "báo động hai, không phẩy năm mét",
    "trên BĐ3 0,5m; BĐ II.": "trên báo động ba, không phẩy năm mét; báo động hai.",
    "cấp IV, cấp V. Gọi": "cấp bốn, cấp năm. Gọi",
    "Vùng I, II, III": "Vùng một, hai, ba",
    "thế kỷ XXI, khóa XIV": "thế kỷ hai mươi mốt, khóa mười bốn",
    "I. Mục đích\nII. Nội dung": "một. Mục đích\nhai. Nội dung",
    "Mục II.1": "Mục hai chấm một",
}
ROADS = {
    "QL1A và ĐT166": "quốc lộ một a và đường tỉnh một sáu sáu",
    "QL 32C, tỉnh lộ 312B": "quốc lộ ba mươi hai xê, tỉnh lộ ba một hai bê",
    "cao tốc CT05": "cao tốc không năm",
    "Km 25+300 QL32": "ki lô mét hai mươi lăm cộng ba trăm quốc lộ ba mươi hai",
    "từ Km0 đến Km5+500": "từ ki lô mét không đến ki lô mét năm cộng năm trăm",
    "mẫu CT01": "mẫu xê tê không một",
    "P.5, Q.1, KP3": "phường năm, quận một, khu phố ba",
    "X. Quy Mông, TP. Hà Nội": "xã Quy Mông, thành phố Hà Nội",
    "số nhà 12/34/5A": "số nhà mười hai trên ba mươi tư trên năm a",
}
CODES = {
    "lớp 9A1, lớp 6B": "lớp chín a một, lớp sáu bê",
    "van DN200, Ø90, phi 60": "van đê en hai trăm, phi chín mươi, phi sáu mươi",
    "21C-123.45": "hai mươi mốt xê, một hai ba, bốn năm",
    "lộ 471E12.1": "lộ bốn bảy một e mười hai chấm một",
    "cúm A/H5N1, PM2.5": "cúm a hát năm en một, pê em hai phẩy năm",
    "mạng 4G, COVID-19": "mạng bốn giê, cô vít mười chín",
    "NPK 5-10-3": "en pê ca năm, mười, ba",
    "ThS. Hà, BS CKI Mai": "thạc sĩ Hà, bác sĩ chuyên khoa một Mai",
}
ALL = DOCUMENTS | NUMERALS | ROADS | CODES
ADDRESSES = {
    "xem www.xa.gov.vn.": "xem xa chấm gov chấm vê nờ.",
    "https://xa.gov.vn/tin": "xa chấm gov chấm vê nờ gạch chéo tin",
    "lan_quymong@laocai.gov.vn": "lan gạch dưới quy mông a còng lào cai chấm gov chấm vê nờ",
}


@pytest.mark.parametrize("written", ALL)
def test_names_are_said_as_people_say_them(written: str) -> None:
    reading = read(written)
    assert (reading.spoken.lower(), reading.unsure) == (ALL[written].lower(), ())


@pytest.mark.parametrize("written", ADDRESSES)
def test_addresses_are_spelt_and_asked(written: str) -> None:
    assert read(written).spoken == ADDRESSES[written]
    assert read(written).unsure


def test_unknown_offices_of_a_document_are_spelt_and_asked_and_departments_left_out() -> None:
    assert read("456/QĐ-XKQ").spoken == "bốn trăm năm mươi sáu, quyết định của ích ca quy"
    assert read("456/QĐ-XKQ").unsure
    assert read("456/SNNMT-XKQ").spoken == "bốn trăm năm mươi sáu, Sở Nông nghiệp và Môi trường"


def test_roman_numerals_only_in_their_proper_form() -> None:
    assert [numbers.roman(text) for text in ("I", "IV", "IX", "XIV", "XX", "XL")] == [1, 4, 9, 14, 20, 40]
    assert [numbers.roman(text) for text in ("IIII", "VX", "IC", "XXXXX")] == [None] * 4
