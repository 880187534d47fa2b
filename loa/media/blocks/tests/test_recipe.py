"""How long a programme will be is known before it is made; what cannot be is refused with a reason."""

from typing import Any
from uuid import UUID

import pytest

from loa.media import rules
from loa.media.blocks.recipe import (
    Bed,
    Ingredient,
    Part,
    Pause,
    Play,
    Recipe,
    Splice,
    check,
    from_json,
    length,
    place,
    to_json,
)
from loa.media.blocks.templates import CALL, FRAMES, MOST_PARTS, PARTS, around, checked, filled, framed, templates

OPENING, NOTICE, END, MUSIC = (UUID(int=number) for number in range(1, 5))
LENGTHS = {OPENING: 8_000, NOTICE: 72_000, END: 6_000, MUSIC: 24_000}
QUY_MONG, TRAN_YEN = "vn.15.04531", "vn.15.04532"


def programme(**more: Any) -> Recipe:
    return Recipe((Play(OPENING, "opening"), Pause(400), Play(NOTICE, "speech"), Play(END, "closing")), **more)


def refused(code: str) -> Any:
    return pytest.raises(rules.Unfit, match=f"^{code}$")


def test_the_length_is_the_sum_of_what_is_in_it() -> None:
    assert length(programme(), LENGTHS) == 86_400
    assert length(programme(bed=Bed(MUSIC)), LENGTHS) == 86_400


def test_prompts_are_spliced_with_a_breath_between_them() -> None:
    recipe = Recipe((Splice((Part(OPENING, 500, 7_500), Part(END), Part(OPENING)), gap=60), Play(NOTICE, "speech")))
    placed, total = place(recipe, LENGTHS)
    assert total == length(recipe, LENGTHS) == 7_000 + 60 + 6_000 + 60 + 8_000 + 72_000
    assert recipe.sounds == (OPENING, END, NOTICE)
    assert (placed[0].skip, placed[0].start, placed[0].end) == (500, 0, 7_000)


def test_a_piece_of_nothing_is_refused() -> None:
    with refused("build_odd"):
        length(Recipe((Splice((Part(OPENING, 8_000, 8_500),)),)), LENGTHS)


def test_what_is_kept_is_what_was_meant() -> None:
    for recipe in (
        programme(),
        programme(bed=Bed(MUSIC, level_db=-12.5), template="bed"),
        Recipe((Splice((Part(OPENING, 20, 900), Part(END))), Play(NOTICE, "speech"))),
    ):
        assert from_json(to_json(recipe)) == recipe


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"slots": []},
        {"slots": [{"pause": -1}]},
        {"slots": [{"pause": True}]},
        {"slots": [{"play": "nonsense", "role": "speech"}]},
        {"slots": [{"splice": []}]},
        {"slots": [{"splice": [str(OPENING)], "gap": 0}]},
        {"slots": [{"pause": 1}] * 41},
        {"slots": None},
        {"bed": {"sound": str(MUSIC), "level_db": 20}},
        {"bed": {"sound": str(MUSIC), "duck_db": float("nan")}},
        {"bed": {"sound": str(MUSIC), "attack_ms": 1.5}},
    ],
)
def test_what_nobody_can_mean_is_refused(change: dict[str, Any]) -> None:
    with refused("build_odd"):
        from_json(to_json(programme()) | change)


def test_a_sound_that_is_missing_or_of_others() -> None:
    mine = {name: Ingredient(duration, QUY_MONG) for name, duration in LENGTHS.items()}
    check(programme(), mine, QUY_MONG)
    with refused("build_missing"):
        check(programme(), {OPENING: mine[OPENING]}, QUY_MONG)
    with refused("build_foreign"):
        check(programme(), mine, TRAN_YEN)
    check(programme(), mine | {OPENING: Ingredient(8_000, TRAN_YEN, shared=True)}, QUY_MONG)


def test_more_than_an_hour_is_refused_with_its_length() -> None:
    long = {name: Ingredient(duration, QUY_MONG) for name, duration in (LENGTHS | {NOTICE: 3_600_000}).items()}
    with refused("build_too_long") as caught:
        check(programme(), long, QUY_MONG)
    assert "1 giờ 0 phút" in caught.value.message


def test_a_sound_without_a_length_is_missing() -> None:
    with refused("build_missing"):
        length(programme(), {OPENING: 8_000, END: 6_000})


def test_every_template_can_be_filled() -> None:
    blocks = {name: UUID(int=number) for number, name in enumerate((*PARTS, "bed"), 10)}
    lengths = dict.fromkeys(blocks.values(), 1_000) | {NOTICE: 72_000}
    for one in (*templates().values(), CALL):
        assert length(filled(one, NOTICE, blocks), lengths) >= 72_000
        assert "speech" in one.parts
    for frame in FRAMES:
        assert length(framed(frame, blocks), lengths) >= 1_000
        assert length(filled(around(frame), NOTICE, blocks), lengths) >= 73_000
    with refused("build_missing"):
        filled(templates()["bed"], NOTICE, {})


def test_a_siren_stands_in_no_programme() -> None:
    known = {name: Ingredient(duration, QUY_MONG) for name, duration in LENGTHS.items()}
    known[MUSIC] = Ingredient(24_000, "vn", shared=True, siren=True)
    for recipe in (programme(bed=Bed(MUSIC)), Recipe((Play(MUSIC, "opening"),)), Recipe((Splice((Part(MUSIC),)),))):
        with refused("siren"):
            check(recipe, known, QUY_MONG)


def test_a_template_of_ones_own() -> None:
    assert checked(" Bản tin  sáng ", ["gong", 500, "speech"]) == ("Bản tin sáng", ("gong", 500, "speech"))


@pytest.mark.parametrize(
    ("name", "parts", "code"),
    [
        (" ", ["gong", "speech"], "template_name"),
        ("x" * 81, ["gong", "speech"], "template_name"),
        ("Không bản tin", ["opening", "closing"], "template_speech"),
        ("Hai bản tin", ["speech", "gong", "speech"], "template_speech"),
        ("Chỉ bản tin", ["speech"], "template_parts"),
        ("Còi", ["siren", "speech"], "template_parts"),
        ("Nhạc nền trong hàng", ["bed", "speech"], "template_parts"),
        ("Nghỉ quá lâu", ["speech", 10_001], "template_parts"),
        ("Đúng sai", ["speech", True], "template_parts"),
        ("Quá nhiều phần", ["speech", *["gong"] * MOST_PARTS], "template_parts"),
    ],
)
def test_what_is_no_template(name: str, parts: list[object], code: str) -> None:
    with refused(code):
        checked(name, parts)


def test_every_refusal_has_its_words() -> None:
    codes = [f"build_{code}" for code in ("template", "missing", "foreign", "too_long", "odd", "built")]
    for code in (*codes, "siren", "template_name", "template_speech", "template_parts", "template_taken"):
        assert rules.MESSAGES[code].endswith(".")
