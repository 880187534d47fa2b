"""Lies between everything else that sounds and the card: an alert is heard from the next block on, whatever sounded.

Above an alert stands only the microphone at the device itself. All in the card's thread; nothing here waits or decides.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from speaker.renderer import Happening, Voice, faded, take
from speaker.sink import BLOCK, RATE, SAMPLE_NS, Pcm, Source

LONGEST = 15 * 60 * RATE  # samples


@dataclass(slots=True, eq=False)
class Cry:
    """One sounding. `lead`: samples of silence before it, while an amplifier warms up."""

    voice: Voice
    gain: float
    lead: int = 0

    @classmethod
    def of(cls, beginning: Pcm, gain: float, lead: int = 0) -> "Cry":
        """Begins with this; whoever made it feeds the rest."""
        voice = Voice(start_ns=0, limit=LONGEST)
        parts = [part for part in (np.zeros(lead, np.int16), beginning) if len(part)]
        voice.blocks.extend(parts)
        voice.fed = sum(len(part) for part in parts)
        return cls(voice, gain, lead)

    def block(self) -> Pcm:
        """The next block."""
        found = take(self.voice, BLOCK)
        if len(found) < BLOCK:
            found = np.concatenate((found, np.zeros(BLOCK - len(found), np.int16)))
        return (found * np.float32(self.gain)).astype(np.int16)

    def over(self) -> bool:
        """Nothing more will come."""
        return self.voice.complete and not self.voice.blocks

    def rendered(self) -> int:
        """Samples that sounded."""
        return max(0, self.voice.rendered - self.lead)


class Local(Protocol):
    """The microphone at the device."""

    def block(self) -> Pcm | None:
        """The next 480 samples; None = nobody speaks."""


class Horn:
    """See `speaker.sink.Source`. `notify` is called from the card's thread after an event was added."""

    def __init__(self, source: Source, shift: Callable[[], int], notify: Callable[[], None]) -> None:
        self._source, self._shift, self._notify = source, shift, notify
        self._lock = threading.Lock()
        self._cry: Cry | None = None
        self._sounded: object = None
        self.local: Local | None = None
        self.events: deque[tuple[Happening, Cry]] = deque()

    def over(self, source: Source) -> None:
        """What sounds when no alert does. Before the card is asked."""
        self._source = source

    @property
    def cry(self) -> Cry | None:
        """What sounds now, or from the next block on."""
        return self._cry

    def sound(self, cry: Cry) -> None:
        """From the next block on; what sounds ends there."""
        with self._lock:
            self._cry = cry

    def hush(self) -> Cry | None:
        """It sounds no more from the next block on; what it was. No event tells of it."""
        with self._lock:
            cry, self._cry = self._cry, None
            return cry

    def pull(self, heard_at: int) -> Pcm | None:
        """See `speaker.sink.Source`."""
        with self._lock:
            spoken = self.local.block() if self.local is not None else None
            who: object = self.local if spoken is not None else self._cry
            if who is not self._sounded:
                before, self._sounded = self._sounded, who
                if (rest := self._rest(before, heard_at)) is not None:
                    return rest
            if spoken is not None:
                return spoken
            if self._cry is not None:
                return self._cried(self._cry, heard_at)
        return self._source.pull(heard_at)

    def _rest(self, before: object, heard_at: int) -> Pcm | None:
        """The last ten milliseconds of what has to make room, falling."""
        if isinstance(before, Cry):
            return None if before.over() else faded(before.block())
        if before is None:
            block = self._source.pull(heard_at)
            return None if block is None else faded(block)
        return None

    def _cried(self, cry: Cry, heard_at: int) -> Pcm:
        if not cry.voice.started_ns:
            cry.voice.started_ns = heard_at - self._shift() + round(cry.lead * SAMPLE_NS)
            self._tell(Happening.STARTED, cry)
        block = cry.block()
        if cry.over():
            self._cry = None
            self._tell(Happening.ENDED, cry)
        return block

    def _tell(self, happening: Happening, cry: Cry) -> None:
        self.events.append((happening, cry))
        self._notify()
