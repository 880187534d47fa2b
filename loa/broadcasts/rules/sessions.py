"""Programmes as slots of the week: how much room is left, and where the next room is. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from airtime.spans import Span

from loa.broadcasts.rules import words
from loa.broadcasts.rules.seasons import Season
from loa.kernel.clock import LOCAL, local

LOOK_AHEAD = 14
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfDay:
    """How the session of one day differs: it is not held, begins at another time, has another length."""

    dropped: bool = False
    starts: time | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A programme: name, local start, minutes, ISO weekdays; `limit` is how many minutes the area's rules allow.

    `season`: the part of the year in which it is held, None = all of it. `changes` are single days.
    """

    id: str
    name: str
    starts: time
    minutes: int
    weekdays: frozenset[int]
    limit: int | None = None
    season: Season | None = None
    changes: Mapping[date, OfDay] = field(default_factory=dict)

    def on(self, day: date) -> Span | None:
        """The session of this day, None if there is none."""
        other = self.changes.get(day, OfDay())
        if other.dropped or not self.usual_on(day):
            return None
        start = datetime.combine(day, other.starts or self.starts, LOCAL)
        return Span(start, start + (other.minutes or self.minutes) * _MINUTE)

    def usual_on(self, day: date) -> bool:
        """Whether it is held on this day by its weekdays and season."""
        return day.isoweekday() in self.weekdays and (self.season is None or self.season.holds(day))


@dataclass(frozen=True, slots=True)
class Session:
    """One dated session: the slot, its span, what it holds."""

    slot: Slot
    span: Span
    busy: tuple[Span, ...]

    @property
    def allowance(self) -> timedelta:
        """How much may be said in it."""
        whole = self.span.end - self.span.start
        return whole if self.slot.limit is None else min(whole, self.slot.limit * _MINUTE)

    @property
    def day(self) -> date:
        """The local day."""
        return local(self.span.start).date()

    @property
    def name(self) -> str:
        """ "Buổi chiều 20/08"."""
        return f"{self.slot.name} {self.day:%d/%m}"


def sessions(slot: Slot, first: date, days: int, busy: Iterable[Span]) -> Iterator[Session]:
    """The sessions of `days` days from `first`; `busy` are airings of the area, filling ones left out."""
    taken = sorted(busy)
    for number in range(days):
        span = slot.on(first + number * _DAY)
        if span is not None:
            yield Session(slot, span, tuple(item for item in taken if item.start < span.end and span.start < item.end))


def left(session: Session) -> timedelta:
    """What may still be said in this session; never less than nothing."""
    used = sum((_overlap(item, session.span) for item in session.busy), timedelta(0))
    return max(session.allowance - used, timedelta(0))


def first_gap(session: Session, duration: timedelta, not_before: datetime) -> datetime | None:
    """The first whole minute in the session at which something of this length fits; None if there is none."""
    if duration > left(session):
        return None
    at = _whole_minute(max(session.span.start, not_before))
    for item in session.busy:
        if at + duration <= item.start:
            break
        at = max(at, _whole_minute(item.end))
    return at if at + duration <= session.span.end else None


def common_gap(found: Sequence[Session], duration: timedelta, not_before: datetime) -> time | None:
    """The first local time at which it fits in each of these sessions of one slot, so that people can remember it."""
    if not found:
        return None
    at = max((first_gap(session, duration, not_before) for session in found), key=_clock_or_last)
    while at is not None:
        clock = local(at).time()
        later = [_gap_from(session, duration, clock, not_before) for session in found]
        if any(start is None for start in later):
            return None
        furthest = max(local(start).time() for start in later if start is not None)
        if furthest == clock:
            return clock
        at = datetime.combine(local(at).date(), furthest, LOCAL)
    return None


def _clock_or_last(start: datetime | None) -> tuple[bool, time]:
    return start is None, time() if start is None else local(start).time()


def _gap_from(session: Session, duration: timedelta, clock: time, not_before: datetime) -> datetime | None:
    return first_gap(session, duration, max(not_before, datetime.combine(session.day, clock, LOCAL)))


def next_with_room(
    slots: Iterable[Slot], busy: Sequence[Span], duration: timedelta, now: datetime, days: int = LOOK_AHEAD
) -> tuple[Session, datetime] | None:
    """The first session, and the minute in it, at which something of this length still fits."""
    offers = (
        (session, start)
        for slot in slots
        for session in sessions(slot, local(now).date(), days, busy)
        if (start := first_gap(session, duration, now)) is not None
    )
    return min(offers, key=lambda offer: offer[1], default=None)


def full(session: Session, duration: timedelta, following: tuple[Session, datetime] | None, now: datetime) -> str:
    """The refusal: how much is left, how much is needed, where there is room."""
    offer = f"{following[0].slot.name}, {words.moment(following[1], now)}" if following else ""
    return words.session_full(session.name, left(session), duration, offer)


def _overlap(item: Span, span: Span) -> timedelta:
    return min(item.end, span.end) - max(item.start, span.start)


def _whole_minute(instant: datetime) -> datetime:
    there = local(instant)
    floor = there.replace(second=0, microsecond=0)
    return floor if floor == there else floor + _MINUTE
