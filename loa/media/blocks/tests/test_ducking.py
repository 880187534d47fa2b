"""Music beneath a notice: every word stays far above it, and between the words it does not pump."""

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from loa.media import rules
from loa.media.blocks import render as rendering
from loa.media.blocks.ducking import levels
from loa.media.blocks.generators import RATE, Samples, national
from loa.media.blocks.recipe import Bed, Pause, Play, Recipe
from loa.media.editing.render import Source
from loa.media.pipeline.meter import measure_file
from loa.media.tests import sounds

NOTICE, MUSIC = UUID(int=1), UUID(int=2)
BED = Bed(MUSIC)
LOUD = 10 ** (rules.TARGET_LUFS / 10)


def powers(*stretches: tuple[int, bool]) -> Samples:
    """(ms, whether somebody speaks) one after another."""
    return np.concatenate([np.full(ms, LOUD if spoken else 1e-9, np.float32) for ms, spoken in stretches])


def decibels(factors: Samples) -> Samples:
    return np.asarray(20 * np.log10(np.maximum(factors, 1e-9)), np.float32)


def talk(seconds: float) -> Samples:
    """Words of 0.4 s with rests of 0.2 s."""
    at = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(sounds.sine(seconds, pitch=700.0) * (at % 0.6 < 0.4), np.float32)


def test_it_is_down_before_the_first_word_and_up_again_afterwards() -> None:
    found = decibels(levels(powers((4_000, False), (5_000, True), (6_000, False)), BED))
    assert found[2_500] == pytest.approx(BED.level_db, abs=0.1)
    assert max(found[4_000:9_000]) <= BED.level_db - BED.duck_db + 0.1
    assert found[12_000] == pytest.approx(BED.level_db, abs=0.1)
    assert max(abs(np.diff(found[1_600:13_400]))) <= BED.duck_db / BED.attack_ms + 0.01


def test_it_does_not_pump_between_words() -> None:
    words = [(400, True), (300, False)] * 10
    found = decibels(levels(powers((3_000, False), *words, (5_000, False)), BED))
    assert np.ptp(found[3_000:9_700]) < 0.1


def test_it_rises_from_nothing_and_falls_to_nothing() -> None:
    found = levels(powers((10_000, False)), BED)
    assert (found[0], found[-1]) == (0, 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recipe, dict[UUID, int]]:
    """Twelve seconds of talk over music that is shorter than the whole."""
    folder = tmp_path_factory.mktemp("bed")
    files = {
        NOTICE: sounds.wav(folder / "talk.wav", talk(12)),
        MUSIC: sounds.wav(folder / "music.wav", national("bed_bright")[: 8 * RATE]),
    }
    recipe = Recipe((Pause(3_000), Play(NOTICE, "speech"), Pause(3_000)), BED)
    durations = {NOTICE: 12_000, MUSIC: 8_000}
    rendering.render(files, durations, recipe, folder, lambda share: None, "speech_horn")
    return folder, recipe, durations


def test_speech_stands_twelve_decibels_above_the_music(made: tuple[Path, Recipe, dict[UUID, int]]) -> None:
    folder = made[0]
    laid = np.fromfile(folder / "laid.f32", np.float32)
    music = np.fromfile(folder / "with-bed.f32", np.float32) - laid
    spoken = np.abs(laid) > 0.01
    margin = 10 * np.log10(np.mean(laid[spoken] ** 2) / np.mean(music[spoken] ** 2))
    assert margin >= 12, margin
    before = music[2 * RATE : round(2.5 * RATE)]
    under = music[5 * RATE : 14 * RATE]
    assert 10 * np.log10(np.mean(before**2) / np.mean(under**2)) > 6  # and it is really there before


def test_the_finished_programme_is_as_long_and_as_loud_as_all_others(
    made: tuple[Path, Recipe, dict[UUID, int]],
) -> None:
    measured = measure_file(made[0] / "rendition.ogg")
    assert measured.milliseconds == 18_000
    assert measured.lufs == pytest.approx(rules.TARGET_LUFS, abs=1)
    assert measured.true_peak_dbtp <= rules.MAX_TRUE_PEAK_DBTP


def test_music_that_is_too_short_follows_itself_without_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "tone.f32"
    sounds.sine(2, pitch=500.0).tofile(path)
    with path.open("rb") as file:
        looped = rendering.looped(Source(path, 1.0), file, 2_000, 1_000, 4_000)
    loud = [float(np.sqrt(np.mean(part**2))) for part in looped.reshape(-1, RATE // 20)]
    assert min(loud) > 0.09  # a crossfade of a tone with itself may lose a little, a gap would lose all
    assert float(np.abs(np.diff(looped)).max()) < 0.05


def test_sounds_that_cross_lose_no_loudness_at_the_seam(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    files = {
        name: sounds.wav(tmp_path / f"{name}.wav", (0.1 * noise.standard_normal(3 * RATE)).astype(np.float32))
        for name in (NOTICE, MUSIC)
    }
    recipe = Recipe((Play(NOTICE, "speech"), Play(MUSIC, "closing", cross=1_000)))
    rendering.render(files, {NOTICE: 3_000, MUSIC: 3_000}, recipe, tmp_path, lambda share: None, "speech_horn")
    laid = np.fromfile(tmp_path / "laid.f32", np.float32)
    assert len(laid) == 5 * RATE
    parts = [10 * np.log10(np.mean(part**2)) for part in laid[RATE : 4 * RATE].reshape(-1, RATE // 4)]
    assert np.ptp(parts) < 1.0
