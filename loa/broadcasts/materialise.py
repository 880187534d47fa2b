"""Writes the airings of newly compiled plans, many at once: one statement each instead of a row each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from airtime.spans import from_ms
from devicelink.messages import Airing as WireAiring
from django.db import connection

from loa.broadcasts.rules import plans

_ROWS = 5_000

_AIRINGS = """
insert into broadcasts_airing (id, schedule_id, approval_id, area_id, title, start, latest, duration_ms, priority,
    level, position, filling, issued_at, offline_for, dropped_at)
select *, null from unnest(%s::text[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::timestamptz[],
    %s::timestamptz[], %s::int[], %s::text[], %s::text[], %s::int[], %s::bool[], %s::timestamptz[], %s::int[])
on conflict (id) do update set approval_id = excluded.approval_id, title = excluded.title, latest = excluded.latest,
    duration_ms = excluded.duration_ms, priority = excluded.priority, level = excluded.level,
    position = excluded.position, filling = excluded.filling, issued_at = excluded.issued_at,
    offline_for = excluded.offline_for, dropped_at = null
where (broadcasts_airing.approval_id, broadcasts_airing.title, broadcasts_airing.latest, broadcasts_airing.duration_ms,
    broadcasts_airing.position, broadcasts_airing.filling, broadcasts_airing.offline_for)
    is distinct from (excluded.approval_id, excluded.title, excluded.latest, excluded.duration_ms, excluded.position,
    excluded.filling, excluded.offline_for) or broadcasts_airing.dropped_at is not null"""

_PLACES = """
insert into broadcasts_airingplace (airing_id, plan_set_id, start, "only")
select airing, plan_set, start, only_text::varchar[]
from unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[]) as rows (airing, plan_set, start, only_text)
on conflict (airing_id, plan_set_id) do update set "only" = excluded."only"
where broadcasts_airingplace."only" is distinct from excluded."only" """

# What has begun stays: it may have been heard.
_GONE = """
delete from broadcasts_airingplace as place where place.plan_set_id = any(%s) and place.start > %s
    and not exists (select from unnest(%s::text[], %s::text[]) as kept (airing, plan_set)
        where kept.airing = place.airing_id and kept.plan_set = place.plan_set_id)
returning place.airing_id"""

_DROPPED = """
update broadcasts_airing as airing set dropped_at = %s where airing.id = any(%s) and airing.dropped_at is null
    and not exists (select from broadcasts_airingplace as place where place.airing_id = airing.id)"""


@dataclass(frozen=True, slots=True)
class Owner:
    """What the table has to know of a schedule: approval and area (row ids)."""

    approval: str
    area: int


def store(bodies: Collection[plans.Body], owners: Mapping[str, Owner], now: datetime) -> None:
    """Make the tables say what these plans say from `now` on. Inside the caller's transaction."""
    if not bodies:
        return
    _write_airings(bodies, owners)
    rows = [(airing, body.plan_set) for body in bodies for airing in body.airings]
    for at in range(0, len(rows), _ROWS):
        _write_places(rows[at : at + _ROWS])
    with connection.cursor() as cursor:
        names = [airing.id for airing, _ in rows], [plan_set for _, plan_set in rows]
        cursor.execute(_GONE, [[body.plan_set for body in bodies], now, *names])
        gone = sorted({row[0] for row in cursor.fetchall()})
        if gone:
            cursor.execute(_DROPPED, [now, gone])


def _write_airings(bodies: Iterable[plans.Body], owners: Mapping[str, Owner]) -> None:
    found: dict[str, tuple[WireAiring, str]] = {
        airing.id: (airing, body.schedules[airing.id]) for body in bodies for airing in body.airings
    }
    rows = [_row(airing, schedule, owners[schedule]) for airing, schedule in found.values()]
    with connection.cursor() as cursor:
        for at in range(0, len(rows), _ROWS):
            cursor.execute(_AIRINGS, [list(column) for column in zip(*rows[at : at + _ROWS], strict=True)])


def _row(airing: WireAiring, schedule: str, owner: Owner) -> tuple[object, ...]:
    return (
        airing.id,
        schedule,
        owner.approval,
        owner.area,
        airing.title,
        from_ms(airing.start),
        plans.latest_of(airing),
        airing.duration,
        airing.priority,
        airing.level,
        airing.rank,
        airing.filling,
        from_ms(airing.issued),
        airing.offline_for,
    )


def _write_places(rows: Iterable[tuple[WireAiring, str]]) -> None:
    columns = [
        (airing.id, plan_set, from_ms(airing.start), "{" + ",".join(airing.only) + "}") for airing, plan_set in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(column) for column in zip(*columns, strict=True)])
