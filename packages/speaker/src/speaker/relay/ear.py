"""The last seconds of one source, and what can be told of it: how fresh, how loud, what went wrong.

Filled by the thread that reads the source, looked at by those who sound it. Instants `now` are ms of a clock that
never jumps.
"""

import threading
from dataclasses import dataclass

import numpy as np

from speaker.sink import RATE, Pcm

KEPT = 12 * RATE
BLOCK = RATE // 10
QUIET = 32_768 * 10 ** (-60 / 20)  # -60 dBFS: below it nobody hears anything from a horn
LONG_AGO = -(10**9)


@dataclass(frozen=True, slots=True)
class Look:
    """`buffered` ms of sound lie ready from where the looker stands; `fresh`: something came within `Ear.FRESH_MS`.

    `quiet`: for so many ms everything that came was silence. `trouble`: why nothing comes any more, "" = it does.
    """

    buffered: int = 0
    fresh: bool = False
    quiet: int = 0
    trouble: str = ""


class Ear:
    """Samples are numbered from the first that ever came; those with stamps are numbered by their time."""

    FRESH_MS = 4_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring: Pcm = np.zeros(KEPT, np.int16)
        self._zero: int | None = None
        self._arrived = self._loud = LONG_AGO
        self._level = 0.0
        self._heard = 0
        self.begin = self.end = 0
        self.trouble = ""

    @property
    def stamped(self) -> bool:
        """True if its samples say when they are to be heard."""
        return self._zero is not None

    def take(self, samples: Pcm, stamp_us: int, now: int) -> None:
        """Something came; `stamp_us`: Unix microseconds at which its first sample is to be heard, 0 = as it comes."""
        with self._lock:
            if self.trouble or self._arrived == LONG_AGO or now - self._arrived > self.FRESH_MS:
                self._loud, self._level, self._heard = now, 0.0, 0
            self.trouble, self._arrived = "", now
            self._judge(samples, now)
            at = self.end if not stamp_us else self._place(stamp_us)
            self._store(at, samples)

    def lost(self, trouble: str) -> None:
        """Nothing comes any more."""
        with self._lock:
            self.trouble = trouble

    def number_at(self, instant_ns: int) -> int:
        """Which sample is to be heard at this true instant (stamped sources only)."""
        return round((instant_ns - (self._zero or 0)) * RATE / 1_000_000_000)

    def look(self, at: int, now: int) -> Look:
        """How it stands for somebody whose next sample is number `at`."""
        with self._lock:
            buffered = max(0, self.end - max(at, self.begin)) * 1000 // RATE
            fresh = now - self._arrived <= self.FRESH_MS
            return Look(buffered, fresh, max(0, self._arrived - self._loud), self.trouble)

    def read(self, at: int, count: int) -> Pcm:
        """`count` samples from number `at` on; silence where there is nothing (any more or yet)."""
        found = np.zeros(count, np.int16)
        with self._lock:
            first, last = max(at, self.begin), min(at + count, self.end)
            if first < last:
                found[first - at : last - at] = self._ring[np.arange(first, last) % KEPT]
        return found

    def _judge(self, samples: Pcm, now: int) -> None:
        """Loudness over a tenth of a second; a single click is no sound."""
        self._level += float(np.sum(samples.astype(np.float64) ** 2))
        self._heard += len(samples)
        if self._heard >= BLOCK:
            if (self._level / self._heard) ** 0.5 >= QUIET:
                self._loud = now
            self._level, self._heard = 0.0, 0

    def _place(self, stamp_us: int) -> int:
        if self._zero is None:
            self._zero = stamp_us * 1_000 - round(self.end * 1_000_000_000 / RATE)
        return self.number_at(stamp_us * 1_000)

    def _store(self, at: int, samples: Pcm) -> None:
        """A gap before it is silence; what overlaps what is there was heard already."""
        if abs(at - self.end) > KEPT:
            self.begin = self.end = at
        if at < self.end:
            samples, at = samples[self.end - at :], self.end
        samples = samples[-KEPT:]
        for gap in range(self.end, at, RATE):
            self._ring[np.arange(gap, min(gap + RATE, at)) % KEPT] = 0
        if len(samples):
            self._ring[np.arange(at, at + len(samples)) % KEPT] = samples
            self.end = at + len(samples)
        self.begin = max(self.begin, self.end - KEPT)
