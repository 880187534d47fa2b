"""Sentence by sentence: pauses, levels, places, and what a change costs."""

import hashlib
import itertools
import os
import time
import wave
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from loa.media import rules
from loa.media.speech import clips, levels, speaking
from loa.media.speech.sentences import MOST_CHARACTERS, sentences
from loa.media.voices import registry
from loa.media.voices.base import Pcm, VoiceFailed
from loa.media.voices.espeak import Espeak

Speak = Callable[..., Any]


class Tones:
    """A voice that hums: each sentence at its own pitch and loudness, so that a test can find it again."""

    name, label, language, version, is_fallback = "Máy thử", "giọng thử", "vi", "1", False
    dialects: Mapping[str, str] = MappingProxyType({"bac": "miền Bắc"})

    def __init__(self, identifier: str = "tones", rate: int = 22_050, level: float = 0.2, *, mute: str = "") -> None:
        self.id, self.rate, self.level, self.mute = identifier, rate, level, mute
        self.spoken: list[str] = []

    def synthesise(self, text: str, *, dialect: str, speed: float) -> Pcm:
        if self.mute and self.mute in text:
            raise VoiceFailed("not this one")
        self.spoken.append(text)
        at = np.arange(int(self.rate * 0.05 * len(text) / speed)) / self.rate
        hum = self.level * np.sin(2 * np.pi * (300 + 10 * len(text)) * at)
        quiet = np.zeros(self.rate // 4)
        return Pcm(self.rate, (np.concatenate((quiet, hum, quiet)) * 32767).astype("<i2").tobytes())


@pytest.fixture
def kept(tmp_path: Path) -> clips.Clips:
    return clips.Clips(tmp_path / "spoken")


@pytest.fixture
def speak(tmp_path: Path, kept: clips.Clips, monkeypatch: pytest.MonkeyPatch) -> Speak:
    """Speaks with the voices that are given, the first chosen, the others behind it."""

    def say(text: str, *voices: Any, go: Callable[[int], bool] = lambda _: True, **more: Any) -> Any:
        ways = [registry.Way(voice, next(iter(voice.dialects))) for voice in voices or (Espeak(),)]
        monkeypatch.setattr(registry, "ways", lambda choice: ways)
        return speaking.speak(text, "chosen", more.pop("speed", 1.0), tmp_path / "notice.wav", go, kept=kept, **more)

    return say


def heard(path: Path) -> tuple[int, Any]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def level_db(samples: Any) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples)) + 1e-12))


def test_sentences_have_the_pauses_of_a_reader() -> None:
    told = [(one.text, one.pause_ms) for one in sentences("Kính mời: bà con. Đúng giờ!\n\nCảm ơn ...")]
    assert told == [("Kính mời:", 300), ("bà con.", 450), ("Đúng giờ!", 750), ("Cảm ơn ...", 450)]


def test_headings_and_items_rest_longer_than_sentences() -> None:
    text = "Thông báo họp thôn\nMang theo:\n- Giấy tờ\n- Sổ hộ khẩu.\nHết."
    told = {one.text: one.pause_ms for one in sentences(text)}
    assert told["Thông báo họp thôn"] == 800
    assert told["- Giấy tờ"] == told["- Sổ hộ khẩu."] == told["Mang theo:"] == 550
    assert told["Hết."] == 450


def test_quotes_and_brackets_close_a_sentence_and_noise_is_left_out() -> None:
    assert [one.text for one in sentences("“Đi đâu?” Ông nói (nhỏ.) Rồi đi. ... !!! \n *** ")] == [
        "“Đi đâu?”", "Ông nói (nhỏ.)", "Rồi đi.",
    ]  # fmt: skip


def test_a_sentence_without_an_end_is_parted_where_one_may_breathe() -> None:
    text = "bà con nhân dân trong toàn xã, " * 60
    parts = sentences(text)
    assert all(len(part.text) <= MOST_CHARACTERS for part in parts)
    assert all(part.text.endswith(",") and part.pause_ms == 150 for part in parts[:-1])
    assert "".join(text.split()) == "".join("".join(part.text.split()) for part in parts)
    assert max(len(part.text) for part in sentences("x" * 5000)) <= MOST_CHARACTERS


def test_a_notice_becomes_a_wav_with_pauses(tmp_path: Path, speak: Speak) -> None:
    shown: list[int] = []

    def go(percent: int) -> bool:
        shown.append(percent)
        return True

    placed = speak("Một. Hai.\nBa.", go=go)
    assert shown == [33, 66, 100]
    rate, samples = heard(tmp_path / "notice.wav")
    assert rate == 22_050
    assert placed is not None
    assert [one.text for one in placed] == ["Một.", "Hai.", "Ba."]
    assert len(samples) * 1000 / rate == pytest.approx(placed[-1].end_ms + 100, abs=2)
    assert placed[1].start_ms - placed[0].end_ms == pytest.approx(450, abs=2)
    assert placed[2].start_ms - placed[1].end_ms == pytest.approx(550, abs=2)


def test_each_sentence_lies_where_it_is_said_to_lie(tmp_path: Path, speak: Speak) -> None:
    placed = speak("Kính mời bà con. Họp ở nhà văn hóa thôn năm! Đúng giờ.", Tones())
    assert placed is not None
    rate, samples = heard(tmp_path / "notice.wav")
    for one in placed:
        inside = samples[one.start_ms * rate // 1000 : one.end_ms * rate // 1000]
        pitch = np.argmax(np.abs(np.fft.rfft(inside))) * rate / len(inside)
        assert pitch == pytest.approx(300 + 10 * len(one.text), abs=5)
    for one, behind in itertools.pairwise(placed):
        assert level_db(samples[one.end_ms * rate // 1000 : behind.start_ms * rate // 1000]) < -90


def test_pauses_are_longer_when_that_is_wished(speak: Speak) -> None:
    for factor in (0.5, 1.0, 2.0):
        placed = speak("Một hai ba. Bốn năm sáu.", Tones(), pauses=factor)
        assert placed is not None
        assert placed[1].start_ms - placed[0].end_ms == pytest.approx(450 * factor, abs=2)


@pytest.mark.parametrize("asked", [{"pauses": 0.4}, {"pauses": 2.1}, {"speed": 0.4}, {"speed": float("nan")}])
def test_factors_beyond_reason_are_refused(speak: Speak, asked: dict[str, float]) -> None:
    with pytest.raises(rules.Unfit):
        speak("Một.", **asked)


def test_loud_and_quiet_voices_stand_at_one_level(tmp_path: Path, speak: Speak) -> None:
    quiet = Tones("quiet", level=0.01, mute="Loa")
    loud = Tones("loud", rate=16_000, level=0.9)
    placed = speak("Kính mời bà con. Loa phát thanh. Xin cảm ơn.", quiet, loud)
    assert placed is not None
    assert [one.voice for one in placed] == ["quiet/bac", "loud/bac", "quiet/bac"]
    rate, samples = heard(tmp_path / "notice.wav")
    assert rate == 48_000  # two rates: each sentence is brought to that of the finished sound
    found = [level_db(samples[one.start_ms * 48 + 960 : one.end_ms * 48 - 2400]) for one in placed]
    assert max(found) - min(found) < 0.5
    assert np.abs(samples).max() < 0.9
    pitches = [
        np.argmax(np.abs(np.fft.rfft(samples[one.start_ms * 48 : one.end_ms * 48]))) * 1000
        / (one.end_ms - one.start_ms)
        for one in placed
    ]  # fmt: skip
    assert pitches == pytest.approx([300 + 10 * len(one.text) for one in placed], abs=5)


def test_a_changed_sentence_costs_only_that_sentence(speak: Speak) -> None:
    voice = Tones()
    before = speak("Kính mời bà con. Họp lúc bảy giờ. Xin cảm ơn.", voice)
    after = speak("Kính mời bà con. Họp lúc tám giờ rưỡi. Xin cảm ơn.", voice)
    assert before is not None
    assert after is not None
    assert voice.spoken == ["Kính mời bà con.", "Họp lúc bảy giờ.", "Xin cảm ơn.", "Họp lúc tám giờ rưỡi."]
    assert [a.key == b.key for a, b in zip(before, after, strict=True)] == [True, False, True]


def test_another_speed_dialect_or_version_is_another_clip(kept: clips.Clips) -> None:
    voice, other = Tones(), Tones("other")
    newer = Tones()
    newer.version = "2"
    names = {
        clips.name_of(voice, "bac", 1.0, "Một."), clips.name_of(voice, "bac", 1.1, "Một."),
        clips.name_of(voice, "nam", 1.0, "Một."), clips.name_of(other, "bac", 1.0, "Một."),
        clips.name_of(newer, "bac", 1.0, "Một."), clips.name_of(voice, "bac", 1.0, "Hai."),
    }  # fmt: skip
    assert len(names) == 6
    assert clips.name_of(voice, "bac", 1.0, "Mo\u0302\u0323t  hai") == clips.name_of(voice, "bac", 1.0, "Một hai")


def test_the_same_words_spoken_differently_were_not_heard_before() -> None:
    first, second = (Pcm(22_050, bytes([value]) * 100) for value in (1, 2))
    assert clips.key_of("name", first) != clips.key_of("name", second)
    assert clips.key_of("name", first) == clips.key_of("name", Pcm(22_050, bytes([1]) * 100))


def test_a_damaged_clip_is_spoken_again(speak: Speak, kept: clips.Clips) -> None:
    voice = Tones()
    speak("Kính mời bà con.", voice)
    (path,) = kept.root.rglob("*.wav")
    whole = path.read_bytes()
    with wave.open(str(path)) as file:  # anybody's player opens it, seal and all
        assert file.getnframes() * 2 == len(whole) - 44 - 40
    for damage in (b"", whole[:100], whole[:-1], b"x" * len(whole), whole[:500] + b"\0\1" + whole[502:]):
        path.write_bytes(damage)
        assert speak("Kính mời bà con.", voice) is not None
        assert path.read_bytes() == whole
    assert len(voice.spoken) == 6


def test_a_folder_that_may_not_be_written_costs_only_time(tmp_path: Path, speak: Speak, kept: clips.Clips) -> None:
    kept.root.write_text("a file where the folder should be")
    voice = Tones()
    assert speak("Một hai.", voice) is not None
    assert speak("Một hai.", voice) is not None
    assert len(voice.spoken) == 2


def test_old_and_too_many_clips_are_swept(kept: clips.Clips) -> None:
    now = datetime.now(UTC)
    names = [hashlib.sha256(bytes([number])).hexdigest() for number in range(6)]
    for age, name in enumerate(names):
        kept.put(name, Pcm(8000, b"\1\2" * 4000))
        at = (now - timedelta(days=30 * age)).timestamp()
        os.utime(kept._path(name), (at, at))
    assert kept.sweep(now, most_bytes=10**9) == 2  # 120 and 150 days
    assert kept.sweep(now, most_bytes=17_000) == 2
    assert [kept.get(name, time.time()) is not None for name in names] == [True, True, False, False, False, False]
    assert kept.sweep(now) == 0


def test_what_is_used_stays_young(kept: clips.Clips) -> None:
    name = "ab" * 32
    kept.put(name, Pcm(8000, b"\1\2" * 100))
    long_ago = time.time() - 89 * 86_400
    os.utime(kept._path(name), (long_ago, long_ago))
    assert kept.get(name, time.time()) is not None
    assert kept.sweep(datetime.now(UTC) + timedelta(days=89)) == 0


def test_speaking_stops_when_nobody_wants_it_any_more(tmp_path: Path, speak: Speak) -> None:
    voice = Tones()
    assert speak("Một. Hai. Ba.", voice, go=lambda percent: percent < 60) is None
    assert voice.spoken == ["Một.", "Hai."]
    assert not list(tmp_path.glob("*.spool"))


def test_the_next_voice_takes_over_and_the_sound_says_so(speak: Speak) -> None:
    placed = speak("Kính mời bà con. Loa phát thanh.", Tones(mute="Loa"), Espeak())
    assert placed is not None
    assert [one.voice for one in placed] == ["tones/bac", "espeak/vi"]


def test_when_no_voice_can_speak_the_text_is_refused(speak: Speak) -> None:
    with pytest.raises(rules.Unfit) as verdict:
        speak("Loa phát thanh.", Tones(mute="Loa"), Tones("other", mute="Loa"))
    assert verdict.value.code == "voice_failed"


def test_a_voice_that_gives_silence_has_failed(speak: Speak) -> None:
    with pytest.raises(rules.Unfit):
        speak("Một hai.", Tones(level=0.0))


def test_silence_around_a_clip_is_taken_away_and_its_ends_are_soft() -> None:
    rate = 16_000
    hum = 0.5 * np.sin(2 * np.pi * 200 * np.arange(rate) / rate)
    raw = Pcm(rate, (np.concatenate((np.zeros(rate), hum, np.zeros(rate))) * 32767).astype("<i2").tobytes())
    made = levels.even(raw)
    assert made.milliseconds == pytest.approx(1055, abs=15)
    samples = np.frombuffer(made.samples, "<i2")
    assert abs(int(samples[0])) < 50
    assert abs(int(samples[-1])) < 50
    assert levels.even(made).milliseconds == made.milliseconds
    silent = Pcm(rate, b"\0\0" * rate)
    assert levels.even(silent) == silent


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 24_000, 44_100])
def test_a_clip_is_exactly_as_long_at_another_rate(rate: int) -> None:
    raw = Pcm(rate, (0.3 * np.sin(np.arange(rate * 2 + 37) * 0.1) * 32767).astype("<i2").tobytes())
    made = levels.at_rate(raw, 48_000)
    assert len(made.samples) // 2 == round((rate * 2 + 37) * 48_000 / rate)
    assert level_db(np.frombuffer(made.samples, "<i2") / 32768) == pytest.approx(
        level_db(0.3 * np.sin(np.arange(999) * 0.1)), abs=0.3
    )
