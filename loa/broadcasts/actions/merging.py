"""Communes that become one: what each of them sounded goes on where it sounded, and nowhere else.

What was approved was approved for a commune that is no more, by its approvers: it is asked for once more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from loa.areas.models import Area
from loa.broadcasts.actions.drafting import copy_of, note, tell
from loa.broadcasts.actions.planning import replan
from loa.broadcasts.models import Obligation, Programme, Schedule, State
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.targets import Target
from loa.bulletins.models import Bulletin
from loa.devices import actions as devices
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.people.models import User

_OPEN = (State.DRAFT, State.SUBMITTED, State.RETURNED, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Merged:
    """`moved` loudspeakers; `asked` schedules that wait for the approver of the commune that took them over."""

    moved: int
    asked: tuple[Schedule, ...]


@transaction.atomic
def merge_communes(*, actor: User, former: Sequence[Area], into: Area, now: datetime) -> Merged:
    """Loudspeakers, groups, programmes, bulletins and schedules of `former` to `into`. Every loudspeaker is meant by
    what it was meant by before: whoever wants one programme for all changes the schedules afterwards.

    NotFound, Denied, Unavailable.
    """
    hamlets = _devices_of_hamlets(former)
    moved = devices.take_over(actor=actor, former=former, into=into, now=now)
    newcomers = {device.pk for device in moved}
    for row in _schedules(Q(area=into) | Q(area__parent=into)):
        _spare(row, into, newcomers)
    for programme in Programme.objects.filter(area__in=former, closed_at=None).select_related("area"):
        _keep_programme(programme, into)
    below = Q(area__in=former) | Q(area__parent__in=former)
    Bulletin.objects.filter(below).update(area=into)
    Obligation.objects.filter(below).update(area=into)
    asked = [asks for row in _schedules(below) if (asks := _go_on(row, into, hamlets, actor, now)) is not None]
    tell(asked)
    plan_anew(into, newcomers, now)
    return Merged(len(moved), tuple(asked))


def _devices_of_hamlets(former: Sequence[Area]) -> dict[str, list[str]]:
    """Hamlet -> its loudspeakers, which are known by name from now on: the hamlets go with their commune."""
    found: dict[str, list[str]] = {}
    rows = Device.objects.filter(area__in=former, hamlet__isnull=False)
    for hamlet, device in rows.values_list("hamlet__path", "pk").order_by("pk"):
        found.setdefault(hamlet, []).append(device)
    return found


def _schedules(where: Q) -> list[Schedule]:
    rows = Schedule.objects.select_for_update(of=("self",)).filter(where, state__in=_OPEN)
    return list(rows.select_related("area", "bulletin", "version").order_by("pk"))


def _spare(row: Schedule, into: Area, newcomers: Collection[str]) -> None:
    """What was meant for all of the commune goes on meaning those who stood there. Less than was approved."""
    target = targets.from_json(row.target)
    if row.area_id == into.pk and (target.everywhere or into.path in target.areas):
        row.target = targets.to_json(replace(target, without=tuple(sorted({*target.without, *newcomers}))))
        row.save(update_fields=["target"])


def _keep_programme(programme: Programme, into: Area) -> None:
    before, programme.area = programme.area, into
    if Programme.objects.filter(area=into, name=programme.name, closed_at=None).exists():
        programme.name = f"{programme.name} ({before.name})"[:80]
    programme.save(update_fields=["area", "name"])


def _go_on(
    row: Schedule, into: Area, hamlets: Mapping[str, Sequence[str]], actor: User, now: datetime
) -> Schedule | None:
    """In the new commune; the one that asks for the place of an approved one."""
    target = targets.to_json(_meant(targets.from_json(row.target), row.area, hamlets))
    if row.state != State.APPROVED:
        row.area, row.target = into, target
        row.save(update_fields=["area", "target"])
        return None
    over = row.last_day is not None and row.last_day < local(now).date()
    asks = None if over else _ask(row, into, target, actor, now)
    row.state, row.ended_at = State.ENDED, now
    row.save(update_fields=["state", "ended_at"])
    note(actor, "schedule.ended", row, now, reason=f"Nhập vào {into.full_name}")
    return asks


def _ask(row: Schedule, into: Area, target: dict[str, list[str]], actor: User, now: datetime) -> Schedule:
    asks = copy_of(row, actor, now)
    asks.area, asks.target, asks.version, asks.replaces = into, target, row.version, row
    asks.state, asks.submitted_at = State.SUBMITTED, now
    asks.save(force_insert=True)
    note(actor, "schedule.change_asked", asks, now, replaces=str(row.pk))
    return asks


def _meant(target: Target, area: Area, hamlets: Mapping[str, Sequence[str]]) -> Target:
    """The same loudspeakers, said in the words of the new commune: the old one is a place in it."""
    named = target.areas if not target.everywhere else (area.path,)
    in_hamlets = {device for path in named for device in hamlets.get(path, ())}
    areas = tuple(path for path in named if path not in hamlets and path.count(".") < _HAMLET)
    return replace(target, areas=areas, devices=tuple(sorted({*target.devices, *in_hamlets})))


_HAMLET = 3  # dots in the path of one


def _standing(into: Area) -> set[str]:
    return set(Device.objects.filter(area=into, state=Device.State.PLACED).values_list("pk", flat=True))


def _plan_sets(names: Collection[str]) -> set[str]:
    rows = Device.objects.filter(pk__in=names, plan_set__isnull=False)
    return {str(pk) for pk in rows.values_list("plan_set_id", flat=True)}


def plan_anew(into: Area, names: Collection[str], now: datetime) -> None:
    """Plans of these loudspeakers and of those that stand in `into`, once more."""
    replan(_plan_sets({*names, *_standing(into)}), now=now)
