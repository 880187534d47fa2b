"""Two things want 05:10: who sounds, what happens to the other, and why?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from airtime.hours import Hours, allowed_ticks, inside
from airtime.preempt import strength
from airtime.rank import Rank, Urgency
from airtime.reasons import Code, Fate
from airtime.room import Piece, Room, Taken
from airtime.spans import Span, from_ticks, merged, require_aware, ticks, without

# A scrap of music between two announcements is a noise, not a filling.
SHORTEST_FILLING = timedelta(seconds=5)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that wishes to sound at `start` for `duration` (more than nothing).

    A clip sounds whole or not at all, and starts no later than `latest` (None = only at `start`). A `filling` item is
    cut and joined midway. The class, level and id are in `rank`.
    """

    rank: Rank
    start: datetime
    duration: timedelta
    latest: datetime | None = None
    filling: bool = False

    def __post_init__(self) -> None:
        require_aware(self.start)
        if self.duration <= timedelta(0):
            raise ValueError(f"{self.id} has no length")
        if self.latest is not None and self.latest < self.start:
            raise ValueError(f"{self.id} may start until {self.latest}, before its wish {self.start}")

    @property
    def id(self) -> str:
        """The id, which is part of the rank."""
        return self.rank.id


@dataclass(frozen=True, slots=True)
class Segment:
    """`item` sounds from `start` to `end`, beginning `offset` into it (0 for a clip)."""

    item: str
    start: datetime
    end: datetime
    offset: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Displaced:
    """`item` does not sound as it wished at `planned`.

    `reason`: `preempted` (`by` has the time), `no_room` (the same, and no gap was left until `latest`, or the horizon
    ends), `outside_hours`, `held`, or `expired` (its wish was before the horizon). `by` is empty unless an item stands
    in the way. `start` is where a moved clip sounds now.
    """

    item: str
    planned: datetime
    fate: Fate
    reason: Code
    by: str = ""
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """`segments` in order of time, never overlapping; `displaced` in order of the wish, one row an item."""

    segments: tuple[Segment, ...]
    displaced: tuple[Displaced, ...]


def resolve(items: Iterable[Item], hours: Hours, holds: Iterable[Span], horizon: Span) -> Timeline:
    """Put everything in its place between the ends of `horizon`.

    Items get their wish in the order of `preempt.strength`, so none is displaced by a weaker one. Emergencies ignore
    hours and holds. Raises ValueError when two items have one id. The order of `items` does not matter.
    """
    ordered = sorted(items, key=lambda item: strength(item.rank, item.filling))
    if len({item.id for item in ordered}) != len(ordered):
        raise ValueError("two items have the same id")
    board = _Board(hours, list(holds), horizon)
    for item in ordered:
        board.place(item)
    return board.timeline()


class _Board:
    """The state of one `resolve`: what is free, what is taken, what had to yield."""

    def __init__(self, hours: Hours, holds: Sequence[Span], horizon: Span) -> None:
        self._whole = (ticks(horizon.start), ticks(horizon.end))
        self._open = allowed_ticks(hours, horizon.start, horizon.end)
        self._held = merged((ticks(hold.start), ticks(hold.end)) for hold in holds)
        whole = merged([self._whole])
        self._quiet = without(whole, without(self._open, self._held))
        self._urgent = True
        self._room = Room(whole)
        self._taken = Taken()
        self._segments: list[Segment] = []
        self._displaced: list[Displaced] = []

    def place(self, item: Item) -> None:
        if self._urgent and item.rank.urgency is not Urgency.EMERGENCY:
            self._urgent = False
            self._room = Room(without(self._room.pieces(), self._quiet))
        if item.filling:
            self._fill(item)
        else:
            self._clip(item)

    def timeline(self) -> Timeline:
        return Timeline(
            segments=tuple(sorted(self._segments, key=lambda segment: segment.start)),
            displaced=tuple(sorted(self._displaced, key=lambda row: (row.planned, row.item))),
        )

    def _clip(self, item: Item) -> None:
        wish, length = ticks(item.start), item.duration // _TICK
        latest = wish if item.latest is None else ticks(item.latest)
        start = self._room.first(wish, latest, length)
        if start is not None:
            self._take(item, start, start + length, 0)
        if start == wish:
            return
        reason, by = self._obstacle(wish, wish + length)
        if start is None and reason is Code.PREEMPTED and latest > wish:
            reason = Code.NO_ROOM
        self._yield(item, Fate.DROPPED if start is None else Fate.MOVED, reason, by, start)

    def _fill(self, item: Item) -> None:
        wish, end = ticks(item.start), ticks(item.start) + item.duration // _TICK
        pieces = [piece for piece in self._room.within(wish, end) if piece == (wish, end) or _worth(piece)]
        for start, stop in pieces:
            self._take(item, start, stop, start - wish)
        if pieces == [(wish, end)]:
            return
        missing = without([(wish, end)], pieces)
        reason, by = self._obstacle(*missing[0])
        self._yield(item, Fate.CUT if pieces else Fate.DROPPED, reason, by, None)

    def _obstacle(self, start: int, end: int) -> tuple[Code, str]:
        """Why [start, end) is not free: allowed hours first, then holds, then the first item in the way."""
        if start < self._whole[0]:
            return Code.EXPIRED, ""
        stop = min(end, self._whole[1])
        if start < stop and not self._urgent and not inside(self._open, start, stop):
            return Code.OUTSIDE_HOURS, ""
        if not self._urgent and any(hold[0] < end and start < hold[1] for hold in self._held):
            return Code.HELD, ""
        row = self._taken.first_over(start, end)
        return (Code.PREEMPTED, row[1]) if row is not None else (Code.NO_ROOM, "")

    def _take(self, item: Item, start: int, end: int, offset: int) -> None:
        self._room.take(start, end)
        self._taken.add(start, end, item.id)
        self._segments.append(Segment(item.id, from_ticks(start), from_ticks(end), offset * _TICK))

    def _yield(self, item: Item, fate: Fate, reason: Code, by: str, start: int | None) -> None:
        moved = None if start is None else from_ticks(start)
        self._displaced.append(Displaced(item.id, item.start.astimezone(UTC), fate, reason, by, moved))


def _worth(piece: Piece) -> bool:
    return piece[1] - piece[0] >= SHORTEST_FILLING // _TICK
