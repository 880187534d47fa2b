"""What may be warned of."""

from typing import Any

import pytest
import yaml

from loa.alerts import hazards, wording

NATURAL = [
    *("bao", "ap-thap", "nuoc-dang", "mua-lon", "lu", "ngap-lut", "lu-quet", "sat-lo", "nang-nong", "han-han"),
    *("xam-nhap-man", "gio-manh", "suong-mu", "loc", "ret-hai", "chay-rung", "dong-dat", "song-than"),
]
OTHER = {"chay", "dich-benh", "xa-lu", "cuu-nan", "an-ninh", "moi-truong", "khac"}


def test_every_kind_of_the_decision_is_there_and_the_others_too() -> None:
    kinds = hazards.book().kinds
    assert [code for code, one in kinds.items() if one.natural] == NATURAL
    assert {code for code, one in kinds.items() if not one.natural} == OTHER
    assert all(one.levels == () for one in kinds.values() if not one.natural)


def test_an_epidemic_has_no_siren() -> None:
    assert hazards.book().kinds["dich-benh"].siren == ""
    assert hazards.book().kinds["lu-quet"].siren == "flood"


def test_colours_are_those_of_the_decision() -> None:
    names = [colour.name for colour in hazards.book().colours.values()]
    assert names == ["xanh dương nhạt", "vàng nhạt", "da cam", "đỏ", "tím"]


def test_a_level_makes_it_as_severe() -> None:
    flood = hazards.book().kinds["lu"]
    assert [flood.severity_at(risk) for risk in (0, 1, 3, 5)] == ["severe", "minor", "severe", "extreme"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "lũ"},
        {"cap": "Flood"},
        {"siren": "air-raid"},
        {"to": 6},
        {"default": ["bad", "immediate", "observed"]},
        {"group": "other"},
    ],
)
def test_a_wrong_row_is_named(wrong: dict[str, Any]) -> None:
    data = yaml.safe_load(hazards.FILE.read_text(encoding="utf-8"))
    data["kinds"][4] |= wrong
    with pytest.raises(ValueError, match="kinds"):
        hazards.read(data)


def test_each_template_is_for_a_kind_that_exists() -> None:
    events = {one.event for one in wording.ready()} - {wording.ANY}
    assert events <= hazards.book().kinds.keys()
    assert {code for code, one in hazards.book().kinds.items() if one.siren == "flood"} <= events
