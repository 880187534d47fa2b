"""The record of a pole: whose it is, where its horns point, how near the next house is, how it looks."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loa.audit.actions import record
from loa.devices.actions.following import follow_rules
from loa.devices.models import Device, Photo, Pole
from loa.people.access import require
from loa.people.models import User

KNOWN = frozenset({"owner", "horns", "nearest_house_m", "note"})


@transaction.atomic
def describe_pole(*, actor: User | None, device: Device, now: datetime, **facts: Any) -> Pole:
    """Write what is known of the pole (KNOWN); groups that count horns follow. NotFound, Denied."""
    if actor is not None:
        require(actor, "device.manage", device.area, now)
    if strange := set(facts) - KNOWN:
        raise TypeError(f"not a fact of a pole: {sorted(strange)}")
    row, fresh = Pole.objects.get_or_create(device=device)
    changed = sorted(name for name, value in facts.items() if fresh or getattr(row, name) != value)
    for name in changed:
        setattr(row, name, facts[name])
    row.save()
    if "horns" in changed:
        follow_rules([device.area], now=now)
    if changed:
        _note(actor, device, now, changed=changed)
    return row


@transaction.atomic
def show_pole(*, actor: User, device: Device, photo: Photo, now: datetime) -> None:
    """This picture is the one of the pole from now on. NotFound, Denied."""
    require(actor, "device.care", device.area, now)
    Pole.objects.update_or_create(device=device, defaults={"photo": photo})
    _note(actor, device, now, changed=["photo"])


def _note(actor: User | None, device: Device, now: datetime, *, changed: list[str]) -> None:
    facts = {"changed": changed}
    path = device.area.path
    record(actor=actor, verb="device.pole_described", object=("device", device.pk), area=path, facts=facts, now=now)
