"""The words of an alert."""

import pytest

from loa.alerts import wording
from loa.kernel.errors import Invalid

RIVER = wording.fitting(wording.ready(), "lu", "vi")[0]


def test_blanks_are_filled_in_their_order() -> None:
    values = ["sông Thao", "trạm Yên Bái", "14 giờ", "32,1", "III"]
    assert [blank.label for blank in RIVER.blanks] == ["sông", "trạm", "giờ đo", "số mét", "cấp báo động"]
    text = wording.filled(RIVER, values)
    assert text.startswith("Mực nước sông Thao tại trạm Yên Bái lúc 14 giờ là 32,1 mét, trên báo động III.")


def test_an_empty_blank_is_named() -> None:
    with pytest.raises(Invalid, match="trạm"):
        wording.filled(RIVER, ["sông Thao", " "])


def test_an_exercise_says_so_at_both_ends_and_is_no_emergency() -> None:
    text = wording.spoken("Nước lên.", status="exercise", issuer="UBND xã Quy Mông")
    assert text.startswith("ĐÂY LÀ DIỄN TẬP")
    assert text.endswith("ĐÂY LÀ DIỄN TẬP.")
    assert "Cảnh báo khẩn cấp" not in text
    assert wording.spoken("Nước lên.", status="test", issuer="").startswith("ĐÂY LÀ KIỂM TRA")


def test_issuer_and_source_stand_before_the_text() -> None:
    text = wording.spoken(
        "Nước lên.", status="actual", issuer="UBND xã Quy Mông", source="Đài khí tượng thủy văn tỉnh, lúc 14 giờ"
    )
    assert text == (
        "Cảnh báo khẩn cấp. UBND xã Quy Mông thông báo. Theo tin của Đài khí tượng thủy văn tỉnh, lúc 14 giờ. Nước lên."
    )


def test_other_languages_have_their_own_frame() -> None:
    text = wording.spoken("Leave now.", status="exercise", issuer="Quy Mong", language="en")
    assert text.startswith("THIS IS AN EXERCISE")
    assert text.endswith("THIS IS AN EXERCISE.")


def test_what_was_wrong_is_taken_back_and_what_is_over_ends() -> None:
    assert "đã được hủy" in wording.cancel_text(kind="cancel", event="Lũ", status="actual")
    over = wording.cancel_text(kind="end", event="Lũ", status="exercise")
    assert "kết thúc" in over
    assert over.startswith("ĐÂY LÀ DIỄN TẬP")
    assert "báo yên" not in over.lower()


def test_headlines_cannot_be_taken_for_another() -> None:
    assert wording.title_of("actual", "Lũ", 3) == "Cảnh báo lũ, rủi ro cấp 3"
    assert wording.title_of("exercise", "Lũ", 3) == "DIỄN TẬP: Lũ, rủi ro cấp 3"
    assert wording.title_of("test", "Lũ") == "KIỂM TRA: Lũ"
