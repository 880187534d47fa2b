"""How full the sessions of an area are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airtime.spans import Span
from django.db.models import Q

from loa.areas.models import Area
from loa.areas.queries import hours_for
from loa.areas.rules import lineage
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import sessions, targets
from loa.broadcasts.rules.sessions import Session, Slot
from loa.broadcasts.rules.times import LONGEST_SPILL, midnight
from loa.bulletins.models import Version
from loa.kernel.clock import local

_COUNTED = (State.DRAFT, State.SUBMITTED, State.APPROVED, State.RETURNED)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One air time of a schedule, whether it is approved or not."""

    schedule: Schedule
    version: Version
    span: Span


def slots(area: Area, day: date) -> list[Slot]:
    """The programmes of the area, with the minutes that its rules allow in a session on this day."""
    limit = hours_for(area, day).limits.minutes_per_session
    rows = Programme.objects.filter(area=area, closed_at=None)
    return [slot_of(row, limit) for row in rows]


def slot_of(row: Programme, limit: int | None) -> Slot:
    """A programme in the words of the rules."""
    return Slot(str(row.pk), row.name, row.starts, row.minutes, frozenset(row.weekdays), limit)


def occurrences(
    area: Area,
    since: datetime,
    until: datetime,
    *,
    states: Iterable[str] = _COUNTED,
    leave_out: Iterable[object] = (),
    above: bool = True,
) -> list[Occurrence]:
    """Every air time in [since, until) of schedules of this area and (approved ones) of those above it. Two queries."""
    first = local(since).date() - LONGEST_SPILL
    own = Q(area=area, state__in=list(states))
    over = Q(area__path__in=lineage(area.path)[:-1], state=State.APPROVED) if above else Q(pk__in=[])
    rows = (
        Schedule.objects.filter(own | over)
        .exclude(pk__in=list(leave_out))
        .exclude(last_day__lt=first)
        .exclude(pattern="once", first_day__lt=first)
        .exclude(first_day__gt=local(until).date())
        .select_related("area", "programme", "version__sound", "version__link", "bulletin", "approval")
        .prefetch_related("version__languages__sound")
    )
    listed = list(rows)
    newest = _newest_versions(row.bulletin_id for row in listed if row.version is None)
    found = [
        occurrence
        for row in listed
        for occurrence in _of(area, row, row.version or newest[row.bulletin_id], since, until)
    ]
    return sorted(found, key=lambda one: (one.span.start, one.schedule.position, str(one.schedule.pk)))


def _newest_versions(bulletins: Iterable[object]) -> dict[object, Version]:
    rows = (
        Version.objects.filter(bulletin__in=set(bulletins)).order_by("bulletin_id", "-number").distinct("bulletin_id")
    )
    return {row.bulletin_id: row for row in rows.select_related("sound", "link").prefetch_related("languages__sound")}


def _of(area: Area, schedule: Schedule, version: Version, since: datetime, until: datetime) -> list[Occurrence]:
    length = timedelta(milliseconds=sources.length_ms(version, area.path, since))
    starts = sources.rule_of(schedule).starts(since, until)
    return [Occurrence(schedule, version, Span(start, start + length)) for start in starts]


def sessions_of(area: Area, first: date, days: int, *, leave_out: Iterable[object] = ()) -> list[Session]:
    """The sessions of `days` days, each with what is in it."""
    busy = busy_spans(area, midnight(first), midnight(first + timedelta(days=days)), leave_out=leave_out)
    found = [session for slot in slots(area, first) for session in sessions.sessions(slot, first, days, busy)]
    return sorted(found, key=lambda session: session.span.start)


def busy_spans(area: Area, since: datetime, until: datetime, *, leave_out: Iterable[object] = ()) -> list[Span]:
    """When somebody in the area speaks; filling items do not count, they make room."""
    rows = occurrences(area, since, until, leave_out=leave_out)
    return [row.span for row in rows if not row.schedule.filling and row.span.duration]


def target_of(schedule: Schedule) -> targets.Target:
    """Where it sounds."""
    return targets.from_json(schedule.target)
