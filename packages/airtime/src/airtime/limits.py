"""How much may sound on a day, and how loud: sessions, minutes, music on days of mourning, volume by the hour. Pure.

A session is what people hear as one: things that sound with less than `SESSION_GAP` of silence between them. It belongs
to the local day on which it begins. Its minutes are those in which something sounds; what sounds at once counts once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from airtime.hours import MINUTES_A_DAY, Hours, allowed_ticks, inside, next_start
from airtime.recurrence import instant_at
from airtime.spans import Span, merged, require_aware, ticks

SESSION_GAP = timedelta(minutes=30)
LOOK = timedelta(days=15)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_STEPS = 400  # more tries than this for one nearest time would only keep people waiting


class Rule(StrEnum):
    """Which rule says no."""

    OUTSIDE_HOURS = "outside_hours"
    DAY_OFF = "day_off"  # a closure: nothing but emergencies sounds
    NO_MUSIC = "no_music"
    TOO_MANY_SESSIONS = "too_many_sessions"
    SESSION_TOO_LONG = "session_too_long"
    DAY_TOO_LONG = "day_too_long"


@dataclass(frozen=True, slots=True, order=True)
class Cap:
    """At most `most` per cent from `start` to `end`, minutes after local midnight, <= 1440."""

    start: int
    end: int
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= MINUTES_A_DAY or not 0 <= self.most <= 100:
            raise ValueError(f"no cap: {self}")


@dataclass(frozen=True, slots=True)
class DayRules:
    """What holds on one local day; None = not limited. `hours` carry the closures and extensions around it."""

    hours: Hours
    sessions: int | None = None
    session_minutes: int | None = None
    day_minutes: int | None = None
    music: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """Something that sounds. `counts` is false for what no number limits; one that `yields` makes room for others."""

    start: datetime
    duration: timedelta
    counts: bool = True
    music: bool = False
    yields: bool = False

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Refused:
    """`item` may not sound when it wishes. `most` is what the rule allows (sessions, or minutes), `found` what it would
    have come to; `nearest` is the first start after the wish that every rule allows, None if there is none for long.
    """

    rule: Rule
    item: Item
    nearest: datetime | None
    most: int = 0
    found: int = 0


RulesOn = Callable[[date], DayRules]


def judge(
    rules_on: RulesOn, tz: tzinfo, there: Iterable[Item], wanted: Iterable[Item], *, nearest: bool = True
) -> tuple[Refused, ...]:
    """Which of `wanted` may not sound beside what is `there`, in their order: what is allowed counts for the next.

    `tz` is the local time of all the rules. Without `nearest` nobody is told when it could.
    """
    air = _Air(rules_on, tz)
    for item in there:
        air.add(item)
    refused: list[Refused] = []
    for item in wanted:
        fault = air.fault(item)
        if fault is None:
            air.add(item)
        else:
            when = air.nearest(item) if nearest else None
            refused.append(Refused(fault.rule, item, when, fault.most, fault.found))
    return tuple(refused)


def sessions_of(items: Iterable[Item]) -> tuple[Span, ...]:
    """The sessions of these, in order: see the head of the file."""
    return tuple(Span(group[0].start, max(item.end for item in group)) for group in _groups(items))


def sounding(items: Iterable[Item]) -> timedelta:
    """For how long something sounds."""
    pieces = merged((ticks(item.start), ticks(item.end)) for item in items)
    return timedelta(microseconds=sum(end - start for start, end in pieces))


def loudest(caps: Iterable[Cap], start: int, end: int) -> int:
    """The most per cent all the way from `start` to `end` (minutes of the day, the end not included)."""
    return min((cap.most for cap in caps if cap.start < end and start < cap.end), default=100)


def caps_between(start: int, end: int, most: int) -> tuple[Cap, ...]:
    """Caps from `start` to `end`; when `end` <= `start` the night runs on into the day after."""
    if start < end:
        return (Cap(start, end, most),)
    return tuple(cap for cap in (Cap(start, MINUTES_A_DAY, most), Cap(0, end, most)) if cap.start < cap.end)


def louder(caps: Sequence[Cap], limit: Sequence[Cap]) -> tuple[Cap, Cap] | None:
    """The first of `caps` that allows more than the cap of `limit` for the same minutes, with that one."""
    for cap in caps:
        for other in limit:
            start, end = max(cap.start, other.start), min(cap.end, other.end)
            if start < end and loudest(caps, start, end) > other.most:
                return cap, other
    return None


@dataclass(frozen=True, slots=True)
class _Fault:
    rule: Rule
    most: int = 0
    found: int = 0


@dataclass(slots=True)
class _Air:
    """What sounds on the days that were asked about."""

    rules_on: RulesOn
    tz: tzinfo
    _days: dict[date, list[Item]] = field(default_factory=dict)
    _open: dict[date, list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        require_aware(item.start)
        self._days.setdefault(self._day(item.start), []).append(item)

    def fault(self, item: Item) -> _Fault | None:
        """The first rule that says no."""
        rules = self.rules_on(self._day(item.start))
        if not inside(self._allowed(self._day(item.start)), ticks(item.start), ticks(item.end)):
            return _Fault(Rule.DAY_OFF if _closed(rules.hours, item) else Rule.OUTSIDE_HOURS)
        if item.music and not rules.music:
            return _Fault(Rule.NO_MUSIC)
        return self._too_much(item) if item.counts else None

    def _allowed(self, day: date) -> list[tuple[int, int]]:
        """Allowed time from this local day on, by the rules of this day, two more days for what passes midnight."""
        if day not in self._open:
            since = instant_at(day, 0, self.tz)
            self._open[day] = allowed_ticks(self.rules_on(day).hours, since, since + 3 * _DAY)
        return self._open[day]

    def _too_much(self, item: Item) -> _Fault | None:
        around = [one for one in self._around(item.start) if one.counts]
        groups = list(_groups([*around, item]))
        mine = next(group for group in groups if any(one is item for one in group))
        day = self._day(mine[0].start)
        rules = self.rules_on(day)
        today = [group for group in groups if self._day(group[0].start) == day]
        before = sum(self._day(group[0].start) == day for group in _groups(around))
        if rules.sessions is not None and len(today) > max(rules.sessions, before):
            return _Fault(Rule.TOO_MANY_SESSIONS, rules.sessions, len(today))
        return _over(Rule.SESSION_TOO_LONG, rules.session_minutes, mine) or _over(
            Rule.DAY_TOO_LONG, rules.day_minutes, [one for group in today for one in group]
        )

    def nearest(self, item: Item) -> datetime | None:
        """The first start at or after the wish that is free and that every rule allows."""
        at: datetime | None = item.start
        for _ in range(_STEPS):
            if at is None or at - item.start > LOOK:
                return None
            allowed = next_start(self.rules_on(self._day(at)).hours, at, item.duration)
            if allowed is None:
                return None
            if allowed == at and not self._stands_in_the_way(wish := _at(item, at)) and self.fault(wish) is None:
                return at
            at = allowed if allowed > at else self._following(item, at)
        return None

    def _stands_in_the_way(self, wish: Item) -> bool:
        others = (one for one in self._around(wish.start) if not one.yields and not wish.yields)
        return any(one.start < wish.end and wish.start < one.end for one in others)

    def _following(self, item: Item, at: datetime) -> datetime:
        """The next time at which the answer may be another: right behind or before something, or another day."""
        turns = [instant_at(self._day(at) + _DAY, 0, self.tz)]
        for one in self._around(at):
            turns += [_whole(one.end), _whole(one.end + SESSION_GAP), _floor(one.start - item.duration)]
        return min(turn for turn in turns if turn > at)

    def _around(self, at: datetime) -> Iterator[Item]:
        day = self._day(at)
        for near in (day - _DAY, day, day + _DAY):
            yield from self._days.get(near, ())

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.tz).date()


def _groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    group: list[Item] = []
    end: datetime | None = None
    for item in sorted(items, key=lambda one: one.start):
        if end is not None and item.start - end >= SESSION_GAP:
            yield group
            group, end = [], None
        group.append(item)
        end = item.end if end is None else max(end, item.end)
    if group:
        yield group


def _over(rule: Rule, most: int | None, items: Sequence[Item]) -> _Fault | None:
    if most is None:
        return None
    length = sounding(items)
    return _Fault(rule, most, -(-length // _MINUTE)) if length > most * _MINUTE else None


def _closed(hours: Hours, item: Item) -> bool:
    return any(span.start < max(item.end, item.start + _MINUTE) and item.start < span.end for span in hours.closures)


def _at(item: Item, start: datetime) -> Item:
    return Item(start, item.duration, item.counts, item.music, item.yields)


def _floor(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _whole(instant: datetime) -> datetime:
    return instant if instant == _floor(instant) else _floor(instant) + _MINUTE
