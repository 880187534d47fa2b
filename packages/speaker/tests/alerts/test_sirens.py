"""What every siren is, and what none may be."""

from itertools import combinations

import numpy as np
import pytest
from speaker.alerts import sirens
from speaker.sink import RATE, Pcm

NAMES = (*sirens.PATTERNS, *sirens.GONGS)
FRAME = RATE // 20  # 50 ms


def track(wave: Pcm) -> list[float]:
    """The loudest frequency of each 50 ms, 0 where it is quiet."""
    found = []
    for start in range(0, len(wave) - FRAME + 1, FRAME):
        frame = wave[start : start + FRAME].astype(np.float64)
        spectrum = np.abs(np.fft.rfft(frame * np.hanning(FRAME), 8 * FRAME))
        quiet = np.sqrt(np.mean(frame**2)) < 300
        found.append(0.0 if quiet else float(np.argmax(spectrum)) * RATE / (8 * FRAME))
    return found


def glides(hertz: list[float]) -> bool:
    """Is there half a second in which the tone moves on, a little each time? So does báo động phòng không.

    Between steady tones the frequency jumps; within one it stays. A frame over a jump may read anything in between.
    """
    for start in range(len(hertz) - 9):
        part = np.array(hertz[start : start + 10])
        if (part > 0).all():
            moves = np.diff(part)
            small = (np.abs(moves) > 2.0) & (np.abs(moves) < 90.0)
            if small.sum() >= 6:
                return True
    return False


def steady(hertz: list[float]) -> float:
    """Seconds of the longest tone without a rest or a jump."""
    longest, run = 0, 0
    for before, now in zip([0.0, *hertz], hertz, strict=False):
        run = run + 1 if now and abs(now - before) < 30 else int(now > 0)
        longest = max(longest, run)
    return longest * 0.05


def air_raid(seconds: float, period: float) -> Pcm:
    """What is excluded: 300 to 800 Hz, up and down."""
    at = np.arange(round(seconds * RATE)) / RATE
    pitch = 550 - 250 * np.cos(2 * np.pi * at / period)
    return (np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * 20_000).astype(np.int16)


@pytest.mark.parametrize("period", [2.0, 4.0, 6.0, 10.0])
def test_an_air_raid_siren_would_be_found(period: float) -> None:
    assert glides(track(air_raid(12, period)))


@pytest.mark.parametrize("name", NAMES)
def test_none_resembles_an_air_raid_siren(name: str) -> None:
    hertz = track(sirens.siren(name))
    assert not glides(hertz)
    assert steady(hertz) <= 2.5


@pytest.mark.parametrize("name", NAMES)
def test_as_loud_as_it_may_be_and_no_louder(name: str) -> None:
    peak = 20 * np.log10(sirens.true_peak(sirens.siren(name) / 32_767))
    assert -3.1 <= peak <= -3.0


@pytest.mark.parametrize("name", NAMES)
def test_nothing_clicks(name: str) -> None:
    """No tone begins or ends at once: what is above the tones themselves is faint everywhere."""
    wave = sirens.siren(name).astype(np.float64)
    assert abs(wave[0]) < 40
    assert abs(wave[-1]) < 40
    spectrum = np.fft.rfft(wave)
    spectrum[: int(8_000 * len(wave) / RATE)] = 0
    assert np.abs(np.fft.irfft(spectrum, len(wave))).max() < 0.01 * np.abs(wave).max()


@pytest.mark.parametrize(("one", "other"), list(combinations(NAMES, 2)))
def test_no_two_are_alike(one: str, other: str) -> None:
    """By envelope and pitch together, as ears tell them apart."""
    first, second = (np.array(track(sirens.siren(name))[:40]) for name in (one, other))
    count = min(len(first), len(second))
    differ = np.abs(first[:count] - second[:count]) > 60
    assert differ.mean() > 0.3


@pytest.mark.parametrize("name", sirens.PATTERNS)
def test_horns_carry_them(name: str) -> None:
    tones = [hertz for hertz in track(sirens.siren(name)) if hertz]
    assert min(tones) > 600
    assert max(tones) < 1_700
    assert 6 <= len(sirens.siren(name)) / RATE <= 10


def test_the_gong_of_an_exercise_is_soft() -> None:
    """It dies away after each of two strokes; no siren does."""
    wave = sirens.siren(sirens.EXERCISE).astype(np.float64)
    level = [np.sqrt(np.mean(wave[at : at + RATE // 10] ** 2)) for at in (0, RATE, int(1.6 * RATE), int(3.6 * RATE))]
    assert level[1] < level[0] / 2.5
    assert level[2] > 2 * level[1]
    assert level[3] < level[2] / 5


def test_some_have_none_and_a_name_of_tomorrow_is_not_silent() -> None:
    assert len(sirens.siren("")) == 0
    assert (sirens.siren("earthquake-2031") == sirens.siren("generic")).all()
