"""Groups by rule: their members are worked out, shown before they change, and follow when devices change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from loa.areas.models import Area
from loa.devices.actions.groups import save_group
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules import grouping
from loa.devices.rules.grouping import Rule, Stand
from loa.kernel.errors import Invalid
from loa.people.models import User


@dataclass(frozen=True, slots=True)
class Shift:
    """Who would come into a group, who would go, who would stay."""

    come: tuple[Device, ...]
    go: tuple[Device, ...]
    stay: tuple[Device, ...]


def members_of(area: Area, rule: Rule) -> list[Device]:
    """The devices of this commune that fit, in the order of their numbers."""
    standing = Device.objects.filter(area=area, sample=False).exclude(state=Device.State.RETIRED)
    rows = standing.select_related("hamlet", "former_area", "pole").order_by("number")
    return [row for row in rows if grouping.fits(rule, _stand(row))]


def _stand(row: Device) -> Stand:
    pole = getattr(row, "pole", None)
    return Stand(
        device=row.pk,
        kind=row.kind,
        hamlet=row.hamlet.path if row.hamlet else "",
        former=row.former_area.path if row.former_area else "",
        horns=len(pole.horns) if pole else 0,
    )


def shift(area: Area, rule: Rule, group: DeviceGroup | None = None) -> Shift:
    """What the rule would do to the members of a group; of a new one everybody comes."""
    wanted = members_of(area, rule)
    held = {row.pk: row for row in group.members.order_by("number")} if group else {}
    names = {row.pk for row in wanted}
    return Shift(
        come=tuple(row for row in wanted if row.pk not in held),
        go=tuple(row for pk, row in held.items() if pk not in names),
        stay=tuple(row for row in wanted if row.pk in held),
    )


@transaction.atomic
def save_rule_group(
    *, actor: User | None, area: Area, name: str, rule: Rule, now: datetime, group: DeviceGroup | None = None
) -> DeviceGroup:
    """Make or change a group that follows a rule. NotFound, Denied, Invalid (a rule that asks nothing)."""
    if rule.is_empty:
        raise Invalid("Hãy chọn ít nhất một điều kiện, ví dụ một thôn.", code="rule_empty")
    row = save_group(actor=actor, area=area, name=name, members=members_of(area, rule), now=now, group=group)
    row.rule = msgspec.to_builtins(rule)
    row.save(update_fields=["rule"])
    return row


@transaction.atomic
def follow_rules(areas: Sequence[Area], *, now: datetime) -> int:
    """Bring the groups by rule of these communes up to date, after devices changed. How many groups changed."""
    changed = 0
    for group in DeviceGroup.objects.filter(area__in=areas, rule__isnull=False).select_related("area"):
        rule = grouping.read(group.rule)
        if rule is None:
            continue
        moved = shift(group.area, rule, group)
        if moved.come or moved.go:
            members = [*moved.stay, *moved.come]
            save_group(actor=None, area=group.area, name=group.name, members=members, now=now, group=group)
            changed += 1
    return changed
