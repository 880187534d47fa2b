"""Whole weeks: copy the last one."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from airtime.spans import from_ms
from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.drafting import copy_of
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import checks, onair, rooms, sources
from loa.broadcasts.rules import targets
from loa.bulletins import queries as bulletin_queries
from loa.bulletins import rules as bulletin_rules
from loa.kernel.clock import local
from loa.kernel.ids import new_id
from loa.people.access import require
from loa.people.models import User

WEEK = timedelta(days=7)
WEEK_MS = WEEK // timedelta(milliseconds=1)
AFTER = timedelta(days=2)  # how far behind its own the session lies into which an item may go


@transaction.atomic
def copy_last_week(
    *, actor: User, area: Area, monday: datetime, now: datetime, copied: UUID | None = None
) -> list[Schedule]:
    """Drafts for the week that begins at the local midnight `monday`: everything of the week before that does not go
    on by itself, in the words that were on the air. Recurring parts, ended bulletins, days outside their validity, what
    is over by now and what that week has already are left out. `copied` names the copies: said twice they are the same.
    Raises NotFound, Denied.
    """
    require(actor, access.WRITE, area, now)
    before = rooms.occurrences(area, monday - WEEK, monday, states=[State.APPROVED], above=False)
    there = {(row.schedule.bulletin_id, row.at) for row in rooms.occurrences(area, monday, monday + WEEK, above=False)}
    by_schedule: dict[UUID, list[rooms.Occurrence]] = {}
    for row in before:
        still = sources.validity_of(row.version).holds(row.span.start + WEEK)
        if still and row.at + WEEK > now and (row.schedule.bulletin_id, row.at + WEEK) not in there:
            by_schedule.setdefault(row.schedule.pk, []).append(row)
    made = [
        copy
        for rows in by_schedule.values()
        if _worth_copying(rows[0], monday, monday + WEEK)
        for copy in _copies(actor, rows, copied or new_id(), now)
    ]
    _refuse_overlong(area, made, now)
    Schedule.objects.bulk_create(made)
    facts = {"monday": local(monday).date().isoformat(), "copied": len(made)}
    record(actor=actor, verb="week.copied", object=("area", area.pk), area=area.path, facts=facts, now=now)
    return made


def _worth_copying(row: rooms.Occurrence, monday: datetime, end: datetime) -> bool:
    schedule = row.schedule
    goes_on = bool(sources.rule_of(schedule).starts(monday, end))
    ended = schedule.bulletin.state == bulletin_rules.WITHDRAWN
    return not (schedule.recurring_part or goes_on or ended or sources.from_above(schedule))


def _copies(actor: User, rows: Sequence[rooms.Occurrence], copied: UUID, now: datetime) -> list[Schedule]:
    """One draft for each set of days with the same times: what floats goes into the same session, not to a minute."""
    days: dict[date, list[str]] = {}
    for row in rows:
        days.setdefault(local(row.at).date(), []).append(f"{local(row.at):%H:%M:%S}")
    found = []
    for day, clocks in days.items():
        copy = copy_of(rows[0].schedule, actor, now, schedule_id=uuid5(copied, f"{rows[0].schedule.pk} {day}"))
        copy.version = rows[0].version
        copy.programme, copy.state, copy.dropped, copy.except_days = rows[0].schedule.programme, State.DRAFT, [], []
        copy.pattern, copy.first_day, copy.last_day = "once", day + timedelta(days=7), None
        copy.weekdays, copy.repeats, copy.gap_s, copy.times = [], 0, 0, clocks
        copy.lunar_days, copy.lunar_months, copy.except_holidays = [], [], False
        copy.spill = [instant + WEEK_MS for instant in copy.spill if local(from_ms(instant)).date() - day <= AFTER]
        found.append(copy)
    return found


def _refuse_overlong(area: Area, made: Collection[Schedule], now: datetime) -> None:
    """Rules of the area may have become stricter since last week."""
    for copy in made:
        version = copy.version or bulletin_queries.newest(copy.bulletin)
        rule, length = sources.rule_of(copy), timedelta(milliseconds=sources.length_ms(version, area.path, now))
        findings = checks.examine(
            area, targets.from_json(copy.target), rule, length, now, valid=sources.validity_of(version),
            kind=onair.kind_on(copy, version), beside=onair.beside(copy),
        )  # fmt: skip
        if findings.refused:
            checks.require_allowed(findings)
