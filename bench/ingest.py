"""Ten minutes of speech as an MP3 -> the normalised Opus rendition, against FFmpeg's two-pass loudnorm in the same run.

Ours is measured as it runs in the product, in its limited child process, start of Python and the whole quality control
included. Both write Opus at 32 kbit/s with the encoder's own settings. `peak_mb` is the memory of worker part and child
for two hours. The peak is measured on the encoded file by FFmpeg's meter, not by ours.
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np

from loa.media.pipeline.normalise import BITRATE
from loa.media.pipeline.run import normalise_in_child
from loa.media.reading.read import read
from loa.media.voices.espeak import Espeak

SECONDS = 600
ROUNDS = 2
TIMES = 12  # two hours: the frames of the MP3 one after another
RATE = 44_100
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TEXT = """UBND xã Quy Mông thông báo: nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30 thứ Bảy ngày 22/8/2026.
Đề nghị bà con chủ động trữ nước. Mọi chi tiết xin gọi đường dây nóng 1900 1234. Trân trọng cảm ơn bà con."""
SAME_PRIORITY = ("nice", "-n", "5")  # as our child: on a busy machine another priority would decide the ratio
LOUDNORM = "loudnorm=I=-16:TP=-1.5:LRA=11"


def main() -> None:
    """Print one JSON line."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as name:
        folder = Path(name)
        source, theirs_file = folder / "ten-minutes.mp3", folder / "theirs.ogg"
        part("make", source)
        runs, theirs = [], []
        for _ in range(ROUNDS):
            runs.append(part("ours", source))
            theirs.append(timed(lambda: two_pass_loudnorm(source, theirs_file)))
        peak = true_peak(folder / "rendition.ogg")
        long = longer(source, folder / "two-hours.mp3")
        two_hours = part("ours", long)
        seconds, cpu = (min(one[name] for one in runs) for name in ("seconds", "cpu"))
        figures = {
            "bench": "ingest",
            "realtime": round(SECONDS / seconds, 1),
            "ratio": round(min(wall for wall, _, _ in theirs) / seconds, 2),
            "cpu_ratio": round(min(used for _, used, _ in theirs) / cpu, 2),
            "peak_mb": two_hours["peak_mb"],
            "two_hours_realtime": round(SECONDS * TIMES / two_hours["seconds"], 1),
            "verdict": runs[0]["verdict"],
            "true_peak_dbtp": peak,
            "lufs": runs[0]["lufs"],
            "encodings": runs[0]["encodings"],
            "loudnorm_true_peak_dbtp": true_peak(theirs_file),
        }
    print(json.dumps(figures))


def part(name: str, source: Path) -> dict[str, Any]:
    """A part in a process of its own, so that no other part's memory is counted."""
    done = subprocess.run([sys.executable, __file__, name, str(source)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.stdout else {}


def ours(source: Path) -> None:
    """Normalise once as the product does; print what it took."""
    seconds, cpu, made = timed(lambda: normalise_in_child(source, source.parent, lambda _: True))
    used = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    found = {"seconds": seconds, "cpu": cpu, "peak_mb": round(used / 1024, 1), "lufs": made.loudness_lufs}
    found |= {"encodings": made.attempts, "verdict": made.quality["verdict"]}
    print(json.dumps(found))


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall-clock seconds, processor seconds of the children, and the result."""
    started, before = time.perf_counter(), children_cpu()
    result = work()
    return time.perf_counter() - started, children_cpu() - before, result


def children_cpu() -> float:
    """Processor seconds of all finished children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def make_source(path: Path) -> None:
    """Quiet machine speech with a little noise, 44.1 kHz stereo, 128 kbit/s."""
    pcm = Espeak().synthesise(read(TEXT).spoken, dialect="vi", speed=1.0)
    once = np.frombuffer(pcm.samples, "<i2").astype(np.float32) * np.float32(0.3 / 32768)
    samples = np.resize(once, SECONDS * pcm.rate)
    samples = samples + np.random.default_rng(1).standard_normal(len(samples), np.float32) * np.float32(0.002)
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    with av.open(str(path), "w", options={"write_xing": "0", "id3v2_version": "0"}) as container:
        stream: Any = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = 128_000
        for at in range(0, len(samples), pcm.rate):
            frame = av.AudioFrame.from_ndarray(samples[None, at : at + pcm.rate].copy(), format="flt", layout="mono")
            frame.sample_rate = pcm.rate
            for made in resampler.resample(frame):
                container.mux(stream.encode(made))
        container.mux(stream.encode(None))


def longer(source: Path, target: Path) -> Path:
    """The same frames again and again: a file without a header may grow like that."""
    once = source.read_bytes()
    with target.open("wb") as out:
        for _ in range(TIMES):
            out.write(once)
    return target


def two_pass_loudnorm(source: Path, target: Path) -> None:
    """What FFmpeg's manual recommends: measure, then normalise with the measured values."""
    told = ffmpeg("-i", str(source), "-af", f"{LOUDNORM}:print_format=json", "-f", "null", "-")
    found = json.loads(told[told.rindex("{") : told.rindex("}") + 1])
    measured = ":".join(
        f"measured_{ours}={found[f'input_{theirs}']}"
        for ours, theirs in (("I", "i"), ("TP", "tp"), ("LRA", "lra"), ("thresh", "thresh"))
    )
    second = f"{LOUDNORM}:{measured}:offset={found['target_offset']}:linear=true"
    ffmpeg(
        "-i",
        str(source),
        "-af",
        second,
        "-ar",
        "48000",
        "-ac",
        "1",
        "-c:a",
        "libopus",
        "-b:a",
        str(BITRATE),
        str(target),
    )


def true_peak(path: Path) -> float:
    """dBTP of a file by FFmpeg's EBU R 128 meter."""
    told = ffmpeg("-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-")
    return float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", told)[-1])


def ffmpeg(*arguments: str) -> str:
    """Run it; returns what it told on standard error."""
    command = [*SAME_PRIORITY, FFMPEG, "-hide_banner", "-nostats", "-y", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


PARTS: dict[str, Callable[[Path], None]] = {"make": make_source, "ours": ours}

if __name__ == "__main__":
    PARTS[sys.argv[1]](Path(sys.argv[2])) if len(sys.argv) > 1 else main()
