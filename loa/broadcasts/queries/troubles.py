"""Plans that could not be made or signed: said on the page of the day, before somebody waits for a sound in vain."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from airtime.spans import from_ms
from devicelink.refusals import Reason
from django.db.models import Count, Q

from loa.areas.models import Area
from loa.areas.queries import within
from loa.broadcasts.models import PlanState
from loa.broadcasts.rules import plans, troubles
from loa.devices.models import Device, DeviceGroup


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the plan of `devices` clusters of these groups.

    `stale`: an older plan is in force, until its last minute `covered_until` (None: there is none). Otherwise only the
    airing that `message` names is missing.
    """

    groups: tuple[str, ...]
    devices: int
    message: str
    stale: bool
    covered_until: datetime | None


def of_plans(area: Area, now: datetime) -> list[Trouble]:
    """Troubles of this area, the same one of several plan sets as one. Two queries, however many plans there are."""
    told: dict[tuple[str, bool, datetime | None], list[PlanState]] = defaultdict(list)
    for state in _states(area):
        whole = troubles.plan(
            refused=state.refused, detail=state.refused_detail, touched=state.touched_at, day=state.day, now=now
        )
        if whole:
            told[whole, True, _covered(state)].append(state)
        for entry in state.left:
            told[_left(entry), False, None].append(state)
    names = _group_names(told.values())
    return [
        Trouble(
            groups=tuple(sorted({names.get(pk, "") for state in states for pk in state.plan_set.groups} - {""})),
            devices=sum(state.placed for state in states),  # type: ignore[attr-defined]
            message=message,
            stale=stale,
            covered_until=covered,
        )
        for (message, stale, covered), states in told.items()
    ]


def _states(area: Area) -> Iterable[PlanState]:
    placed = Count("plan_set__devices", filter=Q(plan_set__devices__state=Device.State.PLACED))
    rows = PlanState.objects.filter(within(area.path, "plan_set__area__path")).annotate(placed=placed)
    return rows.filter(placed__gt=0).select_related("plan_set").order_by("pk")


def _left(entry: dict[str, Any]) -> str:
    return troubles.left(entry["title"], from_ms(entry["start"]), Reason(entry["reason"]))


def _covered(state: PlanState) -> datetime | None:
    return plans.Horizon(state.day).end - timedelta(minutes=1) if state.day else None


def _group_names(found: Iterable[list[PlanState]]) -> dict[str, str]:
    ids = {pk for states in found for state in states for pk in state.plan_set.groups}
    return {str(pk): name for pk, name in DeviceGroup.objects.filter(pk__in=ids).values_list("pk", "name")}
