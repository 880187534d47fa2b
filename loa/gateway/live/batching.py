"""Packets become signed batches of 200 ms: full ones at once, others when their time is over, gaps as empty packets."""

from collections.abc import Iterator

from devicelink import batches
from devicelink.batches import PACKETS, Batch

from loa.gateway.live.timing import Row
from loa.gateway.live.wire import Packet

GRACE_US = 350_000  # after its last sample a batch waits no longer: its sound is due at capture + 1 s everywhere
EMPTY = (b"",) * PACKETS


class Batcher:
    """`secret` is the expanded private key of the session; it lives here and nowhere else."""

    def __init__(self, session: str, start: int, secret: bytes, *, grace: int = GRACE_US) -> None:
        self.row = Row(start)
        self.number = 0
        self.captured = 0
        self._session = session
        self._secret = secret
        self._grace = grace
        self._waiting: dict[int, bytes] = {}
        self._before: tuple[bytes, ...] = ()

    def add(self, packet: Packet, now: int) -> bool:
        """Take a packet whose stamp is of our clock; False if it does not fit."""
        slot = self.row.place(packet.at, now)
        if slot is None:
            return False
        self._waiting[slot] = packet.opus
        self.captured += 1
        return True

    def due(self, now: int) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
        """(signed batch, its packets) for everything that is complete or whose time is over at `now`."""
        while self._is_complete() or now >= self.row.of((self.number + 1) * PACKETS) + self._grace:
            yield self._pack()

    def _is_complete(self) -> bool:
        first = self.number * PACKETS
        return first + PACKETS <= self.row.next

    def _pack(self) -> tuple[bytes, tuple[bytes, ...]]:
        first = self.number * PACKETS
        packets = tuple(self._waiting.pop(slot, b"") for slot in range(first, first + PACKETS))
        batch = Batch(self._session, self.number, self.row.of(first), packets, self._before)
        self.number, self._before = self.number + 1, packets
        self.row.pass_over(first + PACKETS)
        return batches.pack(batch, self._secret), packets
