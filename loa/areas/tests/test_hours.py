"""When an area's loudspeakers may sound, and by whose word."""

from datetime import date, timedelta

import pytest
from airtime.hours import Hours

from loa.areas import actions, hours, queries
from loa.areas.hours import WindowText
from loa.kernel.errors import Invalid, Refusal
from tests.cast import Cast

DAY = date(2026, 8, 20)
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def window(start: str, end: str, weekdays: list[int] | None = None) -> WindowText:
    return {"weekdays": weekdays or EVERY_DAY, "from": start, "to": end}


def minutes(found: Hours) -> list[tuple[int, int]]:
    return [(w.start, w.end) for w in found.windows]


def test_until_somebody_decides_it_is_five_to_nine(cast: Cast) -> None:
    found = queries.hours_for(cast.thon_5, DAY)
    assert minutes(found) == [(300, 1260)]
    assert found.document == hours.DEFAULT_DOCUMENT


def test_the_commune_s_own_rules_hold_in_its_hamlets_from_their_first_day(cast: Cast) -> None:
    actions.set_operating_rules(
        area=cast.quy_mong, starts=DAY, document="Quyết định 12/QĐ-UBND", windows=[window("05:30", "20:00")],
        max_sessions_per_day=3,
    )  # fmt: skip
    assert minutes(queries.hours_for(cast.thon_5, date(2026, 8, 19))) == [(300, 1260)]
    found = queries.hours_for(cast.thon_5, DAY)
    assert minutes(found) == [(330, 1200)]
    assert (found.document, found.set_by, found.limits.sessions_per_day) == ("Quyết định 12/QĐ-UBND", "Xã Quy Mông", 3)
    assert minutes(queries.hours_for(cast.tran_yen, DAY)) == [(300, 1260)]


def test_a_child_that_wants_more_is_refused_with_the_document_that_forbids_it(cast: Cast) -> None:
    actions.set_operating_rules(
        area=cast.lao_cai, starts=DAY, document="Quyết định 30 của UBND tỉnh", windows=[window("05:00", "20:00")]
    )
    with pytest.raises(Refusal, match="Quyết định 30 của UBND tỉnh") as refused:
        actions.set_operating_rules(
            area=cast.quy_mong, starts=DAY, document="Quyết định 12", windows=[window("04:30", "20:00")]
        )
    assert refused.value.code == "wider_than_parent"
    assert minutes(queries.hours_for(cast.quy_mong, DAY)) == [(300, 1200)]


def test_a_parent_may_let_its_children_have_more(cast: Cast) -> None:
    actions.set_operating_rules(
        area=cast.lao_cai, starts=DAY, document="QĐ 30", windows=[window("05:00", "20:00")], children_may_widen=True
    )
    longer = [window("04:30", "21:30")]
    with pytest.raises(Refusal) as alone:
        actions.set_operating_rules(area=cast.quy_mong, starts=DAY, document="QĐ 12", windows=longer)
    assert alone.value.code == "needs_second_person"
    actions.set_operating_rules(
        area=cast.quy_mong, starts=DAY, document="QĐ 12", windows=longer, confirmed={"by": "judged above"}
    )
    assert minutes(queries.hours_for(cast.quy_mong, DAY)) == [(270, 1290)]


def test_rules_that_were_wider_before_the_parent_decided_are_narrowed_when_read(cast: Cast) -> None:
    longer = [window("04:30", "21:30")]
    ceiling = hours.parse_windows(longer)
    actions.set_operating_rules(area=cast.quy_mong, starts=DAY, document="QĐ 12", windows=longer, ceiling=ceiling)
    actions.set_operating_rules(area=cast.lao_cai, starts=DAY, document="QĐ 30", windows=[window("05:00", "20:00")])
    assert minutes(queries.hours_for(cast.quy_mong, DAY)) == [(300, 1200)]


def test_new_rules_end_the_old_ones_the_day_before(cast: Cast) -> None:
    actions.set_operating_rules(
        area=cast.quy_mong, starts=date(2026, 1, 1), document="A", windows=[window("06:00", "19:00")]
    )
    actions.set_operating_rules(area=cast.quy_mong, starts=DAY, document="B", windows=[window("07:00", "18:00")])
    assert queries.hours_for(cast.quy_mong, date(2026, 8, 19)).document == "A"
    assert queries.hours_for(cast.quy_mong, DAY).document == "B"
    assert cast.quy_mong.operating_rules.get(document="A").ends == date(2026, 8, 19)


def test_a_dated_rule_lies_above_the_open_one_and_goes_away_again(cast: Cast) -> None:
    actions.set_operating_rules(
        area=cast.quy_mong, starts=date(2026, 1, 1), document="A", windows=[window("06:00", "19:00")]
    )
    actions.set_operating_rules(
        area=cast.quy_mong, starts=DAY, ends=DAY, document="Một ngày", windows=[window("08:00", "12:00")]
    )
    assert queries.hours_for(cast.quy_mong, DAY).document == "Một ngày"
    assert queries.hours_for(cast.quy_mong, DAY + timedelta(days=1)).document == "A"


def test_only_what_has_not_begun_is_dropped(cast: Cast) -> None:
    row = actions.set_operating_rules(area=cast.quy_mong, starts=DAY, document="A", windows=[window("06:00", "19:00")])
    with pytest.raises(Refusal, match="đã có hiệu lực"):
        actions.drop_coming_rules(row=row, on=DAY)
    actions.drop_coming_rules(row=row, on=DAY - timedelta(days=1))
    assert not cast.quy_mong.operating_rules.exists()


def test_rules_with_an_end_fall_back_to_the_parent_s(cast: Cast) -> None:
    actions.set_operating_rules(
        area=cast.quy_mong, starts=DAY, ends=DAY, document="Ngày lễ", windows=[window("05:00", "12:00")]
    )
    assert minutes(queries.hours_for(cast.quy_mong, date(2026, 8, 21))) == [(300, 1260)]


def test_limits_of_all_levels_hold_the_least_wins(cast: Cast) -> None:
    everything = [window("05:00", "21:00")]
    actions.set_operating_rules(
        area=cast.lao_cai, starts=DAY, document="QĐ 30", windows=everything, max_minutes_per_session=45
    )
    actions.set_operating_rules(
        area=cast.quy_mong,
        starts=DAY,
        document="QĐ 12",
        windows=everything,
        max_minutes_per_session=60,
        max_sessions_per_day=2,
    )
    limits = queries.hours_for(cast.quy_mong, DAY).limits
    assert (limits.minutes_per_session, limits.sessions_per_day) == (45, 2)


@pytest.mark.parametrize(
    "bad",
    [
        [],
        [window("5:00", "21:00")],
        [window("05:60", "21:00")],
        [window("05:00", "24:01")],
        [window("05:00", "05:00")],
        [window("٠٥:00", "21:00")],
        [{"weekdays": [], "from": "05:00", "to": "21:00"}],
        [{"weekdays": [0], "from": "05:00", "to": "21:00"}],
    ],
)
def test_windows_that_cannot_be_meant_are_refused(cast: Cast, bad: list[WindowText]) -> None:
    with pytest.raises(Invalid):
        actions.set_operating_rules(area=cast.quy_mong, starts=DAY, document="QĐ 12", windows=bad)


def test_windows_that_touch_or_overlap_are_no_wider_than_the_whole(cast: Cast) -> None:
    actions.set_operating_rules(area=cast.lao_cai, starts=DAY, document="QĐ 30", windows=[window("05:00", "20:00")])
    actions.set_operating_rules(
        area=cast.quy_mong, starts=DAY, document="QĐ 12",
        windows=[window("05:00", "12:00"), window("12:00", "20:00"), window("06:00", "07:00", [1])],
    )  # fmt: skip
    assert queries.hours_for(cast.quy_mong, DAY).document == "QĐ 12"


def test_hours_in_words() -> None:
    words = hours.spoken(
        hours.in_force(
            [hours.Ruling(hours.parse_windows([window("05:00", "20:30", [1, 7])]), "", "", hours.Limits(), False)]
        )
    )
    assert words == "05:00–20:30 thứ Hai, Chủ nhật"
