"""Incidents as a place sees them: with its own loudspeakers only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import lineage
from loa.devices.models import Device, Incident, IncidentMember, PlannedOutage
from loa.devices.queries.rows import DeviceRow
from loa.devices.rules.diagnosis import LATE, Fault
from loa.devices.rules.notices import Notice, notice

RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident with how many loudspeakers of the place it holds now (of a closed one: held in all)."""

    incident: Incident
    devices: int
    notice: Notice


@dataclass(frozen=True, slots=True)
class Silence:
    """Loudspeakers that will not sound for one cause: all members of an incident, or a single one without."""

    rows: tuple[DeviceRow, ...]
    incident: Incident | None = None
    notice: Notice | None = None

    @property
    def needs_person(self) -> bool:
        """Somebody has to do something about it."""
        return self.incident is not None or any(row.needs_person for row in self.rows)


def open_incidents(path: str) -> list[IncidentRow]:
    """Those that hold loudspeakers of this area now, the largest first. One query."""
    here = Count("members", filter=Q(members__left_at=None) & _of(path))
    rows = Incident.objects.filter(closed_at=None).select_related("area").annotate(here=here).filter(here__gt=0)
    return [_row(row) for row in rows.order_by("-here", "opened_at")]


def past_incidents(path: str, now: datetime) -> list[IncidentRow]:
    """Those that were over here within the last week, the newest first."""
    here, now_here = Count("members", filter=_of(path)), Count("members", filter=Q(members__left_at=None) & _of(path))
    last = Max("members__left_at", filter=_of(path))
    rows = Incident.objects.select_related("area").annotate(here=here, held=now_here, last=last)
    return [_row(row) for row in rows.filter(here__gt=0, held=0, last__gt=now - RECENT).order_by("-last")]


def _of(path: str) -> Q:
    return within(path, "members__device__area__path") | within(path, "members__device__hamlet__path")


def _row(row: "Incident") -> IncidentRow:
    devices = int(getattr(row, "here", 0))
    return IncidentRow(row, devices, words_of(row, devices))


def words_of(incident: Incident, devices: int) -> Notice:
    """The sentence about it."""
    return notice(incident.fault, place=incident.area.full_name, devices=devices, operator=incident.operator)


def members_in(incident: Incident, path: str) -> QuerySet[IncidentMember]:
    """Of this area, those that still suffer first."""
    here = within(path, "device__area__path") | within(path, "device__hamlet__path")
    rows = incident.members.filter(here).select_related("device__area")
    return rows.order_by("left_at", "device__area__sort_key", "device__number")


@dataclass(frozen=True, slots=True)
class Share:
    """How many loudspeakers of one commune an incident holds now, and how many it held."""

    area: Area
    suffering: int
    back: int


def shares(incident: Incident, path: str) -> list[Share]:
    """Commune by commune, below this area; those with most first. Two queries."""
    here = within(path, "device__area__path") | within(path, "device__hamlet__path")
    left = Count("pk", filter=Q(left_at__isnull=False))
    still = Count("pk", filter=Q(left_at=None))
    rows = incident.members.filter(here).values_list("device__area").annotate(still=still, left=left)
    listed = list(rows)
    areas = Area.objects.in_bulk([area for area, _, _ in listed])
    found = [Share(areas[area], suffering, back) for area, suffering, back in listed]
    return sorted(found, key=lambda one: (-one.suffering, -one.back, one.area.sort_key))


def incident_of(device: Device) -> Incident | None:
    """The one that holds this device now."""
    row = device.incidents.filter(left_at=None).select_related("incident__area").first()
    return row.incident if row else None


def silences(rows: Sequence[DeviceRow]) -> list[Silence]:
    """One entry for one cause, those that need a person first. One query."""
    held = IncidentMember.objects.filter(left_at=None, device__in=[row.device.pk for row in rows])
    incidents = {member.device_id: member.incident for member in held.select_related("incident__area")}
    together: dict[object, list[DeviceRow]] = defaultdict(list)
    for row in rows:
        found = incidents.get(row.device.pk)
        alone = row.reason if row.reason == Fault.PLANNED else row.device.pk
        together[found.pk if found else alone].append(row)
    return sorted(_silences(together.values(), incidents), key=lambda one: (not one.needs_person, -len(one.rows)))


def _silences(groups: Iterable[list[DeviceRow]], incidents: dict[str, Incident]) -> Iterable[Silence]:
    for group in groups:
        incident = incidents.get(group[0].device.pk)
        yield Silence(tuple(group), incident, words_of(incident, len(group)) if incident else None)


def planned(path: str, now: datetime) -> list[PlannedOutage]:
    """Outages that are on or to come and concern this area, or one above it that covers it."""
    concerned = within(path, "area__path") | Q(area__path__in=lineage(path))
    rows = PlannedOutage.objects.filter(concerned, cancelled_at=None, ends__gt=now - LATE)
    return list(rows.select_related("area", "made_by").prefetch_related("devices"))
