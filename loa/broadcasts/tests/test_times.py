"""When a schedule sounds, as a person enters it and as an approval names it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from airtime.spans import to_ms
from devicelink.permits import covers_time
from hypothesis import given
from hypothesis import strategies as st

from loa.broadcasts.rules import times
from loa.broadcasts.rules.times import BadTimes, Shift, When
from loa.kernel.clock import LOCAL

EVERY = (1, 2, 3, 4, 5, 6, 7)
THURSDAY = date(2026, 8, 20)


def at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=LOCAL)


NOW = at(16, 50)


def test_few_air_times_are_approved_one_by_one_many_by_weekday() -> None:
    few = times.rule_of(When("daily", THURSDAY, ("05:00", "17:00"), last_day=THURSDAY + timedelta(days=2)))
    [named] = times.permit_times(few, NOW)
    assert named.at == tuple(to_ms(at(hour, day=day)) for day in (20, 21, 22) for hour in (5, 17))
    many = times.rule_of(
        When("weekdays", THURSDAY, ("05:00",), weekdays=(1, 5), last_day=date(2032, 1, 1), repeats=1, gap_s=600)
    )
    [weekly] = times.permit_times(many, NOW)
    assert (weekly.weekdays, weekly.minutes) == ((1, 5), (300, 310))
    assert (weekly.from_day, weekly.to_day) == ("2026-08-20", "2032-01-01")


def test_many_air_times_are_on_whole_minutes_of_one_day() -> None:
    for clock, repeats, gap in (("05:00:30", 0, 0), ("23:55", 1, 600), ("23:50", 1, 600), ("05:00", 1, 90)):
        when = When("daily", THURSDAY, ("04:00", clock), last_day=date(2032, 1, 1), repeats=repeats, gap_s=gap)
        with pytest.raises(BadTimes, match="giờ chẵn phút"):
            times.permit_times(times.rule_of(when), NOW)


def test_an_approval_always_has_an_end_and_something_to_approve() -> None:
    with pytest.raises(BadTimes, match="ngày cuối"):
        times.permit_times(times.rule_of(When("daily", THURSDAY, ("05:00",))), NOW)
    nothing = When("daily", THURSDAY, ("05:00",), last_day=THURSDAY, except_days=(THURSDAY,))
    with pytest.raises(BadTimes, match="không có lần phát nào"):
        times.permit_times(times.rule_of(nothing), NOW)


def clocks(count: int) -> tuple[str, ...]:
    return tuple(f"{number // 60:02}:{number % 60:02}" for number in range(count))


WEEK = When("daily", THURSDAY, ("05:00",), last_day=THURSDAY + timedelta(days=6))


@pytest.mark.parametrize(
    "when",
    [
        replace(WEEK, times=clocks(48)),
        replace(WEEK, last_day=THURSDAY),
        replace(WEEK, pattern="weekdays", weekdays=(1, 7)),
        replace(WEEK, repeats=20, gap_s=60),
        replace(WEEK, repeats=1, gap_s=12 * 3600),
        replace(WEEK, slack_s=4 * 3600),
    ],
)
def test_the_most_that_a_schedule_may_ask(when: When) -> None:
    assert times.rule_of(when).starts(at(0), at(0, day=28))


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (replace(WEEK, pattern="yearly"), "hằng ngày"),
        (replace(WEEK, times=()), "ít nhất một giờ"),
        (replace(WEEK, times=clocks(49)), "tối đa 48 giờ"),
        (replace(WEEK, last_day=THURSDAY - timedelta(days=1)), "Ngày cuối"),
        (replace(WEEK, pattern="weekdays"), "một thứ trong tuần"),
        (replace(WEEK, pattern="weekdays", weekdays=(0, 1)), "một thứ trong tuần"),
        (replace(WEEK, pattern="weekdays", weekdays=(7, 8)), "một thứ trong tuần"),
        (replace(WEEK, repeats=-1), "tối đa 20 lần"),
        (replace(WEEK, repeats=21, gap_s=60), "tối đa 20 lần"),
        (replace(WEEK, repeats=1, gap_s=59), "từ 1 phút đến 12 tiếng"),
        (replace(WEEK, repeats=1, gap_s=12 * 3600 + 1), "từ 1 phút đến 12 tiếng"),
        (replace(WEEK, slack_s=-1), "tối đa 4 tiếng"),
        (replace(WEEK, slack_s=4 * 3600 + 1), "tối đa 4 tiếng"),
        *((replace(WEEK, times=(text,)), "không đúng") for text in ("5:00", "24:00", "05:60", "0500Z", "05:00+07", "")),
    ],
)
def test_air_times_that_make_no_sense(when: When, said: str) -> None:
    with pytest.raises(BadTimes, match=said):
        times.rule_of(when)


def test_an_air_time_that_was_taken_out_is_neither_played_nor_approved() -> None:
    friday = at(5, day=21)
    rule = times.without(times.rule_of(WEEK), friday)
    assert friday not in rule.starts(NOW, at(0, day=28))
    assert len(rule.starts(NOW, at(0, day=28))) == 5
    [named] = times.permit_times(rule, NOW)
    assert to_ms(friday) not in named.at
    assert len(named.at) == 6


def test_an_approval_names_up_to_400_air_times_one_by_one() -> None:
    patient = replace(WEEK, last_day=THURSDAY + timedelta(days=399), slack_s=90)
    [named] = times.permit_times(times.rule_of(patient), NOW)
    assert (len(named.at), named.weekdays, named.slack) == (400, (), 90_000)
    [weekly] = times.permit_times(times.rule_of(replace(patient, last_day=THURSDAY + timedelta(days=400))), NOW)
    assert (weekly.at, weekly.weekdays, weekly.minutes, weekly.slack) == ((), EVERY, (300,), 90_000)


def test_a_long_schedule_does_not_cover_what_was_taken_out() -> None:
    """By weekday it is named without the days on which something is missing; what is left of those comes one by one."""
    long = times.rule_of(When("daily", THURSDAY, ("05:00", "17:00"), last_day=THURSDAY + timedelta(days=299)))
    out = [at(17, day=21), at(5, day=22), at(17, day=22)]
    rule = times.without(times.without(times.without(long, out[0]), out[1]), out[2])
    named = times.permit_times(rule, NOW)
    assert (named[0].except_days, named[1].at) == (("2026-08-21", "2026-08-22"), (to_ms(at(5, day=21)),))
    covered = {start for start in long.starts(at(0), rule.end(NOW)) if covers_time(named, to_ms(start), to_ms(start))}
    assert covered == set(rule.starts(at(0), rule.end(NOW)))
    assert len(covered) == 597


def test_a_long_schedule_with_too_many_holes_is_to_be_divided() -> None:
    often = When("daily", THURSDAY, clocks(48), last_day=THURSDAY + timedelta(days=29))
    holes = {to_ms(at(0) + timedelta(days=number)) for number in range(9)}
    with pytest.raises(BadTimes, match="chia thành nhiều lịch"):
        times.permit_times(times.rule_of(often, holes), NOW)


def test_very_many_times_of_a_single_day_are_covered_too() -> None:
    rule = times.rule_of(When("once", THURSDAY, clocks(48), repeats=20, gap_s=3600 - 720))
    named = times.permit_times(rule, NOW)
    assert not named[0].at
    assert all(covers_time(named, to_ms(start), to_ms(start)) for start in rule.starts(at(0), at(0, day=22)))


def test_repeats_are_counted_to_the_last_one_after_midnight() -> None:
    late = When("once", THURSDAY, ("23:00",), repeats=3, gap_s=12 * 3600)
    [named] = times.permit_times(times.rule_of(late), NOW)
    assert named.at == tuple(to_ms(at(23) + number * timedelta(hours=12)) for number in range(4))


def test_without_a_last_day_people_look_sixty_days_ahead() -> None:
    endless = times.rule_of(When("daily", THURSDAY, ("05:00",)))
    assert endless.end(NOW) == NOW + timedelta(days=60)
    assert endless.end(at(0, day=1)) == at(0) + timedelta(days=60)


def test_the_difference_is_told_day_by_day() -> None:
    before = [at(5, 30, day) for day in (20, 21)]
    after = [at(3, 15, 20), at(5, 30, 21), at(6, 0, 22)]
    assert times.difference(before, after) == (Shift(at(5, 30, 20), at(3, 15, 20)), Shift(None, at(6, 0, 22)))


days = st.integers(0, 6).map(lambda number: THURSDAY + timedelta(days=number))
whens = st.builds(
    lambda first, length, clocks, excepted: When(
        "daily", first, tuple(sorted(clocks)), last_day=first + timedelta(days=length), except_days=tuple(excepted)
    ),
    days,
    st.integers(0, 6),
    st.sets(st.sampled_from(("05:00", "11:00", "17:00")), min_size=1),
    st.sets(days, max_size=2),
)


@given(whens, whens)
def test_only_drops_means_no_new_instant(before: When, after: When) -> None:
    one, two = times.rule_of(before), times.rule_of(after)
    early = datetime(2026, 8, 1, tzinfo=UTC)
    span = (early, datetime(2026, 9, 30, tzinfo=UTC))
    if times.only_drops(one, two, early):
        assert set(two.starts(*span)) <= set(one.starts(*span))
    else:
        assert not set(two.starts(*span)) <= set(one.starts(*span)) or (two.recurrence.last_day or date.max) > (
            one.recurrence.last_day or date.max
        )
