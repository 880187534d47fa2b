"""Who sounded a whole session, or every airing of a bulletin: loudspeaker by loudspeaker, and commune by commune."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airtime.spans import Span
from django.db.models import QuerySet

from loa.areas.models import Area
from loa.broadcasts.models import Airing, Programme
from loa.broadcasts.queries.airings import Sounded, all_sounded
from loa.broadcasts.queries.proved import meant, members
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules import rollcall as rules
from loa.broadcasts.rules.rollcall import Count, Standing, Word
from loa.broadcasts.rules.times import midnight
from loa.bulletins.models import Bulletin
from loa.devices.models import Device
from loa.kernel.clock import local

DAYS = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Heard:
    """One loudspeaker: how it stands, how many of how many airings it proved, and the one that explains it best."""

    device: Device
    standing: Standing
    proved: int
    expected: int
    lacking: tuple[tuple[Airing, Sounded], ...]


@dataclass(frozen=True, slots=True)
class Commune:
    """The sums of one commune."""

    area: Area
    count: Count


@dataclass(frozen=True, slots=True)
class RollCall:
    """`rows` have those first that need a person. `since` and `until` are the days that were looked at."""

    airings: tuple[Airing, ...]
    rows: tuple[Heard, ...]
    since: date
    until: date

    @property
    def count(self) -> Count:
        """Of all loudspeakers."""
        return rules.count(row.standing for row in self.rows)

    @property
    def communes(self) -> tuple[Commune, ...]:
        """The sums by commune, in the order of their names."""
        found: dict[Area, list[Standing]] = {}
        for row in self.rows:
            found.setdefault(row.device.area, []).append(row.standing)
        ordered = sorted(found, key=lambda area: area.sort_key)
        return tuple(Commune(area, rules.count(found[area])) for area in ordered)


def of_session(programme: Programme, area: Area, day: date, now: datetime) -> RollCall | None:
    """Everything that began in this session on the loudspeakers of `area`, of whoever it is; None if it is not held.
    Ten queries, however many loudspeakers there are.
    """
    span = slot_of(programme, None, programme.changes.all()).on(day)
    if span is None:
        return None
    named = meant(members(area), span.start, span.end)
    rows = Airing.objects.filter(pk__in=list(named), start__gte=span.start, start__lt=span.end)
    return _called(list(rows.order_by("start", "position", "pk")), area, Span(span.start, span.end), now)


def of_bulletin(bulletin: Bulletin, area: Area, now: datetime, until: date | None = None) -> RollCall:
    """All airings of the bulletin on loudspeakers of `area` in the week that ends on `until`; else the newest week that
    has any. Eight queries.
    """
    rows = Airing.objects.filter(schedule__bulletin=bulletin)
    today = local(now).date()
    begun = rows.filter(start__lt=midnight(today + _DAY))
    last = until or _day_of(begun, "-start") or _day_of(rows, "start") or today
    span = Span(midnight(last - (DAYS - 1) * _DAY), midnight(last + _DAY))
    found = rows.filter(start__gte=span.start, start__lt=span.end).order_by("start", "pk")
    return _called(list(found), area, span, now)


def _day_of(rows: QuerySet[Airing], order: str) -> date | None:
    start = rows.order_by(order).values_list("start", flat=True).first()
    return local(start).date() if start else None


def _called(airings: Sequence[Airing], area: Area, span: Span, now: datetime) -> RollCall:
    sounded = all_sounded(airings, area.path)
    by_device: dict[str, list[tuple[Airing, Sounded]]] = {}
    for airing in airings:
        for one in sounded[airing.pk]:
            if airing.dropped_at is None or one.outcome:
                by_device.setdefault(one.device.pk, []).append((airing, one))
    rows = [_heard(words, now) for words in by_device.values()]
    rows.sort(key=lambda row: (rules.ORDER.index(row.standing), row.device.area.sort_key, row.device.number))
    kept = {airing.pk for words in by_device.values() for airing, _ in words}
    last = local(span.end - timedelta(seconds=1)).date()
    return RollCall(tuple(row for row in airings if row.pk in kept), tuple(rows), local(span.start).date(), last)


def _heard(words: Sequence[tuple[Airing, Sounded]], now: datetime) -> Heard:
    said = [Word(one.outcome, airing.start, airing.end) for airing, one in words]
    lacking = tuple((airing, one) for airing, one in words if one.outcome != "played" and _told(airing, one, now))
    proved = sum(one.outcome == "played" for _, one in words)
    return Heard(words[0][1].device, rules.standing(said, now), proved, len(words), lacking)


def _told(airing: Airing, one: Sounded, now: datetime) -> bool:
    return bool(one.outcome) or airing.end <= now


def narrowed(rows: Iterable[Heard], standing: str) -> list[Heard]:
    """Those that stand so; all for ""."""
    return [row for row in rows if not standing or row.standing == standing]
