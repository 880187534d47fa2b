"""Reads of devices: the list page, the numbers for compose, what a bulletin's withdrawal has to know."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from loa.areas.queries import within
from loa.devices.models import Device, DeviceGroup, DeviceStatus, Hold, OutboxMessage, SignedDocument, Transition
from loa.devices.rules import advice, condition
from loa.devices.rules.condition import State, Worry
from loa.kernel.clock import local

_UNSEEN = DeviceStatus(state=State.NEVER_SEEN, cause=condition.Cause.NEVER_SEEN)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One line of the list page. `since` None = never; `clock_error_ms` None = it does not know the time."""

    device: Device
    status: DeviceStatus
    state: str
    cause: str
    advice: advice.Advice
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
    def clock_seconds(self) -> float:
        """The error of its clock for people; 0 when it is not known."""
        return (self.clock_error_ms or 0) / 1000

    @property
    def needs_person(self) -> bool:
        """Stands first in the list."""
        return self.advice.needs_person or any(advice.WORRIES[worry].needs_person for worry in self.worries)


def device_rows(path: str, now: datetime) -> list[DeviceRow]:
    """The devices in this area (path) that still stand, those that need a person first. Two queries."""
    rows = _standing(path).select_related("area", "hamlet", "status").prefetch_related("groups")
    today = local(now).date()
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
        advice=advice.of(status.cause),
        worries=_worries(device, status, today),
        since=getattr(status, "since", None),
        groups=tuple(device.groups.all()),
        clock_error_ms=abs(status.clock_offset) if status.clock_bound >= 0 else None,
        sim_days=sim_days,
    )


def _worries(device: Device, status: DeviceStatus, today: date) -> tuple[Worry, ...]:
    if status.state != State.ONLINE:
        return (Worry.NOT_PLACED,) if device.state == Device.State.CLAIMED else ()
    return condition.worries(
        clock_bound=status.clock_bound,
        power=status.power,
        storage_free=status.storage_free,
        files_missing=status.files_missing,
        sim_expires=device.sim_expires,
        key_state=device.state,
        today=today,
    )


def _order(row: DeviceRow) -> tuple[bool, bool, int, int]:
    return (not row.needs_person, row.online, row.device.area_id, row.device.number)


def _standing(path: str) -> QuerySet[Device]:
    return Device.objects.filter(within(path, "area__path")).exclude(state=Device.State.RETIRED)


def placed_in(path: str) -> QuerySet[Device]:
    """Devices with a placement that stand in this commune, hamlet or larger area."""
    here = within(path, "area__path") | within(path, "hamlet__path")
    return Device.objects.filter(here, state=Device.State.PLACED, kind=Device.Kind.SPEAKER)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many loudspeakers are meant, and how many of them will surely not hear of it now."""

    devices: int
    silent: int


def reach(
    area: str,
    *,
    hamlets: Collection[str] = (),
    former: Collection[str] = (),
    groups: Collection[str] = (),
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> Reach:
    """Loudspeakers in `area` (path) that a target means: hamlets and former communes by path, groups and devices by id.

    With none of them given all of the area is meant. Two counts in one query.
    """
    meant = chosen(area, hamlets=hamlets, former=former, groups=groups, only=only, without=without)
    silent = Count("pk", filter=~Q(status__state=State.ONLINE) | Q(status=None), distinct=True)
    counts = meant.aggregate(all=Count("pk", distinct=True), silent=silent)
    return Reach(devices=counts["all"], silent=counts["silent"])


def chosen(
    area: str,
    *,
    hamlets: Collection[str] = (),
    former: Collection[str] = (),
    groups: Collection[str] = (),
    only: Collection[str] = (),
    without: Collection[str] = (),
) -> QuerySet[Device]:
    """The loudspeakers that a target means; see `reach`."""
    some = Q(hamlet__path__in=hamlets) | Q(former_area__path__in=former) | Q(groups__in=groups) | Q(pk__in=only)
    meant = placed_in(area).exclude(pk__in=without)
    return meant.filter(some).distinct() if hamlets or former or groups or only else meant


def latest(typ: str, subject: str) -> SignedDocument | None:
    """The valid signed state, or None."""
    newest = SignedDocument.objects.filter(typ=typ, subject=subject).order_by("-revision").first()
    return None if newest is None or newest.withdrawn else newest


def holding_plan_before(
    plan_sets: Iterable[str], revisions: dict[str, int]
) -> list[tuple[Device, DeviceStatus | None]]:
    """Devices of these plan sets that have not said that they hold at least `revisions[plan set]`, with their status.

    For a withdrawal: these could still play from an older plan, until `seen_at` + offline_for.
    """
    rows = Device.objects.filter(plan_set__in=plan_sets, state=Device.State.PLACED).select_related("status", "area")
    pairs = ((device, getattr(device, "status", None)) for device in rows)
    return [
        (device, status)
        for device, status in pairs
        if (status.plan if status else 0) < revisions.get(str(device.plan_set_id), 0)
    ]


def holds_now(path: str, now: datetime) -> list[Hold]:
    """Stops that hold in this area, in one above it or for a part of it, as far as they are copied from the journal."""
    newest = Hold.objects.order_by("subject", "-revision").distinct("subject").values("pk")
    concerned = within(path, "area__path") | Q(area__path__in=_above(path))
    return list(Hold.objects.filter(concerned, pk__in=newest, until__gt=now).order_by("until"))


def _above(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def transitions(device: Device, *, most: int = 50) -> list[Transition]:
    """The newest changes of state."""
    return list(device.transitions.order_by("-at")[:most])


def open_messages(path: str) -> list[OutboxMessage]:
    """Messages on their way to devices whose audience is inside this area, with the answers so far."""
    rows = OutboxMessage.objects.filter(closed_at=None).prefetch_related("acks").order_by("issued_at")
    return [row for row in rows if str(row.audience.get("area", path)).startswith(path)]


@dataclass(frozen=True, slots=True)
class CommuneCount:
    """How the loudspeakers of one commune are. `silent` are those that somebody may have to look after."""

    path: str
    name: str
    devices: int
    online: int

    @property
    def silent(self) -> int:
        """Not there just now."""
        return self.devices - self.online


def commune_counts(path: str) -> list[CommuneCount]:
    """The communes below `path` that have loudspeakers, those with most silent ones first. One query."""
    there = Count("pk", filter=Q(status__state=State.ONLINE))
    rows = (
        _standing(path)
        .filter(kind=Device.Kind.SPEAKER)
        .values_list("area__path", "area__full_name")
        .annotate(devices=Count("pk"), online=there)
        .order_by("area__sort_key")
    )
    return sorted((CommuneCount(*row) for row in rows), key=lambda row: -row.silent)
