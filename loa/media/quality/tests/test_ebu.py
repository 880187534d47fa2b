"""The test signals of EBU Tech 3341 and 3342, made here, and another meter on the corpus."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyebur128
import pytest

from loa.media.pipeline.meter import Measured, Meter
from loa.media.pipeline.normalise import normalise
from loa.media.quality.tests import corpus, voices
from loa.media.tests import sounds
from loa.media.tests.sounds import Samples

RATE = 48_000
Levels = tuple[tuple[float, float], ...]  # dBFS, seconds

# EBU Tech 3341 (2016), table 1: what is played, and the integrated loudness that a meter must show.
PROGRAMMES: dict[int, tuple[Levels, float]] = {
    1: (((-23, 20),), -23.0),
    2: (((-33, 20),), -33.0),
    3: (((-36, 10), (-23, 60), (-36, 10)), -23.0),
    4: (((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),
    5: (((-26, 20), (-20, 20.1), (-26, 20)), -23.0),
}
# EBU Tech 3342 (2016), table 1: loudness range.
RANGES: dict[int, tuple[Levels, float]] = {
    1: (((-20, 20), (-30, 20)), 10.0),
    2: (((-20, 20), (-15, 20)), 5.0),
    3: (((-40, 20), (-20, 20)), 20.0),
    4: (((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15.0),
}
# EBU Tech 3341: tones whose true peak lies between samples. Cycles a sample, start in degrees, amplitude, dBTP.
PEAKS = {
    15: (1 / 4, 0.0, 0.5, -6.0),
    16: (1 / 4, 45.0, 0.5, -6.0),
    17: (1 / 6, 60.0, 0.5, -6.0),
    18: (1 / 8, 67.5, 0.5, -6.0),
    19: (1 / 4, 45.0, 1.41, 3.0),
}


def tone(level: float, seconds: float, pitch: float = 1000.0) -> np.ndarray[Any, np.dtype[np.float32]]:
    at = np.arange(round(seconds * RATE)) / RATE
    return (10 ** (level / 20) * np.sin(2 * np.pi * pitch * at)).astype(np.float32)


def measured(line: np.ndarray[Any, Any], sides: int = 2, true_peak: bool = False) -> Measured:
    meter = Meter(true_peak=true_peak, sides=sides)
    piece = np.repeat(line[:, None], sides, axis=1) if line.ndim == 1 else line
    for at in range(0, len(piece), RATE):
        meter.add(piece[at : at + RATE])
    return meter.measured()


def joined(levels: Levels) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.concatenate([tone(level, seconds) for level, seconds in levels])


@pytest.mark.parametrize("case", PROGRAMMES)
def test_integrated_loudness_of_the_tones_of_tech_3341(case: int) -> None:
    levels, expected = PROGRAMMES[case]
    assert measured(joined(levels)).lufs == pytest.approx(expected, abs=0.1)


def test_integrated_loudness_of_five_channels() -> None:
    """Case 6: left and right at -28, centre at -24, surround at -30 dBFS."""
    piece = np.stack([tone(level, 20) for level in (-28, -28, -24, -30, -30)], axis=1)
    assert measured(piece, sides=5).lufs == pytest.approx(-23.0, abs=0.1)


def test_short_term_and_momentary_loudness_hold_still_on_repeating_tones() -> None:
    """Cases 9 and 12: bursts that fill each window alike."""
    short = joined(((-20, 1.34), (-30, 1.66)) * 5)
    assert measured(short).loudness.short_term_max == pytest.approx(-23.0, abs=0.1)
    momentary = joined(((-20, 0.18), (-30, 0.22)) * 25)
    assert measured(momentary).loudness.momentary_max == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("case", RANGES)
def test_loudness_range_of_the_tones_of_tech_3342(case: int) -> None:
    levels, expected = RANGES[case]
    assert measured(joined(levels)).loudness.range == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("case", PEAKS)
def test_true_peaks_of_tech_3341(case: int) -> None:
    turns, start, amplitude, expected = PEAKS[case]
    at = np.arange(RATE)
    line = amplitude * np.sin(2 * np.pi * turns * at + np.radians(start))
    line *= np.minimum(1, np.minimum(at, len(at) - at) / 480)  # a switch-on is a peak of its own
    got = measured(line.astype(np.float32), true_peak=True).true_peak_dbtp
    assert expected - 0.4 <= got <= expected + 0.2


@pytest.mark.parametrize("offset", range(4))
def test_true_peak_of_one_wave_between_the_samples(offset: int) -> None:
    """Cases 20 to 23: one period of a tone at 4 x 48 kHz, sampled at each of its four places."""
    fine = np.zeros(RATE * 4 // 10)
    turns = np.arange(24) / 24  # 8 kHz
    fine[9_600 : 9_600 + 24] = np.sin(2 * np.pi * turns)
    spectrum = np.fft.rfft(fine)
    hertz = np.fft.rfftfreq(len(fine), 1 / (RATE * 4))
    fine = np.fft.irfft(spectrum / (1 + (hertz / 20_000) ** 32), len(fine))
    fine *= 0.5 / np.abs(fine).max()
    got = measured(fine[offset::4].astype(np.float32), true_peak=True).true_peak_dbtp
    assert -6.4 <= got <= -5.8


VARIOUS: dict[str, Callable[[], Samples]] = {
    "north": lambda: corpus.base(0),
    "whisper": voices.whisper,
    "music": voices.music,
    "applause": voices.applause,
    "quiet": lambda: voices.level(corpus.base(1), 0.01),
    "gaps": lambda: corpus.with_silence(corpus.base(2), 7.0, "pause", digital=True),
}


@pytest.mark.parametrize("name", VARIOUS)
def test_another_meter_agrees_within_a_tenth(name: str) -> None:
    line = VARIOUS[name]().astype(np.float32)
    modes = pyebur128.MeasurementMode
    theirs = pyebur128.R128State(1, RATE, modes.MODE_I | modes.MODE_LRA)
    theirs.add_frames(line, len(line))
    ours = measured(line, sides=1).loudness
    assert ours.integrated == pytest.approx(pyebur128.get_loudness_global(theirs), abs=0.1)
    assert ours.range == pytest.approx(pyebur128.get_loudness_range(theirs), abs=0.1)


def test_figures_of_the_encoded_file_are_those_of_the_report(tmp_path: Path) -> None:
    source = sounds.wav(tmp_path / "a.wav", corpus.base(0)[: 4 * voices.RATE], voices.RATE)
    made = normalise(source, tmp_path / "a.ogg", tmp_path / "spool", lambda share: None)
    assert made.quality["verdict"] == "pass"
    assert made.quality["figures"]["loudness_lufs"] == pytest.approx(made.loudness_lufs, abs=0.01)
    assert made.quality["figures"]["true_peak_dbtp"] == pytest.approx(made.true_peak_dbtp, abs=0.01)
