"""May anything sound here at this hour?"""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from airtime.hours import (
    Hours,
    Window,
    allowed_spans,
    between,
    from_wire,
    gaps,
    may_sound,
    narrow,
    next_start,
    next_window,
)
from airtime.reasons import Code
from airtime.spans import Span, from_ms, intersected, merged, ticks, to_ms
from hypothesis import given
from hypothesis import strategies as st

VIETNAM = timezone(timedelta(hours=7))
EVERY = (1, 2, 3, 4, 5, 6, 7)
VILLAGE = Hours(VIETNAM, (Window(EVERY, 300, 1260),))
NONE = Hours(VIETNAM, ())
MINUTE = timedelta(minutes=1)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 8, day, hour, minute, tzinfo=VIETNAM)


def test_0315_is_refused_and_five_is_the_earliest() -> None:
    verdict = may_sound(VILLAGE, local(20, 3, 15), 30 * MINUTE)
    assert (verdict.allowed, verdict.code, verdict.nearest) == (False, Code.OUTSIDE_HOURS, local(20, 5))


def test_the_whole_item_counts_not_only_its_start() -> None:
    assert may_sound(VILLAGE, local(20, 20, 30), 30 * MINUTE).allowed
    verdict = may_sound(VILLAGE, local(20, 20, 31), 30 * MINUTE)
    assert (verdict.allowed, verdict.nearest) == (False, local(21, 5))


def test_an_empty_window_allows_nothing() -> None:
    for hours in (NONE, Hours(VIETNAM, (Window(EVERY, 300, 300),)), Hours(VIETNAM, (Window((), 300, 600),))):
        verdict = may_sound(hours, local(20, 5), MINUTE)
        assert (verdict.allowed, verdict.nearest) == (False, None)
        assert next_window(hours, local(20, 5)) is None


def test_something_longer_than_every_window_never_fits() -> None:
    assert may_sound(VILLAGE, local(20, 5), timedelta(hours=17)).nearest is None


def test_a_night_that_passes_midnight_is_one_span() -> None:
    night = Hours(VIETNAM, between([5], 22 * 60, 60))
    assert night.windows == (Window((5,), 1320, 1440), Window((6,), 0, 60))
    assert may_sound(night, local(21, 23, 30), 60 * MINUTE).allowed
    assert not may_sound(night, local(22, 23, 30), MINUTE).allowed
    assert between([7], 1380, 60)[1].weekdays == (1,)


def test_all_day_is_allowed_across_midnights() -> None:
    always = Hours(VIETNAM, (Window(EVERY, 0, 1440),))
    assert may_sound(always, local(20, 12), timedelta(days=3)).allowed


def test_an_extension_opens_one_night_only() -> None:
    eve = Span(local(31, 21), local(31, 23, 59))
    hours = Hours(VIETNAM, VILLAGE.windows, (eve,))
    assert may_sound(hours, local(31, 20, 30), 60 * MINUTE).allowed
    assert not may_sound(hours, local(30, 20, 30), 60 * MINUTE).allowed
    assert next_start(hours, local(20, 5), timedelta(hours=18)) == local(31, 5)


def test_local_days_decide_not_utc_days() -> None:
    sunday = Hours(VIETNAM, (Window((7,), 0, 1440),))
    assert may_sound(sunday, datetime(2026, 8, 22, 17, tzinfo=UTC), MINUTE).allowed
    assert not may_sound(sunday, datetime(2026, 8, 22, 16, 59, tzinfo=UTC), MINUTE).allowed


def test_next_window_and_gaps() -> None:
    assert next_window(VILLAGE, local(20, 3)) == Span(local(20, 5), local(20, 21))
    assert next_window(VILLAGE, local(20, 20)) == Span(local(20, 20), local(20, 21))
    busy = [Span(local(20, 5), local(20, 6)), Span(local(20, 5, 30), local(20, 7)), Span(local(20, 20), local(20, 22))]
    assert gaps(VILLAGE, busy, local(20, 0), local(21, 0)) == (Span(local(20, 7), local(20, 20)),)


def test_hours_of_the_wire() -> None:
    hours = from_wire(420, [(EVERY, 300, 1260)], [(to_ms(local(31, 21)), to_ms(local(31, 22)))])
    assert may_sound(hours, local(31, 20, 59), 2 * MINUTE).allowed
    assert from_ms(to_ms(local(31, 21))) == local(31, 21)


def test_bad_windows_are_refused() -> None:
    for bad in ((EVERY, 600, 300), (EVERY, 0, 1441), (EVERY, -1, 5), ((0,), 0, 5)):
        with pytest.raises(ValueError, match=r"window|weekdays"):
            Window(*bad)
    with pytest.raises(ValueError, match="negative"):
        may_sound(VILLAGE, local(20, 5), -MINUTE)
    with pytest.raises(ValueError, match="local times"):
        narrow(VILLAGE, Hours(UTC, ()))
    with pytest.raises(ValueError, match="before it starts"):
        Span(local(20, 5), local(20, 4))


def test_a_cluster_of_thon_4_starts_half_an_hour_later() -> None:
    cluster = narrow(VILLAGE, Hours(VIETNAM, (Window(EVERY, 330, 1440),)))
    assert cluster.windows == (Window(EVERY, 330, 1260),)


windows = st.builds(
    lambda days, a, b: Window(tuple(sorted(days)), min(a, b), max(a, b)),
    st.sets(st.integers(1, 7)),
    st.integers(0, 1440),
    st.integers(0, 1440),
)
extensions = st.builds(
    lambda start, length: Span(local(17, 0) + start * MINUTE, local(17, 0) + (start + length) * MINUTE),
    st.integers(-600, 11_000),
    st.integers(0, 3_000),
)
hours = st.builds(
    lambda rows, dated: Hours(VIETNAM, tuple(rows), tuple(dated)),
    st.lists(windows, max_size=4),
    st.lists(extensions, max_size=2),
)
LOOK = (local(16, 0), local(27, 0))


def open_ticks(rule: Hours) -> list[tuple[int, int]]:
    return merged((ticks(span.start), ticks(span.end)) for span in allowed_spans(rule, *LOOK))


@given(hours, hours)
def test_narrow_is_exactly_what_both_allow(parent, child) -> None:
    both = intersected(open_ticks(parent), open_ticks(child))
    assert open_ticks(narrow(parent, child)) == both
    assert open_ticks(narrow(child, parent)) == both


@given(hours, st.integers(0, 10_080), st.integers(0, 2_000))
def test_nearest_is_allowed_itself_and_nothing_earlier_is(rule, start, length) -> None:
    wish, duration = local(17, 0) + start * MINUTE, length * MINUTE
    verdict = may_sound(rule, wish, duration)
    assert verdict.allowed == (verdict.nearest == wish)
    if verdict.nearest is not None:
        assert may_sound(rule, verdict.nearest, duration).allowed
        step = (verdict.nearest - wish) / 7
        if step:
            assert not any(may_sound(rule, wish + n * step, duration).allowed for n in range(7))


@given(hours, st.integers(0, 10_080), st.integers(1, 600))
def test_allowed_means_every_instant_is_open(rule, start, length) -> None:
    wish = local(17, 0) + start * MINUTE
    if may_sound(rule, wish, length * MINUTE).allowed:
        assert all(may_sound(rule, wish + n * MINUTE, MINUTE).allowed for n in range(0, length, 37))
