"""Ten minutes of speech as an MP3 -> the normalised Opus rendition, against FFmpeg's two-pass loudnorm in the same run.

Ours is measured as it runs in the product, in its limited child process, start of Python included. Both write Opus at
32 kbit/s with the encoder's own settings. The peak is measured on the encoded file by FFmpeg's meter, not by ours.
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
RATE = 44_100
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TEXT = """UBND xã Quy Mông thông báo: nhà máy nước sạch tạm ngừng cấp nước từ 8h đến 11h30 thứ Bảy ngày 22/8/2026.
Đề nghị bà con chủ động trữ nước. Mọi chi tiết xin gọi đường dây nóng 1900 1234. Trân trọng cảm ơn bà con."""
LOUDNORM = "loudnorm=I=-16:TP=-1.5:LRA=11"


def main() -> None:
    """Print one JSON line."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as name:
        folder = Path(name)
        source = folder / "ten-minutes.mp3"
        # In a process of its own: a child's peak of memory begins with that of its parent.
        subprocess.run([sys.executable, __file__, str(source)], check=True)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            seconds, made = timed(lambda: normalise_in_child(source, folder, lambda _: True))
            ours.append(seconds)
            if not theirs:  # before any other child has run
                peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            theirs.append(timed(lambda: two_pass_loudnorm(source, folder / "theirs.ogg"))[0])
        figures = {
            "bench": "ingest",
            "realtime": round(SECONDS / min(ours), 1),
            "ratio": round(min(theirs) / min(ours), 2),
            "peak_mb": round(peak_mb, 1),
            "true_peak_dbtp": true_peak(folder / "rendition.ogg"),
            "lufs": made.loudness_lufs,
            "encodings": made.attempts,
            "loudnorm_true_peak_dbtp": true_peak(folder / "theirs.ogg"),
        }
    print(json.dumps(figures))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall-clock seconds and the result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def make_source(path: Path) -> Path:
    """Quiet machine speech with a little noise, 44.1 kHz stereo, 128 kbit/s."""
    pcm = Espeak().synthesise(read(TEXT).spoken, dialect="vi", speed=1.0)
    once = np.frombuffer(pcm.samples, "<i2").astype(np.float32) * np.float32(0.3 / 32768)
    samples = np.resize(once, SECONDS * pcm.rate)
    samples = samples + np.random.default_rng(1).standard_normal(len(samples), np.float32) * np.float32(0.002)
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = 128_000
        for at in range(0, len(samples), pcm.rate):
            frame = av.AudioFrame.from_ndarray(samples[None, at : at + pcm.rate].copy(), format="flt", layout="mono")
            frame.sample_rate = pcm.rate
            for made in resampler.resample(frame):
                container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return path


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
    command = [FFMPEG, "-hide_banner", "-nostats", "-y", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


if __name__ == "__main__":
    make_source(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
