"""Communes that become one: their loudspeakers and groups go over together, so that nobody is forgotten."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.devices import announce
from loa.devices.actions.groups import place_anew
from loa.devices.actions.numbers import free_number, hold_numbers
from loa.devices.models import Device, DeviceGroup
from loa.people.access import require
from loa.people.models import User

_CHANGED = ("area", "hamlet", "former_area", "number")


@transaction.atomic
def take_over(*, actor: User, former: Sequence[Area], into: Area, now: datetime) -> list[Device]:
    """Every loudspeaker of the communes `former` to `into`, with its groups and its place on the map; where its number
    is taken it gets the next one. It is known by `former_area` what it belonged to.

    A group keeps its id, so that what is meant for it still is; a name that `into` has already is given with that of
    the commune, a group by rule keeps the members it has. NotFound, Denied, Unavailable.
    """
    for area in (into, *former):
        require(actor, "device.manage", area, now)
    hold_numbers(into)
    rows = Device.objects.select_for_update(of=("self",)).filter(area__in=former, sample=False)
    moved = list(rows.exclude(state=Device.State.RETIRED).select_related("area").order_by("area__path", "number"))
    for device in moved:
        _stand(device, into)
    for group in DeviceGroup.objects.filter(area__in=former).select_related("area").order_by("area__path", "name"):
        _regroup(group, into)
    place_anew([device.pk for device in moved], now=now)
    for device in moved:
        _tell(actor, device, into, now)
    return moved


def _stand(device: Device, into: Area) -> None:
    number = free_number(into, device.kind, rather=device.number)
    device.former_area, device.area, device.hamlet, device.number = device.area, into, None, number
    device.save(update_fields=_CHANGED)


def _regroup(group: DeviceGroup, into: Area) -> None:
    before = group.area
    group.area, group.rule = into, None
    if DeviceGroup.objects.filter(area=into, name=group.name).exists():
        group.name = f"{group.name} ({before.name})"[:120]
    group.save(update_fields=["area", "rule", "name"])


def _tell(actor: User, device: Device, into: Area, now: datetime) -> None:
    announce.device(device.pk)
    before = device.former_area
    assert before is not None
    facts = {"name": device.name, "before": before.full_name, "after": into.full_name}
    for path in (before.path, into.path):
        record(actor=actor, verb="device.moved", object=("device", device.pk), area=path, facts=facts, now=now)
