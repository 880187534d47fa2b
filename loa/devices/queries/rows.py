"""Lines about single devices."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

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
    """The real devices in this area (path) that still stand, those that need a person first. Two queries.

    For what sounds, or does not: invented ones (`Device.sample`) are in `listed` only.
    """
    today = local(now).date()
    return list(reading.once(("device rows", path, today), lambda: _rows(path, today)))


def _rows(path: str, today: date) -> list[DeviceRow]:
    rows = standing(path).filter(sample=False).select_related("area", "hamlet", "status").prefetch_related("groups")
    return sorted((row_of(device, today) for device in rows), key=_order)


def row_of(device: Device, today: date) -> DeviceRow:
    """The line of one device that was read with its status and groups."""
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
        groups=tuple(device.groups.all()),
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
