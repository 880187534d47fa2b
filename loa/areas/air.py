"""The rules of the air of a place on a day, from all that is said on the way down to it: hours, volume, numbers, days
off, what may be extended. Pure; `queries.rules_in` reads what it needs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from airtime.limits import Cap, DayRules, caps_between
from airtime.spans import Span

from loa.areas import extensions, hours
from loa.areas.codes import Exempt
from loa.areas.days import USUAL, Calendar, OfDay
from loa.areas.extensions import Grant, Permits
from loa.areas.hours import AreaHours, Limits, Ruling
from loa.areas.rules import is_inside, lineage
from loa.kernel.clock import LOCAL
from loa.kernel.errors import Invalid

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Level:
    """One area's own rules from `starts` to `ends` (last day; None = open), as they stand in its document."""

    path: str
    starts: date
    ends: date | None
    ruling: Ruling
    volumes: tuple[Cap, ...] = ()
    emergency: str = ""
    exempts: frozenset[str] = frozenset()
    grant: Grant | None = None
    pk: int = 0

    def named(self, place: str) -> str:
        """Its document in a sentence about `place` (a full name); whose it is, if of another."""
        ruling = self.ruling
        return ruling.document if ruling.set_by in ("", place) else f"{ruling.document}, {ruling.set_by}"


@dataclass(frozen=True, slots=True)
class Dated:
    """Something for a span of time in an area, such as an approved extension; `name` says why."""

    path: str
    span: Span
    name: str = ""


@dataclass(frozen=True, slots=True)
class AirRules:
    """Everything that holds in an area on a day.

    `hours` are the windows of this day, with the extensions and closures of all days that were asked for; `levels` the
    rows that count, outermost first; `permits` what may be extended; `exempts` are `codes.Exempt`; `volumes_bound`
    what binds the volumes themselves.
    """

    path: str
    day: date
    hours: AreaHours
    volumes: tuple[Cap, ...] = ()
    volumes_bound: tuple[Cap, ...] = ()
    off: OfDay = USUAL
    permits: Permits | None = None
    exempts: frozenset[str] = frozenset()
    emergency: str = ""
    levels: tuple[Level, ...] = ()

    @property
    def limits(self) -> Limits:
        """The numbers of this day: fewer sessions on some days off; on an exempt one only those that still count."""
        limits = self.hours.limits if self.off.exempt is None else hours.in_force(self._counting()).limits
        fewest = [n for n in (limits.sessions_per_day, self.off.sessions) if n is not None]
        return replace(limits, sessions_per_day=min(fewest, default=None))

    def _counting(self) -> list[Ruling]:
        """The rulings, without numbers where they exempt a day which their own area or one above declares."""
        by = self.off.exempt.path if self.off.exempt else ""
        free = [Exempt.EVENTS in level.exempts and is_inside(level.path, by) for level in self.levels]
        return [
            replace(level.ruling, limits=Limits()) if lifted else level.ruling
            for level, lifted in zip(self.levels, free, strict=True)
        ]

    def by(self, says: Callable[[Level], bool]) -> Level | None:
        """The outermost level of which `says` is true: the rule that a refusal names."""
        return next((level for level in self.levels if says(level)), None)

    @property
    def volumes_below(self) -> tuple[Cap, ...]:
        """What nobody below may be louder than."""
        return self.volumes_bound if self.hours.children_may_widen else self.volumes

    @property
    def usual(self) -> "AirRules":
        """The rules of such a day if nothing were special about it."""
        return replace(self, off=USUAL, hours=replace(self.hours, extensions=(), closures=()))

    @property
    def day_rules(self) -> DayRules:
        """In the words of `airtime.limits`."""
        limits = self.limits
        return DayRules(
            hours=self.hours,
            sessions=limits.sessions_per_day,
            session_minutes=limits.minutes_per_session,
            day_minutes=limits.minutes_per_day,
            music=self.off.no_music is None,
        )


@dataclass(slots=True)
class Book:
    """The rules of many areas over the days `since` to `until`; ask it for any of them without another query."""

    since: date
    until: date
    _levels: Mapping[str, Sequence[Level]]
    _days: Calendar
    _extended: Mapping[str, Sequence[Dated]]
    _folded: dict[tuple[int, ...], AirRules] = field(default_factory=dict)
    _dated: dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]] = field(default_factory=dict)
    _known: dict[tuple[str, date], AirRules] = field(default_factory=dict)

    @classmethod
    def of(
        cls, levels: Iterable[Level], calendar: Calendar, extended: Iterable[Dated], since: date, until: date
    ) -> "Book":
        """From rows as they are kept, those that began later behind those that began earlier."""
        by_path: dict[str, list[Level]] = {}
        for level in levels:
            by_path.setdefault(level.path, []).append(level)
        beyond: dict[str, list[Dated]] = {}
        for one in extended:
            beyond.setdefault(one.path, []).append(one)
        return cls(since, until, by_path, calendar, beyond)

    def on(self, path: str, day: date) -> AirRules:
        """What holds there on the day. ValueError for a day that was not asked for."""
        if not self.since <= day <= self.until:
            raise ValueError(f"asked for {self.since} to {self.until}, not {day}")
        known = self._known.get((path, day))
        if known is None:
            known = self._known[path, day] = self._on(path, day)
        return known

    def near(self, path: str, day: date) -> AirRules:
        """What holds on the day; days that were not asked for are as the nearest that was."""
        return self.on(path, min(max(day, self.since), self.until))

    def turns(self, path: str) -> tuple[date, ...]:
        """The days on which other rules than the day before begin to hold, days off aside; `since` is the first."""
        rows = [row for above in lineage(path) for row in self._levels.get(above, ())]
        ends = {row.ends + _DAY for row in rows if row.ends is not None}
        found = {day for day in {row.starts for row in rows} | ends if self.since < day <= self.until}
        return (self.since, *sorted(found))

    def kinds_of_days(self, path: str) -> tuple[date, ...]:
        """A day of every kind there is: the first of each row of rules, and all of which a row of days off speaks."""
        special = {day for day in self.special(path) if self.since <= day <= self.until}
        return tuple(sorted({*self.turns(path), *special}))

    def special(self, path: str) -> list[date]:
        """The days of which a row of days off speaks."""
        return self._days.special(lineage(path))

    def off(self, path: str, day: date) -> OfDay:
        """What the days off say of this day."""
        return self._days.on(lineage(path), day)

    def extended(self, path: str) -> list[Dated]:
        """The approved extensions that reach this place."""
        return [one for above in lineage(path) for one in self._extended.get(above, ())]

    def _on(self, path: str, day: date) -> AirRules:
        held = [row for above in lineage(path) if (row := self._row(above, day)) is not None]
        key = tuple(row.pk for row in held)
        folded = self._folded.get(key)
        if folded is None:
            folded = self._folded[key] = fold(held)
        extended, closed = self._spans(path)
        own = replace(folded.hours, extensions=extended, closures=closed)
        return replace(folded, path=path, day=day, hours=own, off=self.off(path, day))

    def _row(self, path: str, day: date) -> Level | None:
        held = [
            row for row in self._levels.get(path, ()) if row.starts <= day and (row.ends is None or day <= row.ends)
        ]
        return held[-1] if held else None

    def _spans(self, path: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        if path not in self._dated:
            silent = (day for day in self.special(path) if self.off(path, day).silent is not None)
            self._dated[path] = tuple(one.span for one in self.extended(path)), closures(silent)
        return self._dated[path]


def fold(levels: Sequence[Level]) -> AirRules:
    """What these rows come to, outermost area first."""
    volumes: tuple[Cap, ...] = ()
    bound: tuple[Cap, ...] = ()
    open_above = False
    for level in levels:
        bound = bound if open_above else volumes
        volumes = (bound if open_above and level.volumes else volumes) + level.volumes
        open_above = level.ruling.children_may_widen
    exempts = [level.exempts for level in levels if level.ruling.limits != Limits()]
    return AirRules(
        path="",
        day=date.min,
        hours=hours.in_force([level.ruling for level in levels]),
        volumes=tuple(sorted(set(volumes))),
        volumes_bound=bound,
        permits=extensions.in_force(level.grant for level in levels if level.grant is not None),
        exempts=frozenset.intersection(*exempts) if exempts else frozenset(),
        emergency=next((level.emergency for level in reversed(levels) if level.emergency), ""),
        levels=tuple(levels),
    )


def closures(days: Iterable[date]) -> tuple[Span, ...]:
    """Whole local days as spans; neighbours are one."""
    found: list[Span] = []
    for day in sorted(days):
        start = datetime.combine(day, time(), LOCAL)
        if found and found[-1].end == start:
            found[-1] = Span(found[-1].start, start + _DAY)
        else:
            found.append(Span(start, start + _DAY))
    return tuple(found)


def parse_volumes(texts: Sequence[Mapping[str, object]]) -> tuple[Cap, ...]:
    """Caps from their stored form; "to" earlier than "from" runs into the next day. Raises Invalid."""
    return tuple(cap for text in texts for cap in _caps(text))


def _caps(text: Mapping[str, object]) -> tuple[Cap, ...]:
    start, end = hours.minute(str(text.get("from", ""))), hours.minute(str(text.get("to", "")))
    most = text.get("most")
    if not isinstance(most, int) or not 0 <= most <= 100:
        raise Invalid("Mức âm lượng là một số từ 0 đến 100.")
    if start == end:
        raise Invalid(f"Khoảng {text['from']}–{text['to']} không có phút nào: giờ kết thúc phải khác giờ bắt đầu.")
    return caps_between(start, end, most)


def spoken_volumes(caps: Iterable[Cap]) -> str:
    """ "05:00–06:00 tối đa 50%; ..."."""
    return "; ".join(f"{hours.clock(cap.start)}–{hours.clock(cap.end)} tối đa {cap.most}%" for cap in sorted(caps))
