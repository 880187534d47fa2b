"""The limiter works minute by minute; what comes out is what the whole at once would give."""

from typing import Any

import numpy as np
import pytest

from loa.media.pipeline import limiter
from loa.media.pipeline.limiter import Reductions, loudness_change, nodes
from loa.media.pipeline.normalise import WAVE_POINTS, wave_form

CEILING = -3.0
Line = np.ndarray[Any, np.dtype[np.float32]]


def peaks(seconds: int) -> Line:
    """Speech-like heights with shouts on both sides of each border between two minutes."""
    chance = np.random.default_rng(3)
    line = (0.02 + 0.2 * chance.random(seconds * 1_000) ** 4).astype(np.float32)
    for minute in range(60_000, len(line), 60_000):
        line[minute - 30 : minute + 700] = 0.9
        line[minute - 900] = line[minute + 900] = 1.0
    return line


def whole(line: Line, gain: float, monkeypatch: pytest.MonkeyPatch) -> Line:
    with monkeypatch.context() as patched:
        patched.setattr(limiter, "STEP", 10_000_000)
        return np.concatenate(list(Reductions(line, gain, CEILING).minutes()))


@pytest.mark.parametrize("gain", [3.0, 20.0, 58.0])
def test_a_minute_by_itself_is_a_minute_of_the_whole(gain: float, monkeypatch: pytest.MonkeyPatch) -> None:
    line = peaks(185)
    found = np.concatenate(list(Reductions(line, gain, CEILING).minutes()))
    assert len(found) == len(line)
    np.testing.assert_allclose(found, whole(line, gain, monkeypatch), atol=1e-4)


def test_every_millisecond_is_turned_down_as_far_as_it_needs() -> None:
    line, gain = peaks(130), 14.0
    reductions = Reductions(line, gain, CEILING)
    borders = np.concatenate([nodes(reductions, at * 1_000, 1_000)[:-1] for at in range(130)])
    highest = line[:-1] * 10 ** (gain / 20) * np.maximum(borders[:-1], borders[1:])
    assert highest.max() <= 10 ** (CEILING / 20) * 1.001


def test_a_second_at_the_border_of_two_minutes_knows_its_neighbours() -> None:
    reductions = Reductions(peaks(130), 14.0, CEILING)
    before, after = reductions.around(59_000, 1_000), reductions.around(60_000, 1_000)
    np.testing.assert_allclose(before[-2:], after[:2], atol=1e-4)
    assert len(before) == len(after) == 1_002


def test_what_is_turned_down_costs_loudness() -> None:
    line = peaks(70)
    assert loudness_change(line**2, Reductions(line, 0.0, CEILING)) < -0.1
    assert loudness_change(line**2, Reductions(line * np.float32(0.1), 0.0, CEILING)) == pytest.approx(0, abs=1e-3)


def test_a_wave_is_drawn_from_parts_of_any_length() -> None:
    line = np.concatenate([np.full(60_000, 0.5, np.float32), np.full(60_000, 1.0, np.float32)])
    drawn = wave_form(iter(np.split(line, [10, 59_999, 60_001])), len(line))
    assert len(drawn) == WAVE_POINTS
    assert (set(drawn[:100]), set(drawn[100:])) == ({50}, {100})
