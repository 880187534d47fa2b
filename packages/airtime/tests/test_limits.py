"""What the rules of a day refuse, and which time they offer instead."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from airtime.hours import Hours, Window, may_sound
from airtime.limits import Cap, DayRules, Item, Rule, caps_between, judge, louder, loudest, sessions_of, sounding
from airtime.spans import Span
from hypothesis import given
from hypothesis import strategies as st

VN = timezone(timedelta(hours=7))
DAILY = Hours(VN, (Window((1, 2, 3, 4, 5, 6, 7), 300, 1260),))
MINUTE = timedelta(minutes=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=VN)


def item(day: int, hour: int, minute: int = 0, minutes: int = 10, **more: bool) -> Item:
    return Item(at(day, hour, minute), minutes * MINUTE, **more)


WARD = DayRules(DAILY, sessions=2, session_minutes=15)


def test_the_third_session_of_the_ward_is_offered_the_next_morning() -> None:
    there = [item(20, 5), item(20, 17), item(21, 5)]
    (refused,) = judge(lambda day: WARD, VN, there, [item(20, 20, 0, 3)])
    assert (refused.rule, refused.most, refused.found) == (Rule.TOO_MANY_SESSIONS, 2, 3)
    assert refused.nearest == at(21, 5, 10)  # right behind what is there, in the same session


def test_the_morning_is_offered_itself_when_nothing_is_there() -> None:
    (refused,) = judge(lambda day: WARD, VN, [item(20, 5), item(20, 17)], [item(20, 20)])
    assert refused.nearest == at(21, 5)


def test_what_follows_soon_is_the_same_session() -> None:
    there = [item(20, 5, 0, 5), item(20, 17, 0, 5)]
    assert judge(lambda day: WARD, VN, there, [item(20, 17, 34, 5)]) == ()
    assert judge(lambda day: WARD, VN, there, [item(20, 17, 35, 5)])[0].rule is Rule.TOO_MANY_SESSIONS
    assert [span.duration for span in sessions_of([*there, item(20, 17, 34, 5)])] == [5 * MINUTE, 39 * MINUTE]


def test_a_session_that_is_full_sends_it_to_the_next() -> None:
    there = [item(20, 5, 0, 10), item(20, 17, 0, 5)]
    (refused,) = judge(lambda day: WARD, VN, there, [item(20, 5, 10, 6)])
    assert (refused.rule, refused.most, refused.found) == (Rule.SESSION_TOO_LONG, 15, 16)
    assert refused.nearest == at(20, 16, 54)


def test_what_sounds_at_once_counts_once() -> None:
    assert sounding([item(20, 5), item(20, 5, 5)]) == 15 * MINUTE


def test_the_minutes_of_the_day_count_over_all_sessions() -> None:
    rules = DayRules(DAILY, day_minutes=25)
    there = [item(20, 5), item(20, 11)]
    (refused,) = judge(lambda day: rules, VN, there, [item(20, 17)])
    assert (refused.rule, refused.most, refused.found, refused.nearest) == (Rule.DAY_TOO_LONG, 25, 30, at(21, 5))


def test_what_no_number_limits_sounds_all_the_same_and_uses_nothing_up() -> None:
    there = [item(20, 5), item(20, 17)]
    wanted = [item(20, 11, counts=False), item(20, 20, counts=False)]
    assert judge(lambda day: WARD, VN, there, wanted) == ()


def test_on_a_day_of_mourning_speech_sounds_and_music_waits() -> None:
    def rules(day: date) -> DayRules:
        return DayRules(DAILY, music=day != date(2026, 8, 20))

    refused = judge(rules, VN, [], [item(20, 5), item(20, 17, music=True)])
    assert [(one.rule, one.nearest) for one in refused] == [(Rule.NO_MUSIC, at(21, 5))]


def test_a_closed_day_is_named_as_such() -> None:
    closed = Hours(VN, DAILY.windows, closures=(Span(at(20, 0), at(21, 0)),))
    (refused,) = judge(lambda day: DayRules(closed), VN, [], [item(20, 17)])
    assert (refused.rule, refused.nearest) == (Rule.DAY_OFF, at(21, 5))
    (refused,) = judge(lambda day: DayRules(closed), VN, [], [item(21, 3, 15)])
    assert refused.rule is Rule.OUTSIDE_HOURS


def test_nothing_is_offered_where_it_never_fits() -> None:
    (refused,) = judge(lambda day: DayRules(DAILY, session_minutes=5), VN, [], [item(20, 5)])
    assert (refused.rule, refused.nearest) == (Rule.SESSION_TOO_LONG, None)


def test_nobody_waits_for_a_nearest_time_that_is_not_asked_for() -> None:
    (refused,) = judge(lambda day: WARD, VN, [], [item(20, 3)], nearest=False)
    assert refused.nearest is None


def test_the_strictest_volume_of_the_hour_counts() -> None:
    caps = (*caps_between(21 * 60, 6 * 60, 50), Cap(300, 1260, 80))
    assert loudest(caps, 5 * 60, 5 * 60 + 10) == 50
    assert loudest(caps, 12 * 60, 13 * 60) == 80
    assert loudest(caps, 5 * 60 + 55, 6 * 60 + 5) == 50
    assert loudest((), 0, 1440) == 100


def test_who_is_below_may_be_quieter_but_not_louder() -> None:
    commune = (Cap(300, 360, 40),)
    assert louder((Cap(300, 360, 60),), commune) == (Cap(300, 360, 60), commune[0])
    assert louder((Cap(0, 1440, 60), Cap(290, 360, 40)), commune) is None
    assert louder((Cap(360, 1260, 90),), commune) is None


@pytest.mark.parametrize("wrong", [(10, 5, 50), (0, 1441, 50), (0, 10, 101)])
def test_a_cap_that_cannot_be(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no cap"):
        Cap(*wrong)


STARTS = st.lists(st.integers(0, 3 * 1440), min_size=1, max_size=12)


@given(starts=STARTS, wish=st.integers(0, 2 * 1440), length=st.integers(1, 40))
def test_what_is_offered_is_allowed_and_what_is_accepted_keeps_the_rules(
    starts: list[int], wish: int, length: int
) -> None:
    rules = DayRules(DAILY, sessions=3, session_minutes=20, day_minutes=50)
    base = datetime(2026, 8, 19, 17, tzinfo=UTC)
    there = [Item(base + minute * MINUTE, 5 * MINUTE) for minute in starts]
    refused = {one.item for one in judge(lambda day: rules, VN, [], there, nearest=False)}
    kept = [one for one in there if one not in refused]
    wanted = Item(base + wish * MINUTE, length * MINUTE)
    found = judge(lambda day: rules, VN, kept, [wanted])
    start = found[0].nearest if found else wanted.start
    if start is None:
        assert length > 20
        return
    assert start >= wanted.start
    assert may_sound(DAILY, start, wanted.duration).allowed
    placed = [*kept, Item(start, wanted.duration)]
    for span in sessions_of(placed):
        inside = [one for one in placed if span.start <= one.start < span.end]
        assert sounding(inside) <= 20 * MINUTE
    for day in {span.start.astimezone(VN).date() for span in sessions_of(placed)}:
        assert sum(span.start.astimezone(VN).date() == day for span in sessions_of(placed)) <= 3
