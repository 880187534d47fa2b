"""A loudspeaker with and without a battery clock finds out what time it is, and how sure it may be."""

import pytest
from devicelink.golden.world import NOW
from speaker.clock import BUILD_MS, MS, Anchor, DeviceClock
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
