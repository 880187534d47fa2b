"""One deed for many devices: shown as it would be, then done for all of them or for none."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from devicelink import messages
from django.db import transaction

from loa.audit.actions import record
from loa.devices.access import group_for
from loa.devices.actions.commands import send_event, set_volume
from loa.devices.actions.groups import save_group
from loa.devices.actions.keeping import retire
from loa.devices.actions.moving import move
from loa.devices.actions.numbers import free_number
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules import bulk as rules
from loa.devices.rules.bulk import Deed, Effect
from loa.kernel.clock import to_ms
from loa.kernel.errors import Invalid, LoaError, Refusal
from loa.kernel.rehearsal import rehearsal
from loa.people.access import area_for, require
from loa.people.models import User

REFRESH_LIFE = timedelta(hours=1)


def preview_bulk(*, actor: User, devices: Sequence[Device], deed: Deed, now: datetime) -> list[Effect]:
    """What the deed would do to each, and what is refused and why. Nothing stays of it. Invalid, NotFound, Denied."""
    _check(devices)
    with rehearsal():
        return [_tried(actor, device, deed, now) for device in devices]


def _check(devices: Sequence[Device]) -> None:
    if not devices:
        raise Invalid("Hãy chọn ít nhất một cụm loa.", code="none_chosen")
    if len(devices) > rules.MOST:
        raise Invalid(f"Mỗi lần làm tối đa {rules.MOST} cụm loa. Hãy lọc bớt.", code="too_many")


def _tried(actor: User, device: Device, deed: Deed, now: datetime) -> Effect:
    """In a savepoint of its own, so that one that is refused leaves the others as they were."""
    row = Device.objects.select_related("area", "hamlet").get(pk=device.pk)
    try:
        with transaction.atomic():
            return Effect(device.pk, _DEEDS[deed.kind](actor, row, deed, now))
    except LoaError as error:
        return Effect(device.pk, "", error.message)


@transaction.atomic
def carry_out(*, actor: User, devices: Sequence[Device], deed: Deed, now: datetime) -> list[Effect]:
    """Do it to all, or to none: Refusal `bulk_refused` if one is refused. NotFound, Denied, Invalid, Unavailable."""
    _check(devices)
    held = Device.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in devices]).order_by("pk")
    if len(held) != len({one.pk for one in devices}):
        raise Refusal("Có cụm loa vừa bị xóa. Hãy xem lại.", code="bulk_changed")
    effects = [_tried(actor, device, deed, now) for device in devices]
    if refused := [one for one in effects if one.refusal]:
        message = f"{len(refused)} cụm bị từ chối nên chưa làm cụm nào. {refused[0].refusal}"
        raise Refusal(message, code="bulk_refused")
    _note(actor, devices, deed, now)
    return effects


def _note(actor: User, devices: Sequence[Device], deed: Deed, now: datetime) -> None:
    by_area: dict[str, list[str]] = {}
    for device in devices:
        by_area.setdefault(device.area.path, []).append(device.pk)
    for path, names in by_area.items():
        facts = {"what": rules.NAMES[deed.kind], "devices": len(names), "reason": deed.reason}
        record(actor=actor, verb="devices.done_together", object=("area", path), area=path, facts=facts, now=now)


def _volume(actor: User, device: Device, deed: Deed, now: datetime) -> str:
    before = device.volume
    set_volume(actor=actor, devices=[device], volume=deed.volume, now=now)
    return f"Âm lượng {before}% thành {deed.volume}%"


def _group(actor: User, device: Device, deed: Deed, now: datetime) -> str:
    group = group_for(actor, deed.group, now, "group.write")
    if group.rule is not None:
        raise Refusal(f"Nhóm {group.name} chọn cụm loa theo điều kiện, không đưa vào bằng tay.", code="group_by_rule")
    members = {one.pk: one for one in group.members.all()}
    if device.pk in members:
        return f"Đã ở trong nhóm {group.name}"
    save_group(actor=actor, area=group.area, name=group.name, members=[*members.values(), device], now=now, group=group)
    return f"Vào nhóm {group.name}"


def _move(actor: User, device: Device, deed: Deed, now: datetime) -> str:
    area = area_for(actor, deed.area, now, "device.manage")
    before, number = device.number, free_number(area, device.kind, rather=device.number)
    groups = ", ".join(sorted(DeviceGroup.objects.filter(members=device).values_list("name", flat=True)))
    latitude, longitude = device.latitude, device.longitude
    move(actor=actor, device=device, area=area, number=number, now=now, latitude=latitude, longitude=longitude)
    told = [f"Sang {area.full_name}", f"số {before:02d} thành {number:02d}" if number != before else ""]
    return ", ".join(part for part in (*told, f"ra khỏi nhóm {groups}" if groups else "") if part)


def _retire(actor: User, device: Device, deed: Deed, now: datetime) -> str:
    if not deed.reason.strip():
        raise Invalid("Hãy ghi lý do, để sau này còn biết.", code="reason_missing")
    retire(actor=actor, device=device, reason=deed.reason.strip(), now=now)
    return "Ngừng dùng, ra khỏi mọi lịch phát"


def _refresh(actor: User, device: Device, deed: Deed, now: datetime) -> str:
    require(actor, "device.manage", device.area, now)
    if device.state != Device.State.PLACED:
        raise Refusal(f"{device.name} chưa được ghép nối xong nên chưa nhận lệnh.", code="not_placed")
    told = messages.Command(
        audience=messages.Audience(device=device.pk), id=str(uuid.uuid4()), issued=to_ms(now),
        expires=to_ms(now + REFRESH_LIFE), action="refresh",
    )  # fmt: skip
    send_event(told, area=device.area.path, now=now)
    return "Tải lại lịch và âm thanh"


_DEEDS: Mapping[str, Callable[[User, Device, Deed, datetime], str]] = {
    "volume": _volume,
    "group": _group,
    "move": _move,
    "retire": _retire,
    "refresh": _refresh,
}
