"""Moving a loudspeaker to another commune: whatever belonged to the old place stays behind."""

from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.areas.queries import hamlets_of, valid_on
from loa.areas.rules import Level
from loa.audit.actions import record
from loa.devices import announce
from loa.devices.actions.following import follow_rules
from loa.devices.actions.numbers import hold_numbers, require_free
from loa.devices.actions.placing import place
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

_CHANGED = ("area", "hamlet", "former_area", "moved_from", "moved_at", "number", "latitude", "longitude")


@transaction.atomic
def move(
    *,
    actor: User,
    device: Device,
    area: Area,
    now: datetime,
    hamlet: Area | None = None,
    number: int | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
    former_area: Area | None = None,
) -> None:
    """Stand it in another commune: groups, hamlet and place on the map stay behind, the placement is signed anew.

    `number` defaults to its own; `former_area`: the past unit of its new commune in which it stands. The actor manages
    devices in both communes; both records tell of it. NotFound, Denied, Invalid, Refusal, Unavailable.
    """
    require(actor, "device.manage", device.area, now)
    require(actor, "device.manage", area, now)
    _require_standing(device)
    _check(device.area, area, hamlet, now)
    hold_numbers(area)
    require_free(number or device.number, area, device.kind)
    facts = {"name": device.name, "before": device.area.full_name, "after": area.full_name}
    communes = (device.area, area)
    if former_area is None:  # a merged unit takes its loudspeakers' past along
        device.moved_from, device.moved_at = device.hamlet or device.area, now
    device.area, device.hamlet, device.former_area = area, hamlet, former_area
    device.number, device.latitude, device.longitude = number or device.number, latitude, longitude
    device.save(update_fields=_CHANGED)
    device.groups.clear()
    if device.state == Device.State.PLACED:
        place([device], now=now)
    follow_rules(communes, now=now)
    announce.device(device.pk)
    for commune in communes:
        record(actor=actor, verb="device.moved", object=("device", device.pk), area=commune.path, facts=facts, now=now)


def _require_standing(device: Device) -> None:
    """Of two who move it at once the second learns of the first, instead of taking it from where it stands no more."""
    row = Device.objects.select_for_update().get(pk=device.pk)
    if row.state == Device.State.RETIRED:
        raise Refusal("Cụm loa này đã ngừng dùng nên không chuyển được.", code="device_retired")
    if row.sample:
        raise Refusal("Cụm loa này chỉ có trong dữ liệu mẫu nên không chuyển được.", code="device_sample")
    if row.area_id != device.area_id:
        raise Refusal("Cụm loa này vừa được người khác chuyển đi. Hãy mở lại trang.", code="device_moved")


def _check(before: Area, area: Area, hamlet: Area | None, now: datetime) -> None:
    today = local(now).date()
    if area.level != Level.COMMUNE or not Area.objects.filter(valid_on(today), pk=area.pk).exists():
        raise Invalid("Cụm loa chỉ đặt được ở một xã, phường đang có. Hãy chọn lại nơi đến.", code="no_commune")
    if area.pk == before.pk:
        raise Invalid(f"Cụm loa này đang ở {area.full_name} rồi. Hãy chọn xã, phường khác.", code="same_commune")
    if hamlet is not None and hamlet not in hamlets_of(area, today):
        raise Invalid(f"{hamlet.full_name} không thuộc {area.full_name}. Hãy chọn lại.", code="other_commune")
