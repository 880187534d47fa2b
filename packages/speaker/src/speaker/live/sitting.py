"""One live session as this device has it: its certificate, what came of it, what became of it."""

from collections import Counter
from dataclasses import dataclass, field

from devicelink.batches import session_of
from devicelink.messages import Session
from devicelink.refusals import Refused

from speaker.live.certificate import NONE_YET, Seen, open_batch, until_of
from speaker.live.chime import LENGTH_MS
from speaker.live.mouth import MS, Stand
from speaker.live.track import Track

SILENCE_MS = 3_000  # nothing comes for so long: back to the programme
LEAD_MS = 500  # the card asks for its blocks before they are heard
TAIL_MS = 100


@dataclass(slots=True, eq=False)
class Sitting:
    """`state`: "" (waits), sounding, displaced, silent. `reason`: why it is silent.

    `counted`: samples rendered before the stretch that sounds now. `refused`: batches that were not taken, by code.
    """

    session: Session
    public: bytes
    stand: Stand
    state: str = ""
    reason: str = ""
    counted: int = 0
    started: int = 0
    ended: int | None = None
    seen: Seen = NONE_YET
    refused: Counter[str] = field(default_factory=Counter)
    last_refusal: str = ""

    @classmethod
    def of(cls, session: Session, public: bytes, trim_ms: float) -> "Sitting":
        """Nothing has come yet. `trim_ms`: so much later this device sounds than the others."""
        delay = round((session.buffer + trim_ms) * MS)
        stand = Stand(Track(), delay, session.start * MS + delay, session.chime)
        stand.track.end_at(session.end * 1_000)
        return cls(session, public, stand)

    @property
    def name(self) -> str:
        """As acknowledgements and proofs call it."""
        return f"session:{self.session.id}"

    @property
    def end(self) -> int:
        """What was captured later (ms) does not sound."""
        return self.session.end if self.ended is None else min(self.session.end, self.ended)

    def end_at(self, instant: int) -> None:
        """Somebody ended it."""
        self.ended = instant
        self.stand.track.end_at(self.end * 1_000)

    def hear(self, payload: bytes, now: int, bound: int) -> None:
        """One batch. Raises Refused; then nothing of it sounds."""
        assert session_of(payload) == self.session.id
        try:
            batch = open_batch(payload, self.session, self.public, self.seen, now=now, bound=bound)
        except Refused as refusal:
            self.refused[refusal.reason] += 1
            self.last_refusal = refusal.reason
            raise
        missed = 0 <= self.seen.number < batch.number - 1
        self.stand.track.take(batch, missed=missed)
        self.seen = Seen(batch.number, until_of(batch))

    def over(self, now: int) -> bool:
        """True once nothing of it can sound any more."""
        return now > self.end + self.session.buffer + TAIL_MS

    def wants(self, now: int) -> bool:
        """True while it has something to sound, or will have in a moment, or has had just now."""
        begins, ends = self.span()
        return begins - LEAD_MS <= now < ends

    def span(self) -> tuple[int, int]:
        """From the chime to where it is no longer waited for, as far as anything came (ms)."""
        first = self.session.start + self.session.buffer
        came = self.stand.track.captured_until // 1_000
        until = came + self.session.buffer if came else first
        return first - (LENGTH_MS if self.session.chime else 0), until + SILENCE_MS

    def missing(self) -> int:
        """Packets that were guessed or not there in time."""
        return self.stand.track.lost + self.stand.starved // 960
