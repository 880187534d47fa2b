"""The door to schedules, programmes and airings: through it or "not found"."""

from datetime import datetime
from uuid import UUID

from loa.broadcasts.models import Airing, PlanDay, Programme, Schedule
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

    `lock` holds the row until the end of the transaction.
    """
    rows = Schedule.objects.select_for_update(of=("self",)) if lock else Schedule.objects
    related = ("area", "bulletin__area", "version__sound", "approval", "programme", "made_by")
    schedule = rows.select_related(*related).filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound
    require(user, capability, schedule.area, now)
    return schedule


def programme_for(user: User, programme_id: UUID, now: datetime, capability: str = "view") -> Programme:
    """The programme, through the same door."""
    programme = Programme.objects.select_related("area").filter(pk=programme_id, closed_at=None).first()
    if programme is None:
        raise NotFound
    require(user, capability, programme.area, now)
    return programme


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
