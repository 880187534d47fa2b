"""A sound card is pulled out, sticks, or is missing at the start: it is opened again, and until then that is said."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from speaker.sink import BLOCK, Pcm
from speaker.sinks.card import CardSink


class Hum:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def pull(self, heard_at: int) -> Pcm | None:
        self.asked.append(heard_at)
        return np.ones(BLOCK, np.int16)


class Library:
    """As much of `sounddevice` as is used, with a card that the test pulls out and plugs in."""

    class PortAudioError(Exception):
        """See sounddevice."""

    def __init__(self, *, plugged: bool = True) -> None:
        self.plugged = plugged
        self.opened = 0

    def OutputStream(  # noqa: N802 - its name there
        self,
        *,
        callback: Callable[..., None],
        **_: Any,
    ) -> "Stream":
        if not self.plugged:
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
        return time.monotonic()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        output = np.zeros((BLOCK, 1), np.int16)
        while not self._closed.wait(0.01):
            if self._library.plugged:
                self._callback(output, BLOCK, SimpleNamespace(outputBufferDacTime=time.monotonic() + 0.1), None)


def wait(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_a_card_that_was_pulled_out_sounds_again_when_it_is_back() -> None:
    library, hum = Library(), Hum()
    sink = CardSink(library=library, dead_s=0.3)
    sink.start(hum)
    wait(lambda: sink.frames() > 5 * BLOCK)
    assert sink.trouble == ""
    library.plugged = False
    wait(lambda: "does not answer" in sink.trouble)
    assert sink.clock() > 0  # whoever asks the time gets one
    library.plugged = True
    before = len(hum.asked)
    wait(lambda: not sink.trouble and len(hum.asked) > before)
    assert library.opened >= 2
    assert np.frombuffer(sink.heard(0, BLOCK), np.int16).tolist() == [1] * BLOCK
    sink.stop()


def test_a_card_that_is_not_there_at_the_start_is_waited_for() -> None:
    library, hum = Library(plugged=False), Hum()
    sink = CardSink(library=library, dead_s=0.3)
    sink.start(hum)
    assert "no sound card" in sink.trouble
    library.plugged = True
    wait(lambda: hum.asked and not sink.trouble)
    sink.stop()
    after = len(hum.asked)
    time.sleep(0.1)
    assert len(hum.asked) == after
