"""Reads of areas."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from airtime.spans import Span
from django.db.models import F, Q, QuerySet

from loa.areas import air, hours, rules
from loa.areas.air import AirRules, Book
from loa.areas.days import Calendar, Off
from loa.areas.extensions import Grant, Permits
from loa.areas.hours import AreaHours, Ruling
from loa.areas.languages import Order, Orders
from loa.areas.models import Area, AreaLanguages, AreaSuccession, DayOff, Extension, ImportRun, OperatingRules
from loa.areas.rules import Level
from loa.areas.search import Found, Successor, search
from loa.kernel.clock import local

_DAY = timedelta(days=1)
__all__ = [
    "Found",
    "Successor",
    "bound_above",
    "by_path",
    "changes_of_hours",
    "hamlets_of",
    "hours_above",
    "hours_for",
    "imported",
    "languages_in",
    "predecessors_of",
    "rules_above",
    "rules_for",
    "rules_in",
    "search",
    "succession",
    "successors_of",
    "valid_on",
    "within",
]  # fmt: skip


def within(path: str, field: str = "path") -> Q:
    """The area itself and everything below it; `field` names the path column, such as `area__path`."""
    return Q(**{field: path}) | Q(**{f"{field}__startswith": path + "."})


def by_path(path: str) -> Area | None:
    """The area with this path."""
    return Area.objects.filter(path=path).first()


def valid_on(on: date) -> Q:
    """Filter: units that exist on the day `on`."""
    return (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gte=on))


def hamlets_of(commune: Area, on: date) -> list[Area]:
    """Hamlets of a commune on a day, in Vietnamese order."""
    return list(Area.objects.filter(valid_on(on), parent=commune, level=Level.HAMLET))


def successors_of(area: Area) -> list[Area]:
    """Units of today that took over a past one, in Vietnamese order; for a past district those of its communes."""
    old = Q(predecessions__old=area)
    if area.level == Level.DISTRICT:
        old |= Q(predecessions__old__parent=area)
    return list(Area.objects.filter(old).distinct())


def predecessors_of(area: Area) -> list[Area]:
    """Past units that this one took over ("former communes" of a target), in Vietnamese order."""
    return list(Area.objects.filter(successions__new=area).distinct())


def succession(area: Area) -> tuple[list[AreaSuccession], list[AreaSuccession]]:
    """What the unit came from and what became of it, each in Vietnamese order, with the units and their parents.

    A past district has no links of its own: what became of its communes did become of it.
    """
    rows = AreaSuccession.objects.select_related("old__parent__parent", "new__parent")
    came_from = rows.filter(new=area).order_by("old__sort_key", "old__path")
    went_to = Q(old=area) | Q(old__parent=area) if area.level == Level.DISTRICT else Q(old=area)
    heirs = {row.new_id: row for row in rows.filter(went_to).order_by("new__sort_key", "new__path")}
    return list(came_from), list(heirs.values())


def imported() -> ImportRun | None:
    """The newest reading of the national list: source, version, as of when, read when."""
    return ImportRun.objects.order_by("-at", "-pk").first()


def hours_for(area: Area | str, on: date) -> AreaHours:
    """Hours in which loudspeakers of the area may sound on the day, with the document that says so.

    An `airtime.hours.Hours` in Vietnamese local time; rules are inherited, each can only narrow those above it unless
    they permit more; 05:00-21:00 where nobody has set any.
    """
    return hours.in_force(_rulings(rules.lineage(area if isinstance(area, str) else area.path), on))


def changes_of_hours(area: Area | str) -> tuple[date, ...]:
    """The days on which other rules begin to hold in the area, sorted; before the first of them nobody had set any."""
    paths = rules.lineage(area if isinstance(area, str) else area.path)
    rows = OperatingRules.objects.filter(area__path__in=paths).values_list("starts", "ends")
    return tuple(sorted({day for starts, ends in rows for day in (starts, ends and ends + timedelta(days=1)) if day}))


def hours_above(area: Area, on: date) -> AreaHours | None:
    """The hours that bind the area's own rules from above; None if no unit above it has set any."""
    rulings = _rulings(rules.lineage(area.path)[:-1], on)
    return hours.in_force(rulings) if rulings else None


def languages_in(paths: Iterable[str]) -> Orders:
    """What these areas air, whenever; one query."""
    wanted = {above for path in paths for above in rules.lineage(path)}
    rows = AreaLanguages.objects.filter(area__path__in=wanted).order_by("starts", "pk").select_related("area")
    return Orders.of(Order(row.area.path, row.starts, row.ends, tuple(row.languages)) for row in rows)


def rules_for(area: Area | str, on: date) -> AirRules:
    """All rules of the air of an area on a day."""
    path = area if isinstance(area, str) else area.path
    return rules_in([path], on, on).on(path, on)


def rules_above(area: Area, on: date) -> AirRules | None:
    """The rules that bind the area's own from above; None if no unit above it has set any."""
    if area.parent_id is None:
        return None
    above = rules_for(rules.lineage(area.path)[-2], on)
    return above if above.levels else None


def bound_above(row: DayOff) -> Off | None:
    """The first day off above that speaks of the same days as this one and that nobody below may lift."""
    days = set(_off(row).days(row.starts, row.ends or row.starts + timedelta(days=800)))
    if not days:
        return None
    rows = days_off(rules.lineage(row.area.path)[:-1], min(days), max(days)).exclude(effect="exempt")
    for other in map(_off, rows.exclude(children_may_lift=True).exclude(effect="usual")):
        if days.intersection(other.days(min(days), max(days))):
            return other
    return None


def rules_in(paths: Iterable[str], since: date, until: date) -> Book:
    """All rules of the air of these areas on the days `since` to `until`; three queries however many there are.

    The hours in it carry the extensions and the closed days of those days, and of the day on either side.
    """
    wanted = {above for path in paths for above in rules.lineage(path)}
    first, last = since - _DAY, until + _DAY
    rows = OperatingRules.objects.filter(Q(ends=None) | Q(ends__gte=since), area__path__in=wanted, starts__lte=until)
    return Book.of(
        levels=[_level(row) for row in rows.select_related("area").order_by("starts", "pk")],
        calendar=Calendar.of(map(_off, days_off(wanted, first, last)), first, last),
        extended=[
            air.Dated(row.area.path, Span(row.starts, row.ended_at or row.ends), row.get_reason_display())
            for row in _extensions(wanted, first, last)
        ],
        since=since,
        until=until,
    )


def days_off(paths: Iterable[str], since: date, until: date) -> QuerySet[DayOff]:
    """Rows of these very areas that may speak of a day in [since, until]."""
    rows = DayOff.objects.filter(Q(ends=None) | Q(ends__gte=since), area__path__in=set(paths), starts__lte=until)
    return rows.select_related("area").order_by("starts", "pk")


def _extensions(paths: Iterable[str], since: date, until: date) -> QuerySet[Extension]:
    """The approved ones that were not ended before they began."""
    first, last = air.closures([since])[0].start, air.closures([until])[0].end
    rows = Extension.objects.filter(area__path__in=set(paths), ends__gt=first, starts__lt=last, state="approved")
    return rows.filter(Q(ended_at=None) | Q(ended_at__gt=F("starts"))).select_related("area").order_by("starts", "pk")


def extended_days(area: Area, year: int, *, but: UUID | None = None) -> list[date]:
    """The local days of a year for which this very area has an approved extension; `but` leaves one row out."""
    rows = Extension.objects.filter(area=area, state="approved").exclude(pk__in=[but] if but else [])
    days = {local(starts).date() for starts in rows.values_list("starts", flat=True)}
    return sorted(day for day in days if day.year == year)


def _off(row: DayOff) -> Off:
    return Off(
        path=row.area.path, set_by=row.area.full_name, kind=row.kind, name=row.name, document=row.document,
        effect=row.effect, starts=row.starts, ends=row.ends, sessions=row.sessions, every=row.every, month=row.month,
        day=row.day, length=row.length, children_may_lift=row.children_may_lift, pk=row.pk,
    )  # fmt: skip


def _level(row: OperatingRules) -> air.Level:
    return air.Level(
        path=row.area.path,
        starts=row.starts,
        ends=row.ends,
        ruling=_ruling(row),
        volumes=air.parse_volumes(row.volumes),
        emergency=row.emergency,
        exempts=frozenset(row.exempts),
        grant=Grant(row.area.level, _permits(row, row.extension_days)) if row.extension_days is not None else None,
        pk=row.pk,
    )


def _permits(row: OperatingRules, days: int) -> Permits:
    return Permits(
        days=days,
        earliest=row.extension_earliest,
        latest=row.extension_latest,
        reasons=frozenset(row.extension_reasons),
        document=row.document,
        set_by=row.area.full_name,
    )


def _rulings(paths: Sequence[str], on: date) -> list[Ruling]:
    """The rules of these areas that hold on the day, outermost first; of two the one that began later."""
    rows = (
        OperatingRules.objects.filter(Q(ends=None) | Q(ends__gte=on), area__path__in=paths, starts__lte=on)
        .select_related("area")
        .order_by("starts", "pk")
    )
    latest = {row.area.path: row for row in rows}
    return [_ruling(latest[path]) for path in paths if path in latest]


def _ruling(row: OperatingRules) -> Ruling:
    return Ruling(
        windows=hours.parse_windows(row.windows),
        document=row.document,
        set_by=row.area.full_name,
        limits=hours.Limits(row.max_sessions_per_day, row.max_minutes_per_session, row.max_minutes_per_day),
        children_may_widen=row.children_may_widen,
    )
