"""Abbreviations: the national list, what their neighbours say of them, and the words of provinces and communes."""

import pytest

from loa.media.reading.lexicon import Entry, national
from loa.media.reading.read import corrected, read

KNOWN = {
    "Đoàn TNCS HCM, Ban CHQS": "Đoàn Thanh niên Cộng sản Hồ Chí Minh, Ban chỉ huy quân sự",
    "Hội LHPN, ĐTN": "Hội Liên hiệp Phụ nữ, Đoàn Thanh niên",
    "Trường TH&THCS": "Trường tiểu học và trung học cơ sở",
    "PCCC & CNCH": "phòng cháy chữa cháy và cứu nạn cứu hộ",
    "PCCC&CNCH": "phòng cháy chữa cháy và cứu nạn cứu hộ",
    "Wi-Fi, Internet": "oai phai, in tơ nét",
    "Đ/c Thành, v.v.": "Đồng chí Thành, vân vân.",
    "và/hoặc, ông/bà": "và hoặc, ông bà",
}
NEIGHBOURS = {
    "Trường TH Quy Mông": "Trường tiểu học Quy Mông",
    "15 TH mắc sởi": "mười lăm trường hợp mắc sởi",
    "ĐT 0912 345 678": "điện thoại không chín một hai, ba bốn năm, sáu bảy tám",
    "ĐT Việt Nam": "đội tuyển Việt Nam",
    "BCH Đoàn xã, BCH PTDS": "ban chấp hành Đoàn xã, ban chỉ huy phòng thủ dân sự",
    "CA xã, sáng CN": "công an xã, sáng chủ nhật",
    "CT UBND xã": "chủ tịch Ủy ban nhân dân xã",
    "TM. ỦY BAN NHÂN DÂN": "thay mặt ỦY BAN NHÂN DÂN",
    "gió ĐB, 320 ĐB dự": "gió Đông Bắc, ba trăm hai mươi đại biểu dự",
    "TB số 12": "thông báo số mười hai",
    "tăng cường KT.": "tăng cường kiểm tra.",
    "TM. UBND xã, KT. Chủ tịch": "thay mặt Ủy ban nhân dân xã, ký thay Chủ tịch",
    "gió ĐN cấp 2, ĐN HTX họp": "gió Đông Nam cấp hai, đề nghị hợp tác xã họp",
    "gió TB, gió TTB": "gió Tây Bắc, gió Tây Tây Bắc",
    "BCH Hội CCB, BCH Quân sự": "ban chấp hành Hội Cựu chiến binh, ban chỉ huy Quân sự",
    "mưa lớn, BCH yêu cầu sơ tán": "mưa lớn, ban chỉ huy yêu cầu sơ tán",
    "Hội ND, nghĩa trang ND": "Hội Nông dân, nghĩa trang nhân dân",
    "vệ sinh MT, ban công tác MT": "vệ sinh môi trường, ban công tác Mặt trận",
    "Agribank CN Văn Yên; CN, ngày": "a gri banh chi nhánh Văn Yên; chủ nhật, ngày",
    "CV số 5, ông Hà, CV phòng": "công văn số năm, ông Hà, chuyên viên phòng",
    "CA xã trực CA 2": "công an xã trực ca hai",
    "CT nước sạch, CT nước": "công trình nước sạch, chủ tịch nước",
    "tổ GS cộng đồng, GS Nguyễn Lân": "tổ giám sát cộng đồng, giáo sư Nguyễn Lân",
    "PC cháy rừng, hưởng PC chức vụ": "phòng chống cháy rừng, hưởng phụ cấp chức vụ",
    "nhận 12 HS, 12 HS lớp 1": "nhận mười hai hồ sơ, mười hai học sinh lớp một",
    "là HN, thuộc HN": "là hộ nghèo, thuộc hộ nghèo",
}
HASTY = {
    "vp ubnd xã, sđt đ/c Sơn": "văn phòng Ủy ban nhân dân xã, số điện thoại đồng chí Sơn",
    "đk khám nvqs lh bs Hà": "đăng ký khám nghĩa vụ quân sự liên hệ bác sĩ Hà",
    "chở quá tải bị csgt phạt": "chở quá tải bị cảnh sát giao thông phạt",
    "trc 7h, đ/c sn 1990": "trước bảy giờ, đồng chí sinh năm một nghìn chín trăm chín mươi",
}


@pytest.mark.parametrize("written", [*KNOWN, *NEIGHBOURS, *HASTY])
def test_known_abbreviations_are_words(written: str) -> None:
    reading = read(written)
    said = (KNOWN | NEIGHBOURS | HASTY)[written]
    assert (reading.spoken.lower(), reading.unsure) == (said.lower(), ())


@pytest.mark.parametrize("written", ["TH", "CN", "XKCT", "GK", "có/không"])
def test_what_has_several_meanings_is_asked(written: str) -> None:
    assert read(written).unsure


def test_small_letters_that_are_words_stay_words() -> None:
    assert read("can tan, dây led, bán tiki không, cát, cap").changes[0].written == "led"
    assert read("ai có gap thì báo, can tan bot").changes == ()
    own = national().with_entries([Entry("XKCT", "cái gì")])
    assert read("xkct, XKCT", own).spoken == "ích ca xê tê, cái gì"


def test_unknown_letters_are_spelt_and_words_in_capitals_are_words() -> None:
    assert read("KHẨN CẤP. LOA XÃ").spoken == "KHẨN CẤP. LOA XÃ"
    assert read("bão YAGI").changes == ()
    assert read("XÃ KRÔNG BÚK, DO BÃO, CA NGỢI, ĐĂK LĂK").changes == ()
    assert read("XKCT").spoken == "ích ca xê tê"


def test_the_list_is_long_and_every_word_has_a_source() -> None:
    entries = national().entries.values()
    assert len(entries) >= 300
    assert all(entry.source and entry.spoken for entry in entries)
    assert all(read(entry.spoken).spoken == entry.spoken for entry in entries)


def test_a_commune_wins_over_its_province_and_both_over_the_country_and_the_rules() -> None:
    province = national().with_entries([Entry("TH", "trường hợp"), Entry("QL32", "quốc lộ Ba Hai")])
    commune = province.with_entries([Entry("TH", "tổ hợp"), Entry("Púng Luông", "Pú Luông", sure=False)])
    assert read("1 TH ở Púng Luông, QL32", commune).spoken == "Một tổ hợp ở Pú Luông, quốc lộ Ba Hai"
    assert read("1 TH, QL32", province).spoken == "Một trường hợp, quốc lộ Ba Hai"
    assert [change.written for change in read("Púng Luông", commune).unsure] == ["Púng Luông"]
    assert read("1 TH mắc sởi").spoken == "Một trường hợp mắc sởi"


def test_the_longest_word_wins_whoever_wrote_it() -> None:
    lexicon = national().with_entries([Entry("TH", "tổ hợp")])
    assert read("TH&THCS, TH", lexicon).spoken == "Tiểu học và trung học cơ sở, tổ hợp"


def test_words_are_whole_and_upper_case_counts_unless_the_form_is_small() -> None:
    lexicon = national().with_entries([Entry("Bản Mù", "Bản Mu"), Entry("lacai", "La Cai")])
    assert read("Bản Mùa, bản mù, LACAI, lacaix", lexicon).spoken == "Bản Mùa, bản mù, La Cai, lacaix"


def test_figures_in_what_a_commune_wrote_are_read_too() -> None:
    assert read("QL32", national().with_entries([Entry("QL32", "đường 32")])).spoken == "đường ba mươi hai"


def test_an_entry_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="written"):
        Entry(" ", "gì")


def test_what_a_person_said_is_certain() -> None:
    reading = corrected("TH ở thôn 3", {"TH": "tổ hợp", "3": "", "x": "y"})
    assert (reading.spoken, reading.unsure) == ("tổ hợp ở thôn ba", ())
    assert corrected("TH", {"TH": "trường 5"}).spoken == "trường năm"


def test_what_a_person_said_of_composed_letters_holds_for_decomposed_ones() -> None:
    assert corrected("A\u0302L", {"ÂL": "âm lịch cũ"}).spoken == "âm lịch cũ"
