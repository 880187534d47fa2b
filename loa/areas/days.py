"""Days off: which days a row means, and what holds on a day of all that is said on the way down to a place. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from airtime import lunar

from loa.areas.codes import Effect, Every

_DAY = timedelta(days=1)
_LOOK_BACK = timedelta(days=31)
_LEAP = date(2000, 2, 29)


@dataclass(frozen=True, slots=True)
class Off:
    """One row of days off, as in `models.DayOff`; `path` and `set_by` say whose it is."""

    path: str
    set_by: str
    kind: str
    name: str
    document: str
    effect: str
    starts: date
    ends: date | None = None
    sessions: int | None = None
    every: str = ""
    month: int = 0
    day: int = 0
    length: int = 1
    children_may_lift: bool = False
    pk: int = 0

    def days(self, since: date, until: date) -> tuple[date, ...]:
        """Its days in [since, until], sorted."""
        first, last = max(since, self.starts), min(until, self.ends or until)
        if not self.every:
            return tuple(_each(first, last))
        back = max(first - _LOOK_BACK, self.starts)
        begun = _begins(self.every, self.day, self.month, back, last) if back <= last else ()
        days = {begin + number * _DAY for begin in begun for number in range(self.length)}
        return tuple(sorted(day for day in days if first <= day <= last))


@dataclass(frozen=True, slots=True)
class OfDay:
    """What holds on a day. Each names the row that says so; `sessions` is the smallest number of those rows."""

    silent: Off | None = None
    no_music: Off | None = None
    fewer: Off | None = None
    exempt: Off | None = None
    rows: tuple[Off, ...] = ()

    @property
    def sessions(self) -> int | None:
        """At most so many sessions; None = as on other days."""
        return self.fewer.sessions if self.fewer else None


USUAL = OfDay()


def of_day(levels: Iterable[Sequence[Off]]) -> OfDay:
    """Of the rows that mean this day, outermost area first: the strictest, unless lifted by leave of the one above."""
    held: list[Off] = []
    for rows in levels:
        if any(row.effect == Effect.USUAL for row in rows):
            held = [row for row in held if not row.children_may_lift]
        held += [row for row in rows if row.effect != Effect.USUAL]
    if not held:
        return USUAL
    fewer = [row for row in held if row.effect == Effect.FEWER]
    return OfDay(
        silent=_first(held, Effect.SILENCE),
        no_music=_first(held, Effect.NO_MUSIC) or _first(held, Effect.SILENCE),
        fewer=min(fewer, key=lambda row: row.sessions or 0, default=None),
        exempt=_first(held, Effect.EXEMPT),
        rows=tuple(held),
    )


def _first(rows: Iterable[Off], effect: Effect) -> Off | None:
    return next((row for row in rows if row.effect == effect), None)


@dataclass(slots=True)
class Calendar:
    """Days off of many areas over some days: each row is laid out once."""

    since: date
    until: date
    _by_path: dict[str, dict[date, list[Off]]]

    @classmethod
    def of(cls, rows: Iterable[Off], since: date, until: date) -> "Calendar":
        """Laid out."""
        found: dict[str, dict[date, list[Off]]] = {}
        for row in rows:
            for day in row.days(since, until):
                found.setdefault(row.path, {}).setdefault(day, []).append(row)
        return cls(since, until, found)

    def on(self, lineage: Sequence[str], day: date) -> OfDay:
        """What holds on the day for the last of `lineage`."""
        levels = [self._by_path[path].get(day, ()) for path in lineage if path in self._by_path]
        return of_day(levels) if any(levels) else USUAL

    def special(self, lineage: Sequence[str]) -> list[date]:
        """The days on which something is said on the way down to this place."""
        return sorted({day for path in lineage for day in self._by_path.get(path, ())})


@cache
def _begins(every: str, day: int, month: int, since: date, until: date) -> tuple[date, ...]:
    if every == Every.LUNAR:
        return lunar.days_of(day, month, since, until)
    return tuple(on for year in range(since.year, until.year + 1) if (on := _solar(year, month, day)) is not None)


def _solar(year: int, month: int, day: int) -> date | None:
    """None on 29 February of a common year."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def possible(every: str, month: int, day: int) -> bool:
    """Whether there is such a day at all: solar ones in a leap year, lunar months of 30 days."""
    if every == Every.LUNAR:
        return 0 <= month <= 12 and 1 <= day <= 30
    return month > 0 and 1 <= day <= 31 and _solar(_LEAP.year, month, day) is not None
