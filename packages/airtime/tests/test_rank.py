"""The total order, and who wins now."""

from datetime import UTC, datetime, timedelta

import pytest
from airtime.preempt import Contender, decide, held_back, strength
from airtime.rank import Level, Rank, Severity, Urgency, key, outranks
from airtime.reasons import Code, Fate
from airtime.spans import Span
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 8, 20, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ranks = st.builds(
    Rank,
    id=st.text("abc-1", min_size=1, max_size=3),
    issued=st.integers(0, 3).map(lambda hours: NOW - timedelta(hours=hours)),
    urgency=st.sampled_from(Urgency),
    severity=st.sampled_from(Severity),
    level=st.sampled_from(Level),
    position=st.integers(0, 2),
)


def contender(rank: Rank, *, ends: int = 5, latest: int = 0, filling: bool = False) -> Contender:
    return Contender(rank, NOW + ends * MINUTE, NOW + latest * MINUTE, filling)


@given(ranks, ranks, ranks)
def test_the_order_is_total(one, two, three) -> None:
    assert outranks(one, two) + outranks(two, one) == (key(one) != key(two))
    if one.id != two.id:
        assert outranks(one, two) != outranks(two, one)
    if outranks(one, two) and outranks(two, three):
        assert outranks(one, three)


def test_class_then_severity_then_level_then_age() -> None:
    flood = Rank("flood", NOW, Urgency.EMERGENCY, Severity.EXTREME)
    fire = Rank("fire", NOW - MINUTE, Urgency.EMERGENCY, Severity.SEVERE, Level.CENTRE)
    storm = Rank("storm", NOW, Urgency.PRIORITY, level=Level.PROVINCE)
    school = Rank("school", NOW, Urgency.PRIORITY)
    centre = Rank("centre", NOW, level=Level.CENTRE)
    older, newer = Rank("older", NOW - MINUTE), Rank("newer", NOW)
    expected = [flood, fire, storm, school, centre, older, newer]
    shuffled = expected[::-1]
    assert sorted(shuffled, key=key) == expected


def test_the_officers_order_in_a_session_comes_before_the_age() -> None:
    first, second = Rank("b", NOW, position=1), Rank("a", NOW - MINUTE, position=2)
    assert outranks(first, second)


def test_an_id_is_ascii_and_an_instant_aware() -> None:
    for bad in ("", "thôn"):
        with pytest.raises(ValueError, match="ASCII"):
            Rank(bad, NOW)
    with pytest.raises(ValueError, match="naive"):
        Rank("a", datetime(2026, 8, 20))  # noqa: DTZ001


def test_an_alert_cuts_a_notice_which_starts_anew_if_it_still_may() -> None:
    alert = contender(Rank("alert", NOW, Urgency.EMERGENCY), ends=3)
    strict, patient = contender(Rank("strict", NOW)), contender(Rank("patient", NOW), latest=10)
    cut, moved = decide(strict, alert), decide(patient, alert)
    assert (cut.winner, cut.loser, cut.fate, cut.reason, cut.again) == (
        "alert",
        "strict",
        Fate.CUT,
        Code.PREEMPTED,
        None,
    )
    assert (moved.fate, moved.again) == (Fate.MOVED, NOW + 3 * MINUTE)


def test_the_weaker_waits_or_is_dropped() -> None:
    sounding = contender(Rank("storm", NOW, Urgency.PRIORITY))
    assert decide(sounding, contender(Rank("a", NOW))).fate is Fate.DROPPED
    waiting = decide(sounding, contender(Rank("a", NOW), latest=60))
    assert (waiting.winner, waiting.fate, waiting.again) == ("storm", Fate.MOVED, NOW + 5 * MINUTE)
    assert decide(sounding, contender(Rank("a", NOW), latest=5)).fate is Fate.MOVED
    assert decide(sounding, contender(Rank("a", NOW), latest=4)).fate is Fate.DROPPED


def test_a_relay_yields_to_any_clip_of_its_class_and_comes_back() -> None:
    relay = contender(Rank("vov", NOW - MINUTE, level=Level.CENTRE), ends=30, filling=True)
    outcome = decide(relay, contender(Rank("notice", NOW), ends=2))
    assert (outcome.winner, outcome.fate, outcome.again) == ("notice", Fate.CUT, NOW + 2 * MINUTE)
    over = decide(relay, contender(Rank("long", NOW), ends=40))
    assert (over.fate, over.again) == (Fate.CUT, None)
    just = decide(relay, contender(Rank("just", NOW), ends=30))
    assert (just.fate, just.again) == (Fate.CUT, None)  # nothing is left to come back for
    joins = decide(contender(Rank("short", NOW), ends=2), relay)
    assert (joins.winner, joins.fate, joins.again) == ("short", Fate.CUT, NOW + 2 * MINUTE)
    late = decide(contender(Rank("long", NOW), ends=40), relay)
    assert late.fate is Fate.DROPPED


def test_who_meets_whom_is_asked_in_real_time_only() -> None:
    naive = datetime(2026, 8, 20)  # noqa: DTZ001
    for ends, latest in ((naive, NOW), (NOW, naive)):
        with pytest.raises(ValueError, match="naive"):
            Contender(Rank("a", NOW), ends, latest)


def test_a_thing_does_not_meet_itself() -> None:
    with pytest.raises(ValueError, match="already"):
        decide(contender(Rank("a", NOW)), contender(Rank("a", NOW)))


def test_a_hold_silences_all_but_emergencies() -> None:
    hold = (Span(NOW, NOW + MINUTE),)
    assert held_back(Rank("a", NOW, Urgency.PRIORITY), hold, NOW) == Code.HELD
    assert held_back(Rank("a", NOW, Urgency.EMERGENCY), hold, NOW) == ""
    assert held_back(Rank("a", NOW), hold, NOW + MINUTE) == ""
    later = Span(NOW + 5 * MINUTE, NOW + 6 * MINUTE)
    assert held_back(Rank("a", NOW), (*hold, later), NOW) == Code.HELD
    assert held_back(Rank("a", NOW), (*hold, later), NOW + 2 * MINUTE) == ""


@given(ranks, ranks, st.booleans(), st.booleans(), st.integers(0, 9), st.integers(0, 9))
def test_the_same_two_always_give_the_same_winner(one, two, fills, filled, ends, latest) -> None:
    if one.id == two.id:
        return
    left, right = (
        contender(one, ends=ends, filling=fills),
        contender(two, ends=ends + 1, latest=latest, filling=filled),
    )
    there, back = decide(left, right), decide(right, left)
    assert there.winner == back.winner == min((left, right), key=lambda c: strength(c.rank, c.filling)).rank.id
    assert {there.winner, there.loser} == {one.id, two.id}
