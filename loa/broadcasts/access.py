"""The door to schedules, programmes and airings: through it or "not found"."""

from datetime import datetime
from uuid import UUID

from loa.areas.models import Area
from loa.broadcasts.models import Airing, Programme, Schedule
from loa.kernel.errors import NotFound
from loa.people.access import require
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
    """The airing, if `user` sees its area, or a commune of theirs hears it."""
    airing = Airing.objects.select_related("area", "schedule__area", "approval").filter(pk=airing_id).first()
    if airing is None:
        raise NotFound
    for area in (airing.area, *Area.objects.filter(plan_sets__pk__in=airing.places.values("plan_set")).distinct()):
        try:
            require(user, "view", area, now)
        except NotFound:
            continue
        return airing
    raise NotFound
