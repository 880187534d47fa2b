"""A card whose loudspeaker is unplugged: pulls like a card, sounds nothing."""

from speaker.sink import BLOCK, BLOCK_NS, Source
from speaker.sinks.card_clock import CardClock, CardFaults
from speaker.sinks.pump import Pump


class NullSink:
    """See `speaker.sink.Sink`. Blocks not pulled in time are counted as `underruns` and are silent, as on a card."""

    trouble = ""  # it cannot be pulled out

    def __init__(self, pump: Pump, faults: CardFaults | None = None, *, clock: CardClock | None = None) -> None:
        self._pump = pump
        self._clock = clock or CardClock(faults or CardFaults())
        self._source: Source | None = None
        self._next = 0
        self.underruns = 0
        self.pulled = 0

    def start(self, source: Source) -> None:
        """See `Sink`."""
        self._source = source
        self._next = self._clock.now()
        self.opened(self._next + self._clock.latency_ns)
        self._pump.add(self)

    def stop(self) -> None:
        """See `Sink`."""
        self._pump.remove(self)
        self._source = None

    def clock(self) -> int:
        """See `Sink`."""
        return self._clock.now()

    def serve(self) -> None:
        """See `speaker.sinks.pump.Pulled`."""
        now, source = self._clock.now(), self._source
        while source is not None and self._next <= now:
            heard_at = self._next + self._clock.latency_ns
            try:
                if heard_at < now:
                    self.underruns += 1
                else:
                    self.play(heard_at, source)
            finally:  # time goes on, whatever became of this block
                self._next += BLOCK_NS
                self.pulled += BLOCK

    def opened(self, heard_at: int) -> None:
        """The first block will be heard at `heard_at`; a sink that keeps something prepares here."""

    def play(self, heard_at: int, source: Source) -> None:
        """Pull one block; a sink that sounds does so here."""
        source.pull(heard_at)
