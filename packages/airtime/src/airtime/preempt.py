"""Something sounds and something else wants to: who wins now, and what becomes of the other?"""

from dataclasses import dataclass
from datetime import datetime

from airtime.rank import Key, Rank, key
from airtime.reasons import Code, Fate
from airtime.spans import Span, require_aware


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the two. `ends`: when it is or would be over. `latest`: last instant at which a clip may (re)start.

    `filling` items (relays, music) may be left and joined midway, so they yield to any clip of their class.
    """

    rank: Rank
    ends: datetime
    latest: datetime
    filling: bool = False

    def __post_init__(self) -> None:
        require_aware(self.ends)
        require_aware(self.latest)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`winner` sounds from now on. `loser` yields with `fate`, `reason` (a code of the wire) and, if moved or a filling
    item that comes back, the instant `again`."""

    winner: str
    loser: str
    fate: Fate
    reason: str
    again: datetime | None = None


def strength(rank: Rank, filling: bool) -> tuple[int, bool, Key]:
    """Order in which items get their wish: by class; inside a class clips before filling items; then by rank."""
    order = key(rank)
    return order[0], filling, order


def decide(sounding: Contender, wanting: Contender) -> Outcome:
    """The stronger sounds. Raises ValueError when both are the same item."""
    if sounding.rank.id == wanting.rank.id:
        raise ValueError(f"{wanting.rank.id} sounds already")
    if strength(wanting.rank, wanting.filling) < strength(sounding.rank, sounding.filling):
        return _yield(loser=sounding, winner=wanting, begun=True)
    return _yield(loser=wanting, winner=sounding, begun=False)


def held_back(wanting: Rank, holds: tuple[Span, ...], now: datetime) -> str:
    """The reason `held` if a hold keeps this item silent now, else "". A hold never silences an emergency."""
    if key(wanting)[0] == 0 or not any(hold.start <= now < hold.end for hold in holds):
        return ""
    return Code.HELD


def _yield(*, loser: Contender, winner: Contender, begun: bool) -> Outcome:
    """A filling item comes back for what is left of it; a clip starts anew if it still may; else it is over."""
    names = (winner.rank.id, loser.rank.id)
    if loser.filling:
        again = winner.ends if winner.ends < loser.ends else None
        return Outcome(*names, Fate.CUT if begun or again else Fate.DROPPED, Code.PREEMPTED, again)
    if winner.ends <= loser.latest:
        return Outcome(*names, Fate.MOVED, Code.PREEMPTED, winner.ends)
    return Outcome(*names, Fate.CUT if begun else Fate.DROPPED, Code.PREEMPTED)
