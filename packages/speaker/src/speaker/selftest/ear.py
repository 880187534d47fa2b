"""What a loudspeaker hears itself with: a real input of its sound card, or a simulated one."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from speaker.relay.trouble import Trouble
from speaker.relay.tuner import captured
from speaker.selftest.chirp import Wave
from speaker.selftest.mouth import Mouth
from speaker.selftest.verdict import EarKind
from speaker.selftest.way import Way
from speaker.sink import BLOCK, SAMPLE_NS, Pcm


class Deaf(Exception):
    """Nothing can be heard with it now."""


class Ear(Protocol):
    """`kind`: "line" = taken from the loudspeaker's own wires, behind the amplifier."""

    kind: EarKind

    def open(self, mouth: Mouth) -> None:
        """Listen from now on. Raises Deaf."""

    def take(self, sink_ns: int, ticks_ns: int, count: int) -> Wave:
        """What was heard from this instant on (by the sink's clock, by the oscillator), -1..1. Raises Deaf."""

    def close(self) -> None:
        """Listen no more."""


def named(text: str) -> Ear | None:
    """ "microphone:<input>" or "line:<input>" as the system names inputs, "simulated", "" = none. Raises ValueError."""
    kind, _, name = text.partition(":")
    if text == "":
        return None
    if text == "simulated":
        return SimulatedEar(Way())
    if kind == "microphone" and name:
        return InputEar("microphone", name)
    if kind == "line" and name:
        return InputEar("line", name)
    raise ValueError(f"no ear: {text!r}")


class InputEar:
    """An input of the sound card, named as `relay.tuner.captured` wants it."""

    def __init__(
        self,
        kind: EarKind,
        name: str,
        *,
        capture: Callable[[str], Iterator[object]] = captured,
        ticks: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME),
    ) -> None:
        self.kind: EarKind = kind
        self._name, self._capture, self._ticks = name, capture, ticks
        self._blocks: list[Pcm] = []
        self._zero: int | None = None
        self._trouble = ""
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, mouth: Mouth) -> None:
        """See `Ear`. What it cannot do is known when something is taken."""
        self._blocks, self._zero, self._trouble = [], None, ""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(self._closed,), name="ear", daemon=True)
        self._thread.start()

    def take(self, sink_ns: int, ticks_ns: int, count: int) -> Wave:
        """See `Ear`."""
        if self._zero is None:
            raise Deaf(self._trouble or "the input gives nothing")
        samples = np.concatenate(self._blocks)
        first = round((ticks_ns - self._zero) / SAMPLE_NS)
        if first < 0 or first + count > len(samples):
            raise Deaf("the input gave less than was needed")
        return samples[first : first + count] / 32_768

    def close(self) -> None:
        """See `Ear`."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _listen(self, closed: threading.Event) -> None:
        count = 0
        try:
            for block in self._capture(self._name):
                if closed.is_set():
                    return
                if isinstance(block, np.ndarray):
                    count += len(block)
                    self._blocks.append(block)
                    zero = self._ticks() - round(count * SAMPLE_NS)
                    self._zero = zero if self._zero is None else min(self._zero, zero)  # a late block says nothing
        except Trouble as trouble:
            self._trouble = str(trouble)


class SimulatedEar:
    """Hears what goes out to the card, on a `way` that can be broken. `seed` makes its noise."""

    def __init__(self, way: Way, *, kind: EarKind = "microphone", seed: int = 0) -> None:
        self.kind: EarKind = kind
        self.way = way
        self._chance = np.random.default_rng(seed)
        self._blocks: dict[int, Pcm | None] = {}
        self._mouth: Mouth | None = None

    def open(self, mouth: Mouth) -> None:
        """See `Ear`."""
        self._blocks = {}
        self._mouth = mouth
        mouth.listener = self._blocks.__setitem__

    def take(self, sink_ns: int, ticks_ns: int, count: int) -> Wave:
        """See `Ear`."""
        sent = np.zeros(count)
        for heard_at, block in list(self._blocks.items()):
            first = round((heard_at - sink_ns) / SAMPLE_NS)
            low, high = max(0, first), min(count, first + BLOCK)
            if block is not None and low < high:
                sent[low:high] = block[low - first : high - first] / 32_768
        return self.way.come(sent, self._chance)

    def close(self) -> None:
        """See `Ear`."""
        if self._mouth is not None:
            self._mouth.listener = None
            self._mouth = None
