"""Any file becomes a quiet Opus one, or is refused with a reason; what is promised is measured on the file itself."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
import pytest

from loa.media import rules
from loa.media.pipeline import run
from loa.media.pipeline.meter import measure_file
from loa.media.pipeline.result import Normalised
from loa.media.tests import sounds
from loa.media.voices.espeak import Espeak


def normalised(source: Path, tmp_path: Path) -> Normalised:
    workspace = tmp_path / "work"
    workspace.mkdir(exist_ok=True)
    return run.normalise_in_child(source, workspace, lambda _: True)


def refusal(source: Path, tmp_path: Path) -> rules.Unfit:
    with pytest.raises(rules.Unfit) as verdict:
        normalised(source, tmp_path)
    return verdict.value


def speech() -> sounds.Samples:
    """A quiet sentence of the stopgap voice at 22,050 Hz."""
    pcm = Espeak().synthesise("Kính mời bà con thôn hai đến họp.", dialect="vi", speed=1.0)
    return np.frombuffer(pcm.samples, "<i2").astype(np.float32) * np.float32(0.1 / 32768)


def _sides(left: sounds.Samples, right: float) -> sounds.Samples:
    """Stereo whose right side is the left one times `right`."""
    return np.stack([left, left * np.float32(right)], axis=1).reshape(-1)


SOURCES: dict[str, Callable[[Path], Path]] = {
    "speech.wav": lambda path: sounds.wav(path, speech(), rate=22_050),
    "clipped.wav": lambda path: sounds.wav(path, np.sign(sounds.sine(3, pitch=300))),
    "clicks.wav": lambda path: sounds.wav(path, sounds.clicks(5)),
    "telephone.wav": lambda path: sounds.wav(path, sounds.sine(2, rate=8000), rate=8000),
    "music.mp3": lambda path: sounds.encoded(path, sounds.sine(3), "libmp3lame"),
    "phone.m4a": lambda path: sounds.encoded(path, sounds.sine(3), "aac"),
    "browser.webm": lambda path: sounds.encoded(path, sounds.sine(3), "libopus", stereo=False),
    "chat.ogg": lambda path: sounds.encoded(path, sounds.sine(3), "libopus", stereo=False),
    "studio.flac": lambda path: sounds.encoded(path, sounds.sine(3), "flac"),
    "film.mp4": lambda path: sounds.video(path, sounds.sine(3)),
    "endless.wav": lambda path: sounds.float_wav(path, np.where(np.arange(96_000) % 999, sounds.sine(2), np.nan)),
    "offset.wav": lambda path: sounds.wav(path, speech() + np.float32(0.6), rate=22_050),
    "one-side.wav": lambda path: sounds.wav(path, _sides(speech(), 0.0), rate=22_050, channels=2),
    "crossed-cable.wav": lambda path: sounds.wav(path, _sides(speech(), -1.0), rate=22_050, channels=2),
    "nearly-crossed.wav": lambda path: sounds.wav(path, _sides(speech(), -0.95), rate=22_050, channels=2),
    "infinite.wav": lambda path: sounds.float_wav(path, sounds.sine(2) * np.float32(1e30)),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_kind_of_file_becomes_loud_enough_and_never_too_loud(name: str, tmp_path: Path) -> None:
    made = normalised(SOURCES[name](tmp_path / name), tmp_path)
    rendition = tmp_path / "work" / "rendition.ogg"
    measured = measure_file(rendition)
    assert measured.true_peak_dbtp <= rules.MAX_TRUE_PEAK_DBTP
    assert made.true_peak_dbtp == round(measured.true_peak_dbtp, 2)
    assert made.duration_ms == measured.milliseconds
    if name != "clicks.wav":  # clicks over near-silence cannot be loud and unclipped at once
        assert abs(made.loudness_lufs - rules.TARGET_LUFS) <= 1.0
    assert rendition.read_bytes().startswith(b"OggS")
    assert len(made.wave) == 200
    assert max(made.wave) == 100


def test_a_talk_with_many_knocks_and_clicks_is_as_loud_as_others(tmp_path: Path) -> None:
    chance, talk = np.random.default_rng(1), np.resize(speech(), 8 * 22_050) * np.float32(2)
    talk[chance.integers(0, len(talk), 24)] = 1.0
    for at in chance.integers(0, len(talk) - 200, 8):
        talk[at : at + 200] += np.hanning(200).astype(np.float32) * sounds.sine(200 / 22_050, 22_050, 0.8, 900)[:200]
    made = normalised(sounds.wav(tmp_path / "a.wav", talk, rate=22_050), tmp_path)
    assert abs(made.loudness_lufs - rules.TARGET_LUFS) <= 0.6
    assert made.true_peak_dbtp <= rules.MAX_TRUE_PEAK_DBTP


@pytest.mark.parametrize("name", ["speech.wav", "clipped.wav", "clicks.wav"])
def test_another_meter_agrees(name: str, tmp_path: Path) -> None:
    normalised(SOURCES[name](tmp_path / name), tmp_path)
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(tmp_path / "work" / "rendition.ogg"),
        "-af", "ebur128=peak=true", "-f", "null", "-",
    ]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    peak = float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", told)[-1])
    assert peak <= rules.MAX_TRUE_PEAK_DBTP


@pytest.mark.parametrize("samples", [24_000, 24_001, 48_047, 96_000, 143_999])
def test_the_duration_is_exact(samples: int, tmp_path: Path) -> None:
    source = sounds.wav(tmp_path / "a.wav", sounds.sine(4)[:samples])
    assert normalised(source, tmp_path).duration_ms == -(-samples // 48)


def test_a_sound_cut_out_of_a_longer_one_begins_and_ends_without_a_click(tmp_path: Path) -> None:
    normalised(sounds.wav(tmp_path / "a.wav", np.roll(sounds.sine(2), 27)), tmp_path)  # cut at the top of its wave
    with av.open(str(tmp_path / "work" / "rendition.ogg")) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    loudest = np.abs(heard).max()
    assert np.abs(heard[:12]).max() < loudest / 5
    assert np.abs(heard[-12:]).max() < loudest / 5


def test_the_same_sound_gives_the_same_file(tmp_path: Path) -> None:
    source = sounds.wav(tmp_path / "a.wav", sounds.sine(1))
    made = []
    for _ in range(2):
        normalised(source, tmp_path)
        made.append((tmp_path / "work" / "rendition.ogg").read_bytes())
    assert made[0] == made[1]


BAD: dict[str, Callable[[Path], Any]] = {
    "empty": lambda path: path.write_bytes(b""),
    "not_sound text": lambda path: path.write_text("Kính gửi bà con thôn hai. " * 500),
    "not_sound junk": lambda path: path.write_bytes(np.random.default_rng(3).bytes(200_000)),
    "not_sound zeros": lambda path: path.write_bytes(bytes(100_000)),
    "not_sound playlist": lambda path: path.write_text("#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
    "not_sound list": lambda path: path.write_text("ffconcat version 1.0\nfile /etc/passwd\n"),
    "damaged no index": lambda path: _cut(sounds.encoded(path.with_suffix(".m4a"), sounds.sine(5), "aac"), path, 0.5),
    "damaged head": lambda path: path.write_bytes(b"OggS" + np.random.default_rng(3).bytes(50_000)),
    "damaged ogg": lambda path: _cut(sounds.encoded(path.with_suffix(".ogg"), sounds.sine(12), "libopus"), path, 0.3),
    "truncated wav": lambda path: sounds.wav(path, sounds.sine(3), declared=96_000 * 60),
    "truncated mp3": lambda path: _cut(
        sounds.encoded(path.with_suffix(".mp3"), sounds.sine(30), "libmp3lame"), path, 0.4
    ),
    "truncated wav by 3 %": lambda path: _cut(sounds.wav(path.with_suffix(".wav"), sounds.sine(20)), path, 0.97),
    "truncated mp3 by 3 %": lambda path: _cut(
        sounds.encoded(path.with_suffix(".mp3"), sounds.sine(20), "libmp3lame"), path, 0.97
    ),
    "truncated flac by 5 %": lambda path: _cut(
        sounds.encoded(path.with_suffix(".flac"), corpus_noise(), "flac"), path, 0.95
    ),
    "no_sound_track": lambda path: sounds.video(path.with_suffix(".mp4"), None).rename(path),
    "silent": lambda path: sounds.wav(path, sounds.sine(3, level=0.0)),
    "too_short": lambda path: sounds.wav(path, sounds.sine(0.3)),
    "odd_format channels": lambda path: sounds.wav(path, sounds.sine(3), channels=64),
    "odd_format rate": lambda path: sounds.wav(path, sounds.sine(3), rate=1_000_000),
    "too_long by its own words": lambda path: sounds.flac_of_silence(
        path.with_suffix(".flac"), 3.2, hide_length=False
    ).rename(path),
}


def corpus_noise() -> sounds.Samples:
    """Twelve seconds that no codec makes small."""
    return (0.1 * np.random.default_rng(2).standard_normal(12 * 48_000)).astype(np.float32)


def _cut(whole: Path, path: Path, share: float) -> None:
    data = whole.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_with_a_sentence_and_leave_no_rendition(kind: str, tmp_path: Path) -> None:
    BAD[kind](tmp_path / "sent")
    verdict = refusal(tmp_path / "sent", tmp_path)
    assert verdict.code == kind.split()[0]
    assert "{" not in verdict.message
    assert verdict.message.endswith(".")
    assert not (tmp_path / "work" / "rendition.ogg").exists()


def test_a_bomb_that_hides_its_length_is_stopped_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from loa.media.pipeline.reader import Reader

    monkeypatch.setattr(rules, "MAX_SOUND_MS", 120_000)
    bomb = sounds.flac_of_silence(tmp_path / "bomb.flac", 0.1, hide_length=True)
    reader = Reader(bomb)
    with pytest.raises(rules.Unfit) as verdict:
        for _ in reader.seconds():
            pass
    assert verdict.value.code == "too_long"
    assert reader.milliseconds <= 122_000


FORMATS = ("phone.m4a", "music.mp3", "browser.webm", "chat.ogg", "studio.flac", "telephone.wav", "film.mp4")


def _mutated(data: bytearray, number: int, chance: np.random.Generator) -> bytes:
    """Some bytes changed, in every third file only near the beginning, every fifth file cut."""
    for _ in range(int(chance.integers(1, 40))):
        data[int(chance.integers(0, len(data) if number % 3 else 200))] = int(chance.integers(0, 256))
    return bytes(data[: int(chance.integers(100, len(data)))] if number % 5 == 0 else data)


def test_broken_files_end_in_a_verdict_in_the_child_of_the_product(tmp_path: Path) -> None:
    chance = np.random.default_rng(20260820)
    originals = [SOURCES[name](tmp_path / name).read_bytes() for name in FORMATS]
    ends: list[str] = []
    for number in range(14):  # test_fuzz tries hundreds
        (tmp_path / "sent").write_bytes(_mutated(bytearray(originals[number % len(originals)]), number, chance))
        try:
            made = normalised(tmp_path / "sent", tmp_path)
        except rules.Unfit as verdict:
            ends.append(verdict.message)
        else:
            ends.append("")
            assert made.true_peak_dbtp <= rules.MAX_TRUE_PEAK_DBTP
    assert 0 < ends.count("") < 14


PATIENCE_S = 60.0  # for what must happen: a busy machine may need long, and nobody waits longer than it takes
LIMITED = "from loa.media.pipeline import child; child.limit(); "


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        ("bytearray(3 * 1024**3)", "MemoryError"),
        ("[open('/dev/null') for _ in range(100)]", "Too many open files"),
        ("f = open('big', 'wb'); f.truncate(4 * 1024**3)", "File too large"),
        ("import socket; socket.socket()", "Operation not permitted"),
        ("import socket; socket.socketpair()", "Operation not permitted"),
        ("import subprocess; subprocess.run(['true'])", "Operation not permitted"),
        ("import os; os.kill(1, 0)", "Operation not permitted"),
        ("import os; os.fork()", "Operation not permitted"),
        (
            "import os, signal, threading; signal.pthread_kill(threading.get_ident(), 0); os.kill(os.getppid(), 9)",
            "not p",
        ),
        ("import resource, os; resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))", "Operation not permitted"),
        ("import ctypes, os; assert not ctypes.CDLL(None).tgkill(os.getppid(), os.getppid(), 0), 'refused'", "refused"),
    ],
)
def test_the_child_is_really_limited(deed: str, error: str, tmp_path: Path) -> None:
    run_ = subprocess.run([sys.executable, "-c", LIMITED + deed], capture_output=True, text=True, cwd=tmp_path)
    assert run_.returncode == 1
    assert error in run_.stderr


def test_a_limited_child_may_have_threads(tmp_path: Path) -> None:
    deed = "import threading; one = threading.Thread(target=print, args=['heard']); one.start(); one.join()"
    assert subprocess.check_output([sys.executable, "-c", LIMITED + deed], text=True) == "heard\n"


def test_a_decoder_that_hangs_is_killed_and_the_file_refused(tmp_path: Path) -> None:
    with pytest.raises(rules.Unfit) as verdict:
        run.normalise_in_child(sounds.wav(tmp_path / "a.wav", sounds.sine(60)), tmp_path, lambda _: True, timeout=0.0)
    assert verdict.value.code == "too_heavy"


def test_a_child_that_dies_while_decoding_blames_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_command", lambda *_: [sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"])
    assert refusal(sounds.wav(tmp_path / "a.wav", sounds.sine(1)), tmp_path).code == "too_heavy"


def test_a_program_error_of_ours_blames_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_command", lambda *_: [sys.executable, "-c", "raise RuntimeError('ours')"])
    with pytest.raises(run.IngestFailed, match="ours"):
        normalised(sounds.wav(tmp_path / "a.wav", sounds.sine(1)), tmp_path)


def test_a_full_disk_is_no_fault_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_command", lambda *_: [sys.executable, "-c", 'print(\'{"failed": "no_space"}\')'])
    with pytest.raises(run.IngestFailed, match="space"):
        normalised(sounds.wav(tmp_path / "a.wav", sounds.sine(1)), tmp_path)


def test_the_child_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    source = sounds.wav(tmp_path / "long.wav", sounds.sine(600, rate=8000), rate=8000)
    worker = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys; from pathlib import Path; from loa.media.pipeline.run import normalise_in_child as n\n"
            "n(Path(sys.argv[1]), Path(sys.argv[2]), lambda p: print(p, flush=True) or True)",
            str(source), str(tmp_path),
        ],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert worker.stdout is not None
    while int(worker.stdout.readline()) < 1:
        pass
    (child,) = _children(worker.pid)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    end = time.monotonic() + PATIENCE_S
    while _alive(child):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            pytest.fail("the child outlived its worker")
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False
