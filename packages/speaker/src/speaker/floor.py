"""Who has the air above the programme: an alert, then a live voice. While somebody has it, the programme yields.

What yields and what comes back is decided by the timeline, as for everything of a higher class (`decide.programme`):
a claim is a span that is taken. Instants are true Unix ms.
"""

from collections.abc import Callable
from dataclasses import dataclass

from speaker.store import HoldSpan

ALERT, LIVE = 0, 1  # the lower one wins
KEPT_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class _Claim:
    rank: int
    begins: int
    until: int


class Floor:
    """`changed` is called whenever what is taken has changed: decide anew."""

    def __init__(self) -> None:
        self._claims: dict[str, _Claim] = {}
        self._past: list[HoldSpan] = []
        self.changed: list[Callable[[], None]] = []

    def take(self, who: str, rank: int, begins: int, until: int) -> None:
        """`who` sounds from `begins` on, until `leave`, at the latest until `until`."""
        claim = _Claim(rank, begins, until)
        if who in self._claims:
            claim = _Claim(rank, self._claims[who].begins, until)
        if self._claims.get(who) != claim:
            self._claims[who] = claim
            self._tell()

    def leave(self, who: str, now: int) -> None:
        """It sounds no more. Nothing happens if it did not."""
        claim = self._claims.pop(who, None)
        if claim is not None:
            if claim.begins < now:
                self._past.append(HoldSpan(slot=who, begins=claim.begins, ends=min(now, claim.until)))
            self._past = [span for span in self._past if span.ends > now - KEPT_MS]
            self._tell()

    def has(self, who: str) -> bool:
        """`who` has the air, or waits behind somebody of a better rank."""
        return who in self._claims

    def free_for(self, rank: int) -> bool:
        """True if nobody of a better rank has it."""
        return all(claim.rank >= rank for claim in self._claims.values())

    def taken(self) -> tuple[HoldSpan, ...]:
        """All spans that the programme has to leave free, those of the last day too."""
        now = [HoldSpan(slot=who, begins=claim.begins, ends=claim.until) for who, claim in self._claims.items()]
        return (*self._past, *now)

    def _tell(self) -> None:
        for tell in self.changed:
            tell()
