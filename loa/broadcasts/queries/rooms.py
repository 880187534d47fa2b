"""How full the sessions of an area are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from airtime.spans import Span
from django.db.models import Q

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import lineage
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import rundowns, sources
from loa.broadcasts.queries.slots import slot_of as slot_of
from loa.broadcasts.queries.slots import slots as slots
from loa.broadcasts.rules import sessions, targets
from loa.broadcasts.rules.sessions import Session
from loa.broadcasts.rules.times import LONGEST_SPILL, midnight
from loa.bulletins.models import Version
from loa.kernel.clock import local

_COUNTED = (State.DRAFT, State.SUBMITTED, State.APPROVED, State.RETURNED)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One air time of a schedule, whether it is approved or not. `at`: the session that it was approved for, if the
    rundown has put it elsewhere; else where it begins."""

    schedule: Schedule
    version: Version
    span: Span
    at: datetime


def occurrences(
    area: Area,
    since: datetime,
    until: datetime,
    *,
    states: Iterable[str] = _COUNTED,
    leave_out: Iterable[object] = (),
    above: bool = True,
    below: bool = False,
    now: datetime | None = None,
) -> list[Occurrence]:
    """Every air time in [since, until) of schedules of this area and (approved ones) of those above it, if asked also
    of those below. Two queries, and those of `rundowns.lay_out` where something floats; `now` as there.
    """
    found = unsettled(area, since, until, states=states, leave_out=leave_out, above=above, below=below)
    found = [one for one in _settled(found, now) if since <= one.span.start < until]
    return sorted(found, key=lambda one: (one.span.start, one.schedule.position, str(one.schedule.pk)))


def unsettled(
    area: Area,
    since: datetime,
    until: datetime,
    *,
    states: Iterable[str] = _COUNTED,
    leave_out: Iterable[object] = (),
    above: bool = True,
    below: bool = False,
) -> list[Occurrence]:
    """The same before any rundown is asked: what floats stands at the start of its session, from so long before that it
    may have been sent on to `since`.
    """
    first = local(since).date() - LONGEST_SPILL
    own = Q(within(area.path, "area__path") if below else Q(area=area), state__in=list(states))
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
    early = since - rundowns.REACH if any(row.floating for row in listed) else since
    return [
        occurrence
        for row in listed
        for occurrence in _of(area, row, row.version or newest[row.bulletin_id], early, until)
    ]


def _settled(found: list[Occurrence], now: datetime | None) -> list[Occurrence]:
    """What floats, where its rundown has it; what has no room is not there."""
    if not any(one.schedule.floating for one in found):
        return found
    wishes, spans = parted(found)
    book = rundowns.lay_out(wishes, dict.fromkeys({wish.schedule.area_id for wish in wishes}, spans), now)
    known = {wish.key for wish in wishes}
    asked = [one for one in found if (one.schedule.pk, one.at) in known]
    laid = ((one, book.put.get((one.schedule.pk, one.at))) for one in asked)
    return [one for one in found if (one.schedule.pk, one.at) not in known] + [
        replace(one, span=Span(put.start, put.start + put.duration)) for one, put in laid if put is not None
    ]


def parted(found: Iterable[Occurrence]) -> tuple[list[rundowns.Wish], list[Span]]:
    """What a rundown has to know by name, and when else somebody speaks; filling items make room."""
    listed = list(found)
    asked = [one for one in listed if rundowns.takes_part(one.schedule, one.version)]
    known = {(one.schedule.pk, one.at) for one in asked}
    others = (one for one in listed if (one.schedule.pk, one.at) not in known)
    busy = [one.span for one in others if not one.schedule.filling and one.span.duration]
    return [rundowns.Wish(one.schedule, one.version, one.at, one.span.duration) for one in asked], busy


def _newest_versions(bulletins: Iterable[object]) -> dict[object, Version]:
    rows = (
        Version.objects.filter(bulletin__in=set(bulletins)).order_by("bulletin_id", "-number").distinct("bulletin_id")
    )
    return {row.bulletin_id: row for row in rows.select_related("sound", "link").prefetch_related("languages__sound")}


def _of(area: Area, schedule: Schedule, version: Version, since: datetime, until: datetime) -> list[Occurrence]:
    length = timedelta(milliseconds=sources.length_ms(version, area.path, since))
    starts = sources.rule_of(schedule).starts(since, until)
    return [Occurrence(schedule, version, Span(start, start + length), start) for start in starts]


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
