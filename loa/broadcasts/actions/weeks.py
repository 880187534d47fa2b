"""Whole weeks: copy the last one."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

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
from loa.people.access import require
from loa.people.models import User

WEEK_MS = 7 * 86_400_000
AFTER = timedelta(days=2)  # how far behind its own the session lies into which an item may go


@transaction.atomic
def copy_last_week(*, actor: User, area: Area, monday: datetime, now: datetime) -> list[Schedule]:
    """Drafts for the week that begins at the local midnight `monday`: everything of the week before that does not go
    on by itself, in the words that were on the air. Recurring parts, ended bulletins and days outside their validity
    are left out. Raises NotFound, Denied.
    """
    require(actor, access.WRITE, area, now)
    week = timedelta(days=7)
    before = rooms.occurrences(area, monday - week, monday, states=[State.APPROVED], above=False)
    by_schedule: dict[UUID, list[rooms.Occurrence]] = {}
    for row in before:
        if sources.validity_of(row.version).holds(row.span.start + week):
            by_schedule.setdefault(row.schedule.pk, []).append(row)
    made = [
        copy
        for rows in by_schedule.values()
        if _worth_copying(rows[0], monday, monday + week)
        for copy in _copies(actor, rows, now)
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
    return not (schedule.recurring_part or goes_on or ended)


def _copies(actor: User, rows: Sequence[rooms.Occurrence], now: datetime) -> list[Schedule]:
    """One draft for each set of days with the same times: what floats goes into the same session, not to a minute."""
    days: dict[date, list[str]] = {}
    for row in rows:
        days.setdefault(local(row.at).date(), []).append(f"{local(row.at):%H:%M:%S}")
    found = []
    for day, clocks in days.items():
        copy = copy_of(rows[0].schedule, actor, now)
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
