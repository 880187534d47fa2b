"""A program of its own: keeps one neural voice loaded and speaks what it is told, line by line.

`python -I -m loa.media.voices.neural_runner MODEL TOKENS OPTIONS` (OPTIONS is JSON: length_scale). Each line of
standard input is {"symbols": str, "speed": float, "speaker": int}; the answer is one line {"rate": Hz, "bytes": n} and
n bytes of 16-bit mono samples, or {"failed": reason}. The first line, {"ready": ...}, comes when the voice is loaded.
It ends with its parent (standard input closes), after a quiet time, and before its share of the processor is used up.

Noise is off: a VITS voice draws random numbers, but what somebody has heard must sound the same when it is made again.
"""

import json
import os
import queue
import sys
import threading
import time
from typing import Any

from loa.kernel.bounds import bind_process

MAX_ADDRESS_SPACE = 2 * 1024**3
MAX_CPU_SECONDS = 3600
RETIRE_AFTER_CPU_SECONDS = 1800
MAX_LOG_BYTES = 1024 * 1024  # all it may write to a file: what goes wrong
MAX_OPEN_FILES = 64
QUIET_SECONDS = 120.0
MAX_LINE = 64 * 1024


def main(model: str, tokens: str, options: str) -> int:
    """Exit code 0 after a quiet time or when the parent is gone, 3 if the voice cannot be loaded."""
    bind_process(
        address_space=MAX_ADDRESS_SPACE,
        cpu_seconds=MAX_CPU_SECONDS,
        file_bytes=MAX_LOG_BYTES,
        open_files=MAX_OPEN_FILES,
        with_parent=False,  # the thread that started it may end while the process goes on; a closed pipe says more
    )
    lines = _follow_parent()
    try:
        voice = _load(model, tokens, json.loads(options))
    except Exception as error:  # whatever a strange file makes the library raise
        _answer({"failed": repr(error)[:300]})
        return 3
    _answer({"ready": {"rate": voice.sample_rate, "speakers": voice.num_speakers}})
    while time.process_time() < RETIRE_AFTER_CPU_SECONDS:
        try:
            _speak(voice, json.loads(lines.get(timeout=QUIET_SECONDS)))
        except queue.Empty:
            return 0
    return 0


def _follow_parent() -> "queue.Queue[bytes]":
    """What the parent says, read beside the work so that its end is noticed in the middle of a sentence."""
    lines: queue.Queue[bytes] = queue.Queue()

    def follow() -> None:
        while line := sys.stdin.buffer.readline(MAX_LINE):
            lines.put(line)
        os._exit(0)

    threading.Thread(target=follow, daemon=True).start()
    return lines


def _load(model: str, tokens: str, options: dict[str, Any]) -> Any:
    import sherpa_onnx as sherpa

    vits = sherpa.OfflineTtsVitsModelConfig(
        model=model,
        lexicon="",
        tokens=tokens,
        noise_scale=0.0,
        noise_scale_w=0.0,
        length_scale=float(options.get("length_scale", 1.0)),
    )
    config = sherpa.OfflineTtsConfig(
        model=sherpa.OfflineTtsModelConfig(vits=vits, num_threads=1, provider="cpu"), max_num_sentences=1
    )
    if not config.validate():
        raise ValueError("the runtime does not accept these files")
    return sherpa.OfflineTts(config)


def _speak(voice: Any, wish: dict[str, Any]) -> None:
    import numpy as np
    import sherpa_onnx as sherpa

    config = sherpa.GenerationConfig()
    config.speed, config.sid = float(wish["speed"]), int(wish["speaker"])
    config.phoneme_codepoints = [[ord(symbol) for symbol in wish["symbols"]]]
    samples = np.asarray(voice.generate("", config).samples, dtype=np.float32)
    if not len(samples) or not np.isfinite(samples).all():
        _answer({"failed": "nothing that could be heard"})
        return
    spoken = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    _answer({"rate": voice.sample_rate, "bytes": len(spoken)}, spoken)


def _answer(fields: dict[str, Any], samples: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(fields).encode() + b"\n" + samples)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:4]))  # the thread that reads still waits for a line, and an orderly end for the thread
