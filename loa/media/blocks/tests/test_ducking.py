"""Music beneath a notice: every word stays far above it, and between the words it does not pump."""

import tracemalloc
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from loa.media import rules
from loa.media.blocks import render as rendering
from loa.media.blocks.ducking import FRAME_MS, levels
from loa.media.blocks.generators import RATE, Samples
from loa.media.blocks.recipe import Bed, Pause, Play, Recipe
from loa.media.editing.excerpt import decoded
from loa.media.editing.render import Source
from loa.media.pipeline.meter import measure_file
from loa.media.tests import sounds

TONE = 2_000.0
NOTICE, MUSIC = UUID(int=1), UUID(int=2)
BED = Bed(MUSIC)
LOUD = 10 ** (rules.TARGET_LUFS / 10)


def powers(*stretches: tuple[int, bool]) -> Samples:
    """(ms, whether somebody speaks) one after another."""
    return np.concatenate([np.full(ms, LOUD if spoken else 1e-9, np.float32) for ms, spoken in stretches])


def decibels(factors: Samples) -> Samples:
    """For each millisecond what is true at the frame's beginning or its end, whichever is louder."""
    found = 20 * np.log10(np.maximum(np.maximum(factors[:-1], factors[1:]), 1e-9))
    return np.asarray(np.repeat(found, FRAME_MS), np.float32)


def talk(seconds: float) -> Samples:
    """Words of 0.4 s with rests of 0.2 s."""
    at = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(sounds.sine(seconds, pitch=700.0) * (at % 0.6 < 0.4), np.float32)


def test_it_is_down_before_the_first_word_and_up_again_afterwards() -> None:
    found = decibels(levels(powers((4_000, False), (5_000, True), (6_000, False)), BED))
    assert found[2_500] == pytest.approx(BED.level_db, abs=0.1)
    assert max(found[4_000:9_000]) <= BED.level_db - BED.duck_db + 0.1
    assert found[12_000] == pytest.approx(BED.level_db, abs=0.1)
    steps = abs(np.diff(found[1_600:13_400:FRAME_MS]))
    assert max(steps) <= BED.duck_db / BED.attack_ms * FRAME_MS + 0.01


def test_it_does_not_pump_between_words() -> None:
    words = [(400, True), (300, False)] * 10
    found = decibels(levels(powers((3_000, False), *words, (5_000, False)), BED))
    assert np.ptp(found[3_000:9_700]) < 0.1


def test_it_rises_from_nothing_and_falls_to_nothing() -> None:
    found = levels(powers((10_000, False)), BED)
    assert (found[0], found[-1]) == (0, 0)


def loudness_at(samples: Samples, pitch: float, start: float, end: float) -> float:
    """Decibels of one pitch between two seconds: the bed of these tests is a tone, so it is heard through the words."""
    part = samples[round(start * RATE) : round(end * RATE)]
    power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    places = np.abs(np.fft.rfftfreq(len(part), 1 / RATE) - pitch) < 30
    return 10 * float(np.log10(power[places].sum() / len(part) ** 2))


def test_an_hour_costs_little_memory() -> None:
    hour = np.tile(powers((1_500, True), (500, False)), 1_800)
    tracemalloc.start()
    try:
        levels(hour, BED)
        assert tracemalloc.get_traced_memory()[1] < 30 * 1024**2
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recipe, dict[UUID, int]]:
    """Twelve seconds of talk over a tone."""
    folder = tmp_path_factory.mktemp("bed")
    files = {
        NOTICE: sounds.wav(folder / "talk.wav", talk(12)),
        MUSIC: sounds.wav(folder / "music.wav", sounds.sine(24, pitch=TONE)),
    }
    recipe = Recipe((Pause(4_000), Play(NOTICE, "speech"), Pause(6_000)), BED)
    durations = {NOTICE: 12_000, MUSIC: 24_000}
    rendering.render(files, durations, recipe, folder, lambda share: None, "speech_horn")
    return folder, recipe, durations


def test_speech_stands_twelve_decibels_above_the_music(made: tuple[Path, Recipe, dict[UUID, int]]) -> None:
    folder = made[0]
    laid = np.fromfile(folder / "laid.f32", np.float32)
    music = np.fromfile(folder / "with-bed.f32", np.float32) - laid
    spoken = np.abs(laid) > 0.01
    margin = 10 * np.log10(np.mean(laid[spoken] ** 2) / np.mean(music[spoken] ** 2))
    assert margin >= 12, margin


def test_the_finished_file_has_the_music_down_by_what_is_promised_and_up_again(
    made: tuple[Path, Recipe, dict[UUID, int]],
) -> None:
    heard = decoded(made[0] / "rendition.ogg", 0, 22_000)
    before, first = loudness_at(heard, TONE, 2, 3.5), loudness_at(heard, TONE, 4, 5.5)
    under, last = loudness_at(heard, TONE, 6, 14), loudness_at(heard, TONE, 14.5, 16)
    after = loudness_at(heard, TONE, 18.5, 20)
    assert before - under == pytest.approx(BED.duck_db, abs=1)
    assert (first, last) == pytest.approx((under, under), abs=1)  # it is down before the first word, to the last
    assert after == pytest.approx(before, abs=1)


def test_the_finished_programme_is_as_long_and_as_loud_as_all_others(
    made: tuple[Path, Recipe, dict[UUID, int]],
) -> None:
    measured = measure_file(made[0] / "rendition.ogg")
    assert measured.milliseconds == 22_000
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
