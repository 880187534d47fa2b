"""A day of mourning, a funeral at thôn 5, giao thừa: dated spans that open and that close."""

from datetime import datetime, timedelta, timezone

import pytest
from airtime.hours import Hours, Window, allowed_spans, from_wire, gaps, may_sound, narrow, next_start, next_window
from airtime.rank import Level, Rank, Urgency
from airtime.reasons import Code, Fate
from airtime.spans import Span, to_ms
from airtime.timeline import Item, resolve
from hypothesis import given, settings
from hypothesis import strategies as st

VIETNAM = timezone(timedelta(hours=7))
EVERY = (1, 2, 3, 4, 5, 6, 7)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=VIETNAM)


FUNERAL = Span(local(20, 6), local(20, 9))
MUTED = Hours(VIETNAM, (Window(EVERY, 300, 1260),), (), (FUNERAL,))


@pytest.mark.parametrize(
    ("start", "minutes", "allowed", "nearest"),
    [
        (local(20, 5, 30), 30, True, local(20, 5, 30)),
        (local(20, 5, 30), 31, False, local(20, 9)),
        (local(20, 7), 1, False, local(20, 9)),
        (local(20, 9), 30, True, local(20, 9)),
    ],
)
def test_a_funeral_is_quiet_and_the_nearest_time_is_after_it(
    start: datetime, minutes: int, allowed: bool, nearest: datetime
) -> None:
    verdict = may_sound(MUTED, start, minutes * MINUTE)
    assert (verdict.allowed, verdict.nearest) == (allowed, nearest)


def test_a_closure_is_stronger_than_an_extension() -> None:
    eve = Span(local(20, 21), local(21, 0, 30))
    mourning = Span(local(20, 0), local(22, 0))
    hours = Hours(VIETNAM, (Window(EVERY, 300, 1260),), (eve,), (mourning,))
    assert not may_sound(hours, local(21, 0, 5), MINUTE).allowed
    assert next_start(hours, local(20, 5), MINUTE) == local(22, 5)


def test_three_weeks_of_silence_do_not_hide_the_day_after_them() -> None:
    hours = Hours(VIETNAM, (Window(EVERY, 300, 1260),), (), (Span(local(1, 0), local(22, 0)),))
    assert next_start(hours, local(3, 6), MINUTE) == local(22, 5)
    assert next_window(hours, local(3, 6)) == Span(local(22, 5), local(22, 21))


def test_closures_one_after_the_other_are_one_silence() -> None:
    weeks = tuple(Span(local(1, 0) + n * 7 * DAY, local(8, 0) + n * 7 * DAY) for n in range(3))
    hours = Hours(VIETNAM, (Window(EVERY, 300, 1260),), (), weeks)
    assert next_start(hours, local(1, 6), MINUTE) == local(22, 5)


def test_what_is_free_is_not_closed() -> None:
    assert gaps(MUTED, [Span(local(20, 9), local(20, 10))], local(20, 0), local(21, 0)) == (
        Span(local(20, 5), local(20, 6)),
        Span(local(20, 10), local(20, 21)),
    )


def test_a_closure_of_the_commune_holds_in_every_hamlet() -> None:
    hamlet = Hours(VIETNAM, (Window(EVERY, 330, 1200),), (), (Span(local(21, 0), local(22, 0)),))
    both = narrow(MUTED, hamlet)
    assert both.closures == (FUNERAL, Span(local(21, 0), local(22, 0)))
    assert not may_sound(both, local(20, 7), MINUTE).allowed
    assert not may_sound(both, local(21, 7), MINUTE).allowed


def test_closures_of_the_wire() -> None:
    hours = from_wire(420, [(EVERY, 300, 1260)], (), [(to_ms(FUNERAL.start), to_ms(FUNERAL.end))])
    assert hours.closures == (FUNERAL,)
    assert not may_sound(hours, local(20, 8, 59), MINUTE).allowed


def test_an_emergency_sounds_in_a_closure_and_nothing_else_does() -> None:
    def item(name: str, urgency: Urgency, at: datetime) -> Item:
        return Item(Rank(name, local(19, 0), urgency, level=Level.COMMUNE), at, 2 * MINUTE)

    found = resolve(
        [
            item("flood", Urgency.EMERGENCY, local(20, 7)),
            item("news", Urgency.PRIORITY, local(20, 7, 30)),
            item("late", Urgency.NORMAL, local(20, 8, 59)),
        ],
        MUTED,
        (),
        Span(local(20, 0), local(21, 0)),
    )
    assert [segment.item for segment in found.segments] == ["flood"]
    assert {(row.item, row.fate, row.reason) for row in found.displaced} == {
        ("news", Fate.DROPPED, Code.OUTSIDE_HOURS),
        ("late", Fate.DROPPED, Code.OUTSIDE_HOURS),
    }


def test_music_is_left_for_the_closure_and_joined_again_behind_it() -> None:
    relay = Item(Rank("relay", local(19, 0)), local(20, 5, 30), 4 * 60 * MINUTE, filling=True)
    found = resolve([relay], MUTED, (), Span(local(20, 0), local(21, 0)))
    assert [(segment.start, segment.end) for segment in found.segments] == [
        (local(20, 5, 30), local(20, 6)),
        (local(20, 9), local(20, 9, 30)),
    ]


windows = st.builds(
    lambda days, a, b: Window(tuple(sorted(days)), min(a, b), max(a, b)),
    st.sets(st.integers(1, 7)),
    st.integers(0, 1440),
    st.integers(0, 1440),
)
spans = st.builds(
    lambda start, length: Span(local(17, 0) + start * MINUTE, local(17, 0) + (start + length) * MINUTE),
    st.integers(-3_000, 11_000),
    st.integers(1, 5_000),
)
rules = st.builds(
    lambda rows, dated, closed: Hours(VIETNAM, tuple(rows), tuple(dated), tuple(closed)),
    st.lists(windows, max_size=3),
    st.lists(spans, max_size=2),
    st.lists(spans, max_size=3),
)


def sounds_at(rule: Hours, moment: datetime) -> bool:
    """The definition, said as plainly as possible."""
    there = moment.astimezone(VIETNAM)
    minute = there.hour * 60 + there.minute
    weekly = any(there.isoweekday() in w.weekdays and w.start <= minute < w.end for w in rule.windows)
    dated = any(span.start <= moment < span.end for span in rule.extensions)
    closed = any(span.start <= moment < span.end for span in rule.closures)
    return (weekly or dated) and not closed


@settings(deadline=None)
@given(rules, st.integers(0, 10_080), st.integers(1, 400))
def test_every_answer_follows_from_the_minutes(rule: Hours, start: int, length: int) -> None:
    wish = local(17, 0) + start * MINUTE
    plainly = all(sounds_at(rule, wish + n * MINUTE) for n in range(length))
    assert may_sound(rule, wish, length * MINUTE).allowed == plainly
    assert plainly == (next_start(rule, wish, length * MINUTE) == wish)


@settings(max_examples=40, deadline=None)
@given(rules, st.integers(0, 10_080), st.integers(1, 300))
def test_the_nearest_time_is_the_first_one_that_is_allowed(rule: Hours, start: int, length: int) -> None:
    wish = local(17, 0) + start * MINUTE
    nearest = next_start(rule, wish, length * MINUTE)
    minutes = [sounds_at(rule, wish + n * MINUTE) for n in range(6_000)]
    run, first = 0, None
    for place, is_open in enumerate(minutes):
        run = run + 1 if is_open else 0
        if run == length:
            first = wish + (place - length + 1) * MINUTE
            break
    assert first is None or nearest == first
    if nearest is not None:
        assert may_sound(rule, nearest, length * MINUTE).allowed


@given(rules, rules, st.integers(0, 10_080))
def test_narrow_allows_exactly_what_both_allow(parent: Hours, child: Hours, at: int) -> None:
    moment = local(17, 0) + at * MINUTE
    both = narrow(parent, child)
    assert sounds_at(both, moment) == (sounds_at(parent, moment) and sounds_at(child, moment))


@given(rules)
def test_a_closure_takes_away_and_never_gives(rule: Hours) -> None:
    open_rule = Hours(VIETNAM, rule.windows, rule.extensions)
    for span in allowed_spans(rule, local(16, 0), local(27, 0)):
        assert may_sound(open_rule, span.start, span.end - span.start).allowed
        assert not any(span.start < closed.end and closed.start < span.end for closed in rule.closures)
