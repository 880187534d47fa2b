"""From Ogg/Opus to the loudspeaker: exact samples, no clicks, and WAV files that survive a kill."""

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from speaker.feeder import Feeder
from speaker.pcm import PcmCache, Piece, Reel, Unplayable
from speaker.renderer import Renderer, Voice
from speaker.sink import BLOCK, BLOCK_NS, RATE, Pcm
from speaker.sinks import recording
from speaker.sinks.card_clock import CardClock, CardFaults
from speaker.sinks.pump import Pump
from speaker.sinks.wav import HEADER, WavSink
from speaker_village import Sound

NOTICE = Sound("lịch cắt điện", 3.2)
MS = 1_000_000


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "notice"
    path.write_bytes(NOTICE.data)
    return path


def decoded(reel: Reel) -> Pcm:
    return np.concatenate(list(reel.chunks(PcmCache())))


def likeness(one: Pcm, other: Pcm) -> float:
    first, second = one.astype(np.float64), other.astype(np.float64)
    return float(np.sum(first * second) / np.sqrt(np.sum(first**2) * np.sum(second**2)))


def test_decoding_begins_at_the_first_sample_and_loses_none(notice: Path) -> None:
    pcm = decoded(Reel((Piece("n", notice),)))
    assert len(pcm) == len(NOTICE.pcm)
    assert likeness(pcm, NOTICE.pcm) > 0.9


@pytest.mark.parametrize("skip", [1, 47_999, 48_000, 100_000, 140_000])
def test_joining_in_the_middle_is_exact_to_the_sample(notice: Path, skip: int) -> None:
    whole = decoded(Reel((Piece("n", notice),)))
    joined = decoded(Reel((Piece("n", notice),), skip=skip))
    assert len(joined) == len(whole) - skip
    assert likeness(joined, whole[skip:]) > 0.98


def test_gaps_and_skipped_parts(notice: Path) -> None:
    pieces = (Piece("a", notice, gap=1_000), Piece("b", notice, gap=500))
    length = len(NOTICE.pcm)
    assert len(decoded(Reel(pieces))) == 2 * length + 1_500
    joined = decoded(Reel(pieces, skip=1_000 + length + 200, known={"a": length}))
    assert len(joined) == length + 300
    assert not joined[:300].any()


@pytest.mark.parametrize("content", [b"", b"not a sound", NOTICE.data[:20]], ids=["empty", "text", "cut off"])
def test_what_is_no_sound_is_unplayable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Unplayable):
        decoded(Reel((Piece("x", tmp_path / "x"),)))
    voice = Voice(start_ns=0, limit=RATE)
    Feeder(threaded=False).feed(voice, Reel((Piece("x", tmp_path / "x"),)))
    assert voice.complete
    assert voice.broken


def test_many_speakers_decode_a_sound_once(notice: Path) -> None:
    cache = PcmCache()
    feeder = Feeder(cache, threaded=False)
    for _ in range(20):
        feeder.feed(Voice(start_ns=0, limit=10 * RATE), Reel((Piece("n", notice),)))
    assert cache.decoded == 4  # seconds


class Bench:
    """A renderer, pulled by hand; its clock is true."""

    def __init__(self) -> None:
        self.renderer = Renderer(lambda: None)
        self.at = 0

    def voice(self, start_ms: float, samples: Pcm, **fields: object) -> Voice:
        voice = Voice(start_ns=int(start_ms * MS), limit=len(samples), **fields)  # type: ignore[arg-type]
        voice.blocks.extend(np.array_split(samples, 7))
        voice.fed, voice.complete = len(samples), True
        return voice

    def pull(self, blocks: int) -> Pcm:
        out = []
        for _ in range(blocks):
            block = self.renderer.pull(self.at)
            out.append(np.zeros(BLOCK, np.int16) if block is None else block)
            assert len(out[-1]) == BLOCK
            self.at += BLOCK_NS
        return np.concatenate(out)


RAMP = np.arange(1, 2_401, dtype=np.int16)
LOUD = np.full(RATE, 20_000, np.int16)


@pytest.mark.parametrize("start_ms", [0, 5, 10, 12.5, 19.98])
def test_the_first_sample_lies_at_its_instant(start_ms: float) -> None:
    bench = Bench()
    bench.renderer.arm(bench.voice(start_ms, RAMP))
    heard = bench.pull(10)
    first = round(start_ms * 48)
    assert not heard[:first].any()
    assert (heard[first : first + len(RAMP)] == RAMP).all()
    assert not heard[first + len(RAMP) :].any()


def test_stop_is_silent_within_one_block_and_without_a_click() -> None:
    bench = Bench()
    bench.renderer.arm(bench.voice(0, LOUD))
    bench.pull(3)
    bench.renderer.stop("held")
    heard = bench.pull(2)
    assert not heard[BLOCK - 1 :].any()
    assert np.abs(np.diff(heard.astype(int))).max() < 200


def test_the_next_voice_ends_the_one_before() -> None:
    bench = Bench()
    bench.renderer.arm(bench.voice(0, LOUD))
    bench.pull(1)
    bench.renderer.arm(bench.voice(25, -LOUD))
    heard = bench.pull(4)
    switch = 1_200 - BLOCK
    assert (heard[:BLOCK] == 20_000).all()
    assert (heard[switch : switch + BLOCK] == -20_000).all()
    assert abs(int(heard[switch - 1])) < 300
    assert [happening.value for happening, _ in bench.renderer.events] == ["started", "ended", "started"]


def longest_step(heard: Pcm) -> int:
    """The largest difference between two samples in a row: a click is a large one."""
    return int(np.abs(np.diff(heard.astype(int))).max())


@pytest.mark.parametrize("start_ms", [0, 20, 20.1, 24, 29.9])
def test_what_sounds_at_once_ends_the_one_before_without_a_click(start_ms: float) -> None:
    bench = Bench()
    bench.renderer.arm(bench.voice(0, LOUD))
    bench.pull(2)
    bench.renderer.arm(bench.voice(start_ms, LOUD // 100))
    heard = np.concatenate((LOUD[:1], bench.pull(3)))
    assert longest_step(heard) < 300
    assert (heard[-BLOCK:] == 200).all()


@pytest.mark.parametrize("start_ms", [0, 5, 9.9, 12.5, 19.98])
def test_joining_a_sound_makes_no_click_wherever_the_blocks_lie(start_ms: float) -> None:
    bench = Bench()
    bench.renderer.arm(bench.voice(start_ms, LOUD, joins=True))
    heard = bench.pull(4)
    assert longest_step(heard) < 200
    assert heard[-1] == 20_000


@pytest.mark.parametrize("limit", [4_800, 4_801, 4_900, 5_279])
def test_the_planned_end_cuts_a_sound_off_without_a_click(limit: int) -> None:
    bench = Bench()
    voice = bench.voice(0, LOUD)
    voice.limit = limit
    bench.renderer.arm(voice)
    heard = bench.pull(12)
    assert longest_step(np.append(heard[1:], 0)) < 200
    assert not heard[limit:].any()
    assert heard[limit - 300] == 20_000


def test_volume_changes_without_a_click() -> None:
    bench = Bench()
    bench.renderer.arm(bench.voice(0, LOUD))
    bench.pull(2)
    bench.renderer.set_gains(((0, 0.25),))
    heard = bench.pull(3)
    assert np.abs(np.diff(heard.astype(int))).max() < 100
    assert (heard[BLOCK:] == 5_000).all()


def test_a_voice_begins_with_its_first_sample_however_late_that_comes() -> None:
    bench = Bench()
    voice = Voice(start_ns=0, limit=len(RAMP))
    bench.renderer.arm(voice)
    assert not bench.pull(3).any()
    voice.blocks.append(RAMP)
    voice.fed, voice.complete = len(RAMP), True
    assert (bench.pull(5) == RAMP).all()
    assert voice.started_ns == 3 * BLOCK_NS


def test_a_late_decoder_makes_silence_and_loses_no_programme() -> None:
    bench = Bench()
    voice = bench.voice(0, RAMP)
    voice.complete = False
    voice.limit = 2 * len(RAMP)
    bench.renderer.arm(voice)
    bench.pull(8)
    assert voice.starved > 0
    voice.blocks.append(RAMP)
    voice.fed, voice.complete = 2 * len(RAMP), True
    assert (bench.pull(5) == RAMP).all()


class Tone:
    """A source that answers each pull with its number."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def pull(self, heard_at: int) -> Pcm | None:
        self.heard.append(heard_at)
        return None if len(self.heard) % 3 == 0 else np.full(BLOCK, len(self.heard), np.int16)


class HandClock:
    def __init__(self) -> None:
        self.at = 10**12

    def __call__(self) -> int:
        return self.at


def hand_sink(folder: Path, **options: int) -> tuple[WavSink, HandClock, Tone]:
    clock, tone = HandClock(), Tone()
    faults = CardFaults(offset_s=33.0, drift_ppm=50_000.0, latency_s=0.05)
    sink = WavSink(
        Pump(), folder, faults, clock=CardClock(faults, clock), true_ns=lambda: clock.at + 7 * 10**17, **options
    )
    sink._pump = Idle()  # type: ignore[assignment]
    sink.start(tone)
    return sink, clock, tone


class Idle:
    def add(self, card: object) -> None:
        """The test serves the card itself."""

    def remove(self, card: object) -> None:
        """The same."""


def test_a_card_pulls_by_its_own_clock_and_says_when_it_will_be_heard(tmp_path: Path) -> None:
    sink, clock, tone = hand_sink(tmp_path)
    for _ in range(200):
        clock.at += 5 * MS
        sink.serve()
    assert len(tone.heard) == pytest.approx(105, abs=1)  # five percent fast
    assert tone.heard[0] == pytest.approx(33 * 10**9 + 50 * MS, abs=MS)
    assert set(np.diff(tone.heard)) == {BLOCK_NS}
    sink.stop()
    found = recording.read(tmp_path / "000001.wav")
    assert found.sidecar.first_sample_ns == pytest.approx(10**12 + 7 * 10**17 + 50 * MS / 1.05, abs=10_000)
    assert found.at(48_000) - found.at(0) == pytest.approx(1e9 / 1.05, abs=1_000)
    assert found.samples[480] == 2
    assert not found.samples[960:1_440].any()


def test_blocks_not_pulled_in_time_are_lost_as_on_a_card(tmp_path: Path) -> None:
    sink, clock, tone = hand_sink(tmp_path)
    sink.serve()
    before = len(tone.heard)
    clock.at += 500 * MS
    sink.serve()
    assert sink.underruns == pytest.approx(47, abs=2)
    assert len(tone.heard) - before == pytest.approx(6, abs=1)


def test_files_rotate_without_losing_a_block(tmp_path: Path) -> None:
    sink, clock, _ = hand_sink(tmp_path, rotate_blocks=20, keep=3)
    for _ in range(300):
        clock.at += 5 * MS
        sink.serve()
    sink.stop()
    found = list(recording.read_all(tmp_path))
    assert len(found) == 3
    for one, other in itertools.pairwise(found):
        assert other.sidecar.before - one.sidecar.before == len(one.samples)
        assert other.sidecar.first_sample_ns == pytest.approx(one.at(len(one.samples)), abs=2_000)
    last = found[-1]
    assert sink.frames() == last.sidecar.before + len(last.samples)


def test_a_listener_hears_what_was_rendered(tmp_path: Path) -> None:
    sink, clock, _ = hand_sink(tmp_path)
    clock.at += 40 * MS
    sink.serve()
    heard = np.frombuffer(sink.heard(0, 10_000), "<i2")
    assert len(heard) == sink.frames()
    assert list(heard[::BLOCK][:4]) == [1, 2, 0, 4]
    assert sink.heard(sink.frames(), 100) == b""


_CHILD = """
import sys, time
import numpy as np
from pathlib import Path
from speaker.sinks.pump import Pump
from speaker.sinks.wav import WavSink

class Source:
    count = 0
    def pull(self, heard_at):
        self.count += 1
        return np.full(480, 1000 + self.count % 1000, np.int16)

sink = WavSink(Pump(), Path(sys.argv[1]))
sink.start(Source())
print("ready", flush=True)
time.sleep(60)
"""


def test_a_recording_survives_kill_9(tmp_path: Path) -> None:
    def samples(number: int) -> int:
        files = sorted(tmp_path.glob("*.wav"))
        return (files[-1].stat().st_size - HEADER) // 2 if len(files) == number else 0

    for number in (1, 2):
        child = subprocess.Popen([sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        while samples(number) < 60 * BLOCK:
            assert child.poll() is None
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    first, second = recording.read_all(tmp_path)
    for found in (first, second):
        assert len(found.samples) >= 20 * BLOCK
        sounding = found.samples[found.samples != 0]
        assert len(sounding) >= 20 * BLOCK
        assert set(np.diff(sounding.astype(int))) <= {0, 1}
    assert second.sidecar.first_sample_ns > first.at(len(first.samples)) - 10**9
