"""Which places can be chosen, who would sound there, whom one can ring."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from devicelink.geometry import covers
from devicelink.messages import Alert, Where
from django.db.models import Count, Q

from loa.areas.models import Area
from loa.areas.queries import hamlets_of, within
from loa.areas.rules import Level, is_inside
from loa.devices.models import Device, DeviceStatus
from loa.devices.queries.meant import placed_in
from loa.devices.rules.condition import Cause, State
from loa.kernel.clock import local
from loa.people import access as people
from loa.people.models import Role, User


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that can be chosen, with its loudspeakers and how many of them are silent now."""

    area: Area
    speakers: int
    silent: int


def below(area: Area, now: datetime) -> list[Place]:
    """What lies directly below: communes of a province, hamlets of a commune. Two queries."""
    if area.level >= Level.COMMUNE:
        units = hamlets_of(area, local(now).date())
        field = "hamlet__path"
    else:
        level = Level.COMMUNE if area.level == Level.PROVINCE else Level.PROVINCE
        units = list(Area.objects.filter(within(area.path), level=level, valid_to=None))
        field = "area__path"
    counts = _counts(area.path, field)
    found = []
    for unit in units:
        here = [pair for path, pair in counts.items() if is_inside(path, unit.path)]
        found.append(Place(unit, sum(all_ for all_, _ in here), sum(silent for _, silent in here)))
    return found


def _counts(path: str, field: str) -> dict[str, tuple[int, int]]:
    rows = placed_in(path).exclude(**{field: None}).values_list(field)
    silent = Count("pk", filter=~Q(status__state=State.ONLINE) | Q(status=None), distinct=True)
    counted = rows.annotate(many=Count("pk", distinct=True), away=silent).order_by()
    return {name: (many, away) for name, many, away in counted}


@dataclass(frozen=True, slots=True)
class Meant:
    """A loudspeaker that an alert means, which text it takes, and why it cannot be reached ("" = it is there)."""

    device: Device
    target: str
    cause: str

    @property
    def commune(self) -> str:
        """Path of the commune."""
        return self.device.area.path


def meant_by(message: Alert) -> list[Meant]:
    """Who would sound, by their placement: each takes the first text that means it."""
    area = message.audience.area or ""
    rows = placed_in(area).select_related("area", "hamlet", "status").prefetch_related("groups")
    found = []
    for device in rows.order_by("area__sort_key", "number"):
        target = next((one.id for one in message.targets if _means(one.where, device)), "")
        if target:
            found.append(Meant(device, target, cause_of(getattr(device, "status", None))))
    return found


def cause_of(status: DeviceStatus | None) -> str:
    """Why a loudspeaker is away; "" when it is there."""
    if status is None:
        return Cause.NEVER_SEEN
    return "" if status.state == State.ONLINE else str(status.cause)


def _means(where: Where, device: Device) -> bool:
    if where == Where():
        return True
    path = (device.hamlet or device.area).path
    if any(is_inside(path, area) for area in where.areas) or device.pk in where.devices:
        return True
    if {group.pk for group in device.groups.all()} & set(where.groups):
        return True
    return covers(where, device.latitude, device.longitude)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom one can ring about a place."""

    name: str
    role: str
    phone: str


_WHO = {Role.DUTY: "trực ban", Role.OFFICER: "cán bộ truyền thanh", Role.APPROVER: "lãnh đạo", Role.ANNOUNCER: "thôn"}


def contacts(paths: Collection[str], now: datetime) -> dict[str, list[Contact]]:
    """By commune: who is on duty, the officer, the approver and the announcers of its hamlets. One query."""
    if not paths:
        return {}
    here = reduce(or_, (within(path, "area__path") for path in paths))
    grants = people.live_grants(now).filter(here, role__in=_WHO, user__is_active=True).select_related("user", "area")
    found: dict[str, list[Contact]] = {}
    order, told = list(_WHO), set()
    for grant in sorted(grants.order_by("pk"), key=lambda row: order.index(Role(row.role))):
        commune = next(path for path in paths if is_inside(grant.area.path, path))
        if (commune, grant.user_id) in told:
            continue
        told.add((commune, grant.user_id))
        where = grant.area.name if grant.area.level == Level.HAMLET else ""
        role = _WHO[Role(grant.role)]
        contact = Contact(grant.user.full_name, f"{role} {where}".strip(), grant.user.phone)
        found.setdefault(commune, []).append(contact)
    return found


def confirmers(area: Area | str, author: User, now: datetime) -> list[User]:
    """Who may be the second person: approvers and people on duty here and above, the nearest first."""
    return [one for one in people.holders("alert.confirm", area, now) if one != author]


def spoken_places(paths: Sequence[str]) -> str:
    """Names for a sentence: "Xã Quy Mông, Xã Trấn Yên và 3 nơi nữa"."""
    names = list(Area.objects.filter(path__in=paths).values_list("full_name", flat=True))
    more = len(names) - 4
    return ", ".join(names[:4]) + (f" và {more} nơi nữa" if more > 0 else "")
