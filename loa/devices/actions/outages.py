"""Power cuts and works that were announced: whoever falls silent in them raises no alarm."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.devices.models import Device, PlannedOutage
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

LONGEST = timedelta(days=31)


@transaction.atomic
def plan_outage(
    *,
    actor: User,
    area: Area,
    kind: str,
    starts: datetime,
    ends: datetime,
    reason: str,
    source: str,
    now: datetime,
    devices: Collection[Device] = (),
) -> PlannedOutage:
    """Note an outage of all of `area`, or of these `devices` in it. NotFound, Denied, Invalid."""
    require(actor, "device.care", area, now)
    _check(area, starts, ends, source, now, devices)
    row = PlannedOutage.objects.create(
        kind=kind,
        area=area,
        starts=starts,
        ends=ends,
        reason=reason.strip(),
        source=source.strip(),
        made_by=actor,
        made_at=now,
    )
    row.devices.set(devices)
    facts = {"kind": kind, "starts": starts, "ends": ends, "source": row.source, "devices": len(devices)}
    record(actor=actor, verb="outage.planned", object=("outage", row.pk), area=area.path, facts=facts, now=now)
    return row


def _check(
    area: Area, starts: datetime, ends: datetime, source: str, now: datetime, devices: Collection[Device]
) -> None:
    if ends <= starts:
        raise Invalid("Giờ kết thúc phải sau giờ bắt đầu.", code="outage_ends_first")
    if ends <= now:
        raise Invalid("Khoảng thời gian này đã qua.", code="outage_over")
    if ends - starts > LONGEST:
        raise Invalid(f"Mỗi lần báo trước không quá {LONGEST.days} ngày.", code="outage_too_long")
    if not source.strip():
        raise Invalid("Hãy ghi ai báo, ví dụ: Điện lực Trấn Yên, thông báo số 12.", code="source_missing")
    if any(device.area_id != area.pk for device in devices):
        raise Invalid("Chỉ chọn được cụm loa của chính nơi này.", code="other_commune")


@transaction.atomic
def cancel_outage(*, actor: User, outage: PlannedOutage, now: datetime) -> None:
    """It will not be, or is over before its time: silence counts again. NotFound, Denied, Refusal."""
    require(actor, "device.care", outage.area, now)
    row = PlannedOutage.objects.select_for_update().get(pk=outage.pk)
    if row.cancelled_at is not None:
        raise Refusal("Lịch ngừng này đã được bỏ.", code="outage_cancelled")
    row.cancelled_at = now
    row.save(update_fields=["cancelled_at"])
    record(actor=actor, verb="outage.cancelled", object=("outage", row.pk), area=outage.area.path, facts={}, now=now)
