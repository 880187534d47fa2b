"""Properties that hold for every plan, and the cost of a plan of 2,000 items."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import pairwise

import pytest
from airtime.hours import Hours, Window, allowed_spans
from airtime.preempt import strength
from airtime.rank import Level, Rank, Severity, Urgency
from airtime.reasons import Code, Fate
from airtime.spans import Span
from airtime.timeline import SHORTEST_FILLING, Item, Timeline, resolve
from hypothesis import given, settings
from hypothesis import strategies as st

VIETNAM = timezone(timedelta(hours=7))
DAY = datetime(2026, 8, 20, tzinfo=VIETNAM)
HORIZON = Span(DAY, DAY + timedelta(days=1))
VILLAGE = Hours(VIETNAM, (Window((1, 2, 3, 4, 5, 6, 7), 5 * 60, 21 * 60),))


def at(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return DAY + timedelta(hours=int(hour), minutes=int(minute))


def clip(
    name: str,
    clock: str,
    minutes: float,
    *,
    slack: float = 0,
    urgency: Urgency = Urgency.NORMAL,
    level: Level = Level.COMMUNE,
    filling: bool = False,
    issued: datetime = DAY,
) -> Item:
    start = at(clock)
    rank = Rank(id=name, issued=issued, urgency=urgency, level=level)
    return Item(rank, start, timedelta(minutes=minutes), start + timedelta(minutes=slack), filling)


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    count = draw(st.integers(0, 14))
    found = []
    for number in range(count):
        start = DAY + timedelta(seconds=draw(st.integers(-3600, 86_400 + 600)) // 30 * 30)
        rank = Rank(
            id=f"item-{number}",
            issued=DAY - timedelta(hours=draw(st.integers(0, 3))),
            urgency=draw(st.sampled_from(Urgency)),
            severity=draw(st.sampled_from(Severity)),
            level=draw(st.sampled_from(Level)),
            position=draw(st.integers(0, 1)),
        )
        length = timedelta(seconds=draw(st.integers(1, 14_400)))
        latest = start + timedelta(seconds=draw(st.sampled_from((0, 0, 600, 7_200, 30_000))))
        found.append(Item(rank, start, length, latest, draw(st.booleans())))
    return found


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = DAY + timedelta(minutes=draw(st.integers(-60, 1500)))
        found.append(Span(start, start + timedelta(minutes=draw(st.integers(0, 300)))))
    return found


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    windows = []
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, 1440))
        windows.append(Window((1, 2, 3, 4, 5, 6, 7), start, draw(st.integers(start, 1440))))
    return Hours(VIETNAM, tuple(windows), tuple(draw(spans())))


def covered(timeline: Timeline, start: datetime, end: datetime) -> timedelta:
    return sum((max(timedelta(0), min(s.end, end) - max(s.start, start)) for s in timeline.segments), timedelta(0))


@given(items(), hours(), spans(), st.randoms())
def test_the_order_of_the_input_does_not_matter(given_items, open_hours, holds, random) -> None:
    shuffled = list(given_items)
    random.shuffle(shuffled)
    assert resolve(given_items, open_hours, holds, HORIZON) == resolve(shuffled, open_hours, reversed(holds), HORIZON)


@given(items(), hours(), spans())
def test_nothing_overlaps_and_nothing_leaves_the_horizon(given_items, open_hours, holds) -> None:
    segments = resolve(given_items, open_hours, holds, HORIZON).segments
    assert all(first.end <= second.start for first, second in pairwise(segments))
    assert all(HORIZON.start <= segment.start < segment.end <= HORIZON.end for segment in segments)


@given(items(), hours(), spans())
def test_hours_and_holds_silence_everything_but_emergencies(given_items, open_hours, holds) -> None:
    urgent = {item.id for item in given_items if item.rank.urgency is Urgency.EMERGENCY}
    allowed = allowed_spans(open_hours, HORIZON.start, HORIZON.end)
    for segment in resolve(given_items, open_hours, holds, HORIZON).segments:
        if segment.item in urgent:
            continue
        assert any(span.start <= segment.start and segment.end <= span.end for span in allowed)
        assert not any(hold.start < segment.end and segment.start < hold.end for hold in holds if hold.duration)


@given(items(), hours(), spans())
def test_every_item_is_accounted_for_exactly_once(given_items, open_hours, holds) -> None:
    timeline = resolve(given_items, open_hours, holds, HORIZON)
    rows = {row.item: row for row in timeline.displaced}
    assert len(rows) == len(timeline.displaced)
    for item in given_items:
        sounding = [segment for segment in timeline.segments if segment.item == item.id]
        row = rows.get(item.id)
        if row is None:
            assert [(s.start, s.end) for s in sounding] == [(item.start, item.start + item.duration)]
        elif row.fate is Fate.DROPPED:
            assert not sounding
        elif row.fate is Fate.MOVED:
            assert not item.filling
            assert item.start < sounding[0].start <= (item.latest or item.start)
            assert [s.start for s in sounding] == [row.start]
            assert sounding[0].end - sounding[0].start == item.duration
        else:
            assert item.filling
            assert sounding
            assert all(item.start <= s.start and s.end <= item.start + item.duration for s in sounding)
            assert all(s.offset == s.start - item.start for s in sounding)


@given(items(), hours(), spans())
def test_who_yields_names_a_stronger_one_or_a_rule(given_items, open_hours, holds) -> None:
    by_id = {item.id: item for item in given_items}
    for row in resolve(given_items, open_hours, holds, HORIZON).displaced:
        assert row.reason in set(Code)
        assert bool(row.by) == (row.reason is Code.PREEMPTED) or (row.reason is Code.NO_ROOM)
        if row.by:
            winner, loser = by_id[row.by], by_id[row.item]
            assert strength(winner.rank, winner.filling) < strength(loser.rank, loser.filling)


@given(items(), hours(), spans())
def test_weaker_items_change_nothing_for_stronger_ones(given_items, open_hours, holds) -> None:
    ordered = sorted(given_items, key=lambda item: strength(item.rank, item.filling))
    some = ordered[: len(ordered) // 2]
    names = {item.id for item in some}
    whole = resolve(ordered, open_hours, holds, HORIZON)
    part = resolve(some, open_hours, holds, HORIZON)
    assert tuple(segment for segment in whole.segments if segment.item in names) == part.segments
    assert tuple(row for row in whole.displaced if row.item in names) == part.displaced


@given(items(), hours(), spans())
def test_a_filling_item_always_comes_back(given_items, open_hours, holds) -> None:
    """Where a filling item wishes to sound and may, something sounds, except in scraps too short to be worth it."""
    timeline = resolve(given_items, open_hours, holds, HORIZON)
    silent = [(a.end, b.start) for a, b in pairwise(timeline.segments) if a.end < b.start]
    allowed = allowed_spans(open_hours, HORIZON.start, HORIZON.end)
    for item in (item for item in given_items if item.filling):
        for start, end in silent:
            for span in allowed:
                low = max(start, span.start, item.start)
                high = min(end, span.end, item.start + item.duration)
                if high - low >= SHORTEST_FILLING and not any(h.start < high and low < h.end for h in holds):
                    pytest.fail(f"{item.id} is silent from {low} to {high}")


@given(items(), hours(), spans())
def test_what_is_resolved_stays_as_it_is(given_items, open_hours, holds) -> None:
    first = resolve(given_items, open_hours, holds, HORIZON)
    by_id = {item.id: item for item in given_items}
    again = []
    for number, segment in enumerate(first.segments):
        item = by_id[segment.item]
        rank = Rank(f"{item.id}-{number}", item.rank.issued, item.rank.urgency)
        again.append(Item(rank, segment.start, segment.end - segment.start, None, item.filling))
    second = resolve(again, open_hours, holds, HORIZON)
    assert second.displaced == ()
    assert [(s.start, s.end) for s in second.segments] == [(s.start, s.end) for s in first.segments]


def test_a_relay_set_to_0315_is_silent_until_five() -> None:
    timeline = resolve([clip("relay", "3:15", 135, filling=True)], VILLAGE, [], HORIZON)
    assert [(s.start, s.end, s.offset) for s in timeline.segments] == [(at("5:00"), at("5:30"), timedelta(minutes=105))]
    assert timeline.displaced[0].reason is Code.OUTSIDE_HOURS


def test_the_province_comes_first_and_the_commune_moves_behind_it() -> None:
    storm = clip("storm", "17:00", 6, urgency=Urgency.PRIORITY, level=Level.PROVINCE)
    power = clip("power", "17:03", 2, slack=30)
    timeline = resolve([power, storm], VILLAGE, [], HORIZON)
    assert [(s.item, s.start) for s in timeline.segments] == [("storm", at("17:00")), ("power", at("17:06"))]
    assert [(row.item, row.by, row.reason, row.start) for row in timeline.displaced] == [
        ("power", "storm", Code.PREEMPTED, at("17:06"))
    ]


def test_without_slack_a_displaced_notice_is_dropped_and_says_why() -> None:
    storm = clip("storm", "17:00", 6, level=Level.PROVINCE)
    strict, late = clip("strict", "17:03", 2), clip("late", "20:58", 3, slack=10)
    evening = clip("evening", "20:57", 3, level=Level.PROVINCE)
    timeline = resolve([strict, storm, late, evening], VILLAGE, [], HORIZON)
    rows = {row.item: (row.fate, row.reason, row.by) for row in timeline.displaced}
    assert rows["strict"] == (Fate.DROPPED, Code.PREEMPTED, "storm")
    assert rows["late"] == (Fate.DROPPED, Code.OUTSIDE_HOURS, "")


def test_a_relay_yields_to_a_notice_and_comes_back() -> None:
    relay = clip("vov", "6:00", 30, filling=True, level=Level.CENTRE)
    timeline = resolve([relay, clip("notice", "6:10", 2)], VILLAGE, [], HORIZON)
    assert [(s.item, s.start, s.end) for s in timeline.segments] == [
        ("vov", at("6:00"), at("6:10")),
        ("notice", at("6:10"), at("6:12")),
        ("vov", at("6:12"), at("6:30")),
    ]
    assert timeline.displaced[0].by == "notice"


def test_no_scrap_of_music_between_two_announcements() -> None:
    music = clip("music", "5:00", 10, filling=True)
    one, two = clip("one", "5:00", 2), clip("two", "5:02", 8)
    two = Item(two.rank, two.start + timedelta(seconds=3), two.duration)
    timeline = resolve([music, one, two], VILLAGE, [], HORIZON)
    assert [s.item for s in timeline.segments] == ["one", "two"]
    assert timeline.displaced[0].fate is Fate.DROPPED


def test_an_emergency_sounds_at_night_and_in_a_hold() -> None:
    flood = clip("flood", "2:00", 3, urgency=Urgency.EMERGENCY)
    second = clip("second", "17:00", 3, urgency=Urgency.EMERGENCY)
    notice = clip("notice", "17:00", 3, slack=120)
    timeline = resolve([flood, second, notice], VILLAGE, [Span(at("16:00"), at("18:00"))], HORIZON)
    assert [(s.item, s.start) for s in timeline.segments] == [
        ("flood", at("2:00")),
        ("second", at("17:00")),
        ("notice", at("18:00")),
    ]
    assert timeline.displaced[0].reason is Code.HELD


def test_the_older_of_two_equals_keeps_its_place() -> None:
    planned = clip("planned", "5:10", 5, slack=60, issued=DAY - timedelta(days=3))
    newcomer = clip("newcomer", "5:10", 5, slack=60, issued=DAY)
    timeline = resolve([newcomer, planned], VILLAGE, [], HORIZON)
    assert [s.item for s in timeline.segments] == ["planned", "newcomer"]


def test_two_items_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        resolve([clip("a", "5:00", 1), clip("a", "6:00", 1)], VILLAGE, [], HORIZON)


def test_an_empty_horizon_and_an_empty_plan() -> None:
    assert resolve([], VILLAGE, [], HORIZON) == Timeline((), ())
    timeline = resolve([clip("a", "5:00", 1)], VILLAGE, [], Span(DAY, DAY))
    assert timeline.displaced[0].fate is Fate.DROPPED


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90), st.booleans()), max_size=120))
def test_crowded_slots_agree_with_a_slow_reading_of_the_rules(rows) -> None:
    """A second, naive implementation minute by minute: the first free run of minutes from the wish on."""
    made = [clip(f"i{n}", f"0:{start}", length, slack=300) for n, (start, length, _) in enumerate(rows)]
    whole_day = Hours(VIETNAM, (Window((1, 2, 3, 4, 5, 6, 7), 0, 1440),))
    busy: set[int] = set()
    expected = {}
    for item, (wish, length, _) in sorted(zip(made, rows, strict=True), key=lambda pair: pair[0].id):
        fits = (s for s in range(wish, min(wish + 301, 1441 - length)) if busy.isdisjoint(range(s, s + length)))
        start = next(fits, None)
        if start is not None:
            busy |= set(range(start, start + length))
            expected[item.id] = DAY + timedelta(minutes=start)
    assert {s.item: s.start for s in resolve(made, whole_day, [], HORIZON).segments} == expected


def _crowd(count: int) -> list[Item]:
    week = timedelta(days=7)
    return [
        Item(
            Rank(f"i{n}", DAY + timedelta(seconds=n * 7919 % 1009)),
            DAY + timedelta(seconds=n * 104_729 % int(week.total_seconds())),
            timedelta(seconds=20 + n % 400),
            DAY + timedelta(days=8),
            n % 11 == 0,
        )
        for n in range(count)
    ]


def _calls(work: Callable[[], object]) -> int:
    """How many functions `work` calls: the same number on every machine, however busy."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_the_cost_grows_about_as_the_number_of_items() -> None:
    """All items may move all week, the worst case."""
    horizon = Span(DAY, DAY + timedelta(days=7))
    small, large = (_calls(partial(resolve, _crowd(count), VILLAGE, [], horizon)) for count in (500, 2_000))
    assert large < 6 * small


def test_bad_items_are_refused() -> None:
    with pytest.raises(ValueError, match="no length"):
        clip("a", "5:00", 0)
    with pytest.raises(ValueError, match="before its wish"):
        clip("a", "5:00", 1, slack=-1)
    with pytest.raises(ValueError, match="naive"):
        Item(Rank("a", DAY), datetime(2026, 8, 20), timedelta(1))  # noqa: DTZ001
    assert DAY.astimezone(UTC) == DAY
