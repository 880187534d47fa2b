"""What is made by code sounds over horns, begins and ends softly, and is no air-raid siren."""

import numpy as np
import pytest

from loa.media.blocks import generators
from loa.media.blocks.generators import NATIONAL, RATE, SIRENS, Samples, national, siren
from loa.media.models import Block

STEP = 0.4  # of full scale from one sample to the next: more would be a click


def share(samples: Samples, low: float, high: float) -> float:
    """Of the energy, how much lies between two pitches."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    pitch = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(power[(pitch >= low) & (pitch < high)].sum() / power.sum())


@pytest.mark.parametrize("key", NATIONAL)
def test_a_block_is_exactly_as_long_as_it_says_and_fits_a_horn(key: str) -> None:
    samples = national(key)
    assert len(samples) == NATIONAL[key].seconds * RATE
    assert samples.dtype == np.float32
    assert float(np.abs(samples).max()) == pytest.approx(0.5, abs=1e-4)
    assert share(samples, 400, 3_500) > 0.85
    assert float(np.abs(np.diff(samples)).max()) < STEP
    assert NATIONAL[key].block in Block.values


@pytest.mark.parametrize("key", [key for key, maker in NATIONAL.items() if maker.block != "bed"])
def test_a_block_begins_and_ends_in_nothing(key: str) -> None:
    samples = national(key)
    assert abs(float(samples[0])) < 1e-4
    assert abs(float(samples[-1])) < 1e-4


@pytest.mark.parametrize("key", [key for key, maker in NATIONAL.items() if maker.block == "bed"])
def test_a_bed_follows_itself_without_a_click(key: str) -> None:
    twice = np.concatenate((national(key), national(key)))
    seam = len(twice) // 2
    assert abs(float(twice[seam] - twice[seam - 1])) < 0.05


def test_the_same_block_every_time() -> None:
    assert np.array_equal(national("jingle_strings"), national("jingle_strings"))


@pytest.mark.parametrize("pitch", [72, 79, 86])
def test_a_string_sounds_at_its_pitch(pitch: float) -> None:
    note = generators.plucked(pitch, 1.5, seed=1)
    power = np.abs(np.fft.rfft(note[RATE // 2 :] * np.hanning(RATE)))
    heard = float(np.fft.rfftfreq(RATE, 1 / RATE)[power.argmax()])
    assert 1200 * abs(np.log2(heard / generators.hertz(pitch))) < 12  # cents


@pytest.mark.parametrize("kind", SIRENS)
def test_no_signal_is_like_an_air_raid(kind: str) -> None:
    samples = siren(kind, 6.0)
    assert len(samples) == 6 * RATE
    assert share(samples, 200, 600) < 0.02
    assert share(samples, 600, 3_500) > 0.95
    assert float(np.abs(np.diff(samples)).max()) < STEP


def test_the_signals_can_be_told_apart() -> None:
    spectra = {kind: np.abs(np.fft.rfft(siren(kind, 6.0)))[: 6 * 3_500] for kind in SIRENS}
    unit = {kind: one / np.linalg.norm(one) for kind, one in spectra.items()}
    alike = [float(unit[one] @ unit[two]) for one in unit for two in unit if one < two]
    assert max(alike) < 0.6
