"""Who is meant by a target, and who may not have heard yet."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from loa.areas.queries import within
from loa.devices.models import Device, DeviceStatus
from loa.devices.rules.condition import State


def placed_in(path: str) -> QuerySet[Device]:
    """Devices with a placement that stand in this commune, hamlet or larger area."""
    here = within(path, "area__path") | within(path, "hamlet__path")
    return Device.objects.filter(here, state=Device.State.PLACED, kind__in=Device.SOUNDING)


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
