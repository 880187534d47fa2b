"""The sound that a service sent -> samples. Runs only in the limited process, since the service may be hostile.

`python -I -m loa.media.voices.decoding FORMAT RATE` reads the file from standard input; FORMAT is `auto` or `pcm`
(16-bit mono at RATE). It writes the sample rate on one line, then 16-bit mono samples. Exit code 3: no sound, 4: too
long.
"""

import io
import os
import subprocess
import sys
from typing import Any

from loa.kernel.bounds import bind_process
from loa.media.voices.base import MOST_CLIP_MS, SAMPLE_BYTES, Pcm, VoiceFailed

MAX_ADDRESS_SPACE = 1024**3
MAX_CPU_SECONDS = 30
MAX_SECONDS = 60
MAX_OPEN_FILES = 32
MAX_RATE, MIN_RATE = 96_000, 8000
NOT_A_SOUND, TOO_LONG = 3, 4


def decode(content: bytes, kind: str = "auto", rate: int = 0) -> Pcm:
    """The samples of a file, decoded in a limited process. Raises VoiceFailed."""
    if kind == "auto" and content[:4] == b"RIFF" and _is_cut(content):
        raise VoiceFailed("the sound was cut off")
    command = [sys.executable, "-I", "-m", "loa.media.voices.decoding", kind, str(rate)]
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=MAX_SECONDS, check=True,
            env=kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        code = getattr(error, "returncode", None)
        words = {NOT_A_SOUND: "what came is no sound", TOO_LONG: "the sound is too long"}
        raise VoiceFailed(words.get(code or 0, f"decoding ended: {code}")) from error
    told, _, samples = done.stdout.partition(b"\n")
    return Pcm(int(told), samples)


def _is_cut(content: bytes) -> bool:
    """A WAV that says it is longer than it is; one that was streamed names no length."""
    declared = int.from_bytes(content[4:8], "little")
    return declared not in (0, 0xFFFFFFFF) and declared + 8 > len(content) + 1


def main(kind: str, rate: str) -> int:
    """The limited process."""
    bind_process(address_space=MAX_ADDRESS_SPACE, cpu_seconds=MAX_CPU_SECONDS, file_bytes=0, open_files=MAX_OPEN_FILES)
    content = sys.stdin.buffer.read()
    if kind == "pcm":
        return _tell(int(rate), content[: len(content) // SAMPLE_BYTES * SAMPLE_BYTES])
    import av

    from loa.media.pipeline.reader import CODECS, FORMATS

    options = {"format_whitelist": FORMATS, "codec_whitelist": CODECS}
    try:
        with av.open(io.BytesIO(content), "r", options=options, metadata_errors="ignore") as container:
            return _decoded(container)
    except (av.FFmpegError, ValueError, IndexError, MemoryError):
        return NOT_A_SOUND


def _decoded(container: Any) -> int:
    import av

    rate = container.streams.audio[0].codec_context.sample_rate
    if not MIN_RATE <= rate <= MAX_RATE:
        return NOT_A_SOUND
    resampler, out = av.AudioResampler(format="s16", layout="mono", rate=rate), bytearray()
    most = rate * SAMPLE_BYTES * MOST_CLIP_MS // 1000
    for frame in container.decode(audio=0):
        frame.pts = None
        for made in resampler.resample(frame):
            out += made.to_ndarray().tobytes()
        if len(out) > most:
            return TOO_LONG
    for made in resampler.resample(None):
        out += made.to_ndarray().tobytes()
    return _tell(rate, bytes(out))


def _tell(rate: int, samples: bytes) -> int:
    if len(samples) > rate * SAMPLE_BYTES * MOST_CLIP_MS // 1000:
        return TOO_LONG
    sys.stdout.buffer.write(f"{rate}\n".encode() + samples)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
