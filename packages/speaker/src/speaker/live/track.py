"""The sound of one live session on this device: packets come in, samples are read out by the instant of their capture.

Written by the loop that hears the batches, read by the card's thread. Samples are numbered from the first packet that
came; each batch says when its first was captured, so number and instant belong together, on every device alike.
"""

import threading
from dataclasses import dataclass

import numpy as np
from devicelink.batches import Batch

from speaker.live.conceal import fading
from speaker.live.opus import PACKET, Decoder, decoder
from speaker.sink import RATE, Pcm

KEPT = 16 * RATE
SNAP = RATE // 200  # 5 ms: stamps that differ less are one stream
LEAST_GAP = PACKET * 3 // 4  # a shorter one is the clock of a microphone, not silence
MOST_LOST = 10  # packets in a row that the codec is asked to guess, the second half ever softer


@dataclass(frozen=True, slots=True)
class Anchor:
    """Sample number `at` was captured at `captured` (true Unix us)."""

    at: int
    captured: int

    def number(self, instant_ns: int) -> float:
        """Which sample was captured at this true instant."""
        return self.at + (instant_ns - self.captured * 1_000) * RATE / 1e9

    def instant(self, number: int) -> int:
        """True us at which this sample was captured."""
        return self.captured + (number - self.at) * 1_000_000 // RATE


class Track:
    """`came` packets were heard of, `lost` of them had to be guessed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring: Pcm = np.zeros(KEPT, np.int16)
        self._decoder: Decoder = decoder()
        self._anchors: list[Anchor] = []
        self.begin = self.end = 0
        self.came = self.lost = 0
        self._until: int | None = None  # us

    # --- written by the loop -----------------------------------------------------------------------------------------

    def take(self, batch: Batch, *, missed: bool) -> None:
        """A batch that was judged good; `missed`: at least one before it never came."""
        own = Anchor(self._place(batch.captured), batch.captured)
        if (missed or not self._anchors) and batch.before:
            first = own.at - len(batch.before) * PACKET
            if first >= self.end or not self._anchors:
                self._write(first, batch.before)
        self._write(own.at, batch.packets)
        with self._lock:
            self._anchors = [*self._anchors[-64:], own]

    def end_at(self, instant_us: int) -> None:
        """What was captured later does not sound."""
        with self._lock:
            self._until = instant_us

    @property
    def captured_until(self) -> int:
        """True us up to which something came; 0 = nothing did."""
        with self._lock:
            return self._anchors[-1].instant(self.end) if self._anchors else 0

    def _place(self, captured: int) -> int:
        """Where a batch captured then begins. Small differences of stamps make neither gaps nor doubles."""
        if not self._anchors:
            return PACKET * 10  # room for the batch before
        exact = round(self._anchors[-1].number(captured * 1_000))
        if exact - self.end < LEAST_GAP:
            return self.end
        snapped = self.end + round((exact - self.end) / PACKET) * PACKET
        return snapped if abs(exact - snapped) <= SNAP else exact

    def _write(self, at: int, packets: tuple[bytes, ...]) -> None:
        begun = bool(self.came or self.lost)
        gap = at - self.end
        if begun and gap >= LEAST_GAP:
            self._guess(gap)
        elif not begun:
            with self._lock:
                self.begin = self.end = at
        for packet in packets:
            self.came += 1
            self._store(self._decoder.decode(packet) if packet else np.zeros(PACKET, np.int16))

    def _guess(self, gap: int) -> None:
        packets, rest = divmod(gap, PACKET)
        self.lost += packets
        for turn in range(min(packets, MOST_LOST)):
            self._store(fading(self._decoder.lost(), turn, MOST_LOST))
        self._store(np.zeros(max(0, packets - MOST_LOST) * PACKET + rest, np.int16))

    def _store(self, samples: Pcm) -> None:
        samples = samples[-KEPT:]
        with self._lock:
            self._ring[np.arange(self.end, self.end + len(samples)) % KEPT] = samples
            self.end += len(samples)
            self.begin = max(self.begin, self.end - KEPT)

    # --- read by the card's thread -----------------------------------------------------------------------------------

    def number_at(self, instant_ns: int) -> float | None:
        """Which sample was captured at this true instant, by the newest batch that is not younger; None before any."""
        with self._lock:
            anchors = self._anchors
        if not anchors:
            return None
        older = (one for one in reversed(anchors) if one.captured * 1_000 <= instant_ns)
        return next(older, anchors[0]).number(instant_ns)

    def read(self, at: int, count: int) -> tuple[Pcm, int, int]:
        """(`count` samples from number `at` on, how many of them have come, how many of them belong to the session).

        Both numbers count from the front; what is not there, any more or yet, is 0.
        """
        found = np.zeros(count, np.int16)
        with self._lock:
            limit = self._limit()
            last = min(at + count, self.end, limit)
            first = max(at, self.begin)
            if first < last:
                found[first - at : last - at] = self._ring[np.arange(first, last) % KEPT]
        return found, max(0, min(count, last - at)), max(0, min(count, limit - at))

    def _limit(self) -> int:
        if self._until is None or not self._anchors:
            return 1 << 62
        return max(0, round(self._anchors[-1].number(self._until * 1_000)))
