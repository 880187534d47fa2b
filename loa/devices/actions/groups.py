"""Groups of loudspeakers: a change of members is a change of placements."""

from collections.abc import Callable, Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from loa.areas.models import Area
from loa.audit.actions import record
from loa.devices.actions.placing import place
from loa.devices.models import Device, DeviceGroup
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

_NAMED = 3


@transaction.atomic
def save_group(
    *,
    actor: User | None,
    area: Area,
    name: str,
    members: Collection[Device],
    now: datetime,
    group: DeviceGroup | None = None,
) -> DeviceGroup:
    """Make or change a group of this commune; who joins or leaves is placed anew. NotFound, Denied, Invalid."""
    if actor is not None:
        require(actor, "group.write", area, now)
    _check(area, name, members, group)
    group = group or DeviceGroup(area=area)
    group.name = name.strip()
    group.save()
    before = set(group.members.values_list("pk", flat=True))
    group.members.set(members)
    place_anew(before ^ {device.pk for device in members}, now=now)
    facts = {"name": group.name, "members": sorted(device.pk for device in members)}
    record(actor=actor, verb="group.saved", object=("group", group.pk), area=area.path, facts=facts, now=now)
    return group


def _check(area: Area, name: str, members: Collection[Device], group: DeviceGroup | None) -> None:
    if not name.strip():
        raise Invalid("Hãy đặt tên cho nhóm loa, ví dụ: Ven sông.", code="name_missing")
    if any(device.area_id != area.pk for device in members):
        raise Invalid("Một nhóm chỉ gồm các cụm loa của cùng một xã.", code="other_commune")
    same = DeviceGroup.objects.filter(area=area, name=name.strip())
    if (same.exclude(pk=group.pk) if group else same).exists():
        raise Invalid(f"{area.full_name} đã có nhóm tên “{name.strip()}”.", code="name_taken")


@transaction.atomic
def delete_group(*, actor: User, group: DeviceGroup, now: datetime) -> None:
    """Dissolve a group that nothing is meant for and nobody was put into; who a rule put there is placed anew.

    NotFound, Denied, Refusal (`group_in_use`).
    """
    require(actor, "group.write", group.area, now)
    DeviceGroup.objects.select_for_update().filter(pk=group.pk).first()  # who joins it meanwhile waits, or is seen
    if reason := why_kept(group, now):
        raise Refusal(reason, code="group_in_use")
    pk, facts = group.pk, {"name": group.name}
    followed = list(group.members.values_list("pk", flat=True))
    group.delete()
    place_anew(followed, now=now)
    record(actor=actor, verb="group.deleted", object=("group", pk), area=group.area.path, facts=facts, now=now)


def why_kept(group: DeviceGroup, now: datetime) -> str:
    """Why this group may not be dissolved now, and what to do first; "" if it may."""
    if group.rule is None and (members := group.members.count()):
        return f"Nhóm {group.name} còn {members} cụm loa. Hãy bỏ các cụm loa đó ra khỏi nhóm trước."
    uses: Callable[[DeviceGroup, datetime], list[str]] = import_string(settings.LOA_GROUP_USES)
    if not (titles := uses(group, now)):
        return ""
    named = ", ".join(f"“{title}”" for title in titles[:_NAMED])
    more = f" và {len(titles) - _NAMED} bản tin khác" if len(titles) > _NAMED else ""
    return f"Nhóm {group.name} còn là nơi phát của {named}{more}. Hãy đổi nơi phát hoặc bỏ lịch đó trước."


def place_anew(identifiers: Collection[str], *, now: datetime) -> None:
    """Those of them that are placed get placements that say which groups they are in now. Refusal, Unavailable."""
    placed = Device.objects.filter(pk__in=identifiers, state=Device.State.PLACED)
    place(list(placed.select_related("area", "hamlet").prefetch_related("groups")), now=now)
