"""A ready week for a commune, in one step."""

from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.programmes import save_programme
from loa.broadcasts.actions.rundowns import Wanted, save_rundown
from loa.broadcasts.models import Programme
from loa.broadcasts.rules.grids import Grid, GridSession
from loa.kernel.errors import LoaError
from loa.people.access import require
from loa.people.models import User


@transaction.atomic
def apply_grid(*, actor: User, area: Area, grid: Grid, now: datetime) -> list[Programme]:
    """Its sessions with their rundowns, all or none. Raises NotFound, Denied, Invalid, Refusal as `save_programme`."""
    require(actor, access.WRITE, area, now)
    made = [_session(actor, area, one, now) for one in grid.sessions]
    record(
        actor=actor, verb="grid.applied", object=("area", area.pk), area=area.path, facts={"grid": grid.key}, now=now
    )
    return made


def _session(actor: User, area: Area, one: GridSession, now: datetime) -> Programme:
    programme = save_programme(
        actor=actor, area=area, name=one.name, starts=one.starts, minutes=one.minutes, weekdays=one.weekdays, now=now
    )
    items = [Wanted(item.kind, item.title, item.minutes, item.over, item.under) for item in one.items]
    save_rundown(actor=actor, programme_id=programme.pk, items=items, now=now)
    return programme


def why_not(*, actor: User, area: Area, grid: Grid, now: datetime) -> str:
    """What the rules of the area say against it, "" if nothing: tried and taken back."""
    try:
        with transaction.atomic():
            apply_grid(actor=actor, area=area, grid=grid, now=now)
            raise _TakenBack
    except _TakenBack:
        return ""
    except LoaError as error:
        return error.message


class _TakenBack(Exception):
    """Nothing of the trial stays."""
