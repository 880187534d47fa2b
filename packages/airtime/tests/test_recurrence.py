"""When a schedule occurs."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from airtime.recurrence import EVERY_DAY, Pattern, Recurrence, instant_at, occurrences, weekly
from hypothesis import given
from hypothesis import strategies as st

VIETNAM = timezone(timedelta(hours=7))
MONDAY = date(2026, 8, 17)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=VIETNAM)


WEEK = (local(17, 0), local(24, 0))


def test_once_is_once() -> None:
    once = Recurrence(Pattern.ONCE, MONDAY, (time(17, 3),))
    assert occurrences(once, VIETNAM, *WEEK) == (local(17, 17, 3),)
    assert occurrences(once, VIETNAM, local(18, 0), local(24, 0)) == ()


def test_several_times_a_day_on_some_weekdays_until_a_date() -> None:
    pattern = Recurrence(
        Pattern.WEEKDAYS, MONDAY, (time(17, 0), time(5, 0)), last_day=date(2026, 8, 21), weekdays=frozenset({1, 5, 6})
    )
    assert occurrences(pattern, VIETNAM, *WEEK) == (local(17, 5), local(17, 17), local(21, 5), local(21, 17))


def test_an_excepted_day_is_left_out() -> None:
    daily = Recurrence(Pattern.DAILY, MONDAY, (time(5, 0),), except_days=frozenset({date(2026, 8, 18)}))
    found = occurrences(daily, VIETNAM, *WEEK)
    assert [instant.astimezone(VIETNAM).day for instant in found] == [17, 19, 20, 21, 22, 23]


def test_repeats_may_reach_into_the_next_day_and_the_window_cuts_them() -> None:
    late = Recurrence(Pattern.ONCE, MONDAY, (time(23, 30),), repeats=2, gap=timedelta(minutes=20))
    assert occurrences(late, VIETNAM, *WEEK) == (local(17, 23, 30), local(17, 23, 50), local(18, 0, 10))
    assert occurrences(late, VIETNAM, local(18, 0), local(19, 0)) == (local(18, 0, 10),)


def test_a_repeat_that_meets_another_time_sounds_once() -> None:
    double = Recurrence(Pattern.ONCE, MONDAY, (time(5, 0), time(5, 30)), repeats=1, gap=timedelta(minutes=30))
    assert occurrences(double, VIETNAM, *WEEK) == (local(17, 5), local(17, 5, 30), local(17, 6))


def test_since_is_inside_and_until_outside() -> None:
    daily = Recurrence(Pattern.DAILY, MONDAY, (time(5, 0),))
    assert occurrences(daily, VIETNAM, local(18, 5), local(19, 5)) == (local(18, 5),)


def test_a_clock_change_neither_loses_nor_doubles_a_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    daily = Recurrence(Pattern.DAILY, date(2026, 3, 28), (time(2, 30),))
    found = occurrences(daily, berlin, datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC))
    assert [instant.isoformat() for instant in found] == [
        "2026-03-28T01:30:00+00:00",
        "2026-03-29T01:30:00+00:00",
        "2026-03-30T00:30:00+00:00",
    ]


def test_twenty_four_hours_is_the_next_midnight() -> None:
    assert instant_at(MONDAY, 1440, VIETNAM) == local(18, 0)
    assert instant_at(MONDAY, 0, VIETNAM) == local(17, 0)


def test_weekdays_and_minutes_give_instants() -> None:
    found = weekly(frozenset({1, 7}), frozenset({300, 1020}), VIETNAM, *WEEK)
    assert found == (local(17, 5), local(17, 17), local(23, 5), local(23, 17))


@pytest.mark.parametrize(
    "bad",
    [
        {"repeats": 1},
        {"repeats": -1, "gap": timedelta(1)},
        {"weekdays": frozenset({0})},
        {"times": (time(5, tzinfo=UTC),)},
    ],
)
def test_senseless_rules_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"gap|weekdays|times"):
        Recurrence(**{"pattern": Pattern.DAILY, "first_day": MONDAY, "times": (time(5),), **bad})  # type: ignore[arg-type]


@given(
    st.sets(st.times(), max_size=4),
    st.integers(0, 4),
    st.integers(1, 2_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)
def test_a_longer_look_only_adds(times, repeats, gap, first, second) -> None:
    rule = Recurrence(
        Pattern.WEEKDAYS, MONDAY, tuple(times), weekdays=EVERY_DAY, repeats=repeats, gap=timedelta(minutes=gap)
    )
    start, (low, high) = WEEK[0], sorted((first, second))
    middle, end = start + timedelta(minutes=low), start + timedelta(minutes=high)
    whole = occurrences(rule, VIETNAM, start, end)
    assert whole == tuple(sorted(set(whole)))
    assert whole == occurrences(rule, VIETNAM, start, middle) + occurrences(rule, VIETNAM, middle, end)


def lunar(first: date, last: date, **more: object) -> list[date]:
    rule = Recurrence(Pattern.LUNAR, first, (time(5),), last_day=last, **more)  # type: ignore[arg-type]
    since, until = datetime(first.year, 1, 1, tzinfo=VIETNAM), datetime(last.year + 1, 1, 1, tzinfo=VIETNAM)
    return [found.astimezone(VIETNAM).date() for found in occurrences(rule, VIETNAM, since, until)]


def test_the_first_and_the_fifteenth_of_every_lunar_month_leap_months_too() -> None:
    """2025 had a second sixth month, from 25 July on."""
    found = lunar(date(2025, 6, 20), date(2025, 8, 31), lunar_days=frozenset({1, 15}))
    assert found == [date(2025, 6, 25), date(2025, 7, 9), date(2025, 7, 25), date(2025, 8, 8), date(2025, 8, 23)]


def test_a_feast_of_a_named_month_is_kept_once() -> None:
    year = date(2025, 1, 1), date(2025, 12, 31)
    assert lunar(*year, lunar_days=frozenset({15}), lunar_months=frozenset({6})) == [date(2025, 7, 9)]
    both = lunar(*year, lunar_days=frozenset({15}), lunar_months=frozenset({6}), lunar_leap=True)
    assert both == [date(2025, 7, 9), date(2025, 8, 8)]


def test_the_thirtieth_is_the_last_day_of_a_short_month() -> None:
    """The twelfth month before Tết 2026 (17 February) had 29 days, that before Tết 2027 (6 February) 30."""
    found = lunar(date(2026, 1, 1), date(2027, 12, 31), lunar_days=frozenset({30}), lunar_months=frozenset({12}))
    assert found[:2] == [date(2026, 2, 16), date(2027, 2, 5)]


@pytest.mark.parametrize("wrong", [{"lunar_days": frozenset({31})}, {"lunar_months": frozenset({13})}])
def test_days_and_months_that_no_lunar_year_has(wrong: dict[str, frozenset[int]]) -> None:
    with pytest.raises(ValueError, match="lunar"):
        Recurrence(Pattern.LUNAR, MONDAY, (time(5),), **wrong)  # type: ignore[arg-type]
