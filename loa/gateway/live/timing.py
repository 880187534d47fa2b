"""From the clock of a browser to ours, and from stamps to an even row of 20 ms slots. Pure; microseconds throughout."""

from collections import deque
from dataclasses import dataclass, field

PACKET_US = 20_000
WINDOW = 32
ENOUGH = 3
SLEW = 1_000  # microseconds a second by which the offset follows a better measurement
STEP = 10  # microseconds by which one packet moves the row: 500 ppm, more than any sound card is off
NEAR = 30_000
FUTURE = 300_000
PAST = 5_000_000


@dataclass(slots=True)
class ClockMap:
    """The page's clock against ours: the exchange with the shortest way there and back is the one to believe."""

    _seen: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _offset: int | None = None
    _at: int = 0

    def heard(self, *, sent: int, theirs: int, now: int) -> None:
        """A question sent at `sent` and answered at `theirs` (their clock) was heard at `now`."""
        trip = now - sent
        if trip < 0:
            return
        self._seen.append((trip, (sent + now) // 2 - theirs))
        best = min(self._seen)[1]
        if self._offset is None or len(self._seen) <= ENOUGH:
            self._offset = best
        else:
            most = SLEW * max(0, now - self._at) // 1_000_000
            self._offset += max(-most, min(most, best - self._offset))
        self._at = now

    @property
    def ready(self) -> bool:
        """Enough was measured to speak."""
        return len(self._seen) >= ENOUGH

    @property
    def trip(self) -> int:
        """The longest way there and back lately."""
        return max((trip for trip, _ in self._seen), default=0)

    def ours(self, theirs: int) -> int:
        """An instant of their clock by ours."""
        return theirs + (self._offset or 0)


@dataclass(slots=True)
class Row:
    """The even row: slot n is captured at `start` + n x 20 ms, and `start` follows the real sample clock slowly.

    Stamps are what a page claims. The row is what loudspeakers get: rising, without jitter, never far from our clock.
    """

    start: int
    next: int = 0
    late: int = 0
    wild: int = 0
    _last: int = -1

    def place(self, at: int, now: int) -> int | None:
        """The slot of a packet captured at `at`; None for one that is too early, too late or absurd."""
        if not now - PAST <= at <= now + FUTURE or at <= self._last:
            self.wild += 1
            return None
        self._last = at
        off = at - self.of(self.next)
        if off < -NEAR:
            self.late += at >= self.start
            return None
        if off > NEAR:
            gap = round(off / PACKET_US)
            self.next += gap
            off -= gap * PACKET_US
        self.start += max(-STEP, min(STEP, off // 16))
        slot, self.next = self.next, self.next + 1
        return slot

    def of(self, slot: int) -> int:
        """When this slot is captured."""
        return self.start + slot * PACKET_US

    def pass_over(self, slot: int) -> None:
        """What comes for slots before this one is too late."""
        self.next = max(self.next, slot)
