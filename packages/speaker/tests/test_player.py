"""What the loudspeaker of thôn 5 sounds when time passes: by its plan, its placement's hours, and nobody else's."""

import sqlite3
from pathlib import Path

import pytest
import speaker_village as village
from devicelink.golden.world import NOW
from devicelink.messages import Hours, HoursWindow, Part
from speaker.decide import Situation
from speaker.store import HoldSpan, Store
from speaker_pole import Pole, begins_at
from speaker_village import DAY, HOUR, MINUTE, SECOND, Sound, airing

NOTICE = Sound("lịch cắt điện", 4)
VACCINE = Sound("lịch tiêm chủng", 3)
MUSIC = Sound("nhạc hiệu", 60)


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    made = Pole(tmp_path, NOW)
    made.keep(NOTICE, VACCINE, MUSIC)
    return made


def test_two_notices_sound_at_their_instants(pole: Pole) -> None:
    first, second = NOW + 10_007, NOW + 30_503
    pole.obey(village.plan(NOW, (airing("a", first, NOTICE), airing("b", second, VACCINE)), (NOTICE, VACCINE)))
    pole.run_for(MINUTE)
    assert pole.said() == [("a", "played", ""), ("b", "played", "")]
    assert begins_at(pole.heard[0], NOTICE) == pytest.approx(first, abs=0.5)
    assert begins_at(pole.heard[1], VACCINE) == pytest.approx(second, abs=0.5)
    assert [row.started for row in pole.proofs()] == [pytest.approx(first, abs=1), pytest.approx(second, abs=1)]


@pytest.mark.parametrize("drift_ppm", [-200.0, 200.0])
def test_a_card_with_a_wrong_clock_still_begins_in_time_after_a_day(tmp_path: Path, drift_ppm: float) -> None:
    pole = Pole(tmp_path, NOW, drift_ppm=drift_ppm)
    pole.keep(NOTICE)
    start = NOW + DAY + 123
    pole.obey(village.plan(NOW, (airing("a", start, NOTICE),), (NOTICE,)))
    pole.run(start + 10 * SECOND)
    assert begins_at(pole.heard[0], NOTICE) == pytest.approx(start, abs=1)


def test_parts_follow_each_other_after_their_gaps(pole: Pole) -> None:
    parts = (Part(sha256=VACCINE.sha256, gap=500), Part(sha256=NOTICE.sha256, gap=1_000))
    start = NOW + 10_000
    item = airing("a", start, parts=parts, duration=500 + 3_000 + 1_000 + 4_000)
    pole.obey(village.plan(NOW, (item,), (NOTICE, VACCINE)))
    pole.run_for(MINUTE)
    (stretch,) = pole.heard
    assert begins_at(stretch, VACCINE) == pytest.approx(start + 500, abs=0.5)
    assert begins_at(stretch, NOTICE) == pytest.approx(start + 4_500, abs=0.5)
    assert pole.proofs()[0].rendered == pytest.approx(8_500, abs=2)


def test_plays_seven_days_with_the_network_gone(pole: Pole) -> None:
    starts = [NOW + day * DAY + hour * HOUR for day in range(7) for hour in (1, 6, 11)]
    pole.obey(village.plan(NOW, tuple(airing(f"a-{start}", start, VACCINE) for start in starts), (VACCINE,)))
    pole.run(NOW + 7 * DAY)
    assert [row.planned for row in pole.proofs()] == starts
    assert {row.outcome for row in pole.proofs()} == {"played"}
    assert [begins_at(stretch, VACCINE) for stretch in pole.heard] == pytest.approx(starts, abs=1)


def test_seven_days_without_network_and_without_a_battery_clock(tmp_path: Path) -> None:
    pole = Pole(tmp_path, NOW, wall=False)
    pole.keep(VACCINE)
    last = NOW + 7 * DAY - HOUR
    pole.obey(village.plan(NOW, (airing("last", last, VACCINE),), (VACCINE,)))
    pole.run(NOW + 7 * DAY)
    assert pole.said() == [("last", "played", "")]


def test_after_its_hours_of_absence_an_item_stays_silent(pole: Pole) -> None:
    fresh = airing("fresh", NOW + 20 * HOUR, VACCINE, offline_for=24)
    stale = airing("stale", NOW + 30 * HOUR, VACCINE, offline_for=24)
    pole.obey(village.plan(NOW, (fresh, stale), (VACCINE,)))
    pole.run_for(2 * DAY)
    assert pole.said() == [("fresh", "played", ""), ("stale", "skipped", "stale_offline")]


def test_the_placements_hours_hold_whatever_the_plan_says(pole: Pole) -> None:
    """NOW is 06:00; the plan wants 03:15, as in Nghệ An on 5/12/2025."""
    night, morning = NOW + 21 * HOUR + 15 * MINUTE, NOW + 24 * HOUR
    plan = village.plan(NOW, (airing("night", night, NOTICE), airing("morning", morning, VACCINE)), (NOTICE, VACCINE))
    pole.obey(plan, village.placement(NOW, hours=village.DAYTIME))
    pole.run_for(2 * DAY)
    assert pole.said() == [("night", "skipped", "outside_hours"), ("morning", "played", "")]
    assert len(pole.heard) == 1


def test_a_file_longer_than_the_plan_says_ends_where_the_plan_says(pole: Pole) -> None:
    """A server that hides an hour of sound behind a second cannot carry it past the end of the allowed hours."""
    closing = NOW + 5 * MINUTE
    until = Hours(windows=(HoursWindow(weekdays=(1, 2, 3, 4, 5, 6, 7), start=300, end=365),))
    lie = airing("lie", closing - 10 * SECOND, parts=(Part(sha256=MUSIC.sha256),), duration=10_000)
    pole.obey(village.plan(NOW, (lie,), (MUSIC,)), village.placement(NOW, hours=until))
    pole.run_for(10 * MINUTE)
    assert pole.said() == [("lie", "cut", "limit_exceeded")]
    assert pole.heard[-1].end <= closing + 11


def test_priority_comes_first_and_the_other_waits_its_turn(pole: Pole) -> None:
    start = NOW + MINUTE
    usual = airing("usual", start, VACCINE, latest=start + MINUTE)
    urgent = airing("urgent", start, NOTICE, priority="priority")
    pole.obey(village.plan(NOW, (usual, urgent), (VACCINE, NOTICE)))
    pole.run_for(5 * MINUTE)
    assert pole.said() == [("urgent", "played", ""), ("usual", "played", "")]
    assert begins_at(pole.heard[-1], VACCINE, within=2) == pytest.approx(start + 4_000, abs=1)


def test_what_has_no_room_is_said_once(pole: Pole) -> None:
    start = NOW + MINUTE
    items = (airing("usual", start, VACCINE), airing("urgent", start, NOTICE, priority="priority"))
    pole.obey(village.plan(NOW, items, (VACCINE, NOTICE)))
    pole.run_for(5 * MINUTE)
    pole.obey(village.plan(NOW + 1, items, (VACCINE, NOTICE)), since=NOW)
    pole.run_for(5 * MINUTE)
    assert sorted(pole.said()) == [("urgent", "played", ""), ("usual", "skipped", "preempted")]


def test_music_is_left_for_a_notice_and_joined_again(pole: Pole) -> None:
    start = NOW + MINUTE
    relay = airing("relay", start, MUSIC, filling=True)
    pole.obey(village.plan(NOW, (relay, airing("a", start + 20_000, NOTICE)), (MUSIC, NOTICE)))
    pole.run_for(5 * MINUTE)
    assert pole.said() == [("relay", "cut", "preempted"), ("a", "played", ""), ("relay", "played", "")]
    rest = Sound.__new__(Sound)
    rest.pcm = MUSIC.pcm[24 * 48_000 + 4_800 :]
    assert begins_at(pole.heard[-1], rest, within=1) == pytest.approx(start + 24_100, abs=25)
    assert pole.proofs()[0].rendered == pytest.approx(20_000, abs=10)


def test_a_hold_stops_what_sounds_and_what_would_begin(pole: Pole) -> None:
    start = NOW + MINUTE
    items = (airing("music", start, MUSIC), airing("late", start + 2 * MINUTE, NOTICE))
    pole.obey(village.plan(NOW, items, (MUSIC, NOTICE)))
    pole.run(start + 10 * SECOND)
    began = pole.true()
    pole.hold(HoldSpan(slot="hold", begins=began, ends=began + HOUR))
    pole.run_for(2 * HOUR)
    assert pole.said() == [("music", "cut", "held"), ("late", "skipped", "held")]
    assert pole.heard[-1].end <= began + 100 + 30  # the card's own buffer, and three blocks


def test_a_notice_that_may_wait_sounds_after_the_release(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, NOTICE, latest=start + HOUR),), (NOTICE,)))
    held = HoldSpan(slot="hold", begins=NOW, ends=NOW + 2 * HOUR)
    pole.hold(held)
    pole.run(start + 10 * MINUTE)
    assert pole.said() == []
    released = pole.true() + 10 * SECOND
    pole.hold(HoldSpan(slot="hold", begins=NOW, ends=released))
    pole.run_for(HOUR)
    assert pole.said() == [("a", "played", "")]
    assert begins_at(pole.heard[0], NOTICE) == pytest.approx(released, abs=1)


def test_a_withdrawn_notice_stops_in_the_middle(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, MUSIC),), (MUSIC,)))
    pole.run(start + 5 * SECOND)
    pole.obey(village.plan(NOW + 1, (), ()))
    pole.run_for(MINUTE)
    assert pole.said() == [("a", "cut", "not_approved")]


def test_the_plan_of_the_new_day_does_not_cut_what_sounds_over_midnight(pole: Pole) -> None:
    """The eve of Tết: the plan that is made anew after midnight begins at midnight."""
    midnight = NOW + 2 * SECOND
    first = village.plan(NOW, (airing("eve", NOW + SECOND, MUSIC),), (MUSIC,))
    pole.obey(first)
    pole.run(midnight + SECOND)
    pole.obey(village.plan(NOW + 1, (), (), start=midnight))
    pole.run_for(HOUR)
    assert [(row.outcome, row.reason) for row in pole.proofs()] == [("played", "")]


def test_a_hold_ends_what_sounds_over_midnight(pole: Pole) -> None:
    midnight = NOW + 2 * SECOND
    pole.obey(village.plan(NOW, (airing("eve", NOW + SECOND, MUSIC),), (MUSIC,)))
    pole.run(midnight + SECOND)
    pole.obey(village.plan(NOW + 1, (), (), start=midnight))
    pole.run_for(SECOND)
    pole.hold(HoldSpan(slot="hold/area/vn", begins=pole.true(), ends=pole.true() + HOUR))
    pole.run_for(HOUR)
    assert pole.said() == [("eve", "cut", "held")]


def test_the_officer_stops_the_item_and_the_next_one_still_comes(pole: Pole) -> None:
    start = NOW + MINUTE
    items = (airing("a", start, MUSIC, filling=True), airing("b", start + 2 * MINUTE, NOTICE))
    pole.obey(village.plan(NOW, items, (MUSIC, NOTICE)))
    pole.run(start + 5 * SECOND)
    assert not pole.player.stop_item("another")
    assert pole.player.stop_item()
    pole.run_for(5 * MINUTE)
    assert pole.said() == [("a", "cut", "stopped"), ("b", "played", "")]


def test_a_missing_file_is_said_and_leaves_its_time_to_others(pole: Pole) -> None:
    lost = Sound("thất lạc", 10)
    start = NOW + MINUTE
    items = (airing("lost", start, lost, priority="priority"), airing("b", start, NOTICE))
    pole.obey(village.plan(NOW, items, (lost, NOTICE)))
    pole.run_for(5 * MINUTE)
    assert sorted(pole.said()) == [("b", "played", ""), ("lost", "skipped", "missing_file")]


def test_a_file_that_comes_in_the_last_moment_still_sounds(pole: Pole) -> None:
    late = Sound("đến muộn", 3)
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, late),), (late,)))
    pole.run(start - 700)
    pole.keep(late)
    pole.run_for(MINUTE)
    assert pole.said() == [("a", "played", "")]
    assert begins_at(pole.heard[0], late) == pytest.approx(start, abs=1)


def test_power_lost_in_the_middle_is_a_cut_and_is_not_repeated(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, MUSIC, latest=start + HOUR),), (MUSIC,)))
    pole.run(start + 40 * SECOND)
    pole.boot()
    pole.run_for(2 * HOUR)
    assert pole.said() == [("a", "cut", "interrupted")]
    row = pole.proofs()[0]
    assert row.boot == "b-2"
    assert 20_000 < row.rendered <= 40_000  # what was certain at the last note


def test_music_interrupted_by_a_power_cut_is_joined_again(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("relay", start, MUSIC, filling=True),), (MUSIC,)))
    pole.run(start + 20 * SECOND)
    pole.boot()
    pole.run_for(5 * MINUTE)
    assert pole.said() == [("relay", "cut", "interrupted"), ("relay", "played", "")]
    assert pole.heard[-1].end == pytest.approx(start + MINUTE, abs=50)


def test_what_was_missed_while_the_power_was_off_is_said_once(pole: Pole) -> None:
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, NOTICE), airing("b", start + HOUR, NOTICE)), (NOTICE,)))
    pole.run(NOW + 10 * SECOND)
    pole.ticks.at += 10 * MINUTE * 1_000_000
    pole.boot()
    pole.run_for(2 * HOUR)
    pole.boot()
    pole.run_for(HOUR)
    assert pole.said() == [("a", "skipped", "was_off"), ("b", "played", "")]


def test_a_week_without_power_is_written_down_in_one_commit(pole: Pole, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 commits one after the other would keep the agent from everything else for minutes."""
    items = tuple(airing(f"a-{number}", NOW + (number + 1) * 5 * MINUTE, NOTICE) for number in range(2_000))
    pole.obey(village.plan(NOW, items, (NOTICE,)))
    pole.run_for(SECOND)
    pole.ticks.at += 8 * DAY * 1_000_000
    pole.boot()
    commits, genuine = [], Store._transaction

    def transaction(self: Store):  # type: ignore[no-untyped-def]
        commits.append(self)
        return genuine(self)

    monkeypatch.setattr(Store, "_transaction", transaction)
    pole.run_for(SECOND)
    assert [row[1:] for row in pole.said()] == [("skipped", "was_off")] * 2_000
    assert len(commits) < 5


def test_without_any_idea_of_the_time_nothing_sounds(tmp_path: Path) -> None:
    pole = Pole(tmp_path, NOW, wall=False)
    pole.keep(NOTICE)
    start = NOW + MINUTE
    pole.obey(village.plan(NOW, (airing("a", start, NOTICE), airing("b", start + HOUR, NOTICE)), (NOTICE,)))
    pole.ticks.boot = "kernel-2"  # the machine started anew, and has no battery clock
    pole.boot()
    pole.run_for(30 * MINUTE)
    assert pole.heard == []
    pole.sync()
    pole.run_for(2 * HOUR)
    assert pole.said() == [("a", "skipped", "no_valid_time"), ("b", "played", "")]


def test_a_clock_that_jumped_is_set_and_what_lay_between_is_said(pole: Pole) -> None:
    start = NOW + 10 * MINUTE
    items = (airing("between", start, NOTICE), airing("after", start + HOUR, VACCINE))
    pole.obey(village.plan(NOW, items, (NOTICE, VACCINE)))
    pole.run_for(MINUTE)
    pole.base -= 20 * MINUTE  # the oscillator ran ahead: true time is twenty minutes earlier than believed
    before = pole.clock.now()
    pole.clock.answered(pole.true(), asked_ns=pole.ticks.at, received_ns=pole.ticks.at)
    assert before - pole.clock.now() == pytest.approx(20 * MINUTE, abs=5)
    pole.player.stepped(-20 * MINUTE)
    pole.run(start + 2 * HOUR)
    assert pole.said() == [("between", "played", ""), ("after", "played", "")]
    pole.base += 2 * HOUR
    pole.obey(village.plan(NOW + 1, (airing("c", pole.true() - HOUR, NOTICE),), (NOTICE,)), since=NOW)
    pole.clock.answered(pole.true(), asked_ns=pole.ticks.at, received_ns=pole.ticks.at)
    pole.player.stepped(2 * HOUR)
    pole.run_for(MINUTE)
    assert pole.said()[-1] == ("c", "skipped", "clock_stepped")


def test_only_the_named_loudspeakers_sound_an_item(pole: Pole) -> None:
    others = airing("others", NOW + MINUTE, NOTICE, only=("spk-quymong-01",))
    mine = airing("mine", NOW + 2 * MINUTE, VACCINE, only=("spk-quymong-01", village.DEVICE))
    pole.obey(village.plan(NOW, (others, mine), (NOTICE, VACCINE)))
    pole.run_for(5 * MINUTE)
    assert pole.said() == [("mine", "played", "")]


def test_a_plan_for_another_plan_set_is_not_played(pole: Pole) -> None:
    pole.obey(
        village.plan(NOW, (airing("a", NOW + MINUTE, NOTICE),), (NOTICE,)), village.placement(NOW, plan_set="ps-other")
    )
    pole.run_for(5 * MINUTE)
    assert pole.said() == []


def test_a_plan_that_comes_late_does_not_confess_the_past(pole: Pole) -> None:
    items = (airing("past", NOW - 10 * MINUTE, NOTICE), airing("just", NOW - 1_500, NOTICE))
    pole.obey(village.plan(NOW, items, (NOTICE,)))
    pole.run_for(MINUTE)
    assert pole.said() == [("just", "played", "")]


def test_a_full_disk_does_not_silence_and_the_proof_comes_later(pole: Pole, monkeypatch: pytest.MonkeyPatch) -> None:
    pole.obey(village.plan(NOW, (airing("a", NOW + MINUTE, NOTICE),), (NOTICE,)))
    full = True

    def refuse() -> None:
        if full:
            raise sqlite3.OperationalError("database or disk is full")

    genuine = pole.store._transaction

    def transaction():  # type: ignore[no-untyped-def]
        refuse()
        return genuine()

    monkeypatch.setattr(pole.store, "_transaction", transaction)
    pole.run_for(5 * MINUTE)
    assert len(pole.heard) == 1
    assert pole.said() == []
    full = False
    pole.run_for(5 * MINUTE)
    assert pole.said() == [("a", "played", "")]


def test_a_clean_stop_says_what_it_cut(pole: Pole) -> None:
    pole.obey(village.plan(NOW, (airing("a", NOW + MINUTE, MUSIC),), (MUSIC,)))
    pole.run(NOW + MINUTE + 5 * SECOND)
    pole.player.end()
    assert pole.said() == [("a", "cut", "interrupted")]


def test_a_placement_taken_away_ends_the_sound(pole: Pole) -> None:
    pole.obey(village.plan(NOW, (airing("a", NOW + MINUTE, MUSIC),), (MUSIC,)))
    pole.run(NOW + MINUTE + 5 * SECOND)
    nothing: Situation | None = None
    pole.player.apply(nothing)
    pole.run_for(MINUTE)
    assert pole.said() == [("a", "cut", "no_placement")]
