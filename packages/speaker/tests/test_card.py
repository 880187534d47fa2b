"""A sound card is pulled out, sticks, or is missing at the start: it is opened again, and until then that is said."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from speaker.sink import BLOCK, Pcm
from speaker.sinks.card import CardSink
from speaker_card import Library
from speaker_home import PATIENCE_S


class Hum:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def pull(self, heard_at: int) -> Pcm | None:
        self.asked.append(heard_at)
        return np.ones(BLOCK, np.int16)


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
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


def test_a_card_that_opens_but_asks_for_nothing_is_not_taken_for_well() -> None:
    library, hum = Library(), Hum()
    library.silent = True
    sink = CardSink(library=library, dead_s=0.15)
    sink.start(hum)
    wait(lambda: sink.trouble)
    seen = set()
    wait(lambda: seen.add(sink.trouble) or library.opened >= 4)
    assert seen == {"the sound card does not answer"}
    library.silent = False
    wait(lambda: not sink.trouble)
    sink.stop()


def test_the_clock_goes_on_evenly_when_the_card_comes_back_with_another_zero() -> None:
    library, hum = Library(), Hum()
    library.zero = 1_800_000_000.0
    sink = CardSink(library=library, dead_s=0.3)
    sink.start(hum)
    wait(lambda: len(hum.asked) > 3)
    ahead = sink.clock() - time.monotonic_ns()
    library.plugged = False
    wait(lambda: sink.trouble)
    library.zero = 12.0
    library.plugged = True
    before = len(hum.asked)
    wait(lambda: len(hum.asked) > before + 3)
    assert abs(sink.clock() - time.monotonic_ns() - ahead) < 5_000_000
    assert abs(hum.asked[-1] - sink.clock() - 100_000_000) < 100_000_000
    assert all(later - earlier > 0 for earlier, later in pairwise(hum.asked))
    sink.stop()
