"""What many schedules of one page have in common, asked of the database once."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from loa.areas.air import Book
from loa.areas.models import Area
from loa.areas.queries import by_path, rules_in
from loa.areas.rules import Level
from loa.broadcasts.queries import rooms, sources
from loa.broadcasts.queries.rooms import Occurrence
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.targets import Place, Target


@dataclass(slots=True)
class Known:
    """Places and hours as they were when they were first asked for; for the length of one reading, not longer."""

    _places: dict[str, list[Place]] = field(default_factory=dict)
    _books: dict[str, Book] = field(default_factory=dict)
    _air: dict[tuple[str, tuple[str, ...]], "_Heard"] = field(default_factory=dict)
    _areas: dict[str, Area | None] = field(default_factory=dict)

    def places_meant(self, area: str, target: Target) -> list[Place]:
        """As `sources.places_meant`."""
        around = sources.commune_or_above(area)
        if around not in self._places:
            self._places[around] = sources.places([around])
        return [place for place in self._places[around] if targets.reach(target, area, place) is not None]

    def book(self, path: str, since: date, until: date) -> Book:
        """The rules of the air there, on these days at least."""
        known = self._books.get(path)
        if known is None or since < known.since or known.until < until:
            first = min(since, known.since) if known else since
            last = max(until + _MORE, known.until if known else until)
            known = self._books[path] = rules_in([path], first, last)
        return known

    def on_air(self, area: Area, since: datetime, until: datetime, states: Iterable[str]) -> list[Occurrence]:
        """What schedules of the area, of what is above it and below it, sound in [since, until)."""
        asked = (area.path, tuple(states))
        known = self._air.get(asked)
        if known is None or since < known.since or known.until < until:
            first = min(since - _EARLIER, known.since) if known else since - _EARLIER
            last = max(until + _MORE, known.until if known else until)
            below = area.level >= Level.COMMUNE
            rows = rooms.occurrences(area, first, last, states=asked[1], below=below)
            known = self._air[asked] = _Heard(first, last, rows)
        return known.between(since, until)

    def area_at(self, path: str) -> Area | None:
        """The area with this path."""
        if path not in self._areas:
            self._areas[path] = by_path(path)
        return self._areas[path]


@dataclass(frozen=True, slots=True)
class _Heard:
    since: datetime
    until: datetime
    rows: list[Occurrence]  # in the order of their starts

    def between(self, since: datetime, until: datetime) -> list[Occurrence]:
        low = bisect_left(self.rows, since, key=_start)
        return self.rows[low : bisect_left(self.rows, until, key=_start)]


def _start(row: Occurrence) -> datetime:
    return row.span.start


# So that a page full of wishes, in whatever order, is mostly answered by one reading.
_MORE, _EARLIER = timedelta(days=45), timedelta(days=8)
