"""Proofs lie in a part for every month: parts are made ahead, and after two years summed up and dropped."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from psycopg import sql

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.broadcasts.models import Airing, PlanDay, PlaySum, SummedMonth
from loa.broadcasts.queries import books as read
from loa.broadcasts.rules.books import day_sums, kept_since
from loa.broadcasts.rules.times import midnight
from loa.kernel.clock import local

TABLE = "broadcasts_playproof"
AHEAD = 2
AT_ONCE = 50  # communes summed up in one go: some minutes, and the rest in the next


def months() -> list[date]:
    """The first days of the months that have a part, sorted."""
    with connection.cursor() as cursor:
        cursor.execute("select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass", [TABLE])
        names = [name for (name,) in cursor.fetchall()]
    return sorted(date.fromisoformat(f"{name[-7:].replace('_', '-')}-01") for name in names if name[-7].isdigit())


def make_ahead(*, now: datetime) -> list[date]:
    """Parts for this month and the two after it; what already lies outside a part goes into its own."""
    first = local(now).date().replace(day=1)
    wanted, known = [first], set(months())
    for _ in range(AHEAD):
        wanted.append(_following(wanted[-1]))
    fresh = [month for month in wanted if month not in known]
    for month in fresh:
        _make(month)
    return fresh


@transaction.atomic
def _make(month: date) -> None:
    part, rest = sql.Identifier(_name(month)), sql.Identifier(f"{TABLE}_rest")
    span = {"since": sql.Literal(midnight(month)), "until": sql.Literal(midnight(_following(month)))}
    _run("create table {part} (like {table} including all)", part=part)
    _run(
        "with gone as (delete from {rest} where planned >= {since} and planned < {until} returning *) "
        "insert into {part} select * from gone",
        part=part, rest=rest, **span,
    )  # fmt: skip
    _run("alter table {table} attach partition {part} for values from ({since}) to ({until})", part=part, **span)


def forget(*, now: datetime, at_once: int = AT_ONCE) -> list[date]:
    """Sum up the oldest month that is kept no longer, some communes at a time; the months whose proofs went now.

    A part is dropped only when every commune that had a plan in it is summed up: killed at any moment, the next call
    goes on.
    """
    gone = []
    kept = kept_since(local(now).date())
    for month in [one for one in months() if one < kept]:
        waiting = _unsummed(month)
        _sum_up(waiting[:at_once], month, now)
        if len(waiting) > at_once:
            break
        _drop(month)
        gone.append(month)
    return gone


def _unsummed(month: date) -> list[Area]:
    """Communes with a plan in the month whose sums are not made."""
    planned = PlanDay.objects.filter(day__gte=month, day__lt=_following(month)).values("plan_set__area")
    done = SummedMonth.objects.filter(first=month).values("area")
    return list(Area.objects.filter(pk__in=planned, level=Level.COMMUNE).exclude(pk__in=done).order_by("path"))


def _sum_up(areas: Iterable[Area], month: date, now: datetime) -> None:
    last = _following(month) - timedelta(days=1)
    for area in areas:
        with transaction.atomic():
            rows = day_sums(read.read_lines(area, month, last, now))
            PlaySum.objects.filter(area=area, day__range=(month, last)).delete()
            PlaySum.objects.bulk_create(
                PlaySum(
                    area=area, day=row.day, source=row.source, category=row.category, language=row.language,
                    airings=row.airings, length_ms=row.length_ms, full=row.full, partly=row.partly, silent=row.silent,
                )
                for row in rows
            )  # fmt: skip
            SummedMonth.objects.create(area=area, first=month)


@transaction.atomic
def _drop(month: date) -> None:
    """The proofs, and the airings and plans that nobody can ask about without them."""
    _run("drop table {part}", part=sql.Identifier(_name(month)))
    PlanDay.objects.filter(day__gte=month, day__lt=_following(month)).delete()
    Airing.objects.filter(start__gte=midnight(month), start__lt=midnight(_following(month))).delete()


def _name(month: date) -> str:
    return f"{TABLE}_{month:%Y_%m}"


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _run(text: str, **names: sql.Composable) -> None:
    statement = sql.SQL(text).format(table=sql.Identifier(TABLE), **names)
    with connection.cursor() as cursor:
        cursor.execute(statement)
