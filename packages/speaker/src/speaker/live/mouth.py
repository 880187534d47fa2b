"""The part of a live session that runs in the sound card's thread: each sample at its capture time plus the buffer.

It lies over whatever the loudspeaker sounds else, which it mixes with only while one gives way to the other. Nothing
here waits, decides or touches a file.
"""

import threading
from dataclasses import dataclass, field

import numpy as np

from speaker.live.chime import LENGTH_MS, chime
from speaker.live.conceal import stretched, worn
from speaker.live.track import Track
from speaker.sink import BLOCK, RATE, SAMPLE_NS, Pcm, Source

MS = 1_000_000
SKEW = 1  # samples of a block: two in a thousand, nobody hears it
LEAP = RATE // 25  # 40 ms: further off than that it jumps
FALL_BLOCKS = 20  # a voice that stopped coming falls away within 0.2 s
_ZEROS: Pcm = np.zeros(BLOCK, np.int16)


@dataclass(slots=True, eq=False)
class Stand:
    """One session as the card hears it. What was captured at T is heard at T + `delay_ns` true time.

    `first_ns`: when the first sample of all may be heard; the chime ends there. `rendered`, `starved`: samples of voice
    that sounded, and that should have sounded but had not come. `begun_ns`: when the stretch that sounds now began, 0 =
    it has not.
    """

    track: Track
    delay_ns: int
    first_ns: int
    chimes: bool
    rendered: int = 0
    starved: int = 0
    begun_ns: int = 0
    _at: int | None = None
    _last: Pcm = field(default_factory=lambda: _ZEROS)
    _dry: int = 0

    def block(self, heard_ns: int) -> Pcm | None:
        """What is heard from this true instant on, None if there is nothing."""
        voice, chimed = self._voice(heard_ns), self._chime(heard_ns)
        if voice is None or chimed is None:
            return voice if chimed is None else chimed
        return _sum(voice, chimed)

    def leave(self) -> None:
        """It gives way: when it comes back it joins at the present."""
        self._at, self.begun_ns, self._dry, self._last = None, 0, 0, _ZEROS

    def _voice(self, heard_ns: int) -> Pcm | None:
        target = self.track.number_at(heard_ns - self.delay_ns)
        if target is None or heard_ns + BLOCK * SAMPLE_NS <= self.first_ns:
            return None
        take, joined = self._next(target)
        assert self._at is not None
        samples, there, ours = self.track.read(self._at, take)
        self._at += take
        if not ours:
            return None
        if there < ours:
            return self._starving(samples, there)
        self.rendered += min(BLOCK, ours)
        self.begun_ns = self.begun_ns or heard_ns
        block = stretched(samples, BLOCK)
        if ours < take:
            block = _fallen(block, ours)
        if joined or self._dry:
            block = _risen(block)
        self._dry, self._last = 0, block
        return block

    def _next(self, target: float) -> tuple[int, bool]:
        """How many samples of the track make the next block, and whether it begins anew there."""
        if self._at is None or abs(target - self._at) > LEAP:
            self._at = round(target)
            return BLOCK, True
        return BLOCK + max(-SKEW, min(SKEW, round(target - self._at))), False

    def _starving(self, samples: Pcm, there: int) -> Pcm | None:
        """The line stalled longer than the buffer, or it is over: what is there, then the last once more, softer."""
        if not self.begun_ns:
            return None
        self._dry += 1
        self.starved += BLOCK - min(BLOCK, there)
        block = worn(self._last, self._dry)
        if there and self._dry == 1:
            block = _fallen(stretched(samples, BLOCK), there)
        return block if self._dry <= FALL_BLOCKS else None

    def _chime(self, heard_ns: int) -> Pcm | None:
        if not self.chimes:
            return None
        wave = chime()
        first = round((heard_ns - self.first_ns + LENGTH_MS * MS) / SAMPLE_NS)
        if first >= len(wave) or first + BLOCK <= 0:
            return None
        found = np.zeros(BLOCK, np.int16)
        low, high = max(0, first), min(len(wave), first + BLOCK)
        found[low - first : high - first] = wave[low:high]
        self.begun_ns = self.begun_ns or heard_ns
        return found


class Mouth:
    """See `speaker.sink.Source`. `stand` is what sounds now, None = only what lies below does."""

    def __init__(self, below: Source) -> None:
        self._below = below
        self._lock = threading.Lock()
        self._stand: Stand | None = None
        self._leaving: Stand | None = None
        self._shift = 0
        self._gain = self._wanted = 1.0
        self._fresh = True

    def align(self, shift_ns: int) -> None:
        """The sink's clock reads true time plus `shift_ns`."""
        self._shift = shift_ns

    def loud(self, gain: float) -> None:
        """Linear 0..1, reached within the next block."""
        self._wanted = gain

    def sound(self, stand: Stand | None) -> None:
        """This from the next block on; what sounded before falls away within it."""
        with self._lock:
            if stand is not self._stand:
                self._leaving, self._stand, self._fresh = self._stand, stand, True

    def pull(self, heard_at: int) -> Pcm | None:
        """See `speaker.sink.Source`."""
        block = self._below.pull(heard_at)
        if self._stand is None and self._leaving is None:
            self._gain = self._wanted
            return block
        with self._lock:
            mine = self._mixed(heard_at - self._shift)
        if mine is None or block is None:
            return block if mine is None else mine
        return _sum(block, mine)

    def _mixed(self, heard_ns: int) -> Pcm | None:
        leaving, stand = self._leaving, self._stand
        tail = leaving.block(heard_ns) if leaving is not None else None
        if leaving is not None:
            leaving.leave()
            self._leaving = None
        if tail is not None:
            tail = _fallen(tail, BLOCK)
        head = stand.block(heard_ns) if stand is not None else None
        if head is not None and self._fresh:
            head, self._fresh = _risen(head), False
        if head is None or tail is None:
            return self._volume(tail if head is None else head)
        return self._volume(_sum(head, tail))

    def _volume(self, block: Pcm | None) -> Pcm | None:
        if block is None or self._gain == self._wanted == 1.0:
            return block
        ramp = np.linspace(self._gain, self._wanted, BLOCK, dtype=np.float32)
        self._gain = self._wanted
        return (block * ramp).astype(np.int16)


def _risen(block: Pcm) -> Pcm:
    """Rising over its first 5 ms."""
    rise = np.minimum(np.arange(len(block), dtype=np.float32) / 240, 1.0)
    return (block * rise).astype(np.int16)


def _fallen(block: Pcm, count: int) -> Pcm:
    """Falling to nothing over its first `count` samples."""
    fall = np.clip((count - np.arange(len(block), dtype=np.float32)) / max(1, count), 0.0, 1.0)
    return (block * fall).astype(np.int16)


def _sum(one: Pcm, other: Pcm) -> Pcm:
    both: Pcm = np.clip(one.astype(np.int32) + other, -32_768, 32_767).astype(np.int16)
    return both
