"""A loudspeaker with and without a battery clock finds out what time it is, and how sure it may be."""

import sqlite3
from pathlib import Path

import pytest
from devicelink.golden.world import NOW
from speaker.clock import BUILD_MS, MS, Anchor, DeviceClock, has_battery_clock
from speaker_pole import VirtualTicks

SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000


class Memory:
    def __init__(self) -> None:
        self.kept: tuple[Anchor | None, int] = (None, 0)

    def clock(self) -> tuple[Anchor | None, int]:
        return self.kept

    def keep_clock(self, anchor: Anchor | None, floor: int) -> None:
        self.kept = (anchor, floor)


def ask(clock: DeviceClock, ticks: VirtualTicks, true: int, round_trip: int = 40, answered_after: int = 20) -> int:
    """A question that travels `round_trip` ms; the platform reads its clock `answered_after` ms after the question."""
    asked = ticks.at
    ticks.at += round_trip * MS
    return clock.answered(true + answered_after, asked_ns=asked, received_ns=ticks.at).stepped


def test_a_new_loudspeaker_knows_nothing() -> None:
    clock = DeviceClock(VirtualTicks(), Memory())
    assert clock.bound() == -1
    assert not clock.valid()
    assert clock.now() == BUILD_MS


def test_half_of_the_round_trip_is_the_error() -> None:
    ticks = VirtualTicks()
    clock = DeviceClock(ticks, Memory())
    ask(clock, ticks, NOW, round_trip=400, answered_after=390)
    assert clock.valid()
    assert abs(clock.now() - (NOW + 400)) <= clock.bound() <= 203
    assert clock.bound() >= 200


def test_a_signed_time_is_a_whole_millisecond_and_the_true_one_lies_somewhere_in_it() -> None:
    ticks, memory = VirtualTicks(), Memory()
    clock = DeviceClock(ticks, memory)
    clock.answered(NOW, asked_ns=ticks.at, received_ns=ticks.at)
    [anchor, floor] = memory.kept
    assert anchor is not None
    assert (anchor.true, anchor.bound, floor) == (NOW + 0.5, 1.0, NOW)
    assert clock.bound() == 1


def test_a_question_answered_before_it_was_asked_makes_nobody_surer() -> None:
    ticks = VirtualTicks()
    clock = DeviceClock(ticks, Memory())
    clock.answered(NOW, asked_ns=ticks.at + SECOND * MS, received_ns=ticks.at)
    assert clock.bound() == 1


def test_several_answers_together_are_better_than_the_best_of_them() -> None:
    ticks = VirtualTicks()
    clock = DeviceClock(ticks, Memory())
    ask(clock, ticks, NOW, round_trip=400, answered_after=390)
    ask(clock, ticks, NOW + 400, round_trip=400, answered_after=10)
    assert abs(clock.now() - (NOW + 800)) <= clock.bound() <= 15


@pytest.mark.parametrize(("wall", "ppm"), [(NOW, 20), (None, 100)])
def test_the_bound_grows_with_the_drift(wall: int | None, ppm: int) -> None:
    ticks = VirtualTicks(wall)
    clock = DeviceClock(ticks, Memory())
    ask(clock, ticks, NOW, round_trip=0, answered_after=0)
    ticks.at += DAY * MS
    assert clock.bound() == pytest.approx(DAY * ppm / 1e6, abs=3)
    ticks.at += int(61_000 / ppm * 1e6) * MS
    assert not clock.valid()


def test_a_clock_is_obeyed_up_to_a_minute_of_doubt() -> None:
    ticks = VirtualTicks()
    clock = DeviceClock(ticks, Memory())
    clock.answered(NOW, asked_ns=ticks.at, received_ns=ticks.at)
    ticks.at += 599_990_000 * MS  # 100 ppm of it are 59,999 ms, and 1 ms was doubted before
    assert (clock.bound(), clock.valid()) == (60_000, True)
    ticks.at += 10_000 * MS
    assert (clock.bound(), clock.valid()) == (60_001, False)


def test_an_answer_is_no_step_while_both_may_be_right() -> None:
    ticks = VirtualTicks()
    clock = DeviceClock(ticks, Memory())
    assert ask(clock, ticks, NOW) == 0
    ticks.at += DAY * MS
    assert ask(clock, ticks, NOW + 40 + DAY + 8_000) == 0  # 100 ppm of a day are 8.6 s
    assert clock.now() == pytest.approx(NOW + 80 + DAY + 8_000, abs=25)
    ticks.at += HOUR * MS
    late = 8_000 * HOUR // DAY  # it has learned that it loses eight seconds a day
    assert ask(clock, ticks, NOW + 80 + DAY + HOUR + 8_000 - 500) == pytest.approx(-500 - late, abs=50)


def test_a_jump_of_the_oscillator_is_noticed_by_the_next_answer() -> None:
    ticks = VirtualTicks()
    clock = DeviceClock(ticks, Memory())
    ask(clock, ticks, NOW)
    ticks.at += HOUR * MS  # it believes that an hour has passed
    assert ask(clock, ticks, NOW + 40 + SECOND) == pytest.approx(-(HOUR - SECOND), abs=50)
    assert clock.now() == pytest.approx(NOW + 80 + SECOND, abs=25)


def test_after_a_restart_of_the_process_the_oscillator_still_knows() -> None:
    ticks, memory = VirtualTicks(), Memory()
    ask(DeviceClock(ticks, memory), ticks, NOW)
    ticks.at += HOUR * MS
    clock = DeviceClock(ticks, memory)
    assert clock.valid()
    assert clock.now() == pytest.approx(NOW + HOUR + 40, abs=clock.bound())


@pytest.mark.parametrize(("boot", "later"), [("kernel-2", HOUR), ("", HOUR), ("kernel-1", -1)])
def test_ticks_of_another_life_tell_nothing(boot: str, later: int) -> None:
    ticks, memory = VirtualTicks(), Memory()
    ticks.boot = "kernel-1" if boot else ""
    ask(DeviceClock(ticks, memory), ticks, NOW)
    other = VirtualTicks()
    other.at, other.boot = ticks.at + later * MS, boot
    assert DeviceClock(other, memory).bound() == -1


def test_a_battery_clock_that_runs_behind_what_was_certain_is_not_believed() -> None:
    ticks, memory = VirtualTicks(NOW), Memory()
    clock = DeviceClock(ticks, memory)
    clock.saw(NOW + HOUR)
    ask(clock, ticks, NOW)
    dark = VirtualTicks(NOW + HOUR // 2)
    dark.boot = "kernel-2"
    assert DeviceClock(dark, memory).bound() == -1
    lit = VirtualTicks(NOW + 2 * HOUR)
    lit.boot = "kernel-2"
    assert DeviceClock(lit, memory).valid()


@pytest.mark.parametrize(("behind", "known"), [(-5, False), (0, True), (1, True)])
def test_a_battery_clock_never_runs_backwards(behind: int, known: bool) -> None:
    """It would still lie inside the doubt of 20 ms, and inside the floor."""
    ticks, memory = VirtualTicks(NOW), Memory()
    clock = DeviceClock(ticks, memory)
    clock.saw(NOW + 25)
    ask(clock, ticks, NOW)
    dark = VirtualTicks(NOW + 40 + behind)
    dark.boot = "kernel-2"
    assert DeviceClock(dark, memory).valid() is known


def test_two_answers_leave_what_both_allow() -> None:
    ticks, memory = VirtualTicks(), Memory()
    clock = DeviceClock(ticks, memory)
    for told in (NOW, NOW + 10):  # between NOW - 0.5 and NOW + 11.5; between NOW + 9.5 and NOW + 21.5
        clock.answered(told, asked_ns=ticks.at - 10 * MS, received_ns=ticks.at)
    anchor = memory.kept[0]
    assert anchor is not None
    assert anchor.true == pytest.approx(NOW + 10.5, abs=0.01)
    assert anchor.bound == pytest.approx(1.0, abs=0.01)
    assert (clock.reading().now, clock.reading().bound) == (NOW + 10, 1)


def test_a_battery_clock_that_was_put_on_afterwards_knows_no_difference() -> None:
    ticks, memory = VirtualTicks(), Memory()
    ask(DeviceClock(ticks, memory), ticks, NOW)
    dark = VirtualTicks(NOW + HOUR)
    dark.boot = "kernel-2"
    assert DeviceClock(dark, memory).bound() == -1


def test_after_a_loss_of_power_the_battery_clock_knows_differences_only() -> None:
    """The battery clock is a year wrong; it still counts the hours of darkness."""
    ticks, memory = VirtualTicks(NOW - 365 * DAY), Memory()
    ask(DeviceClock(ticks, memory), ticks, NOW)
    dark = VirtualTicks(NOW - 365 * DAY + 10 * DAY)
    dark.boot = "kernel-2"
    clock = DeviceClock(dark, memory)
    assert clock.valid()
    assert clock.now() == pytest.approx(NOW + 10 * DAY, abs=100)
    assert clock.bound() >= 10 * DAY * 20 // 1_000_000
    assert clock.bound() > 10 * DAY * 20 // 1_000_000 + 20  # and what was doubted before, and a reading of the card


@pytest.mark.parametrize("wall", [None, NOW - DAY, 0])
def test_without_a_battery_clock_or_with_a_dead_one_it_knows_nothing_again(wall: int | None) -> None:
    ticks, memory = VirtualTicks(NOW), Memory()
    ask(DeviceClock(ticks, memory), ticks, NOW)
    dark = VirtualTicks(wall)
    dark.boot = "kernel-2"
    assert DeviceClock(dark, memory).bound() == -1


def test_the_floor_only_rises_and_survives() -> None:
    ticks, memory = VirtualTicks(), Memory()
    clock = DeviceClock(ticks, memory)
    clock.saw(NOW)
    ask(clock, ticks, NOW - SECOND)
    again = DeviceClock(VirtualTicks(), memory)
    assert again.floor == NOW
    assert again.reading().floor == NOW


def test_a_battery_clock_that_somebody_sets_still_counts_the_hours_of_darkness() -> None:
    """It ran seven hours ahead until the network put it right; then the power goes before the next signed time."""
    ticks, memory = VirtualTicks(NOW + 7 * HOUR), Memory()
    clock = DeviceClock(ticks, memory)
    ask(clock, ticks, NOW)
    clock.compare_wall()
    before = memory.kept
    ticks.at += HOUR * MS
    clock.compare_wall()
    assert memory.kept == before  # nobody touched it
    ticks.wall = NOW
    clock.compare_wall()
    dark = VirtualTicks(NOW + 3 * HOUR)
    dark.boot = "kernel-2"
    again = DeviceClock(dark, memory)
    assert again.valid()
    assert again.now() == pytest.approx(NOW + 3 * HOUR, abs=100)


def test_a_battery_clock_put_on_while_it_runs_is_used_from_then_on() -> None:
    ticks, memory = VirtualTicks(), Memory()
    clock = DeviceClock(ticks, memory)
    clock.compare_wall()
    assert memory.kept == (None, 0)
    ask(clock, ticks, NOW)
    ticks.wall = NOW
    clock.compare_wall()
    dark = VirtualTicks(NOW + HOUR)
    dark.boot = "kernel-2"
    assert DeviceClock(dark, memory).valid()


def test_a_full_disk_does_not_take_the_time_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    ticks, memory = VirtualTicks(), Memory()
    monkeypatch.setattr(memory, "keep_clock", full)
    clock = DeviceClock(ticks, memory)
    assert ask(clock, ticks, NOW) == 0
    assert clock.valid()


@pytest.mark.parametrize(
    ("chips", "honest"),
    [
        ({}, False),
        ({"rtc0": "1767222000"}, True),
        ({"rtc0": "1767222060"}, True),
        ({"rtc0": "1767222061"}, False),  # in local time, or set by hand
        ({"rtc0": "86400"}, False),  # its battery is empty: the computer goes on from what it wrote down
        ({"rtc0": "no number"}, False),
        ({"rtc0": "0", "rtc1": "1767222000"}, True),
    ],
)
def test_only_a_clock_that_agrees_with_the_computer_is_a_battery_clock(
    tmp_path: Path, chips: dict[str, str], honest: bool
) -> None:
    (tmp_path / "rtc9").mkdir()  # a chip that cannot be read
    for name, text in chips.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "since_epoch").write_text(f"{text}\n")
    assert has_battery_clock(tmp_path, lambda: NOW / 1000) is honest
