"""An oscillator that runs 100 ppm too fast or too slow, and one that is set: what is planned still begins in time."""

from pathlib import Path
from random import Random

import pytest
import speaker_village as village
from devicelink.golden.world import NOW
from speaker.clock import LOOSE_MS, MS, DeviceClock
from speaker.upkeep import GOOD_BOUND_MS
from speaker_pole import Oscillator, Pole, VirtualTicks, begins_at
from speaker_village import DAY, HOUR, MINUTE, SECOND, Sound, airing

NOTICE = Sound("lịch cắt điện", 1)
NEAR_MS = 20


class Kept:
    """A memory that forgets."""

    def clock(self) -> tuple[None, int]:
        return None, 0

    def keep_clock(self, anchor: object, floor: int) -> None:
        pass


class Village:
    """A clock that asks over a mobile network as the agent does: hourly, and sooner when it is in doubt."""

    def __init__(self, ppm: float, *, rtc: bool, seed: int = 5) -> None:
        self.ticks = VirtualTicks(NOW if rtc else None)
        self.oscillator = Oscillator(self.ticks, ppm)
        self.clock = DeviceClock(self.oscillator, Kept())
        self.zero, self.chance, self.asked = self.ticks.at, Random(seed), 0
        self.steps: list[int] = []

    @property
    def true(self) -> float:
        return NOW + (self.ticks.at - self.zero) / MS

    def ask(self) -> None:
        """Four questions at most, as `Upkeep` does."""
        for _ in range(4):
            self._question()
            if self.clock.bound() <= GOOD_BOUND_MS:
                break
        self.asked = self.ticks.at

    def _question(self) -> None:
        there, back = self.chance.randint(15, 60), self.chance.randint(15, 60)
        asked = self.oscillator.ns()
        self.ticks.at += there * MS
        told = int(self.true)
        self.ticks.at += back * MS
        stepped = self.clock.answered(told, asked_ns=asked, received_ns=self.oscillator.ns()).stepped
        self.steps += [stepped] if stepped else []

    def live(self, milliseconds: int) -> list[float]:
        """Ask when it is time; how wrong the clock was (ms) at every half minute."""
        errors = []
        end = self.ticks.at + milliseconds * MS
        while self.ticks.at < end:
            age = (self.ticks.at - self.asked) // MS
            if age >= HOUR or (age >= 10 * MINUTE and self.clock.bound() > LOOSE_MS):
                self.ask()
            self.ticks.at += 30 * SECOND * MS
            errors.append(self.clock.now_ns() / MS - self.true)
        return errors


@pytest.mark.parametrize("rtc", [True, False])
@pytest.mark.parametrize("ppm", [-100.0, -20.0, 0.0, 20.0, 100.0])
def test_the_drift_is_learned_and_the_clock_stays_right(ppm: float, rtc: bool) -> None:
    village = Village(ppm, rtc=rtc)
    village.ask()
    village.live(3 * HOUR)
    errors = village.live(2 * DAY)
    assert max(map(abs, errors)) < NEAR_MS
    assert village.clock.drift == pytest.approx(ppm, abs=8)
    assert village.steps == []  # nobody set it: what sounds is not broken off


@pytest.mark.parametrize("ppm", [-100.0, 0.0, 100.0])
def test_the_error_never_exceeds_the_bound_it_claims(ppm: float) -> None:
    village = Village(ppm, rtc=False)
    village.ask()
    for _ in range(600):
        village.live(2 * MINUTE)
        assert abs(village.clock.now_ns() / MS - village.true) <= village.clock.bound() + 1


def test_the_bound_stays_below_50_ms_where_there_is_a_network() -> None:
    village = Village(60.0, rtc=False)
    village.ask()
    village.live(3 * HOUR)
    bounds = [(village.live(MINUTE), village.clock.bound())[1] for _ in range(12 * 60)]
    assert sum(bound > LOOSE_MS + 1 for bound in bounds) / len(bounds) < 0.02


@pytest.mark.parametrize("step", [2_000, -2_000])
def test_a_clock_that_is_set_is_right_again_with_the_next_answer(step: int) -> None:
    village = Village(100.0, rtc=False)
    village.ask()
    village.live(6 * HOUR)
    village.oscillator.step += step
    assert abs(village.clock.now_ns() / MS - village.true) > 1_900
    village.ask()
    assert village.steps == [pytest.approx(-step, abs=80)]
    errors = village.live(6 * HOUR)
    assert max(map(abs, errors[:20])) < 120  # it knows nothing of its drift for ten minutes
    assert max(map(abs, errors[240:])) < NEAR_MS


@pytest.mark.parametrize("ppm", [-100.0, 100.0])
def test_what_is_planned_begins_within_20_ms_after_a_step_was_found(tmp_path: Path, ppm: float) -> None:
    """Hourly items of a day; at noon somebody sets the clock forward by two seconds, the next answer finds it."""
    pole = Pole(tmp_path, NOW, wall=False, clock_ppm=ppm)
    pole.keep(NOTICE)
    starts = [NOW + hour * HOUR + 7 * MINUTE + 123 for hour in range(1, 13)]
    pole.obey(village.plan(NOW, tuple(airing(f"a{start}", start, NOTICE) for start in starts), (NOTICE,)))
    noon, found = NOW + 6 * HOUR + 20 * MINUTE, NOW + 6 * HOUR + 40 * MINUTE
    for at in range(NOW + 20 * MINUTE, NOW + 13 * HOUR, 20 * MINUTE):
        pole.run(at)
        stepped = pole.sync(there=40, back=30)
        assert bool(stepped) == (at == found), (at - NOW) / HOUR
        if at == noon:
            pole.oscillator.step += 2 * SECOND
    begun = [begins_at(stretch, NOTICE) for stretch in pole.heard]
    assert begun == pytest.approx(starts, abs=NEAR_MS)
    assert {row.outcome for row in pole.proofs()} == {"played"}
