"""Honest recordings of a telephone in a room, with a voice that learnt from a person: nobody is sent back to record
again, and what is really wrong is found behind the room and the codec too."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from loa.media.quality.tests import corpus, voices
from loa.media.quality.tests.corpus import Case
from loa.media.quality.tests.voices import RATE
from loa.media.tests import joe
from loa.media.tests.sounds import Samples
from loa.media.voices import piper, warm
from loa.media.voices.breaker import Breaker
from loa.media.voices.neural import Neural

WORDS = (
    "Good morning, everybody, this is the people's committee of the commune.",
    "Because of heavy rain the river rises quickly, and six hamlets will be cut off tonight.",
)
SECONDS = 8.0
AAC, MP3, OPUS = ("aac", 48_000), ("libmp3lame", 64_000), ("libopus", 24_000)
Made = Callable[[Samples], Samples]


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Eight seconds of the packaged neural voice, highest peak 0.5, at 44.1 kHz."""
    folder = tmp_path_factory.mktemp("joe")
    config = piper.parse(joe.CONFIG.read_bytes())
    model, tokens = folder / "model.onnx", folder / "tokens.txt"
    shutil.copy(joe.MODEL, model)
    piper.append_properties(model, config)
    tokens.write_text(config.tokens())
    options = {"espeak": config.espeak, "length_scale": config.length_scale, "speakers": {}}
    speaker = Neural("joe", "Joe", "en", {"chuan": ""}, "1", model, tokens, options, breaker=Breaker())
    parts: list[Samples] = []
    for words in WORDS:
        pcm = speaker.synthesise(words, dialect="chuan", speed=1.0)
        parts += [np.frombuffer(pcm.samples, "<i2").astype(np.float32), np.zeros(pcm.rate // 2, np.float32)]
    warm.stop_all()
    line = voices.at_rate(np.concatenate(parts), pcm.rate, RATE)
    return voices.level(np.resize(line, round(SECONDS * RATE)), 0.5)


def phone(line: Samples, noise_db: float, wet: float = 0.35, echo: float = 0.5, slope_db: float = -5.5) -> Samples:
    """Held before a mouth in a room: no low bass, an answer of the walls, a fan somewhere."""
    heard = voices.in_room(voices.shaped(line, 110, 15_000), echo, wet)
    return voices.with_noise(voices.level(heard, 0.5), noise_db, slope_db)


def evened(line: Samples) -> Samples:
    """By the automatic level of a telephone, which lifts pauses too."""
    loud = np.sqrt(sliding(line**2, RATE // 4)) + 1e-6
    even: Samples = np.tanh(line * sliding(np.minimum(0.1 / loud, 20), RATE // 10)).astype(np.float32)
    return even


def sliding(line: Samples, width: int) -> Samples:
    """Means of what lies around."""
    sums = np.cumsum(np.pad(line, (width // 2 + 1, width - width // 2 - 1), mode="edge"), dtype=np.float64)
    means: Samples = ((sums[width:] - sums[:-width]) / width).astype(np.float32)
    return means


HONEST: dict[str, tuple[Made, int, tuple[str, int] | None, str]] = {
    "quiet room, AAC": (partial(phone, noise_db=38), RATE, AAC, "speech_horn"),
    "office with a fan, Opus": (partial(phone, noise_db=28), 48_000, OPUS, "speech_horn"),
    "hall, 16 kHz MP3": (partial(phone, noise_db=34, wet=0.6, echo=0.9), 16_000, ("libmp3lame", 32_000), "speech_horn"),
    "evened, Opus": (lambda line: evened(phone(line, 34)), 48_000, OPUS, "speech_horn"),
    "far and soft, MP3": (lambda line: voices.level(phone(line, 26, wet=0.8), 0.03), RATE, MP3, "speech_horn"),
    "16 kHz WAV": (partial(phone, noise_db=32), 16_000, None, "speech_horn"),
    "relayed, AAC": (partial(phone, noise_db=40, wet=0.2), RATE, ("aac", 96_000), "fm_relay"),
}
WRONG: dict[str, tuple[str, Made, int, tuple[str, int] | None]] = {
    "hum, Opus": ("hum", lambda line: corpus.hummed(line, 20), 48_000, OPUS),
    "noise, AAC": ("noise", lambda line: voices.with_noise(line, 8), RATE, AAC),
    "telephone, MP3": ("narrow", lambda line: voices.shaped(line, 300, 3_400), RATE, MP3),
    "overdriven, WAV": ("clipped", lambda line: corpus.clipped(line, 18), RATE, None),
    "silence within, 16 kHz AAC": ("pause", lambda line: corpus.with_silence(line, 8, "pause", False), 16_000, AAC),
}


def found(line: Samples, rate: int, coded: tuple[str, int] | None, limits: str, folder: Path) -> set[str]:
    """Codes of what is warned of or fails."""
    sent = np.clip(line if rate == RATE else voices.at_rate(line, RATE, rate), -1, 1)
    report = corpus.judged(Case("phone", "", "", lambda: sent, rate, coded, limits), folder)
    return {finding.code for finding in report.findings if finding.level != "note"}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_recording_of_a_telephone_is_not_sent_back(name: str, voice: Samples, tmp_path: Path) -> None:
    make, rate, coded, limits = HONEST[name]
    assert found(make(voice), rate, coded, limits, tmp_path) == set()


@pytest.mark.parametrize("name", WRONG)
def test_a_strong_fault_is_found_behind_room_and_codec(name: str, voice: Samples, tmp_path: Path) -> None:
    code, spoil, rate, coded = WRONG[name]
    assert found(spoil(phone(voice, 34)), rate, coded, "speech_horn", tmp_path) == {code}
