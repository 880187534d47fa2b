"""A source that is read in a process of its own: started, listened to, killed when it hangs, started again."""

import contextlib
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import msgspec
import numpy as np
from devicelink.refusals import Refused
from devicelink.relayed import NEWS, PCM, News, Parser, Spec, read_news

from speaker.relay.ear import Ear

STUCK_S = 4.0
FIRST_S = 8.0  # a new process may take so long until its first sound: name, connection, head, first packets
AGAIN_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
LOOK_S = 0.2

log = logging.getLogger("speaker.relay")


class Reader:
    """`spec()` is asked anew for each process (its token is fresh then). Until `close`."""

    def __init__(self, spec: Callable[[], Spec]) -> None:
        self.ear = Ear()
        self.news = News()
        self.begun = 0
        self._spec = spec
        self._before = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay-reader", daemon=True)
        self._thread.start()

    @property
    def received(self) -> int:
        """Bytes over the network, of all processes together."""
        return self._before + self.news.received

    def close(self) -> None:
        """Listen no more; returns at once, the process ends by itself."""
        self._closed.set()

    def _run(self) -> None:
        failures = 0
        while not self._closed.is_set():
            began = time.monotonic()
            try:
                self._once()
            except OSError as error:
                log.warning("no process to read with: %s", error)
                self.ear.lost("gone")
            failures = 0 if time.monotonic() - began > 2 * AGAIN_S[-1] else failures + 1
            self._closed.wait(AGAIN_S[min(failures, len(AGAIN_S) - 1)])

    def _once(self) -> None:
        """One process, from its start to its end."""
        process = started(self._spec())
        self.begun += 1
        trouble = "gone"
        try:
            trouble = self._listen(process)
        except Refused as error:
            trouble = "junk"
            log.warning("a reading process talks nonsense: %s", error)
        finally:
            ended(process)
            self._before, self.news = self.received, News(codec=self.news.codec, title=self.news.title)
            self.ear.lost(trouble)

    def _listen(self, process: "subprocess.Popen[bytes]") -> str:
        """Why it is over."""
        assert process.stdout is not None
        parser, line = Parser(), process.stdout.fileno()
        last, patience, trouble = time.monotonic(), FIRST_S, ""
        while not self._closed.is_set():
            ready, _, _ = select.select([line], [], [], LOOK_S)
            if not ready:
                if time.monotonic() - last > patience:
                    return "stuck"
                continue
            data = os.read(line, 1 << 16)
            if not data:
                return trouble or "gone"
            for frame in parser.feed(data):
                if frame.kind == NEWS:
                    self.news = read_news(frame.payload)
                    trouble = self.news.trouble or trouble
                elif frame.kind == PCM:
                    last, patience = time.monotonic(), STUCK_S
                    samples = np.frombuffer(frame.payload, "<i2").astype(np.int16)
                    self.ear.take(samples, frame.stamp, time.monotonic_ns() // 1_000_000)
            if time.monotonic() - last > patience:  # it talks, but nothing sounds
                return "stuck"
        return "gone"


def started(spec: Spec) -> "subprocess.Popen[bytes]":
    """A reading process that knows what to read. What it reads from stays out of the list of processes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "speaker.relay.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    with contextlib.suppress(BrokenPipeError):
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(spec) + b"\n")
    return process


def ended(process: "subprocess.Popen[bytes]") -> None:
    """It ends now, whatever it hangs in."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.kill()
    process.wait()
