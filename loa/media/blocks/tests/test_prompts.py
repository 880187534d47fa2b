"""A sentence with blanks is cut only where a person's recording takes over from the machine."""

import pytest

from loa.media import rules
from loa.media.blocks import prompts
from loa.media.blocks.prompts import Blank, Run, checked, filled, fixed, ready, runs, taken_apart

MEETING = "Mời bà con [thôn] đến họp lúc [giờ] ngày [ngày] tại [nơi họp]."
VALUES = ["thôn 5", "7h30", "25/8/2026", "nhà văn hóa"]


def test_blanks_and_what_may_stand_in_them() -> None:
    blanks = [part for part in taken_apart(MEETING) if isinstance(part, Blank)]
    assert [(one.label, one.kind) for one in blanks] == [
        ("thôn", "words"), ("giờ", "time"), ("ngày", "date"), ("nơi họp", "words"),
    ]  # fmt: skip
    assert fixed(MEETING) == ["mời bà con", "đến họp lúc", "ngày", "tại"]


def test_filled_in_it_is_a_sentence() -> None:
    assert "".join(filled(MEETING, VALUES)) == ("Mời bà con thôn 5 đến họp lúc 7h30 ngày 25/8/2026 tại nhà văn hóa.")


def test_a_machine_alone_says_it_in_one_go() -> None:
    parts = filled(MEETING, VALUES)
    assert runs(parts, set()) == [Run("".join(parts), False)]


def test_recorded_pieces_stand_alone_and_the_machine_says_what_lies_between() -> None:
    found = runs(filled(MEETING, VALUES), {"mời bà con", "đến họp lúc", "nhà văn hóa"})
    assert found == [
        Run("mời bà con", True),
        Run("thôn 5", False),
        Run("đến họp lúc", True),
        Run("7h30 ngày 25/8/2026 tại", False),
        Run("nhà văn hóa", True),
    ]


def test_a_comma_behind_a_recording_is_nothing_to_say() -> None:
    found = runs(filled("Từ [giờ], khu vực [nơi] mất điện.", ["7h", "chợ"]), {"từ", "khu vực", "mất điện"})
    assert found == [Run("từ", True), Run("7h", False), Run("khu vực", True), Run("chợ", False), Run("mất điện", True)]


@pytest.mark.parametrize("key", ready())
def test_every_ready_sentence_is_one(key: str) -> None:
    sentence = ready()[key]
    assert checked(sentence.name, sentence.text) == (sentence.name, sentence.text)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("", MEETING, "prompt_name"),
        ("Họp", "", "prompt_text"),
        ("Họp", "[giờ] [ngày]", "prompt_text"),
        ("Họp", "x" * 601, "prompt_text"),
        ("Họp", "Mời bà con đi họp.", "prompt_blanks"),
        ("Họp", "Mời [] đi họp.", "prompt_blanks"),
        ("Họp", "Mời [bà con đi họp lúc [giờ].", "prompt_blanks"),
        ("Họp", "Mời bà con] lúc [giờ].", "prompt_blanks"),
        ("Họp", "Mời" + " [giờ]" * 13, "prompt_blanks"),
    ],
)
def test_what_is_no_sentence_with_blanks(name: str, text: str, code: str) -> None:
    with pytest.raises(rules.Unfit, match=f"^{code}$"):
        checked(name, text)


@pytest.mark.parametrize(
    ("label", "value", "fits"),
    [
        ("giờ", "7h30", True), ("giờ", "14:00", True), ("giờ", "7h", True), ("giờ", "25h30", False),
        ("giờ", "7h61", False), ("giờ", "sáng", False), ("ngày", "25/8", True), ("ngày", "29/2", True),
        ("ngày", "30/2/2026", False), ("ngày", "mai", False), ("số", "12,5", True), ("số", "mười", False),
        ("nơi", "chợ", True), ("nơi", " ", False), ("nơi", "[giờ]", False), ("nơi", "x" * 121, False),
    ],
)  # fmt: skip
def test_a_value_must_be_what_its_blank_asks_for(label: str, value: str, fits: bool) -> None:
    text = f"Họp [{label}]."
    if fits:
        assert filled(text, [value])[1] == value
        return
    with pytest.raises(rules.Unfit) as refused:
        filled(text, [value])
    assert label in refused.value.message
    assert prompts.LIKE[taken_apart(text)[1].kind] in refused.value.message  # type: ignore[union-attr]
