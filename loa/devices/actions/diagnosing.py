"""Incidents as they stand now: they open, fill, empty and close by themselves."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT
from loa.devices import announce
from loa.devices.models import DeviceStatus, Incident, IncidentMember
from loa.devices.queries import patients as asked
from loa.devices.rules import incidents as rules
from loa.devices.rules.diagnosis import Fault, Finding, diagnose
from loa.devices.rules.incidents import Standing, Steps
from loa.devices.rules.patient import Patient

_LOCK = "loa.devices.incidents"


@transaction.atomic
def update_incidents(*, now: datetime) -> int:
    """Judge every loudspeaker, write what was found into its status, bring the incidents up to date. How many changed.

    One at a time: who comes while another works does nothing, for that one sees the same.
    """
    if not _alone():
        return 0
    patients = asked.patients()
    found = diagnose(patients, now, known=asked.known(), outages=asked.outages(now), root=NOW_ROOT)
    fresh = {one.device for one in patients if one.lost and one.device not in found}
    _note(patients, found, fresh)
    steps = rules.steps(found, _standing(), now, unsure=fresh)
    _take(steps, now)
    return len(steps.opens) + len(steps.joins) + len(steps.leaves) + len(steps.closes)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


def _note(patients: list[Patient], found: Mapping[str, Finding], fresh: set[str]) -> None:
    """Lists and maps read the fault from the status. It is written only where it changed: the table is busy."""
    wanted = {one.device: found[one.device].fault.value if one.device in found else "" for one in patients}
    held = dict(DeviceStatus.objects.exclude(fault="").values_list("pk", "fault"))
    changed: dict[str, list[str]] = defaultdict(list)
    for device, fault in wanted.items():
        if device not in fresh and held.get(device, "") != fault:
            changed[fault].append(device)
    changed[""] += held.keys() - wanted.keys()
    for fault, devices in changed.items():
        DeviceStatus.objects.filter(pk__in=devices).update(fault=fault)


def _standing() -> list[Standing]:
    rows = Incident.objects.filter(closed_at=None).select_related("area").annotate(emptied=Max("members__left_at"))
    members: dict[str, set[str]] = defaultdict(set)
    present = IncidentMember.objects.filter(left_at=None, incident__closed_at=None)
    for incident, device in present.values_list("incident_id", "device_id"):
        members[str(incident)].add(device)
    return [
        Standing(
            str(row.pk),
            Finding(Fault(row.fault), row.area.path, row.operator),
            frozenset(members[str(row.pk)]),
            None if members[str(row.pk)] else row.emptied or row.opened_at,
        )
        for row in rows
    ]


def _take(steps: Steps, now: datetime) -> None:
    for incident, devices in steps.leaves.items():
        leaving = IncidentMember.objects.filter(incident=UUID(incident), device__in=devices, left_at=None)
        leaving.update(left_at=now)
    Incident.objects.filter(pk__in=steps.closes).update(closed_at=now)
    _open(steps.opens, now)
    for incident, devices in steps.joins.items():
        _join(incident, devices, now)
    _tell(steps)


def _open(opens: Mapping[Finding, set[str]], now: datetime) -> None:
    areas = Area.objects.in_bulk({finding.area for finding in opens}, field_name="path")
    for finding, devices in opens.items():
        area = areas.get(finding.area)
        if area is not None:
            row = Incident.objects.create(fault=finding.fault, area=area, operator=finding.operator, opened_at=now)
            _join(row.pk, devices, now)


def _join(incident: UUID | str, devices: set[str], now: datetime) -> None:
    IncidentMember.objects.bulk_create(
        IncidentMember(incident_id=incident, device_id=device, joined_at=now) for device in sorted(devices)
    )


def _tell(steps: Steps) -> None:
    """Open pages fetch their lists again."""
    areas = {finding.area for finding in steps.opens}
    changed = {*steps.joins, *steps.leaves, *steps.closes}
    areas |= set(Incident.objects.filter(pk__in=changed).values_list("area__path", flat=True))
    for area in areas:
        announce.event("device.incident", area, {})
