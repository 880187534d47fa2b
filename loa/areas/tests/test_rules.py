"""Places and hours as plain values: who lies inside whom, whose rule is stricter, what may be typed."""

import pytest
from airtime.hours import Hours, Window

from loa.areas import hours, rules
from loa.areas.hours import Limits, Ruling, WindowText
from loa.kernel.clock import LOCAL
from loa.kernel.errors import Invalid

WEEK = (1, 2, 3, 4, 5, 6, 7)
COMMUNE = "vn.15.04531"


def window(start: int, end: int, days: tuple[int, ...] = WEEK) -> Window:
    return Window(days, start * 60, end * 60)


def ruling(*windows: Window, by: str = "", widen: bool = False, limits: Limits | None = None) -> Ruling:
    return Ruling(windows, f"QĐ của {by}", by, limits or Limits(), widen)


def typed(start: str, end: str, days: tuple[int, ...] = WEEK) -> WindowText:
    return {"weekdays": list(days), "from": start, "to": end}


def test_quy_mong_and_its_hamlets_are_inside_their_province_and_nobody_elses() -> None:
    for outer in (COMMUNE, "vn.15", "vn"):
        assert rules.is_inside(COMMUNE, outer)
    for other in (f"{COMMUNE}.h5", "vn.15.0453", "vn.16", "vn.1", "v"):
        assert not rules.is_inside(COMMUNE, other)
    assert rules.lineage(COMMUNE) == ("vn", "vn.15", COMMUNE)
    assert rules.lineage("vn") == ("vn",)


def test_names_are_found_without_marks_and_stand_as_in_a_dictionary() -> None:
    assert rules.fold("  Xã Quy Mông ") == "xa quy mong"
    assert rules.fold("ĐỒNG ĐĂNG") == "dong dang"
    ordered = ["Bạ", "Bá Thước", "Ba Vì", "Băng", "Bâng", "Da", "Đa", "E", "Ê", "Thôn 2", "Thôn 5", "Thôn 12"]
    assert sorted({*ordered}, key=rules.sort_key) == ordered


def test_tones_stand_in_their_own_order() -> None:
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=rules.sort_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]


def test_the_outer_rule_is_the_limit_of_the_inner_one() -> None:
    province, commune = ruling(window(5, 20), by="tỉnh"), ruling(window(4, 21), by="xã")
    found = hours.in_force([province, commune])
    assert found.windows == (window(5, 20),)
    assert (found.document, found.set_by, found.children_may_widen) == ("QĐ của xã", "xã", False)


def test_a_province_that_lets_its_communes_decide() -> None:
    province, commune = ruling(window(5, 20), by="tỉnh", widen=True), ruling(window(4, 21), by="xã")
    assert hours.in_force([province, commune]).windows == (window(4, 21),)
    hamlet = ruling(window(3, 22), by="thôn")
    assert hours.in_force([province, commune, hamlet]).windows == (window(4, 21),)


def test_without_any_rule_the_night_is_quiet() -> None:
    assert hours.in_force([]).windows == (window(5, 21),)
    assert hours.in_force([]).children_may_widen


@pytest.mark.parametrize(
    ("above", "own", "least"), [(None, None, None), (3, None, 3), (None, 2, 2), (3, 2, 2), (2, 3, 2)]
)
def test_of_two_limits_the_stricter_holds(above: int | None, own: int | None, least: int | None) -> None:
    outer = ruling(window(5, 21), limits=Limits(above, above, above))
    inner = ruling(window(5, 21), limits=Limits(own, own, own))
    assert hours.in_force([outer, inner]).limits == Limits(least, least, least)


@pytest.mark.parametrize(
    ("windows", "inside"),
    [
        ((window(5, 21),), True),
        ((window(5, 13), window(13, 21)), True),
        ((window(6, 7), window(6, 7)), True),
        ((window(4, 21),), False),
        ((window(5, 22),), False),
        ((window(5, 21), window(22, 23, (7,))), False),
        ((), True),
    ],
)
def test_wider_is_wider_on_any_day_of_the_week(windows: tuple[Window, ...], inside: bool) -> None:
    assert hours.fits(Hours(LOCAL, (window(5, 21),)), windows) is inside


def test_who_says_no_to_wider_hours() -> None:
    strict = hours.in_force([ruling(window(5, 20), by="tỉnh")])
    lenient = hours.in_force([ruling(window(5, 20), by="tỉnh", widen=True)])
    ceiling = (window(5, 21),)
    wide, narrow = [typed("04:30", "20:00")], [typed("06:00", "19:00")]
    assert hours.reach(wide, strict, ceiling).forbidden is strict
    assert (hours.reach(wide, lenient, ceiling).wider, hours.reach(wide, lenient, ceiling).forbidden) == (True, None)
    for above in (strict, lenient, None):
        found = hours.reach(narrow, above, ceiling)
        assert (found.wider, found.forbidden) == (False, None)
    alone = hours.reach(wide, None, ceiling)
    assert (alone.wider, alone.forbidden, alone.limit.windows) == (True, None, ceiling)


def test_a_night_runs_into_the_next_day() -> None:
    assert hours.parse_windows([typed("22:30", "01:15", (6, 7))]) == (
        Window((6, 7), 22 * 60 + 30, 1440),
        Window((1, 7), 0, 75),
    )
    assert hours.parse_windows([typed("00:00", "24:00")]) == (Window(WEEK, 0, 1440),)
    assert hours.parse_windows([typed("05:59", "06:00")]) == (Window(WEEK, 359, 360),)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [typed("05:00", "05:00")],
        [typed("5:00", "21:00")],
        [typed("05:00", "24:01")],
        [typed("05:60", "21:00")],
        [typed("0500", "21:00")],
        [typed("05:00:00", "21:00")],
        [typed("٠٥:00", "21:00")],
        [typed("-5:00", "21:00")],
        [typed("05:00", "21:00", ())],
        [typed("05:00", "21:00", (0,))],
        [typed("05:00", "21:00", (8,))],
    ],
)
def test_what_cannot_be_meant_is_refused(texts: list[WindowText]) -> None:
    with pytest.raises(Invalid):
        hours.parse_windows(texts)


def test_hours_as_a_screen_says_them() -> None:
    found = Hours(LOCAL, (Window((7, 1, 2, 3, 4, 5, 6), 300, 1265), Window((6, 1), 0, 61)))
    assert hours.spoken(found) == "05:00–21:05 hằng ngày; 00:00–01:01 thứ Hai, thứ Bảy"
