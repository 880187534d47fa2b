"""The stopgap voice, and that it is told apart from all others."""

import subprocess
import sys
import unicodedata

import pytest

from loa.media.voices import espeak, phonemes
from loa.media.voices.base import VoiceFailed
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
        "from loa.media.voices.espeak import Espeak, phonemes; Espeak().synthesise('Chào', dialect='vi', speed=1.0);"
        "phonemes('Chào', 'vi'); print('espeak-ng.so' in open('/proc/self/maps').read())"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_a_runner_without_its_library_is_a_failed_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("espeakng_loader.get_library_path", lambda: "/nowhere.so")
    with pytest.raises(VoiceFailed):
        Espeak().synthesise("Một.", dialect="vi", speed=1.0)


def test_it_says_how_words_are_pronounced() -> None:
    assert espeak.phonemes("Kính mời bà con", "vi") == "kˈiɜɲ mˈəː2j bˈaː2 kˌɔn"
    assert espeak.phonemes("Good morning (really) everybody", "en-us").count("\n") == 0
    with pytest.raises(VoiceFailed):
        espeak.phonemes("Kính mời", "no-such-voice")


def test_a_neural_voice_hears_the_punctuation() -> None:
    told = phonemes.symbols("Ai đi? Tôi, anh: đúng 7.30 giờ... Đi thôi", lambda clause: f"<{clause}>")
    assert told == unicodedata.normalize("NFD", "<Ai đi>? <Tôi>, <anh>: <đúng 7.30 giờ>. <Đi thôi>.")
    assert [mark for _, mark in phonemes.clauses("Ai đi? Tôi, anh: đúng 7.30 giờ... Đi thôi")] == [
        "? ", ", ", ": ", ". ", ". ",
    ]  # fmt: skip
    assert phonemes.symbols("... !", lambda clause: clause) == ""
    assert phonemes.symbols("xem (en)wifi(vi)", lambda clause: clause) == "xem wifi."
