"""How long a programme will be is known before it is made; what cannot be is refused with a reason."""

from typing import Any
from uuid import UUID

import pytest

from loa.media import rules
from loa.media.blocks.recipe import (
    Bed,
    Ingredient,
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
from loa.media.blocks.templates import CALL, filled, templates

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


def test_a_crossfade_takes_its_time_from_both() -> None:
    recipe = Recipe((Play(OPENING, "opening"), Play(NOTICE, "speech", cross=1_500)))
    placed, total = place(recipe, LENGTHS)
    assert total == 78_500
    assert [(one.start, one.end, one.rise, one.fall) for one in placed] == [
        (0, 8_000, 0, 1_500),
        (6_500, 78_500, 1_500, 0),
    ]


def test_a_crossfade_behind_a_pause_has_nothing_to_fade_with() -> None:
    recipe = Recipe((Play(OPENING, "opening"), Pause(100), Play(NOTICE, "speech", cross=1_500)))
    assert length(recipe, LENGTHS) == 80_100


def test_prompts_are_spliced_with_a_breath_between_them() -> None:
    recipe = Recipe((Splice((OPENING, END, OPENING), gap=60), Play(NOTICE, "speech")))
    assert length(recipe, LENGTHS) == 8_000 + 60 + 6_000 + 60 + 8_000 + 72_000
    assert recipe.sounds == (OPENING, END, NOTICE)


def test_what_is_kept_is_what_was_meant() -> None:
    for recipe in (
        programme(),
        programme(bed=Bed(MUSIC, level_db=-12.5), template="bed"),
        Recipe((Splice((OPENING, END)), Play(NOTICE, "speech", cross=300))),
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
    blocks = {name: UUID(int=number) for number, name in enumerate(("opening", "closing", "gong", "bed"), 10)}
    blocks |= {"station_call": UUID(int=20)}
    lengths = dict.fromkeys(blocks.values(), 1_000) | {NOTICE: 72_000}
    for one in (*templates().values(), CALL):
        assert length(filled(one, NOTICE, blocks), lengths) >= 72_000
        assert "speech" in one.parts
    with refused("build_missing"):
        filled(templates()["bed"], NOTICE, {})


def test_every_refusal_has_its_words() -> None:
    for code in ("template", "missing", "foreign", "too_long", "odd", "built"):
        assert rules.MESSAGES[f"build_{code}"].endswith(".")
