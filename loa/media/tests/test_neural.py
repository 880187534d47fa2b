"""A real neural voice, in its own process: what it says, how it is watched, how it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loa.media import rules
from loa.media.tests import joe
from loa.media.voices import neural_runner, piper, warm
from loa.media.voices.base import Pcm, VoiceFailed
from loa.media.voices.breaker import FAILURES, Breaker
from loa.media.voices.neural import Neural
from tests.at_once import PATIENCE_S

MORNING, WATER = "Good morning, everybody.", "The water is rising quickly tonight!"


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neural]:
    """The voice, taken in once for this file; it stays warm from test to test."""
    folder = tmp_path_factory.mktemp("joe")
    config = piper.parse(joe.CONFIG.read_bytes())
    model, tokens = folder / "model.onnx", folder / "tokens.txt"
    shutil.copy(joe.MODEL, model)
    piper.append_properties(model, config)
    tokens.write_text(config.tokens())
    options = {"espeak": config.espeak, "length_scale": config.length_scale, "speakers": {}}
    yield Neural("joe", "Joe", "en", {"chuan": ""}, "1", model, tokens, options, breaker=Breaker())
    warm.stop_all()


def say(voice: Neural, text: str, speed: float = 1.0) -> Pcm:
    return voice.synthesise(text, dialect="chuan", speed=speed)


def process_of(voice: Neural) -> warm.Speaker:
    return warm.speaker_for(str(voice.model), str(voice.tokens), {"length_scale": 1.0})


def spectrum(pcm: Pcm) -> Any:
    samples = np.frombuffer(pcm.samples, "<i2") / 32768
    power = np.abs(np.fft.rfft(samples, 1 << 16)) ** 2
    bands = np.add.reduceat(power, np.geomspace(40, len(power) - 1, 40).astype(int))
    return bands / bands.sum()


def gone(pid: int) -> bool:
    """Whether the process ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_speaks_and_two_sentences_sound_different(voice: Neural) -> None:
    morning, water = say(voice, MORNING), say(voice, WATER)
    assert morning.rate == water.rate == 22_050
    assert 900 < morning.milliseconds < water.milliseconds < 4000
    for pcm in (morning, water):
        samples = np.frombuffer(pcm.samples, "<i2") / 32768
        assert 0.01 < np.sqrt(np.mean(samples**2)) < 0.5
        bands = spectrum(pcm)
        assert np.count_nonzero(bands > 0.002) > 8  # the many bands of a human voice, no tone and no noise
        assert bands.max() < 0.6
    assert np.abs(spectrum(morning) - spectrum(water)).sum() > 0.2


def test_it_is_loaded_once_for_many_sentences_and_faster_is_shorter(voice: Neural) -> None:
    usual = say(voice, WATER)
    started = process_of(voice).started
    assert say(voice, WATER, 1.6).milliseconds < usual.milliseconds * 0.75
    assert say(voice, WATER, 0.7).milliseconds > usual.milliseconds * 1.2
    assert process_of(voice).started == started


def test_a_process_that_was_killed_is_started_again_and_says_the_same(voice: Neural) -> None:
    before, again = say(voice, MORNING), say(voice, MORNING)
    pid = process_of(voice).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until_gone(pid)
    assert before == again == say(voice, MORNING)
    assert process_of(voice).pid != pid


def test_an_answer_that_does_not_come_kills_the_process_and_the_next_sentence_is_spoken(voice: Neural) -> None:
    say(voice, MORNING)
    speaker = process_of(voice)
    pid = speaker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(VoiceFailed, match="in time"):
        speaker.speak("hˈaɪ.", 1.0, 0, seconds=0.3)
    assert gone(pid)
    assert say(voice, MORNING).milliseconds > 500


def test_the_process_is_bound_and_holds_no_gpl_code(voice: Neural) -> None:
    say(voice, MORNING)
    pid = process_of(voice).pid
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert str(neural_runner.MAX_ADDRESS_SPACE) in limits
    assert str(neural_runner.MAX_CPU_SECONDS) in limits
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "sherpa" in maps
    assert "espeak" not in maps
    assert "sherpa" not in Path("/proc/self/maps").read_text()
    assert len(list(Path(f"/proc/{pid}/task").iterdir())) <= 4


def test_it_dies_with_its_parent_even_in_the_middle_of_a_sentence(voice: Neural) -> None:
    program = (
        "import sys, time; from pathlib import Path; from loa.media.voices import warm;"
        "speaker = warm.speaker_for(sys.argv[1], sys.argv[2], {'length_scale': 1.0}); child = speaker._warm();"
        'child.stdin.write(b\'{"symbols": "\' + b\'ha \' * 3000 + b\'", "speed": 0.5, "speaker": 0}\\n\');'
        "child.stdin.flush(); print(child.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(voice.model), str(voice.tokens)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    until_gone(pid)


def test_it_ends_by_itself_when_it_is_quiet(voice: Neural) -> None:
    program = (
        "from loa.media.voices import neural_runner; import os, sys; neural_runner.QUIET_SECONDS = 0.2;"
        "os._exit(neural_runner.main(*sys.argv[1:]))"
    )
    words = [sys.executable, "-c", program, str(voice.model), str(voice.tokens), "{}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x07" * 1000])
def test_a_file_that_is_no_model_is_refused_or_fails_in_its_own_process(tmp_path: Path, content: bytes) -> None:
    model, tokens = tmp_path / "model.onnx", tmp_path / "tokens.txt"
    model.write_bytes(content)
    tokens.write_text("_ 0\n^ 1\n$ 2\na 3\n")
    config = piper.parse(joe.CONFIG.read_bytes())
    with pytest.raises(rules.Unfit):
        piper.append_properties(model, config)
    speaker = warm.Speaker(str(model), str(tokens), {})
    with pytest.raises(VoiceFailed, match="not loaded"):
        speaker.speak("a", 1.0, 0)
    assert speaker.pid is None


def test_a_model_that_is_gone_is_not_looked_for_at_every_sentence(voice: Neural, tmp_path: Path) -> None:
    lost = replace(voice, model=tmp_path / "gone.onnx", breaker=Breaker())
    started = warm.speaker_for(str(lost.model), str(lost.tokens), {"length_scale": 1.0})
    for _ in range(FAILURES + 3):
        with pytest.raises(VoiceFailed):
            say(lost, MORNING)
    assert started.started == FAILURES


def test_what_cannot_be_pronounced_has_failed(voice: Neural) -> None:
    for text in ("...", "☃☃☃"):
        with pytest.raises(VoiceFailed):
            say(voice, text)
    with pytest.raises(VoiceFailed):
        voice.synthesise(MORNING, dialect="bac", speed=1.0)
