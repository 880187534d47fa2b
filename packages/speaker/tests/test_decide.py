"""What cluster 5 of Quy Mông sounds, and why the rest stays silent; without a card, a disk or a clock."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from devicelink.contents import check_form
from devicelink.golden import world
from devicelink.limits import MAX_INSTANT_MS, MAX_PLAN_MS
from devicelink.messages import Airing, Audience, Hours, HoursExtension, HoursWindow, Part, SoundFile
from devicelink.refusals import Reason, Refused
from hypothesis import given, settings
from hypothesis import strategies as st
from speaker import decide
from speaker.decide import Programme, Situation, programme
from speaker.store import HoldSpan

MINUTE, HOUR, DAY = world.MINUTE, world.HOUR, world.DAY
SEVENTEEN = world.NOW + 11 * HOUR
MUSIC = "cd" * 32


def airing(name: str = "a", **changes: Any) -> Airing:
    """At 17:00 for a minute, at no other time."""
    return world.airing(**({"id": name, "start": SEVENTEEN, "latest": 0, "duration": MINUTE} | changes))


def situation(*airings: Airing, **changes: Any) -> Situation:
    files = tuple(SoundFile(sha256=name, size=1, duration=MINUTE) for name in (world.SOUND, MUSIC))
    fields: dict[str, Any] = {
        "device": world.DEVICE,
        "plan": world.plan(airings=airings, files=files),
        "placement": world.placement(),
        "welcomed": world.NOW,
    }
    return Situation(**(fields | changes))


def sounding(found: Programme) -> list[tuple[str, int, int]]:
    """(id, minutes after 17:00, length in minutes)"""
    return [(cue.airing.id, (cue.start - SEVENTEEN) // MINUTE, (cue.end - cue.start) // MINUTE) for cue in found.cues]


def silent(found: Programme) -> dict[str, str]:
    return {skip.key[0]: skip.reason for skip in found.skips}


def test_one_notice_at_its_hour() -> None:
    found = programme(situation(airing()))
    assert sounding(found) == [("a", 0, 1)]
    assert (found.skips, dict(found.why), found.files) == ((), {}, (world.SOUND,))
    assert [cue.cut_by for cue in found.cues] == [""]


def test_at_every_instant_it_knows_what_sounds_and_what_comes() -> None:
    found = programme(situation(airing("a"), airing("b", start=SEVENTEEN + 5 * MINUTE)))
    first, second = found.cues
    assert found.at(SEVENTEEN - 1) is None
    assert found.at(SEVENTEEN) == found.at(SEVENTEEN + MINUTE - 1) == first
    assert found.at(SEVENTEEN + MINUTE) is None
    assert found.after(SEVENTEEN - 1) == (first, second)
    assert found.after(SEVENTEEN) == (second,)


def test_a_plan_or_an_item_for_others_leaves_no_trace() -> None:
    mine = airing("mine", only=(world.OTHER_DEVICE, world.DEVICE))
    others = airing("others", start=SEVENTEEN + HOUR, only=(world.OTHER_DEVICE,), parts=(Part(sha256=MUSIC),))
    found = programme(situation(mine, others))
    assert (sounding(found), silent(found), found.files) == ([("mine", 0, 1)], {}, (world.SOUND,))
    elsewhere = world.plan(audience=Audience(plan_set="ps-trany"), airings=(mine,))
    assert programme(situation(plan=elsewhere)) == Programme()


def test_after_its_hours_without_the_platform_an_item_is_stale() -> None:
    one = airing(offline_for=2)
    assert sounding(programme(situation(one, welcomed=SEVENTEEN - 2 * HOUR))) == [("a", 0, 1)]
    found = programme(situation(one, welcomed=SEVENTEEN - 2 * HOUR - 1))
    assert (sounding(found), silent(found)) == ([], {"a": Reason.STALE_OFFLINE})
    never = programme(situation(one, welcomed=0))
    assert silent(never) == {"a": Reason.STALE_OFFLINE}


def test_what_was_given_up_frees_its_time() -> None:
    first, second = airing("a", rank=1), airing("b", rank=2, latest=SEVENTEEN)
    assert sounding(programme(situation(first, second))) == [("a", 0, 1)]
    found = programme(situation(first, second, given_up=frozenset({("a", SEVENTEEN)})))
    assert (sounding(found), silent(found)) == ([("b", 0, 1)], {})
    other_day = programme(situation(first, given_up=frozenset({("a", SEVENTEEN - DAY)})))
    assert sounding(other_day) == [("a", 0, 1)]


def test_who_yields_says_so_and_when_that_is_certain() -> None:
    urgent = airing("urgent", priority="priority", duration=10 * MINUTE)
    patient = airing("patient", latest=SEVENTEEN + 15 * MINUTE)
    strict = airing("strict", start=SEVENTEEN + MINUTE)
    late = airing("late", latest=SEVENTEEN + 5 * MINUTE)
    found = programme(situation(urgent, patient, strict, late))
    assert sounding(found) == [("urgent", 0, 10), ("patient", 10, 1)]
    assert silent(found) == {"strict": Reason.PREEMPTED, "late": Reason.NO_ROOM}
    assert [skip.final - SEVENTEEN for skip in found.skips] == [MINUTE, 5 * MINUTE]
    assert found.why["patient", SEVENTEEN] == Reason.PREEMPTED


def test_what_should_have_begun_before_the_plan_came_is_none_of_its_business() -> None:
    strict = airing("strict", start=SEVENTEEN + MINUTE)
    urgent = airing("urgent", priority="priority", duration=10 * MINUTE)
    assert silent(programme(situation(urgent, strict, since=SEVENTEEN + MINUTE))) == {"strict": Reason.PREEMPTED}
    assert silent(programme(situation(urgent, strict, since=SEVENTEEN + MINUTE + 1))) == {}


def test_music_is_cut_by_a_notice_and_joined_where_it_would_be() -> None:
    music = airing("music", filling=True, duration=30 * MINUTE)
    notice = airing("notice", start=SEVENTEEN + 10 * MINUTE)
    before, between, after = programme(situation(music, notice)).cues
    assert (before.airing.id, before.cut_by, before.offset) == ("music", Reason.PREEMPTED, 0)
    assert (between.airing.id, between.cut_by) == ("notice", "")
    assert (after.airing.id, after.offset, after.origin) == ("music", 11 * MINUTE, SEVENTEEN)
    assert (after.end, after.cut_by) == (SEVENTEEN + 30 * MINUTE, "")
    assert after.key == ("music", SEVENTEEN)


def test_nothing_begins_under_a_hold_and_what_may_wait_waits() -> None:
    hold = HoldSpan(slot="hold/area/vn", begins=SEVENTEEN - MINUTE, ends=SEVENTEEN + MINUTE)
    strict, patient = airing("strict"), airing("patient", latest=SEVENTEEN + 15 * MINUTE)
    found = programme(situation(strict, patient, holds=(hold,)))
    assert (sounding(found), silent(found)) == ([("patient", 1, 1)], {"strict": Reason.HELD})
    instants = (hold.begins - 1, hold.begins, hold.ends - 1, hold.ends)
    assert [decide.held([hold], now) for now in instants] == [False, True, True, False]
    assert decide.held([span("s", 0, 10), span("t", 20, 30)], 25)


def test_no_plan_makes_the_night_loud() -> None:
    night = airing("night", start=world.NOW + 16 * HOUR)  # 22:00
    assert silent(programme(situation(night))) == {"night": Reason.OUTSIDE_HOURS}


@pytest.mark.parametrize(
    ("start", "minutes", "may"),
    [(300, 1, True), (299, 1, False), (1259, 1, True), (1259, 2, False), (3 * 60 + 15, 1, False)],
)
def test_the_last_gate_asks_the_placement_only(start: int, minutes: int, may: bool) -> None:
    begin = world.NOW - 6 * HOUR + start * MINUTE
    assert decide.allowed(world.placement(), begin, begin + minutes * MINUTE) is may


def test_a_confirmed_evening_is_longer() -> None:
    longer = HoursExtension(start=world.NOW + 15 * HOUR, end=world.NOW + 16 * HOUR)  # 21:00-22:00
    window = HoursWindow(weekdays=(1, 2, 3, 4, 5, 6, 7), start=300, end=1260)
    placement = world.placement(hours=Hours(windows=(window,), extensions=(longer,)))
    assert decide.allowed(placement, longer.start - MINUTE, longer.end)
    assert not decide.allowed(placement, longer.start, longer.end + 1)


def span(slot: str, begins: int, ends: int) -> HoldSpan:
    return HoldSpan(slot=slot, begins=begins, ends=ends)


def test_a_newer_hold_of_a_slot_replaces_the_rest_of_the_older_one() -> None:
    old, elsewhere = span("s", 10, 100), span("t", 0, 500)
    assert decide.extended([old, elsewhere], "s", 50, 200) == [span("s", 10, 50), span("s", 50, 200)]
    assert decide.extended([old], "s", 50, 0) == [span("s", 10, 50)]  # a release
    assert decide.extended([old], "s", 10, 200) == [span("s", 10, 200)]
    assert decide.extended([old], "s", 150, 200) == [old, span("s", 150, 200)]


def test_how_loud() -> None:
    here, everywhere = Audience(device=world.DEVICE), Audience(area="vn")
    old = world.volume(audience=here, revision=1, volume=60)
    new = world.volume(audience=everywhere, revision=2, volume=70)
    others = world.volume(audience=Audience(device=world.OTHER_DEVICE), revision=3, volume=10)
    placement = world.placement(max_volume=90)
    assert decide.loudness(None, [old]).at(world.NOW) == 0
    assert decide.loudness(placement, []).at(world.NOW) == 80
    assert decide.loudness(placement, [new, old, others]).at(world.NOW) == 70
    assert decide.loudness(world.placement(max_volume=65), [new]).at(world.NOW) == 65
    assert [decide.gain(volume) for volume in (-5, 0, 50, 100, 120)] == [0, 0, 0.25, 1, 1]


EDGES = st.one_of(
    st.sampled_from((-(2**63), -1, 0, 1, 2**31, 2**53, 2**63, 10**30)),
    st.sampled_from((MAX_INSTANT_MS - 1, MAX_INSTANT_MS, MAX_PLAN_MS, MAX_PLAN_MS + 1, SEVENTEEN)),
)
NUMBERS = st.dictionaries(st.sampled_from(("start", "duration", "issued", "latest", "offline_for", "rank")), EDGES)


@settings(max_examples=300, deadline=None)
@given(NUMBERS, st.dictionaries(st.sampled_from(("start", "end")), EDGES), EDGES, EDGES, st.booleans())
def test_no_number_that_a_signed_paper_may_carry_ends_the_agent(
    numbers: dict[str, int], span: dict[str, int], opens: int, closes: int, filling: bool
) -> None:
    """What is accepted is kept on the disk: a number that breaks the programme would break it at every start."""
    one = msgspec.structs.replace(airing(filling=filling), **numbers)
    found = replace(situation(one), plan=world.plan(airings=(one,), **span))
    hours = Hours(windows=found.placement.hours.windows, extensions=(HoursExtension(start=opens, end=closes),))
    for place in (found.placement, world.placement(hours=hours)):
        try:
            check_form(found.plan)
            check_form(place)
        except Refused:
            continue
        for cue in programme(replace(found, placement=place)).cues:
            assert decide.allowed(place, cue.start, cue.end)
