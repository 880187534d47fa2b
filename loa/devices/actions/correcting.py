"""Correcting what is known of a cluster: one form, one transaction, each change recorded by its own action."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from loa.devices.actions.commands import set_max_volume
from loa.devices.actions.groups import save_group
from loa.devices.actions.keeping import describe, rename
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules.position import is_same
from loa.people.access import require
from loa.people.models import User


@transaction.atomic
def correct(
    *,
    actor: User,
    device: Device,
    name: str,
    max_volume: int,
    now: datetime,
    groups: Collection[DeviceGroup] | None = None,
    new_group: str = "",
    **facts: Any,
) -> None:
    """Bring name, limit, groups and facts (see keeping.DESCRIBED) to these values; what is the same stays untouched.

    `groups` None leaves the groups alone; `new_group` is the name of one to be made around this device.
    NotFound, Denied, Invalid, Refusal.
    """
    require(actor, "device.manage", device.area, now)
    if name.strip() != device.name:
        rename(actor=actor, device=device, name=name, now=now)
    if groups is not None:
        _stand_in(actor, device, groups, now)
    if new_group.strip():
        save_group(actor=actor, area=device.area, name=new_group, members=[device], now=now)
    if max_volume != device.max_volume:
        set_max_volume(actor=actor, device=device, most=max_volume, now=now)
    changed = {fact: value for fact, value in facts.items() if not _is(device, fact, value)}
    if changed:
        describe(actor=actor, device=device, now=now, **changed)


def _is(device: Device, fact: str, value: Any) -> bool:
    known = getattr(device, fact)
    return is_same(known, value) if fact in {"latitude", "longitude"} else bool(known == value)


def _stand_in(actor: User, device: Device, groups: Collection[DeviceGroup], now: datetime) -> None:
    """Member of these groups of its commune and of no other that was chosen by hand; rules choose for themselves."""
    wanted = {group.pk for group in groups}
    for group in DeviceGroup.objects.filter(area=device.area, rule__isnull=True).prefetch_related("members"):
        members = {member.pk: member for member in group.members.all()}
        if (device.pk in members) == (group.pk in wanted):
            continue
        if members.pop(device.pk, None) is None:
            members[device.pk] = device
        save_group(actor=actor, area=device.area, name=group.name, members=[*members.values()], now=now, group=group)
