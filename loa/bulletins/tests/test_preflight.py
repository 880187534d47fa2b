"""What the machine asks before Thành judges: enough to stop a mistake, little enough to be read."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from loa.bulletins.preflight.checks import SoundFacts, Subject, examine
from loa.media import tests as notices

HEARD = SoundFacts("ready", 60_000, synthesised=True, heard_ms=60_000)
SUBJECT = Subject("Thông báo", "UBND xã thông báo.", "policy", HEARD, date(2026, 8, 20))
NOTICES = yaml.safe_load(Path(notices.__file__).with_name("notices.yaml").read_text(encoding="utf-8"))
# The one notice of the list that does not say who invites.
WITHOUT_SOURCE = "hamlet_meeting"


def asked(text: str, **more: Any) -> list[tuple[str, str]]:
    """Codes with the words they point at."""
    return [(f.code, text[f.start : f.end]) for f in examine(replace(SUBJECT, text=text, **more))]


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: notice["code"])
def test_ordinary_notices_raise_no_question(notice: dict[str, str]) -> None:
    assert asked(notice["text"]) == ([("source_missing", "")] if notice["code"] == WITHOUT_SOURCE else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UBND xã: quán Hoa Mai giảm giá 50%.", [("advertising", "giảm giá")]),
        ("Công an xã mời ông Lò Văn Páo, CCCD 024185001234.", [("identity_number", "024185001234")]),
        ("UBND xã: CMND 123 456 789 đã mất.", [("identity_number", "123 456 789")]),
        ("UBND xã: gặp chị Lan, số 0912 345 678.", [("private_telephone", "0912 345 678")]),
        ("UBND xã: gọi +84 912 345 678.", []),
        ("Ai nhặt được gọi 0912.345.678, theo lời nhắn.", [("private_telephone", "0912.345.678")]),
        ("UBND xã: bà Hoàng Thị Lan mắc bệnh lao phổi.", [("name_with_illness", "Hoàng Thị Lan")]),
        ("UBND xã: hộ ông Lý Văn Sơn còn nợ tiền điện.", [("name_with_debt", "Lý Văn Sơn")]),
        ("UBND xã: gia đình chị Giàng Thị Mỷ thuộc hộ nghèo.", [("name_with_poverty", "Giàng Thị Mỷ")]),
        ("UBND xã tặng học bổng cháu Bàn Thị Xuân.", [("child_named", "Bàn Thị Xuân")]),
        ("UBND xã: Bàn Thị Xuân, 12 tuổi, đã được tìm thấy.", [("child_named", "Bàn Thị Xuân")]),
        ("TỐI MẬT. UBND xã thông báo.", [("secret", "TỐI MẬT")]),
        ("Công văn có độ mật của UBND xã.", [("secret", "độ mật")]),
        ("Chiều nay đá bóng ở sân.", [("source_missing", "")]),
        ("UBND xã: NGUYỄN VĂN AN thuộc hộ nghèo.", [("name_with_poverty", "NGUYỄN VĂN AN")]),
        ("UBND xã: ông Giàng A Páo còn nợ tiền điện.", [("name_with_debt", "Giàng A Páo")]),
        ("UBND xã: danh sách hộ nghèo:\n1. Giàng A Páo\n2. Sùng Thị Mỷ", [("name_with_poverty", "Giàng A Páo")]),
        ("UBND xã: ông Lò Văn Páo, Trưởng thôn, nhiễm HIV.", [("name_with_illness", "Lò Văn Páo")]),
        ("UBND xã: bé gái 8 tuổi tên là Mỷ bị lạc.", [("child_named", "Mỷ")]),
        ("UBND xã: số CMND 060.912.345 bị mất.", [("identity_number", "060.912.345")]),
        ("Gặp anh Sơn, số (+84) 912 345 678, theo lời nhắn.", [("private_telephone", "(+84) 912 345 678")]),
        ("Gặp anh Sơn, số 84912345678, theo lời nhắn.", [("private_telephone", "84912345678")]),
        ("UBND xã: tài liệu tuyệt mật.", [("secret", "tuyệt mật")]),
        ("UBND xã: cần bán lợn giống.", [("advertising", "cần bán")]),
    ],
)  # fmt: skip
def test_what_a_person_should_look_at_is_pointed_out(text: str, expected: list[tuple[str, str]]) -> None:
    assert asked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "UBND xã: ủng hộ 128.500.000đ và 123 456 789 đồng.",
        "UBND xã thu mua MẬT ONG rừng.",
        "Trường Trần Phú và đường Lê Lợi: UBND xã sửa chữa, vi phạm bị xử phạt.",
        "UBND xã: thanh niên từ 18 tuổi; trẻ từ 18 tháng tiêm phòng bệnh sởi.",
        "Trạm Y tế xã, điện thoại 0912 345 678.",
        "UBND xã: đường dây nóng 1900 1234, gọi 114.",
        "Hội Phụ nữ tặng quà 12 hộ nghèo tại Trấn Yên.",
        "Đồng chí Nguyễn Văn Thành, Phó Chủ tịch UBND xã, chỉ đạo phòng chống dịch bệnh và xử phạt vi phạm.",
        "UBND xã: hộ dân hai bên đường Nguyễn Văn Cừ không vi phạm hành lang an toàn.",
        "UBND xã: danh sách hộ nghèo dán tại nhà văn hóa.\n\nÔng Lý Văn Sơn trực điện thoại.",
        "ỦY BAN NHÂN DÂN XÃ QUY MÔNG\nCAO ĐIỂM RA QUÂN PHÒNG CHỐNG BỆNH DẠI\nUBND xã thông báo.",
        "UBND xã: kinh phí 84.912.345.678 đồng.",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert asked(text) == []


def test_a_notice_that_is_over_is_not_handed_in() -> None:
    (finding,) = examine(replace(SUBJECT, valid_to=date(2026, 8, 19)))
    assert (finding.code, finding.blocks) == ("outdated", True)
    assert "19/08/2026" in finding.question


def test_sound_without_text_and_a_very_long_text_are_pointed_out() -> None:
    assert asked("") == [("text_missing", "")]
    assert ("text_long", "") in asked("UBND xã thông báo. " * 300)


def test_a_recording_that_its_maker_has_not_heard_is_only_pointed_out() -> None:
    recorded = SoundFacts("ready", 60_000, synthesised=False, heard_ms=0)
    (finding,) = examine(replace(SUBJECT, sound=recorded))
    assert (finding.code, finding.blocks) == ("not_heard", False)


def test_what_must_be_mended_stands_first() -> None:
    found = examine(replace(SUBJECT, text="Giảm giá. TỐI MẬT.", sound=None))
    assert [finding.blocks for finding in found] == [True, False, False, False]


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_it_and_every_span_lies_inside(text: str) -> None:
    for finding in examine(replace(SUBJECT, text=text)):
        assert 0 <= finding.start <= finding.end <= max(len(text), 0)
        assert finding.question
