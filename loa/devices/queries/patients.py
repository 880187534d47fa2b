"""What the diagnosis is asked about: every placed loudspeaker in one query, what was found before, what was planned."""

from datetime import datetime

from django.db.models import Q

from loa.devices.models import Device, IncidentMember, PlannedOutage
from loa.devices.rules import diagnosis
from loa.devices.rules.condition import State
from loa.devices.rules.diagnosis import Fault, Finding, Known, Outage
from loa.devices.rules.patient import Patient
from loa.kernel.clock import from_ms

_FIELDS = (
    "pk",
    "area__path",
    "hamlet__path",
    "sim_operator",
    "sim_expires",
    "monthly_mb",
    "status__state",
    "status__since",
    "status__cause",
    "status__ending",
    "status__power",
    "status__used_mb",
    "status__clock_bound",
    "status__uptime",
    "status__storage_free",
    "status__trouble",
)
LONG_AGO = from_ms(0)


def patients() -> list[Patient]:
    """All that stand and have been heard of; of the invented ones their invented state. One query."""
    rows = Device.objects.filter(Q(state=Device.State.PLACED) | Q(sample=True), status__isnull=False)
    return [_patient(*row) for row in rows.values_list(*_FIELDS)]


def _patient(
    pk: str,
    commune: str,
    hamlet: str | None,
    operator: str,
    expires: object,
    monthly_mb: int,
    state: str,
    since: datetime | None,
    cause: str,
    ending: str,
    power: str,
    used_mb: int,
    bound: int,
    uptime: int,
    free: int,
    trouble: str,
) -> Patient:
    return Patient(
        device=pk,
        commune=commune,
        there=state == State.ONLINE,
        since=since or LONG_AGO,
        hamlet=hamlet or "",
        operator=operator,
        cause=cause,
        ending=ending,
        on_backup=power == "backup",
        used_mb=used_mb,
        monthly_mb=monthly_mb,
        sim_expires=expires,  # type: ignore[arg-type]  # a date or None
        clock_bound=bound,
        uptime=uptime,
        storage_free=free,
        trouble=trouble,
    )


def known() -> dict[str, Known]:
    """What each member of an open incident suffers from."""
    rows = IncidentMember.objects.filter(left_at=None, incident__closed_at=None)
    fields = ("device_id", "incident__fault", "incident__area__path", "incident__operator", "incident__opened_at")
    return {
        device: Known(Finding(Fault(fault), path, operator), opened)
        for device, fault, path, operator, opened in rows.values_list(*fields)
    }


def outages(now: datetime) -> list[Outage]:
    """Planned ones that may explain something now."""
    rows = PlannedOutage.objects.filter(
        cancelled_at=None, starts__lte=now + diagnosis.EARLY, ends__gte=now - diagnosis.LATE
    )
    return [
        Outage(row.starts, row.ends, (row.area.path,), frozenset(device.pk for device in row.devices.all()))
        for row in rows.select_related("area").prefetch_related("devices")
    ]
