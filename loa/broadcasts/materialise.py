"""Writes the airings of newly compiled plans: by COPY, since a province has tens of thousands of them."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypedDict

from airtime.spans import from_ms, to_ms
from devicelink.messages import Airing as WireAiring
from django.db import connection

from loa.broadcasts.models import Airing, PlanDay
from loa.broadcasts.rules import plans
from loa.broadcasts.rules.times import midnight

_DAY = timedelta(days=1)
_DAY = timedelta(days=1)
_COPY = """
copy new_airing (id, schedule_id, approval_id, title, start, latest, duration_ms, priority, level, position, filling,
    issued_at, offline_for) from stdin"""
_TEMPORARY = """
create temporary table if not exists new_airing (id text, schedule_id uuid, approval_id uuid, title text,
    start timestamptz, latest timestamptz, duration_ms int, priority text, level text, position int, filling bool,
    issued_at timestamptz, offline_for int) on commit delete rows"""
_UPSERT = """
insert into broadcasts_airing as known (id, schedule_id, approval_id, title, start, latest, duration_ms, priority,
    level, position, filling, issued_at, offline_for)
select id, schedule_id, approval_id, title, start, latest, duration_ms, priority, level, position, filling, issued_at,
    offline_for from new_airing order by id
on conflict (id) do update set approval_id = excluded.approval_id, title = excluded.title, latest = excluded.latest,
    duration_ms = excluded.duration_ms, priority = excluded.priority, level = excluded.level,
    position = excluded.position, filling = excluded.filling, issued_at = excluded.issued_at, start = excluded.start,
    offline_for = excluded.offline_for, dropped_at = null
where known.dropped_at is not null
    or (known.approval_id, known.title, known.start, known.latest, known.duration_ms, known.position, known.filling,
        known.offline_for) is distinct from (excluded.approval_id, excluded.title, excluded.start, excluded.latest,
        excluded.duration_ms, excluded.position, excluded.filling, excluded.offline_for)"""


class _Listed(TypedDict, total=False):
    id: str
    at: int
    only: list[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """What the batch was made from: schedule -> approval, and the ids of every airing that its schedules still have.

    `lengths` (ms) of schedules in several languages that many communes share: each has its own choice among them, the
    one row says how long all of them last.
    """

    approvals: Mapping[str, str]
    alive: frozenset[str]
    lengths: Mapping[str, int] = field(default_factory=dict)


def store(bodies: Collection[plans.Body], scope: Scope, horizon: plans.Horizon, now: datetime) -> None:
    """Make the tables say what these plans say from `now` on. Inside the caller's transaction."""
    if bodies:
        _write_airings(bodies, scope)
        gone = _write_days(bodies, horizon, now)
        Airing.objects.filter(pk__in=gone - scope.alive, dropped_at=None).update(dropped_at=now)


def _write_airings(bodies: Iterable[plans.Body], scope: Scope) -> None:
    found = {airing.id: (airing, body.schedules[airing.id]) for body in bodies for airing in body.airings}
    with connection.cursor() as cursor:
        cursor.execute(_TEMPORARY)
        with cursor.copy(_COPY) as copy:
            for airing, schedule in found.values():
                duration = scope.lengths.get(schedule, airing.duration)
                copy.write_row(_row(airing, schedule, scope.approvals[schedule], duration))
        cursor.execute(_UPSERT)
        cursor.execute("delete from new_airing")


def _row(airing: WireAiring, schedule: str, approval: str, duration: int) -> tuple[object, ...]:
    return (
        airing.id,
        schedule,
        approval,
        airing.title,
        from_ms(airing.start),
        plans.latest_of(airing),
        duration,
        airing.priority,
        airing.level,
        airing.rank,
        airing.filling,
        from_ms(airing.issued),
        airing.offline_for,
    )


def _write_days(bodies: Collection[plans.Body], horizon: plans.Horizon, now: datetime) -> set[str]:
    """Returns the ids of airings that were in a plan and are no more."""
    rows = PlanDay.objects.filter(plan_set__in=[body.plan_set for body in bodies], day__gte=horizon.day - _DAY)
    known = {(str(row.plan_set_id), row.day): row for row in rows}
    changed: list[PlanDay] = []
    gone: set[str] = set()
    for body in bodies:
        for day, listed in _days(body, horizon).items():
            row = known.get((body.plan_set, day)) or PlanDay(plan_set_id=body.plan_set, day=day)
            before: list[_Listed] = row.airings
            kept = _begun(before, listed, now)
            gone |= {item["id"] for item in before} - {item["id"] for item in (*kept, *listed)}
            if row.airings != [*kept, *listed]:
                row.airings = [*kept, *listed]
                changed.append(row)
    PlanDay.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["plan_set", "day"], update_fields=["airings"]
    )
    return gone


def _begun(before: Iterable[_Listed], listed: Iterable[_Listed], now: datetime) -> list[_Listed]:
    """What has begun stays listed although it is in the plan no more: it may have been heard."""
    current = {item["id"] for item in listed}
    return [item for item in before if item["at"] <= to_ms(now) and item["id"] not in current]


def _days(body: plans.Body, horizon: plans.Horizon) -> dict[date, list[_Listed]]:
    """The day before is among them: its evening stands in the plan."""
    days = [horizon.day + n * _DAY for n in range(-1, plans.DAYS)]
    begins = [to_ms(midnight(day)) for day in days]
    found: dict[date, list[_Listed]] = {day: [] for day in days}
    for airing in body.airings:
        item = _Listed(id=airing.id, at=airing.start)
        if airing.only:
            item["only"] = list(airing.only)
        found[days[bisect_right(begins, airing.start) - 1]].append(item)
    return found
