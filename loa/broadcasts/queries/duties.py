"""Publication obligations of an area, judged by the plans and the signed proofs. The number of queries is constant."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from loa.areas.models import Area
from loa.areas.queries import within
from loa.broadcasts.models import Airing, Obligation, PlanDay, Schedule, State
from loa.broadcasts.queries import proved, sources
from loa.broadcasts.rules import duties
from loa.broadcasts.rules.duties import Judged, Sounding
from loa.broadcasts.rules.times import midnight
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Version
from loa.devices.models import Device
from loa.kernel.clock import local

KEPT_DAYS = 90  # how long one that is proved or ended stays on the page
_DAY = timedelta(days=1)
_MOST_AHEAD = timedelta(days=duties.MOST_DAYS * 2)


@dataclass(frozen=True, slots=True)
class Row:
    """One obligation as it stands. `state` is a `duties.State`; `missing` the loudspeakers that owe a proof, by number.

    `waiting`: air times of it wait for an approver, and count only once they are approved.
    """

    obligation: Obligation
    version: Version
    judged: Judged
    state: duties.State
    missing: tuple[Device, ...]
    waiting: bool

    @property
    def word(self) -> str:
        """The state in words."""
        return duties.WORDS[self.state]

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to act."""
        return self.state in (duties.State.LATE, duties.State.LACKING)


def rows(
    area: Area, now: datetime, *, only: Obligation | None = None, since: date | None = None, until: date | None = None
) -> list[Row]:
    """Those of the area, what needs a person first; with `only` that one; with `since` and `until` those whose first
    day lies in between."""
    found = Obligation.objects.filter(area=area, pk=only.pk) if only is not None else minded(area, now, since)
    found = found.filter(first_day__lte=until) if until and only is None else found
    listed = list(found.select_related("bulletin", "area", "made_by"))
    if not listed:
        return []
    ids = [row.bulletin_id for row in listed]
    schedules = _schedules(ids)
    soundings = _soundings(area, listed, schedules, now)
    newest = bulletins.newest_of(ids)
    judged = [_judged(row, soundings[row.bulletin_id], schedules[row.bulletin_id], now) for row in listed]
    named = _devices({name for row in judged for name in row[0].missing})
    made = [
        Row(
            row, newest[row.bulletin_id], verdict, duties.State.ENDED if row.ended_at else verdict.state,
            tuple(named[name] for name in verdict.missing if name in named), waiting,
        )
        for row, (verdict, waiting) in zip(listed, judged, strict=True)
    ]  # fmt: skip
    order = list(duties.State)
    return sorted(made, key=lambda one: (order.index(one.state), one.obligation.first_day, one.obligation.pk))


def minded(area: Area, now: datetime, since: date | None = None) -> QuerySet[Obligation]:
    """Those of the area that its page shows, or whose first day is `since` or later."""
    return Obligation.objects.filter(area=area, first_day__gte=since or local(now).date() - KEPT_DAYS * _DAY)


def _judged(
    row: Obligation, soundings: Iterable[Sounding], schedules: Iterable[Schedule], now: datetime
) -> tuple[Judged, bool]:
    verdict = duties.judge(row.first_day, row.days, row.times_a_day, soundings, local(now).date())
    return verdict, any(one.state == State.SUBMITTED for one in schedules)


def _schedules(ids: Collection[UUID]) -> dict[UUID, list[Schedule]]:
    found: dict[UUID, list[Schedule]] = defaultdict(list)
    for row in Schedule.objects.filter(bulletin__in=list(ids)).select_related("area", "version__sound"):
        found[row.bulletin_id].append(row)
    return found


def _soundings(
    area: Area, listed: Sequence[Obligation], schedules: Mapping[UUID, Sequence[Schedule]], now: datetime
) -> dict[UUID, list[Sounding]]:
    first = midnight(min(row.first_day for row in listed))
    airings = list(
        Airing.objects.filter(schedule__bulletin__in=list(schedules), start__gte=first).select_related("schedule")
    )
    planned = _planned(area, airings, now)
    played = proved.played([row.pk for row in airings], area)
    found: dict[UUID, list[Sounding]] = defaultdict(list)
    for row in airings:
        meant = planned.get(row.pk, frozenset())
        heard = frozenset(played.get(row.pk, ()))
        if meant or heard:
            sounding = Sounding(local(row.start).date(), meant | heard, heard, row.end <= now)
            found[row.schedule.bulletin_id].append(sounding)
    last = _planned_until(area)
    for bulletin, rows_ in schedules.items():
        found[bulletin] += [sounding for row in rows_ for sounding in _ahead(row, now, last)]
    return found


def _planned(area: Area, airings: Sequence[Airing], now: datetime) -> dict[str, frozenset[str]]:
    """Airing -> loudspeakers whose plan named it and that were in their place by then."""
    if not airings:
        return {}
    until = max(row.start for row in airings)
    meant = proved.meant(proved.members(area), min(row.start for row in airings), until)
    since = _placed_since(area)
    found: dict[str, frozenset[str]] = {}
    for row in airings:
        there = (name for name in meant.get(row.pk, ()) if name not in since or since[name] <= row.start)
        found[row.pk] = frozenset(there)
    return found


def _placed_since(area: Area) -> dict[str, datetime]:
    here = within(area.path, "area__path") | within(area.path, "hamlet__path")
    rows = Device.objects.filter(here).values_list("pk", "placed_at")
    return {name: placed for name, placed in rows if placed is not None}


def _planned_until(area: Area) -> date | None:
    """The last day that a plan speaks of."""
    rows = PlanDay.objects.filter(within(area.path, "plan_set__area__path")).order_by("-day")
    return rows.values_list("day", flat=True).first()


def _ahead(row: Schedule, now: datetime, planned: date | None) -> list[Sounding]:
    """What is approved for days of which no plan speaks yet: who will hear it is not known before."""
    if row.state != State.APPROVED or row.version is None:
        return []
    since = max(now, midnight(planned + _DAY)) if planned is not None else now
    valid = sources.validity_of(row.version)
    starts = sources.rule_of(row).starts(since, now + _MOST_AHEAD)
    return [Sounding(local(start).date(), frozenset(), frozenset(), False) for start in starts if valid.holds(start)]


def _devices(names: Collection[str]) -> dict[str, Device]:
    return Device.objects.select_related("hamlet").in_bulk(list(names)) if names else {}


@dataclass(frozen=True, slots=True)
class Proof:
    """One proved sounding of one loudspeaker, for the report."""

    device: Device
    planned: datetime
    started: datetime
    hash: str
    stored_at: datetime


def proofs(row: Row) -> list[Proof]:
    """Every signed record that counts for it, in order of time and loudspeaker."""
    bulletin = row.obligation.bulletin_id
    ids = Airing.objects.filter(schedule__bulletin=bulletin, start__gte=midnight(row.obligation.first_day))
    found = proved.signed(ids.values_list("pk", flat=True), row.obligation.area)
    made = [Proof(one.device, one.planned, one.started, one.hash, one.stored_at) for one in found]
    return sorted(made, key=lambda one: (one.started, one.device.number))
