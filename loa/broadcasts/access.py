"""The door to schedules, programmes and airings: through it or "not found"."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from loa.broadcasts.models import (
    Airing,
    Delivery,
    Obligation,
    PlanDay,
    Programme,
    RundownItem,
    Schedule,
    Sending,
    SessionChange,
)
from loa.bulletins import access as bulletins
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.kernel.errors import NotFound
from loa.people.access import may, require, seen_by
from loa.people.models import User

WRITE, APPROVE = "schedule.write", "schedule.approve"


def schedule_for(
    user: User, schedule_id: UUID, now: datetime, capability: str = "view", *, lock: bool = False
) -> Schedule:
    """The schedule, if `user` may see it (or do `capability` with it). Raises NotFound, Denied.

    `lock` holds it and its bulletin until the end of the transaction.
    """
    if lock:
        _hold([schedule_id])
    related = ("area", "bulletin__area", "version__sound", "approval", "programme", "made_by")
    schedule = Schedule.objects.select_related(*related).filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound
    require(user, capability, schedule.area, now)
    return schedule


def schedules_for(user: User, ids: Collection[UUID], now: datetime, capability: str) -> list[Schedule]:
    """These schedules, held with their bulletins until the end of the transaction. Raises NotFound, Denied."""
    _hold(ids)
    return [schedule_for(user, pk, now, capability) for pk in sorted(ids)]


def _hold(ids: Collection[UUID]) -> None:
    bulletins.hold(Schedule.objects.filter(pk__in=ids).values_list("bulletin_id", flat=True))
    list(held().filter(pk__in=ids).order_by("pk").values_list("pk"))


def held(*, skip_locked: bool = False) -> QuerySet[Schedule]:
    """Schedules to be changed: held until the end of the transaction, save against a plan that points at them."""
    return Schedule.objects.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)


def programme_for(user: User, programme_id: UUID, now: datetime, capability: str = "view") -> Programme:
    """The programme, through the same door."""
    programme = Programme.objects.select_related("area").filter(pk=programme_id, closed_at=None).first()
    if programme is None:
        raise NotFound
    require(user, capability, programme.area, now)
    return programme


def item_for(user: User, pk: int, now: datetime, capability: str = "view") -> RundownItem:
    """A part of a rundown, through the door of its programme."""
    row = RundownItem.objects.select_related("programme__area").filter(pk=pk, programme__closed_at=None).first()
    if row is None:
        raise NotFound
    require(user, capability, row.programme.area, now)
    return row


def session_change_for(user: User, pk: int, now: datetime, capability: str = "view") -> SessionChange:
    """One session that differs, through the door of its programme."""
    row = SessionChange.objects.select_related("programme__area").filter(pk=pk).first()
    if row is None:
        raise NotFound
    require(user, capability, row.programme.area, now)
    return row


def obligation_for(user: User, pk: int, now: datetime, capability: str = "view") -> Obligation:
    """The obligation, through the same door."""
    row = Obligation.objects.select_related("area", "bulletin__area").filter(pk=pk).first()
    if row is None:
        raise NotFound
    require(user, capability, row.area, now)
    return row


def sending_for(
    user: User, sending_id: UUID, now: datetime, capability: str = "view", *, lock: bool = False
) -> Sending:
    """What a unit sends down, for people of that unit. `lock` holds it and its bulletin. Raises NotFound, Denied."""
    if lock:
        bulletins.hold(Sending.objects.filter(pk=sending_id).values_list("bulletin_id", flat=True))
    related = ("area", "bulletin__area", "version__sound", "approval", "made_by")
    row = Sending.objects.select_related(*related).filter(pk=sending_id).first()
    if row is None:
        raise NotFound
    require(user, capability, row.area, now)
    return row


def delivery_for(
    user: User, delivery_id: UUID, now: datetime, capability: str = "view", *, lock: bool = False
) -> Delivery:
    """What came to a commune, for people of that commune. `lock` holds it and its bulletin. Raises NotFound, Denied."""
    row = held_delivery(delivery_id) if lock else _deliveries().filter(pk=delivery_id).first()
    if row is None:
        raise NotFound
    require(user, capability, row.area, now)
    return row


def held_delivery(delivery_id: UUID) -> Delivery | None:
    """Held with its bulletin until the end of the transaction."""
    bulletins.hold(Delivery.objects.filter(pk=delivery_id).values_list("sending__bulletin_id", flat=True))
    return _deliveries().filter(pk=delivery_id).select_for_update(of=("self",), no_key=True).first()


def _deliveries() -> QuerySet[Delivery]:
    return Delivery.objects.select_related(
        "area", "sending__area", "sending__bulletin", "sending__version__sound", "sending__approval", "schedule"
    )


def airing_for(user: User, airing_id: str, now: datetime) -> Airing:
    """The airing, if `user` sees its area, or a commune or hamlet of theirs is to hear it. Raises NotFound."""
    airing = Airing.objects.select_related("schedule__area").filter(pk=airing_id).first()
    if airing is None:
        raise NotFound
    if may(user, "view", airing.schedule.area, now):
        return airing
    listed = PlanDay.objects.filter(airings__contains=[{"id": airing.pk}], day=local(airing.start).date())
    hamlets = Device.objects.filter(seen_by(user, now, "hamlet__path"), plan_set__in=listed.values("plan_set"))
    if not listed.filter(seen_by(user, now, "plan_set__area__path")).exists() and not hamlets.exists():
        raise NotFound
    return airing
