"""The rows of a day, folded by the database: what the plans name, and of each airing what its loudspeakers swore.

Ninety loudspeakers swear to forty airings a day: thousands of rows, of which a page needs a few dozen facts.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from airtime.hours import Hours
from airtime.spans import Span
from django.db import connection

from loa.broadcasts.models import PlanDay
from loa.broadcasts.queries.sources import hours_of
from loa.broadcasts.rules.strip import ON_TIME, Heard, Planned


@dataclass(frozen=True, slots=True)
class Listed:
    """One day of a plan set: `items` are {"id": airing, "only": [devices] if not all of the set are meant}."""

    items: list[dict[str, Any]]
    hours: Hours


def listed(plan_sets: Collection[str], day: date) -> dict[str, Listed]:
    """What each of these plan sets was told of the day; none for one that was told nothing. One query."""
    rows = PlanDay.objects.filter(plan_set__in=plan_sets, day=day)
    columns = ("plan_set_id", "airings", "plan_set__hours")
    return {str(pk): Listed(items, hours_of(hours)) for pk, items, hours in rows.values_list(*columns)}


@dataclass(frozen=True, slots=True)
class Told:
    """An airing, and what loudspeakers swore of it; of several words of one loudspeaker the best counts."""

    planned: Planned
    heard: tuple[Heard, ...]


def told(airings: Collection[str], day: Span) -> list[Told]:
    """These airings (ids) of this local day, in the order of their starts. One query."""
    asked: dict[str, Any] = {
        "ids": list(airings),
        "since": day.start - _SPARE,
        "until": day.end + _SPARE,
        "on_time": _ON_TIME_S,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, asked)
        return [Told(_planned(*row), tuple(_heard(heard))) for *row, heard in cursor.fetchall()]


# Proofs lie in a part for every month of their planned time; naming it leaves all other parts alone.
_SPARE = timedelta(days=1)
_ON_TIME_S = ON_TIME.total_seconds()
# Of several words of one device: the first "played", else the last word. Then devices that said the same are one row.
_TOLD = """
WITH told AS (
    SELECT id, title, start, latest, duration_ms, issued_at, priority, level, position, filling
    FROM broadcasts_airing WHERE id = ANY(%(ids)s)
), best AS (
    SELECT DISTINCT ON (proof.airing, proof.device_id) proof.airing, proof.device_id, proof.outcome, proof.reason,
        CASE WHEN abs(extract(epoch FROM proof.started - told.start)) <= %(on_time)s
             THEN told.start ELSE proof.started END AS started
    FROM broadcasts_playproof AS proof JOIN told ON told.id = proof.airing
    WHERE proof.planned >= %(since)s AND proof.planned < %(until)s
    ORDER BY proof.airing, proof.device_id, proof.outcome = 'played' DESC,
        CASE WHEN proof.outcome = 'played' THEN proof.stored_at END,
        CASE WHEN proof.outcome = 'played' THEN proof.count END,
        proof.stored_at DESC, proof.count DESC
), heard AS (
    SELECT airing, outcome, reason, started, jsonb_agg(device_id) AS devices
    FROM best GROUP BY airing, outcome, reason, started
)
SELECT told.*, (
    SELECT jsonb_agg(jsonb_build_array(devices, outcome, started, reason) ORDER BY outcome, reason, started)
    FROM heard WHERE heard.airing = told.id
) FROM told ORDER BY start, id COLLATE "C"
"""


def _planned(
    pk: str, title: str, start: datetime, latest: datetime, duration_ms: int, issued: datetime, priority: str,
    level: str, position: int, filling: bool,
) -> Planned:  # fmt: skip
    length = timedelta(milliseconds=duration_ms)
    return Planned(pk, title, start, latest, length, issued, priority, level, position, filling)


def _heard(rows: str | None) -> Iterator[Heard]:
    for devices, outcome, started, reason in json.loads(rows or "[]"):
        yield Heard(frozenset(devices), outcome, datetime.fromisoformat(started), reason)
