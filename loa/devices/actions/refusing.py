"""Refusals that devices reported: sums for their pages, and, where somebody else may be speaking, the record."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loa.audit.actions import record
from loa.devices.models import Device, DeviceStatus, Refusal
from loa.devices.rules import refusals as rules
from loa.kernel.clock import from_ms


@dataclass(frozen=True, slots=True)
class RefusalSum:
    """`count` refusals of one device with one code and kind of message, from `first` to `last` (ms)."""

    device: str
    code: str
    kind: str
    count: int
    first: int
    last: int


Key = tuple[str, str, str]


@transaction.atomic
def note_refusals(*, sums: Iterable[RefusalSum], now: datetime) -> int:
    """Add them up; a threat that begins goes into the record once for each commune. How many bursts began.

    At most one sum a device, code and kind. A device that is no more is passed over.
    """
    given = {(row.device, row.code, row.kind): row for row in sums}
    devices = Device.objects.select_related("area").in_bulk({row.device for row in given.values()})
    known = {key: row for key, row in given.items() if row.device in devices}
    held = _held(devices)
    fresh = [row for key, row in known.items() if _begins(held.get(key), row)]
    _write(known, held)
    threats = [row for row in known.values() if rules.is_threat(row.code)]
    for row in threats:
        DeviceStatus.objects.filter(pk=row.device).update(threat_at=from_ms(row.last))
    _record([row for row in fresh if rules.is_threat(row.code)], devices, now)
    return len(fresh)


def _held(devices: Mapping[str, Device]) -> dict[Key, Refusal]:
    rows = Refusal.objects.select_for_update().filter(device__in=devices).order_by("pk")
    return {(row.device_id, row.code, row.kind): row for row in rows}


def _begins(held: Refusal | None, row: RefusalSum) -> bool:
    return held is None or from_ms(row.first) - held.last_at > rules.QUIET


def _write(known: Mapping[Key, RefusalSum], held: Mapping[Key, Refusal]) -> None:
    for key in known.keys() & held.keys():
        held[key].count += known[key].count
        held[key].last_at = max(held[key].last_at, from_ms(known[key].last))
    Refusal.objects.bulk_update([held[key] for key in known.keys() & held.keys()], ["count", "last_at"])
    Refusal.objects.bulk_create(_new(known[key]) for key in known.keys() - held.keys())


def _new(row: RefusalSum) -> Refusal:
    first, last = from_ms(row.first), from_ms(row.last)
    return Refusal(device_id=row.device, code=row.code, kind=row.kind, count=row.count, first_at=first, last_at=last)


def _record(threats: Iterable[RefusalSum], devices: Mapping[str, Device], now: datetime) -> None:
    """One entry for what reached a whole commune, not one for each pole."""
    together: dict[Key, list[RefusalSum]] = defaultdict(list)
    for row in threats:
        together[devices[row.device].area.path, row.code, row.kind].append(row)
    for (area, code, kind), rows in together.items():
        named = ("device", rows[0].device) if len(rows) == 1 else ("area", area)
        facts = {"code": code, "kind": kind, "devices": len(rows), "count": sum(row.count for row in rows)}
        record(actor=None, verb="device.refused", object=named, area=area, facts=facts, now=now)
