"""Lines about single devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from loa.areas.queries import within
from loa.devices.models import Device, DeviceGroup, DeviceStatus, Refusal, Transition
from loa.devices.rules import advice as told
from loa.devices.rules import condition
from loa.devices.rules.advice import Advice
from loa.devices.rules.condition import State, Worry
from loa.kernel import reading
from loa.kernel.clock import local

_UNSEEN = DeviceStatus(state=State.NEVER_SEEN, cause=condition.Cause.NEVER_SEEN)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One line of the list page. `since` None = never; `clock_error_ms` None = it does not know the time."""

    device: Device
    status: DeviceStatus
    state: str
    cause: str
    advice: Advice
    worries: tuple[Worry, ...]
    since: datetime | None
    groups: tuple[DeviceGroup, ...]
    clock_error_ms: int | None
    sim_days: int | None

    @property
    def online(self) -> bool:
        """It is there."""
        return self.state == State.ONLINE

    @property
    def sounds(self) -> bool:
        """It has its place and something that can sound."""
        return self.device.state == Device.State.PLACED and self.device.kind in Device.SOUNDING

    @property
    def mute(self) -> bool:
        """Whatever is due, nobody will hear it there; or nobody can know."""
        return not self.online or not condition.MUTE.isdisjoint(self.worries)

    @property
    def clock_seconds(self) -> float:
        """The error of its clock for people; 0 when it is not known."""
        return (self.clock_error_ms or 0) / 1000

    @property
    def words(self) -> Advice:
        """Why it stands where it stands: what needs a person before everything else."""
        return told.of(self.reason)

    @property
    def reason(self) -> str:
        """The code of it, as lists filter by it."""
        return told.reason(self.cause, self.worries, "" if self.online else self.status.fault)

    @property
    def silence(self) -> Advice:
        """Why it is silent, by itself or by what its neighbours tell."""
        return self.words if not self.online and told.explained(self.cause, self.status.fault) else self.advice

    @property
    def needs_person(self) -> bool:
        """Stands first in the list."""
        return self.words.needs_person

    @property
    def horns(self) -> list[int]:
        """Where its horns point, degrees from north."""
        pole = getattr(self.device, "pole", None)
        return list(pole.horns) if pole else []

    @property
    def look(self) -> str:
        """How it is drawn: person, quiet (not there, nobody has to act), live."""
        return "person" if self.needs_person else "live" if self.online else "quiet"


def device_rows(path: str, now: datetime) -> list[DeviceRow]:
    """The real devices in this area (path) that still stand, those that need a person first. One query.

    For what sounds, or does not: invented ones (`Device.sample`) are in `listed` only.
    """
    today = local(now).date()
    return list(reading.once(("device rows", path, today), lambda: _rows(path, today)))


# What a line looks at. Whoever needs more of a device asks for the device itself.
_COLUMNS = (
    "area__path", "hamlet__path", "kind", "number", "name", "state", "plan_set_id", "sim_expires", "status__state",
    "status__cause", "status__since", "status__uptime", "status__playing", "status__power", "status__storage_free",
    "status__clock_offset", "status__clock_bound", "status__files_missing", "status__threat_at", "status__trouble",
    "status__fault", "status__hearing",
)  # fmt: skip


def _rows(path: str, today: date) -> list[DeviceRow]:
    found = standing(path).filter(sample=False).select_related("area", "hamlet", "status").only(*_COLUMNS)
    rows = list(found.annotate(in_groups=_in_groups()))
    groups = {one["id"]: _group(one) for row in rows for one in row.in_groups}
    lines = (line_of(row, today, tuple(groups[one["id"]] for one in row.in_groups)) for row in rows)
    return sorted(lines, key=_order)


def _in_groups() -> ArraySubquery:
    """The groups of a device as {"id", "area", "name"}, in their order."""
    membership = DeviceGroup.members.through.objects.filter(device=OuterRef("pk"))
    ordered = membership.order_by("devicegroup__area_id", "devicegroup__name")
    return ArraySubquery(
        ordered.values(group=JSONObject(id="devicegroup_id", area="devicegroup__area_id", name="devicegroup__name"))
    )


def _group(one: Mapping[str, Any]) -> DeviceGroup:
    return DeviceGroup.from_db(None, ("id", "area_id", "name"), (one["id"], one["area"], one["name"]))


def row_of(device: Device, today: date) -> DeviceRow:
    """The line of one device that was read with its status and groups."""
    return line_of(device, today, tuple(device.groups.all()))


def line_of(device: Device, today: date, groups: tuple[DeviceGroup, ...]) -> DeviceRow:
    """The line of one device that was read with its status, and is in these groups."""
    status = getattr(device, "status", None) or _UNSEEN
    sim_days = (device.sim_expires - today).days if device.sim_expires else None
    return DeviceRow(
        device=device,
        status=status,
        state=status.state,
        cause=status.cause,
        advice=told.of(status.cause),
        worries=_worries(device, status, today),
        since=getattr(status, "since", None),
        groups=groups,
        clock_error_ms=abs(status.clock_offset) if status.state == State.ONLINE and status.clock_bound >= 0 else None,
        sim_days=sim_days,
    )


def _worries(device: Device, status: DeviceStatus, today: date) -> tuple[Worry, ...]:
    if status.state != State.ONLINE:
        return (Worry.NOT_PLACED,) if device.state == Device.State.CLAIMED else ()
    return condition.worries(
        clock_bound=status.clock_bound,
        uptime=status.uptime,
        power=status.power,
        storage_free=status.storage_free,
        files_missing=status.files_missing,
        sim_expires=device.sim_expires,
        key_state=device.state,
        today=today,
        trouble=status.trouble,
        threat_at=status.threat_at,
        hearing=status.hearing,
    )


def _order(row: DeviceRow) -> tuple[bool, bool, int, int]:
    return (not row.needs_person, row.online, row.device.area_id, row.device.number)


def standing(path: str) -> QuerySet[Device]:
    """Everything in this area that is not retired; a hamlet has the loudspeakers that stand in it."""
    return Device.objects.filter(within(path, "area__path") | within(path, "hamlet__path")).exclude(
        state=Device.State.RETIRED
    )


def transitions(device: Device, *, most: int = 50) -> list[Transition]:
    """The newest changes of state."""
    return list(device.transitions.order_by("-at")[:most])


def refusals(device: Device, *, most: int = 10) -> list[Refusal]:
    """What it refused, the newest first."""
    return list(device.refusals.order_by("-last_at")[:most])
