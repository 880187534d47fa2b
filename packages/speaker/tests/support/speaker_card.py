"""As much of a sound card as the agent sees, with a hand on its plug."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from speaker.sink import BLOCK


class Library:
    """As much of `sounddevice` as is used, with a card that the test pulls out and plugs in."""

    class PortAudioError(Exception):
        """See sounddevice."""

    def __init__(self, *, plugged: bool = True) -> None:
        self.plugged = plugged
        self.opened = 0
        self.listed = plugged  # cards are looked for when PortAudio begins
        self.zero = 0.0
        self.silent = False

    def _terminate(self) -> None:
        self.listed = False

    def _initialize(self) -> None:
        self.listed = self.plugged

    def OutputStream(  # noqa: N802 - its name there
        self,
        *,
        callback: Callable[..., None],
        **_: Any,
    ) -> "Stream":
        if not (self.plugged and self.listed):
            raise self.PortAudioError("Error querying device -1")
        self.opened += 1
        return Stream(self, callback)


class Stream:
    def __init__(self, library: Library, callback: Callable[..., None]) -> None:
        self._library, self._callback = library, callback
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def time(self) -> float:
        if not self._library.plugged:
            raise self._library.PortAudioError("stream is dead")
        return self._library.zero + time.monotonic()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        output = np.zeros((BLOCK, 1), np.int16)
        while not self._closed.wait(0.01):
            if self._library.plugged and not self._library.silent:
                now = self._library.zero + time.monotonic()
                moment = SimpleNamespace(currentTime=now, outputBufferDacTime=now + 0.1)
                self._callback(output, BLOCK, moment, None)
