"""The stopgap voice, sentence by sentence."""

import subprocess
import sys
import wave
from pathlib import Path

import pytest

from loa.media import rules, speech
from loa.media.voices import registry
from loa.media.voices.base import Pcm, VoiceFailed
from loa.media.voices.espeak import Espeak


def test_every_dialect_speaks_in_its_own_way() -> None:
    voice = Espeak()
    spoken = {dialect: voice.synthesise("Kính mời bà con.", dialect=dialect, speed=1.0) for dialect in voice.dialects}
    assert len({pcm.samples for pcm in spoken.values()}) == 3
    assert all(700 < pcm.milliseconds < 4000 for pcm in spoken.values())


def test_the_same_words_are_the_same_sound_and_faster_is_shorter() -> None:
    voice = Espeak()
    usual, again, fast = (voice.synthesise("Kính mời bà con.", dialect="vi", speed=speed) for speed in (1.0, 1.0, 1.6))
    assert usual == again
    assert fast.milliseconds < usual.milliseconds


def test_the_gpl_library_is_never_loaded_into_our_own_process() -> None:
    program = (
        "from loa.media.voices.espeak import Espeak; Espeak().synthesise('Chào', dialect='vi', speed=1.0);"
        "print('espeak-ng.so' in open('/proc/self/maps').read())"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_every_voice_says_what_it_is() -> None:
    choices = registry.choices()
    assert [choice.id for choice in choices] == ["espeak/vi", "espeak/vi-vn-x-central", "espeak/vi-vn-x-south"]
    assert {choice.label for choice in choices} == {"giọng máy dự phòng"}
    assert choices[0].name == "Giọng máy dự phòng, miền Bắc"


def test_sentences_have_the_pauses_of_a_reader() -> None:
    assert list(speech.sentences("Kính mời: bà con. Đúng giờ!\n\nCảm ơn ...")) == [
        ("Kính mời:", 300), ("bà con.", 450), ("Đúng giờ!", 450), ("Cảm ơn ...", 450),
    ]  # fmt: skip


def test_a_notice_becomes_a_wav_with_pauses(tmp_path: Path) -> None:
    shown: list[int] = []

    def show(percent: int) -> bool:
        shown.append(percent)
        return True

    target = tmp_path / "notice.wav"
    assert speech.speak("Một. Hai.\nBa.", "espeak/vi", 1.0, target, show)
    assert shown == [33, 66, 100]
    with wave.open(str(target)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)
        assert file.getnframes() > 3 * 0.45 * 22_050


def test_speaking_stops_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    assert not speech.speak("Một. Hai. Ba.", "espeak/vi", 1.0, tmp_path / "a.wav", lambda percent: percent < 60)


def test_a_voice_that_fails_is_named_as_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Espeak, text: str, *, dialect: str, speed: float) -> Pcm:
        raise VoiceFailed("no sound today")

    monkeypatch.setattr(Espeak, "synthesise", fails)
    with pytest.raises(rules.Unfit) as verdict:
        speech.speak("Một.", "espeak/vi", 1.0, tmp_path / "a.wav", lambda _: True)
    assert verdict.value.code == "voice_failed"


def test_a_runner_without_its_library_is_a_failed_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("espeakng_loader.get_library_path", lambda: "/nowhere.so")
    with pytest.raises(VoiceFailed):
        Espeak().synthesise("Một.", dialect="vi", speed=1.0)
