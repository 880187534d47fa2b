"""What the loudspeaker of thôn 5 does with an alert, in virtual time: what is heard, told and proved."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import speaker_village as village
from devicelink.golden.world import NOW
from devicelink.messages import Hours, HoursExtension, HoursWindow, VolumeCap
from devicelink.voices import pack
from speaker.alerts import sirens
from speaker.sink import RATE
from speaker.store import HoldSpan
from speaker_alerts import WARNING, AlertPole, alert, cancel, found, near, placed, sirens_in, target
from speaker_village import HOUR, MINUTE, SECOND, Sound, airing

FLOOD = sirens.siren("flood")
FLOOD_MS = len(FLOOD) / 48
MUSIC = Sound("nhạc không lời", 60)
NOTICE = Sound("lịch cắt điện", 4)
OVER = Sound("đã hết lũ", 3)
PROMPT = Sound("chú ý, chú ý", 2)
FIRE = Sound("cháy ở chợ", 4)


@pytest.fixture
def pole(tmp_path: Path) -> Iterator[AlertPole]:
    made = AlertPole(tmp_path, NOW)
    made.keep(WARNING, NOTICE, MUSIC, OVER, PROMPT, FIRE)
    yield made
    made.alerts.close()


def test_it_sounds_at_once_siren_prompts_voice_and_says_so(pole: AlertPole) -> None:
    pole.run_for(3 * SECOND)
    pole.take(alert(pole.true(), targets=(target(WARNING, prompts=(PROMPT,)),)))
    begun = pole.true()
    pole.run_for(MINUTE)
    (stretch,) = pole.heard
    assert stretch.start - begun <= 120  # the card's buffer, and a block
    assert sirens_in(stretch, "flood") > 0.9
    words = stretch.pcm[len(FLOOD) :]
    assert near(found(words, PROMPT.pcm)[0], 250)
    assert near(found(words, WARNING.pcm)[0], 250 + 2_000 + 250)
    assert found(words, WARNING.pcm)[1] > 0.7
    assert pole.states() == ["sounding", "ended"]
    (row,) = pole.proofs()
    assert (row.airing, row.outcome, row.plan) == ("al-1", "played", 0)
    assert near(row.rendered, FLOOD_MS + 500 + 7_000, 80)
    assert near(row.started, stretch.start, 2)


def test_a_clip_is_cut_and_starts_anew_where_it_still_may(pole: AlertPole) -> None:
    start = NOW + 10 * SECOND
    may = airing("may", start, NOTICE, latest=start + 5 * MINUTE)
    pole.obey(village.plan(NOW, (may,), (NOTICE,)))
    pole.run(start + SECOND)
    pole.take(alert(pole.true()))
    pole.run_for(MINUTE)
    assert pole.said() == [("may", "cut", "preempted"), ("al-1", "played", ""), ("may", "played", "")]
    assert found(pole.heard[-1].pcm, NOTICE.pcm)[1] > 0.7
    assert pole.heard[-1].end - pole.told[-1].at < 10 * SECOND


def test_a_clip_whose_time_is_over_then_does_not_come_again(pole: AlertPole) -> None:
    start = NOW + 10 * SECOND
    pole.obey(village.plan(NOW, (airing("a", start, NOTICE), airing("b", start + 8 * SECOND, NOTICE)), (NOTICE,)))
    pole.run(start + SECOND)
    pole.take(alert(pole.true()))
    pole.run_for(MINUTE)
    assert sorted(pole.said()) == [("a", "cut", "preempted"), ("al-1", "played", ""), ("b", "skipped", "preempted")]


def test_music_is_joined_again_at_its_place(pole: AlertPole) -> None:
    start = NOW + 10 * SECOND
    pole.obey(village.plan(NOW, (airing("relay", start, MUSIC, filling=True),), (MUSIC,)))
    pole.run(start + 10 * SECOND)
    pole.take(alert(pole.true()))
    pole.run_for(2 * MINUTE)
    assert pole.said() == [("relay", "cut", "preempted"), ("al-1", "played", ""), ("relay", "played", "")]
    back = pole.heard[-1]
    at, likeness = found(MUSIC.pcm, back.pcm[RATE : 3 * RATE])
    assert likeness > 0.7
    assert near(start + at, back.start + 1_000, 5)
    assert near(back.end, start + MINUTE, 50)


def test_nothing_of_the_programme_begins_while_it_sounds_and_nothing_clicks(pole: AlertPole) -> None:
    start = NOW + 10 * SECOND
    pole.obey(village.plan(NOW, (airing("relay", start, MUSIC, filling=True),), (MUSIC,)))
    pole.run(start + 10 * SECOND)
    pole.take(alert(pole.true()))
    cut = pole.true()
    pole.run_for(20 * SECOND)
    (stretch,) = [one for one in pole.heard if one.start <= cut + 200 < one.end]
    at = round((cut - stretch.start) * 48)
    edge = stretch.pcm[at : at + RATE // 2].astype(np.float64)
    quiet = np.abs(edge).reshape(-1, 240).max(axis=1)
    assert quiet.min() < 400, "between music and siren both are at nothing"


@pytest.mark.parametrize("volume", [100, 60])
def test_it_sounds_at_emergency_volume_whatever_is_quiet_here(tmp_path: Path, volume: int) -> None:
    """Night, a cap on the volume, a day off, a stop for everything, volume 0."""
    pole = AlertPole(tmp_path, NOW)
    pole.keep(WARNING)
    place = village.placement(
        NOW,
        hours=Hours(
            windows=(HoursWindow(weekdays=(1,), start=0, end=1),),
            closures=(HoursExtension(start=NOW - HOUR, end=NOW + HOUR),),
        ),
        max_volume=30,
        volumes=(VolumeCap(start=0, end=1440, most=5),),
        emergency_volume=volume,
    )
    pole.obey(village.plan(NOW, (), ()), place)
    pole.hold(HoldSpan(slot="hold/area/vn", begins=NOW - 1, ends=NOW + HOUR))
    pole.take(alert(NOW))
    pole.run_for(MINUTE)
    (stretch,) = pole.heard
    assert pole.states() == ["sounding", "ended"]
    expected = np.abs(FLOOD).max() * (volume / 100) ** 2
    assert np.abs(stretch.pcm[: len(FLOOD)]).max() == pytest.approx(expected, rel=0.01)


def test_it_repeats_until_it_expires(pole: AlertPole) -> None:
    pole.take(alert(NOW, repeat=5 * MINUTE, expires=NOW + 12 * MINUTE))
    pole.run_for(HOUR)
    assert [one.start - NOW for one in pole.heard] == pytest.approx([0, 300_000, 600_000], abs=200)
    assert [one.round for one in pole.told] == [1, 1, 2, 2, 3, 3]
    assert [row.planned - NOW for row in pole.proofs()] == pytest.approx([0, 300_000, 600_000], abs=60)
    assert not pole.alerts.active


def test_cancelled_it_ends_within_a_second_and_the_words_are_said_once(pole: AlertPole) -> None:
    pole.take(alert(NOW, repeat=MINUTE))
    pole.run_for(4 * SECOND)
    pole.take(cancel(pole.true(), "al-1", OVER))
    ended = pole.true()
    pole.run_for(10 * MINUTE)
    assert pole.states() == ["sounding", "cancelled"]
    assert pole.states("ca-al-1") == ["sounding", "ended"]
    (stretch,) = pole.heard
    after = stretch.pcm[round((ended - stretch.start + 1_000) * 48) :]
    assert sirens_in(after, "flood") < 0.3
    assert found(stretch.pcm, OVER.pcm)[1] > 0.7
    assert pole.said() == [("al-1", "cut", "stopped"), ("ca-al-1", "played", "")]


def test_a_cancel_kills_what_has_not_been_seen_and_says_nothing(pole: AlertPole) -> None:
    pole.take(cancel(NOW, "al-1", OVER))
    pole.take(alert(NOW))
    pole.run_for(10 * MINUTE)
    assert pole.heard == []
    assert pole.states() == ["cancelled"]
    pole.boot()
    pole.run_for(10 * MINUTE)
    assert pole.heard == []


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_what_one_person_may_sign_ends_no_actual_alert(pole: AlertPole, status: str) -> None:
    """Neither a cancel nor an update of an exercise or a test, before the alert or after it."""
    pole.take(cancel(NOW, "al-1", status=status))
    pole.take(alert(NOW, repeat=MINUTE))
    pole.run_for(3 * SECOND)
    pole.take(cancel(pole.true(), "al-1", status=status, id="ca-2"))
    pole.take(alert(pole.true(), "al-2", status=status, kind="update", references=("al-1",)))
    pole.run_for(90 * SECOND)
    assert pole.states() == ["sounding", "ended", "sounding", "ended"]


def test_an_update_takes_the_place_of_what_it_names(pole: AlertPole) -> None:
    pole.take(alert(NOW, repeat=MINUTE))
    pole.run_for(4 * SECOND)
    pole.take(alert(pole.true(), "al-2", FIRE, siren="fire", kind="update", references=("al-1",)))
    pole.run_for(10 * MINUTE)
    assert pole.states() == ["sounding", "cancelled"]
    assert pole.states("al-2") == ["sounding", "ended"]


def test_two_take_turns_the_graver_first(pole: AlertPole) -> None:
    pole.take(alert(NOW, "storm", repeat=MINUTE, severity="minor"))
    pole.run_for(4 * SECOND)
    pole.take(alert(pole.true(), "flood", FIRE, repeat=MINUTE, severity="extreme", siren="fire"))
    pole.run_for(3 * MINUTE)
    assert pole.states("storm")[:4] == ["sounding", "displaced", "sounding", "ended"]
    assert pole.states("flood")[:2] == ["sounding", "ended"]
    order = [(one.of, one.round) for one in pole.told if one.state == "sounding"]
    assert order[:5] == [
        ("alert:storm", 1), ("alert:flood", 1), ("alert:storm", 1), ("alert:flood", 2), ("alert:storm", 2)
    ]  # fmt: skip
    assert pole.said()[:3] == [("storm", "cut", "preempted"), ("flood", "played", ""), ("storm", "played", "")]


def test_what_must_not_be_cut_into_is_heard_first(pole: AlertPole) -> None:
    pole.take(alert(NOW, "leave", siren="leave", severity="minor", keep=60_000))
    pole.run_for(4 * SECOND)
    pole.take(alert(pole.true(), "flood", FIRE, severity="extreme"))
    pole.run_for(2 * MINUTE)
    assert pole.states("leave") == ["sounding", "ended"]
    assert pole.states("flood") == ["displaced", "sounding", "ended"]


def test_an_exercise_has_its_gong_its_volume_and_its_hours(pole: AlertPole) -> None:
    pole.obey(village.plan(NOW, (), ()), village.placement(NOW, max_volume=50, emergency_volume=100))
    pole.take(alert(NOW, status="exercise", repeat=5 * MINUTE))
    pole.run_for(MINUTE)
    (stretch,) = pole.heard
    assert sirens_in(stretch, sirens.EXERCISE) > 0.9
    assert np.abs(stretch.pcm[: 4 * RATE]).max() == pytest.approx(np.abs(sirens.siren("exercise")).max() / 4, rel=0.01)
    pole.hold(HoldSpan(slot="hold/area/vn", begins=NOW, ends=NOW + 7 * MINUTE))
    pole.run_for(20 * MINUTE)
    assert [(one.state, one.round, one.reason) for one in pole.told if one.state == "silent"] == [("silent", 2, "held")]
    assert [one.round for one in pole.told if one.state == "sounding"][:2] == [1, 3]


def test_an_exercise_outside_the_hours_is_silent_and_says_why(pole: AlertPole) -> None:
    night = Hours(windows=(HoursWindow(weekdays=(1,), start=0, end=1),))
    pole.obey(village.plan(NOW, (), ()), village.placement(NOW, hours=night))
    pole.take(alert(NOW, status="exercise"))
    pole.run_for(HOUR)
    assert pole.heard == []
    assert [(one.state, one.reason) for one in pole.told] == [("silent", "outside_hours")]
    assert pole.said() == [("al-1", "skipped", "outside_hours")]


def test_an_exercise_yields_to_the_real_thing_and_comes_after_it(pole: AlertPole) -> None:
    pole.take(alert(NOW, "drill", status="exercise", severity="extreme", keep=60_000))
    pole.run_for(3 * SECOND)
    pole.take(alert(pole.true(), "fire", FIRE, siren="fire", severity="minor", expires=NOW + 10 * MINUTE))
    pole.run_for(30 * MINUTE)
    assert pole.states("drill") == ["sounding", "displaced", "sounding", "ended"]
    again = [one.at for one in pole.told if one.of == "alert:drill" and one.state == "sounding"][1]
    assert again >= NOW + 10 * MINUTE


def test_a_test_is_never_heard(pole: AlertPole) -> None:
    pole.take(alert(NOW, status="test", repeat=MINUTE))
    pole.run_for(10 * MINUTE)
    pole.boot()
    pole.run_for(10 * MINUTE)
    assert (pole.heard, pole.told, pole.said()) == ([], [], [])


def test_a_voice_that_comes_while_the_siren_sounds_is_said_behind_it(pole: AlertPole) -> None:
    late = Sound("đến sau", 3)
    pole.take(alert(NOW, "al-1", late))
    pole.run_for(3 * SECOND)
    pole.alerts.hear_voice(pack(late.data))
    pole.run_for(MINUTE)
    (stretch,) = pole.heard
    assert near(found(stretch.pcm, late.pcm)[0], FLOOD_MS + 250)
    assert pole.told[-1].missing == 0


def test_a_voice_that_comes_too_late_is_said_as_soon_as_it_is_here(pole: AlertPole) -> None:
    late = Sound("đến sau", 3)
    pole.take(alert(NOW, "al-1", late))
    pole.run_for(MINUTE)
    assert (pole.told[-1].state, pole.told[-1].missing) == ("ended", 1)
    pole.alerts.hear_voice(pack(late.data))
    pole.run_for(MINUTE)
    assert found(pole.heard[-1].pcm, late.pcm)[1] > 0.7
    assert sirens_in(pole.heard[-1], "flood") < 0.3
    assert [(one.state, one.round, one.missing) for one in pole.told] == [
        ("sounding", 1, 0), ("ended", 1, 1), ("sounding", 1, 0), ("ended", 1, 0)
    ]  # fmt: skip


def test_nobody_puts_another_voice_into_its_mouth(pole: AlertPole) -> None:
    from devicelink.refusals import Reason, Refused

    pole.take(alert(NOW, "al-1", Sound("đúng", 2)))
    with pytest.raises(Refused) as refusal:
        pole.alerts.hear_voice(pack(Sound("giả", 2).data))
    assert refusal.value.reason is Reason.WRONG_HASH


def test_after_half_an_hour_it_says_when_it_was_issued(pole: AlertPole, tmp_path: Path) -> None:
    words = {name: Sound(f"lời {name}", 1) for name in ("issued", "5", "hour", "25", "minute")}
    for name, sound in words.items():
        placed(pole, tmp_path, name, sound)
    pole.take(alert(NOW - 35 * MINUTE, repeat=10 * MINUTE))  # NOW is 06:00
    pole.run_for(11 * MINUTE)
    first, second = pole.heard
    places = [found(first.pcm, sound.pcm) for sound in (*words.values(), WARNING)]
    assert [at for at, _ in places] == sorted(at for at, _ in places)
    assert min(likeness for _, likeness in places) > 0.6
    assert [one.late for one in pole.told if one.state == "sounding"] == [True, False]
    assert near(second.end - second.start, FLOOD_MS + 250 + 5_000, 80)


def test_where_no_number_can_be_spoken_a_gong_of_its_own_comes_first(pole: AlertPole) -> None:
    pole.take(alert(NOW - 30 * MINUTE))
    pole.run_for(MINUTE)
    assert found(pole.heard[0].pcm, sirens.siren("late"))[0] < 20
    assert found(pole.heard[0].pcm, sirens.siren("late"))[1] > 0.9
    assert pole.told[0].late


def test_killed_in_the_middle_it_is_not_said_twice_but_repeated_in_its_time(pole: AlertPole) -> None:
    pole.take(alert(NOW, "once"))
    pole.take(alert(NOW, "often", FIRE, repeat=5 * MINUTE, severity="extreme"))
    pole.run_for(5 * SECOND)
    pole.boot()
    pole.run_for(4 * MINUTE)
    said = [one.of for one in pole.told if one.state == "sounding"]
    assert said == ["alert:often", "alert:once"]  # `once` had not begun
    pole.boot()
    pole.run_for(10 * MINUTE)
    said = [(one.of, one.round) for one in pole.told if one.state == "sounding"][2:]
    assert said == [("alert:often", 2), ("alert:often", 3)]
    assert pole.said()[0] == ("often", "cut", "interrupted")


def test_without_valid_time_what_was_accepted_waits(pole: AlertPole) -> None:
    pole.wall = False
    pole.ticks.wall = None
    pole.take(alert(NOW, repeat=MINUTE))
    pole.run_for(30 * SECOND)
    pole.oscillator._ticks.boot = "kernel-2"  # type: ignore[misc]
    pole.boot()
    before = len(pole.heard)
    pole.run_for(5 * MINUTE)
    assert len(pole.heard) == before
    pole.sync()
    pole.run_for(30 * SECOND)
    assert len(pole.heard) == before + 1


def test_a_full_disk_does_not_silence_it(pole: AlertPole, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    late = Sound("đến sau", 3)
    message = alert(NOW, "al-1", late, repeat=5 * MINUTE)
    for name in ("progress", "sound", "prove"):
        monkeypatch.setattr(pole.store, name, full)
    monkeypatch.setattr(pole.media._disk, "append", lambda *_: (_ for _ in ()).throw(OSError("full")))
    pole.alerts.take(message)
    pole.run_for(2 * SECOND)
    pole.alerts.hear_voice(pack(late.data))
    pole.run_for(6 * MINUTE)
    assert len(pole.heard) == 2
    assert all(found(stretch.pcm, late.pcm)[1] > 0.7 for stretch in pole.heard)
    assert pole.states() == ["sounding", "ended"] * 2
    monkeypatch.undo()
    pole.run_for(MINUTE)
    pole.book.flush()
    assert pole.said() == [("al-1", "played", "")] * 2


def test_with_a_dead_card_it_says_so_and_sounds_when_the_card_is_back(pole: AlertPole) -> None:
    pole.card_dies()
    pole.take(alert(NOW))
    pole.run_for(MINUTE)
    assert [(one.state, one.reason) for one in pole.told] == [("silent", "no_card")]
    pole.card_returns()
    pole.run_for(MINUTE)
    assert pole.states() == ["silent", "sounding", "ended"]


def test_the_siren_waits_for_an_amplifier_that_is_still_cold(pole: AlertPole) -> None:
    pole.lead = 2_000
    pole.take(alert(NOW))
    assert pole.alerts.coming(NOW, NOW + MINUTE)[0][0] == NOW
    pole.run_for(MINUTE)
    (stretch,) = pole.heard
    assert np.abs(stretch.pcm[: int(1.99 * RATE)]).max() == 0
    assert near(pole.proofs()[0].started, NOW + 2_100, 40)
    assert near(pole.proofs()[0].rendered, FLOOD_MS + 5_250, 80)


def test_the_person_at_the_microphone_comes_first_and_the_alert_after(pole: AlertPole) -> None:
    pole.take(alert(NOW))
    pole.run_for(3 * SECOND)
    pole.speaking = True
    pole.run_for(20 * SECOND)
    assert pole.states() == ["sounding", "displaced"]
    pole.speaking = False
    pole.run_for(MINUTE)
    assert pole.states() == ["sounding", "displaced", "sounding", "ended"]
