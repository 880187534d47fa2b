"""Keeping a device: its name, what is known of it, its end."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loa.audit.actions import record
from loa.devices import announce
from loa.devices.actions.documents import withdraw_document
from loa.devices.actions.following import follow_rules
from loa.devices.actions.hardware import end_hardware
from loa.devices.actions.placing import place
from loa.devices.models import Device
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

DESCRIBED = frozenset(
    {
        "sim_expires",
        "sim_operator",
        "sim_number",
        "monthly_mb",
        "latitude",
        "longitude",
        "former_area",
        "hamlet",
        "break_glass",
    }
)
_SIGNED = frozenset({"monthly_mb", "latitude", "longitude", "hamlet", "break_glass"})


@transaction.atomic
def rename(*, actor: User, device: Device, name: str, now: datetime) -> None:
    """Call it otherwise. NotFound, Denied, Invalid."""
    require(actor, "device.manage", device.area, now)
    if not name.strip():
        raise Invalid("Hãy đặt tên cho cụm loa theo chỗ đứng, ví dụ: Nhà văn hóa thôn 5.", code="name_missing")
    before, device.name = device.name, name.strip()
    device.save(update_fields=["name"])
    announce.device(device.pk)
    _note(actor, "device.renamed", device, now, before=before, after=device.name)


@transaction.atomic
def describe(*, actor: User, device: Device, now: datetime, **facts: Any) -> None:
    """Change facts about the place (DESCRIBED); what the placement carries is signed anew. NotFound, Denied."""
    require(actor, "device.manage", device.area, now)
    if unknown := set(facts) - DESCRIBED:
        raise TypeError(f"not a fact of a device: {sorted(unknown)}")
    for name, value in facts.items():
        setattr(device, name, value)
    device.save(update_fields=list(facts))
    if device.state == Device.State.PLACED and _SIGNED & set(facts):
        place([device], now=now)
    if {"hamlet", "former_area"} & set(facts):
        follow_rules([device.area], now=now)
    announce.device(device.pk)
    _note(actor, "device.described", device, now, changed=sorted(facts))


@transaction.atomic
def revoke(*, actor: User, device: Device, reason: str, now: datetime) -> None:
    """The key may be in wrong hands: it is dead at once, the connection ends. A new claim code brings it back."""
    require(actor, "device.manage", device.area, now)
    if device.state not in {Device.State.CLAIMED, Device.State.PLACED}:
        raise Refusal("Cụm loa này không có khóa nào đang dùng.", code="no_key")
    _end(device, Device.State.REVOKED, now)
    _note(actor, "device.revoked", device, now, reason=reason)


@transaction.atomic
def retire(*, actor: User, device: Device, reason: str, now: datetime) -> None:
    """It stands no more. Its number is free again, its history stays."""
    require(actor, "device.manage", device.area, now)
    if device.state == Device.State.RETIRED:
        raise Refusal("Cụm loa này đã nghỉ.", code="device_retired")
    device.claim_codes.filter(used_at=None, cancelled_at=None).update(cancelled_at=now)
    device.groups.clear()
    _end(device, Device.State.RETIRED, now)
    _note(actor, "device.retired", device, now, reason=reason)


def _end(device: Device, state: Device.State, now: datetime) -> None:
    end_hardware(device, state.value, now)
    device.public_key, device.state, device.plan_set = "", state, None
    device.save(update_fields=["public_key", "state", "plan_set"])
    for typ in ("placement", "volume"):
        withdraw_document(typ, f"device/{device.pk}")
    announce.device(device.pk)


def _note(actor: User | None, verb: str, device: Device, now: datetime, **facts: object) -> None:
    record(actor=actor, verb=verb, object=("device", device.pk), area=device.area.path, facts=facts, now=now)
