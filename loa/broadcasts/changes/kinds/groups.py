"""Changes of groups of loudspeakers: who is in one decides what is heard there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from loa.areas.models import Area
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import Applied, Change
from loa.broadcasts.changes.images import Image
from loa.devices import actions as devices
from loa.devices.access import group_for
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules.grouping import Rule
from loa.kernel.errors import Invalid, NotFound
from loa.people.access import area_for
from loa.people.models import User

_MEMBERS = DeviceGroup.members.through


class _Group(Change, frozen=True, kw_only=True):
    capability: ClassVar[str] = "group.write"

    group: str

    def rows(self) -> Sequence["QuerySet[Any]"]:
        members = _MEMBERS.objects.filter(devicegroup=self.group).order_by("pk")
        return DeviceGroup.objects.filter(pk=self.group), members

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Who had joined or left is placed anew."""
        concerned = {row["device"] for image in (before, after) for row in image.get(_MEMBERS._meta.label, {}).values()}
        images.put_back(before, after)
        devices.place_anew(concerned, now=now)
        return Applied("Đã hoàn tác, nhóm loa trở lại như trước.")


class SaveGroup(_Group, frozen=True, kw_only=True, tag="group.save"):
    """Make (`group` is its new id) or change a group of the commune: its name, its members (device ids)."""

    name: str
    members: tuple[str, ...]

    def sentence(self) -> str:
        return f"Lưu nhóm loa {self.name} với {len(self.members)} cụm loa"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        group = _held(self.group, area)
        if group.rule is not None:
            raise Invalid(by_rule(group), code="group_by_rule")
        devices.save_group(actor=actor, area=area, name=self.name, members=self._found(area), now=now, group=group)
        return Applied(f"Đã lưu nhóm loa {self.name.strip()}.")

    def _found(self, area: Area) -> list[Device]:
        found = list(Device.objects.filter(pk__in=self.members, area=area))
        if len(found) != len(set(self.members)):
            raise Invalid("Có cụm loa không còn hoặc không thuộc xã này. Hãy chọn lại.", code="other_commune")
        return found


class SaveRuleGroup(_Group, frozen=True, kw_only=True, tag="group.follow"):
    """Make (`group` is its new id) or change a group whose members follow a rule, now and whenever devices change."""

    name: str
    rule: Rule

    def sentence(self) -> str:
        return f"Lưu nhóm loa {self.name} chọn cụm loa theo điều kiện"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        group = _held(self.group, area)
        saved = devices.save_rule_group(actor=actor, area=area, name=self.name, rule=self.rule, now=now, group=group)
        return Applied(f"Đã lưu nhóm loa {saved.name}, gồm {saved.members.count()} cụm loa.")


class DissolveGroup(_Group, frozen=True, kw_only=True, tag="group.dissolve"):
    """Dissolve a group that nothing is meant for any more."""

    def sentence(self) -> str:
        name = DeviceGroup.objects.filter(pk=self.group).values_list("name", flat=True).first()
        return f"Xóa nhóm loa {name or ''}".strip()

    def apply(self, *, actor: User, now: datetime) -> Applied:
        group = group_for(actor, self.group, now, self.capability)
        if group.area.path != self.area:
            raise NotFound
        devices.delete_group(actor=actor, group=group, now=now)
        return Applied(f"Đã xóa nhóm {group.name}.")


def by_rule(group: DeviceGroup) -> str:
    """Why nobody chooses the members of this group one by one."""
    return f"Nhóm {group.name} chọn cụm loa theo điều kiện. Hãy sửa điều kiện của nhóm."


def _held(identifier: str, area: Area) -> DeviceGroup:
    """The group of this area with this id, or a new one. NotFound for one of another area."""
    group = DeviceGroup.objects.filter(pk=identifier).first()
    if group is not None and group.area_id != area.pk:
        raise NotFound
    return group or DeviceGroup(pk=identifier, area=area)
