"""Processes of neural voices, kept warm: loading costs seconds, a sentence tenths of one.

One process a voice in each process of ours. It is watched: an answer that does not come in time kills it, one that
ended by itself (quiet time, killed for memory) is started again.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

from loa.media.voices.base import MOST_CLIP_MS, SAMPLE_BYTES, Pcm, VoiceFailed

LOADING_SECONDS = 60.0
SPEAKING_SECONDS = 60.0
MOST_RATE = 192_000
MOST_HEAD = 4096
# One thread each: threads of the linear algebra library would only eat address space.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


class Ended(VoiceFailed):
    """The process ended before it answered; a new one may do better."""


class Speaker:
    """One voice's process. Many threads may ask; they are served one after the other."""

    def __init__(self, model: str, tokens: str, options: dict[str, Any]) -> None:
        self._words = (model, tokens, json.dumps(options, sort_keys=True))
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self.started = 0

    def speak(self, symbols: str, speed: float, speaker: int, seconds: float = SPEAKING_SECONDS) -> Pcm:
        """The sound of `symbols`. Raises VoiceFailed."""
        wish = json.dumps({"symbols": symbols, "speed": speed, "speaker": speaker}).encode() + b"\n"
        with self._turn:
            try:
                return self._ask(wish, seconds)
            except Ended:
                return self._ask(wish, seconds)

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._turn:
            self._end()

    @property
    def pid(self) -> int | None:
        """The process that is warm now."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def _ask(self, wish: bytes, seconds: float) -> Pcm:
        child = self._warm()
        try:
            assert child.stdin is not None
            child.stdin.write(wish)
            child.stdin.flush()
            return _answer(child, time.monotonic() + seconds)
        except BrokenPipeError as error:
            self._end()
            raise Ended("the process of the voice ended") from error
        except VoiceFailed:
            self._end()
            raise

    def _warm(self) -> "subprocess.Popen[bytes]":
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._end()
        with tempfile.TemporaryFile() as log:
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-m", "loa.media.voices.neural_runner", *self._words],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=_environment(),
            )  # fmt: skip
            self.started += 1
            try:
                head = _head(self._child, time.monotonic() + LOADING_SECONDS)
            except VoiceFailed as error:
                self._end()
                log.seek(0)
                raise VoiceFailed(f"not loaded: {error}: {log.read(2000)!r}") from error
        if "ready" not in head:
            self._end()
            raise VoiceFailed(f"not loaded: {head.get('failed')}")
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                _close(pipe)


def _close(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # what was still to be written to a process that is gone
        return


def _answer(child: "subprocess.Popen[bytes]", deadline: float) -> Pcm:
    head = _head(child, deadline)
    if "failed" in head:
        raise VoiceFailed(str(head["failed"]))
    rate, size = int(head["rate"]), int(head["bytes"])
    if not 4000 <= rate <= MOST_RATE or not 0 < size <= rate * SAMPLE_BYTES * MOST_CLIP_MS // 1000:
        raise VoiceFailed(f"an answer of {size} bytes at {rate} Hz")
    return Pcm(rate, _exactly(child, size, deadline))


def _head(child: "subprocess.Popen[bytes]", deadline: float) -> dict[str, Any]:
    line = bytearray()
    while not line.endswith(b"\n"):
        line += _some(child, 1, deadline)
        if len(line) > MOST_HEAD:
            raise VoiceFailed("an answer without an end")
    try:
        head: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise VoiceFailed("an answer that is none") from error
    return head


def _exactly(child: "subprocess.Popen[bytes]", size: int, deadline: float) -> bytes:
    taken = bytearray()
    while len(taken) < size:
        taken += _some(child, min(size - len(taken), 1 << 16), deadline)
    return bytes(taken)


def _some(child: "subprocess.Popen[bytes]", most: int, deadline: float) -> bytes:
    """At least one byte that the process wrote. Raises VoiceFailed after the deadline, Ended when it is gone."""
    assert child.stdout is not None
    waiting = select.poll()
    waiting.register(child.stdout, select.POLLIN)
    if not waiting.poll(max(deadline - time.monotonic(), 0) * 1000):
        raise VoiceFailed("no answer in time")
    taken = os.read(child.stdout.fileno(), most)
    if not taken:
        raise Ended("the process of the voice ended")
    return taken


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return kept | _ENVIRONMENT


_SPEAKERS: dict[tuple[str, str, str], Speaker] = {}
_FINDING = threading.Lock()


def speaker_for(model: str, tokens: str, options: dict[str, Any]) -> Speaker:
    """The one process of this voice in our process."""
    key = (model, tokens, json.dumps(options, sort_keys=True))
    with _FINDING:
        return _SPEAKERS.setdefault(key, Speaker(model, tokens, options))


def stop_all() -> None:
    """End every process; tests and programs that end do so."""
    with _FINDING:
        speakers = list(_SPEAKERS.values())
        _SPEAKERS.clear()
    for speaker in speakers:
        speaker.stop()
