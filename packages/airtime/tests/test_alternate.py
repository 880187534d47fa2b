"""Alerts that take turns: whatever arrives when, nobody is forgotten, nobody is talked over."""

from dataclasses import replace
from itertools import pairwise

from airtime.alternate import Active, Arrival, Stretch, course, rank, turn
from airtime.rank import Level, Severity
from hypothesis import given
from hypothesis import strategies as st

LONGEST = 90
FAR = 100_000


@st.composite
def arrivals(draw: st.DrawFn, *, exercises: bool = True, ends: bool = True) -> list[Arrival]:
    """Up to six alerts within the first minutes."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, 300))
        alert = Active(
            id=f"a{number}",
            issued=draw(st.integers(max(0, at - 50), at)),
            expires=draw(st.integers(at + 1, 2_000)) if ends else FAR,
            severity=draw(st.sampled_from(Severity)),
            level=draw(st.sampled_from(Level)),
            exercise=exercises and draw(st.booleans()),
            repeat=draw(st.sampled_from((0, 60, 120, 600))),
            keep=draw(st.sampled_from((0, 0, 30, 60))),
        )
        gone = draw(st.sampled_from((0, 0, 1))) * (at + draw(st.integers(1, 400))) if ends else 0
        found.append(Arrival(alert, at, draw(st.integers(1, LONGEST)), gone))
    return found


@given(arrivals())
def test_never_two_at_once_and_never_before_it_came_or_after_it_ended(rows: list[Arrival]) -> None:
    by_id = {row.alert.id: row for row in rows}
    heard = course(rows, 3_000)
    assert all(one.end <= other.start for one, other in pairwise(heard))
    for stretch in heard:
        row = by_id[stretch.id]
        assert row.at <= stretch.start < row.alert.expires
        assert stretch.start < stretch.end <= stretch.start + row.length
        assert not row.cancelled or stretch.end <= row.cancelled
        assert stretch.whole == (stretch.end == stretch.start + row.length)


@given(arrivals(), st.randoms())
def test_the_order_in_which_they_are_named_does_not_matter(rows: list[Arrival], chance: object) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert course(shuffled, 3_000) == course(rows, 3_000)


@given(arrivals(exercises=False, ends=False))
def test_each_is_heard_whole_within_one_cycle(rows: list[Arrival]) -> None:
    """All are there at 300; what is owed then is heard before anything is heard twice."""
    heard = course(rows, 6_000)
    cycle = sum(row.length for row in rows)
    for row in rows:
        whole = [stretch for stretch in heard if stretch.id == row.alert.id and stretch.whole]
        assert whole
        # until the last of them has arrived, newcomers may cut in
        assert whole[0].end <= 300 + LONGEST + cycle
        if row.alert.repeat:
            late = [one.start for one in whole if one.start > 300 + 2 * cycle]
            waits = [other - one for one, other in pairwise(late)]
            assert all(wait <= max(row.alert.repeat, row.length) + cycle for wait in waits)
        else:
            assert len(whole) == 1


@given(arrivals(exercises=False, ends=False))
def test_between_two_soundings_of_one_each_other_whose_turn_it_is_sounds_at_most_once(rows: list[Arrival]) -> None:
    heard = [stretch for stretch in course(rows, 6_000) if stretch.start > 400]
    for row in rows:
        if not row.alert.repeat:
            continue
        due = None
        since: list[Stretch] = []
        for stretch in heard:
            if stretch.id == row.alert.id:
                due, since = stretch.start + row.alert.repeat, []
            elif due is not None and stretch.start >= due:
                since.append(stretch)
                assert len({one.id for one in since}) == len(since)


@given(arrivals())
def test_no_exercise_sounds_while_an_actual_alert_is_active(rows: list[Arrival]) -> None:
    by_id = {row.alert.id: row for row in rows}
    actual = [row for row in rows if not row.alert.exercise]
    for stretch in course(rows, 3_000):
        if by_id[stretch.id].alert.exercise:
            for row in actual:
                gone = min(row.alert.expires, row.cancelled or FAR)
                assert stretch.end <= row.at or stretch.start >= gone


@given(arrivals(exercises=False))
def test_what_must_not_be_cut_into_is_left_alone_for_its_time(rows: list[Arrival]) -> None:
    by_id = {row.alert.id: row for row in rows}
    first: dict[str, Stretch] = {}
    for stretch in course(rows, 3_000):
        first.setdefault(stretch.id, stretch)
    for name, stretch in first.items():
        row = by_id[name]
        if not stretch.whole and not (row.cancelled and stretch.end == row.cancelled) and stretch.end < 3_000:
            assert stretch.end - stretch.start >= row.alert.keep


@given(arrivals(exercises=False, ends=False))
def test_only_the_stronger_newcomer_cuts_in(rows: list[Arrival]) -> None:
    by_id = {row.alert.id: row for row in rows}
    known: set[str] = set()
    for one, other in pairwise(course(rows, 3_000)):
        known.add(one.id)
        if not one.whole:
            assert other.start == one.end
            assert rank(by_id[other.id].alert) < rank(by_id[one.id].alert)
            assert other.id not in known


def test_who_waits_is_told_in_the_order_in_which_they_follow() -> None:
    flood = Active(id="flood", issued=1, expires=FAR, severity=Severity.EXTREME)
    storm = Active(id="storm", issued=2, expires=FAR, severity=Severity.SEVERE)
    fire = Active(id="fire", issued=3, expires=FAR, severity=Severity.SEVERE)
    assert turn((storm, flood, fire), 5).now == "flood"
    assert turn((storm, flood, fire), 5).waiting == ("fire", "storm")
    answer = turn((storm.started(3), flood), 5, "storm")
    assert (answer.now, answer.cut, answer.waiting) == ("flood", True, ("storm",))


def test_a_round_that_was_cut_off_counts_once() -> None:
    storm = Active(id="storm", issued=0, expires=FAR, repeat=100).started(10).cut().started(50)
    assert (storm.rounds, storm.begun, storm.due()) == (1, 50, 150)
    assert replace(storm, repeat=0).due() is None
