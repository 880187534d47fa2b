"""What is made by code sounds over horns, begins and ends softly, and is no air-raid siren."""

from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pytest

from loa.media import rules
from loa.media.blocks import generators
from loa.media.blocks.generators import NATIONAL, RATE, SIRENS, Samples, as_wav, siren
from loa.media.models import Block
from loa.media.pipeline.meter import measure_file
from loa.media.pipeline.normalise import normalise

national = cache(generators.national)
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


@pytest.mark.parametrize("key", NATIONAL)
def test_what_loudspeakers_get_of_it_keeps_every_promise(key: str, tmp_path: Path) -> None:
    """The encoded file itself is measured: length, loudness, true peak, and every limit of its profile."""
    (tmp_path / "block.wav").write_bytes(as_wav(national(key)))
    target, maker = tmp_path / "block.ogg", NATIONAL[key]
    made = normalise(tmp_path / "block.wav", target, tmp_path / "spool", lambda share: None, maker.profile)
    measured = measure_file(target)
    assert measured.milliseconds == made.duration_ms == maker.seconds * 1000
    assert measured.lufs == pytest.approx(rules.TARGET_LUFS, abs=0.5)
    assert measured.true_peak_dbtp <= rules.MAX_TRUE_PEAK_DBTP
    assert made.quality["verdict"] == "pass", made.quality["findings"]


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
    assert np.array_equal(generators.national("jingle_strings"), national("jingle_strings"))


@pytest.mark.parametrize("pitch", [72, 79, 86])
def test_a_string_sounds_at_its_pitch(pitch: float) -> None:
    note = generators.plucked(pitch, 1.5, seed=1)
    power = np.abs(np.fft.rfft(note[RATE // 2 :] * np.hanning(RATE)))
    heard = float(np.fft.rfftfreq(RATE, 1 / RATE)[power.argmax()])
    assert 1200 * abs(np.log2(heard / generators.hertz(pitch))) < 12  # cents


def pitches(samples: Samples, step: float = 0.05) -> list[float]:
    """The strongest pitch of each twentieth of a second; 0 in a rest."""
    width = round(step * RATE)
    found = []
    for at in range(0, len(samples) - width + 1, width):
        part = samples[at : at + width] * np.hanning(width)
        power = np.abs(np.fft.rfft(part, 8 * width)) ** 2
        found.append(float(power.argmax()) / (8 * step) if float(np.abs(part).max()) > 0.05 else 0.0)
    return found


@pytest.mark.parametrize("kind", SIRENS)
def test_no_signal_is_like_an_air_raid(kind: str) -> None:
    """That one wails: it glides slowly, for seconds, through low notes; its all-clear is one long even note."""
    samples = national(f"siren_{kind}")
    heard = pitches(samples)
    assert min(pitch for pitch in heard if pitch) > 650
    glides = [abs(two - one) for one, two in pairwise(heard) if one and two]
    assert not [glide for glide in glides if 5 < glide < 40]  # steady, a jump, or faster than any wail
    even = max(len(list(run)) for pitch, run in groupby(round(one / 20) for one in heard) if pitch)
    assert even * 0.05 <= 2.0


@pytest.mark.parametrize("kind", SIRENS)
def test_a_signal_is_high_and_without_a_click(kind: str) -> None:
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
