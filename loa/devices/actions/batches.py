"""New places from a file: read without doing anything, then taken in as a whole, exactly as it was shown."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from loa.areas.models import Area
from loa.areas.queries import hamlets_of, predecessors_of
from loa.areas.rules import Level, fold
from loa.audit.actions import record
from loa.devices.actions.enrolment import add_device
from loa.devices.actions.following import follow_rules
from loa.devices.actions.numbers import hold_numbers
from loa.devices.actions.poles import describe_pole
from loa.devices.models import Device, DeviceBatch
from loa.devices.rules.batch.lines import Draft, Ground, Line, judged
from loa.devices.rules.batch.sheet import read
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

KEPT = timedelta(days=1)
_OF_THE_POLE = {"horns": "horns", "owner": "owner", "nearest_house": "nearest_house_m"}


@transaction.atomic
def receive_batch(*, actor: User, area: Area, name: str, content: bytes, now: datetime) -> DeviceBatch:
    """Keep a file for a day, so that exactly it can be confirmed. Nothing is taken in. NotFound, Denied, Invalid."""
    require(actor, "device.manage", area, now)
    if area.level != Level.COMMUNE:
        raise Invalid("Hãy chọn một xã trước khi nhập danh sách.", code="no_commune")
    read(content)
    DeviceBatch.objects.filter(by=actor, taken_at=None).delete()
    DeviceBatch.objects.filter(at__lt=now - KEPT).delete()
    return DeviceBatch.objects.create(area=area, name=name[:200], content=content, by=actor, at=now)


def read_batch(batch: DeviceBatch, now: datetime) -> Draft:
    """What the file would do now. Invalid."""
    return judged(read(bytes(batch.content)), _ground(batch.area, now))


def token_of(batch: DeviceBatch, draft: Draft) -> str:
    """Stands for this file and for what it would do: another file, another number, another token."""
    facts = repr([(line.row, sorted(line.facts.items()), line.errors) for line in draft.lines])
    return hashlib.sha256(b"loa-batch-1" + bytes(batch.content) + facts.encode()).hexdigest()


def _ground(area: Area, now: datetime) -> Ground:
    standing = Device.objects.filter(area=area, kind__in=Device.SOUNDING).exclude(state=Device.State.RETIRED)
    has_place = area.latitude is not None and area.longitude is not None
    return Ground(
        name=area.full_name,
        hamlets=_by_name(hamlets_of(area, local(now).date())),
        former=_by_name(predecessors_of(area)),
        taken=frozenset(standing.values_list("number", flat=True)),
        middle=(area.latitude or 0.0, area.longitude or 0.0) if has_place else None,
    )


def _by_name(areas: list[Area]) -> dict[str, int]:
    return {fold(name): area.pk for area in areas for name in (area.name, area.full_name)}


@transaction.atomic
def take_batch(*, actor: User, batch: DeviceBatch, token: str, now: datetime) -> list[Device]:
    """Make all places of the file, or none. Refusal if it was taken in before, has a fault, or would now do something
    else than what was shown (`batch_changed`). NotFound, Denied.
    """
    require(actor, "device.manage", batch.area, now)
    hold_numbers(batch.area)
    row = DeviceBatch.objects.select_for_update().select_related("area").get(pk=batch.pk)
    if row.taken_at is not None:
        raise Refusal("Tệp này đã được nhập rồi.", code="batch_taken")
    draft = read_batch(row, now)
    if draft.faulty:
        raise Refusal(f"Còn {draft.faulty} dòng sai nên chưa nhập dòng nào.", code="batch_faulty")
    if token != token_of(row, draft):
        raise Refusal("Số cụm hoặc thôn của xã vừa đổi sau khi xem trước. Hãy xem lại rồi nhập.", code="batch_changed")
    devices = [_add(actor, row.area, line, now) for line in draft.lines]
    row.taken_at = now
    row.save(update_fields=["taken_at"])
    follow_rules([row.area], now=now)
    facts = {"name": row.name, "devices": len(devices)}
    record(actor=actor, verb="batch.taken", object=("batch", row.pk), area=row.area.path, facts=facts, now=now)
    return devices


def _add(actor: User, area: Area, line: Line, now: datetime) -> Device:
    facts = dict(line.facts)
    latitude, longitude = facts.pop("position") or (None, None)
    pole = {name: facts.pop(field) for field, name in _OF_THE_POLE.items()}
    given: dict[str, Any] = {
        "kind": facts["kind"],
        "hamlet_id": facts["hamlet"],
        "former_area_id": facts["former"],
        "sim_operator": facts["operator"],
        "sim_number": facts["sim_number"],
        "sim_expires": facts["sim_expires"],
        "monthly_mb": facts["monthly_mb"] or 0,
        "latitude": latitude,
        "longitude": longitude,
    }
    if facts["max_volume"] is not None:
        given |= {"max_volume": facts["max_volume"], "volume": min(60, facts["max_volume"])}
    device = add_device(
        actor=actor, area=area, name=facts["name"], number=facts["number"], now=now, follow=False, **given
    )
    if any(pole.values()):
        describe_pole(actor=actor, device=device, now=now, **pole)
    return device
