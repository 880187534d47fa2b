"""Changes of what is known of loudspeakers: one corrected, the same deed for many."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

import msgspec
from django.db.models import QuerySet
from msgspec import UNSET, UnsetType

from loa.areas.models import Area
from loa.areas.queries import within
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import Applied, Change
from loa.broadcasts.changes.images import Image
from loa.devices import actions as devices
from loa.devices.access import device_for
from loa.devices.models import Device, DeviceGroup
from loa.devices.rules import bulk
from loa.devices.rules.bulk import Deed
from loa.kernel.errors import Invalid, NotFound
from loa.people.access import area_for
from loa.people.models import User

_DEVICE, _GROUP, _MEMBERS = Device._meta.label, DeviceGroup._meta.label, DeviceGroup.members.through
_PLACES = ("hamlet", "former_area")
T = TypeVar("T")


class _Fleet(Change, frozen=True, kw_only=True):
    capability: ClassVar[str] = "device.manage"

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """The rows as they were; placements and volumes are signed anew."""
        members = (image.get(_MEMBERS._meta.label, {}).values() for image in (before, after))
        concerned = {*before.get(_DEVICE, {}), *(row["device"] for rows in members for row in rows)}
        volumes = {pk: row["volume"] for pk, row in before.get(_DEVICE, {}).items() if "volume" in row}
        images.put_back(before, after)
        devices.place_anew(concerned, now=now)
        if volumes:
            devices.say_volumes(volumes, now=now)
        return Applied("Đã hoàn tác, cụm loa trở lại như trước.")


class CorrectDevice(_Fleet, frozen=True, kw_only=True, tag="device.correct"):
    """What is known of one loudspeaker: only what is named changes. `groups` are the ids of those chosen by hand that
    it is to be in, `new_group` the name of one to be made around it, `hamlet` a path ("" for none)."""

    device: str
    name: str | UnsetType = UNSET
    max_volume: int | UnsetType = UNSET
    groups: tuple[str, ...] | UnsetType = UNSET
    new_group: str = ""
    hamlet: str | UnsetType = UNSET
    former_area: str | UnsetType = UNSET
    latitude: float | UnsetType | None = UNSET
    longitude: float | UnsetType | None = UNSET
    sim_expires: date | UnsetType | None = UNSET
    sim_operator: str | UnsetType = UNSET
    sim_number: str | UnsetType = UNSET
    monthly_mb: int | UnsetType = UNSET

    def sentence(self) -> str:
        name = Device.objects.filter(pk=self.device, area__path=self.area).values_list("name", flat=True).first()
        return f"Sửa thông tin của {name or 'cụm loa'}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        device = device_for(actor, self.device, now, self.capability)
        if device.area.path != self.area:
            raise NotFound
        devices.correct(
            actor=actor, device=device, name=_or(self.name, device.name), now=now, new_group=self.new_group,
            max_volume=_or(self.max_volume, device.max_volume), groups=self._groups(), **self._facts(),
        )  # fmt: skip
        return Applied(f"Đã lưu thông tin của {device.name}.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (
            Device.objects.filter(pk=self.device),
            DeviceGroup.objects.filter(area__path=self.area).order_by("pk"),
            _MEMBERS.objects.filter(devicegroup__area__path=self.area).order_by("pk"),
        )

    def _groups(self) -> list[DeviceGroup] | None:
        if isinstance(self.groups, UnsetType):
            return None
        found = list(DeviceGroup.objects.filter(pk__in=self.groups, area__path=self.area, rule__isnull=True))
        if len(found) != len(set(self.groups)):
            raise Invalid("Có nhóm loa không còn hoặc chọn theo điều kiện. Hãy chọn lại.", code="other_commune")
        return found

    def _facts(self) -> dict[str, Any]:
        said = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}
        facts = {name: said[name] for name in devices.DESCRIBED & said.keys()}
        return facts | {name: _area(facts[name]) for name in _PLACES if name in facts}


def _or(value: T | UnsetType, known: T) -> T:
    return known if isinstance(value, UnsetType) else value


def _area(path: str) -> Area | None:
    found = Area.objects.filter(path=path).first() if path else None
    if path and found is None:
        raise Invalid("Không có địa bàn này. Hãy chọn lại.", code="other_commune")
    return found


class DoTogether(_Fleet, frozen=True, kw_only=True, tag="devices.together"):
    """One deed (`devices.rules.bulk.Deed`) for all of these loudspeakers of `area`, or for none."""

    deed: Deed
    devices: tuple[str, ...]

    def sentence(self) -> str:
        return f"{bulk.NAMES[self.deed.kind]} cho {len(self.devices)} cụm loa"

    def paths(self) -> tuple[str, ...]:
        return (self.area, self.deed.area) if self.deed.area else (self.area,)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area_for(actor, self.area, now, self.capability)
        found = list(self._known().select_related("area", "hamlet").order_by("area__sort_key", "number"))
        if len(found) != len(set(self.devices)):
            raise Invalid("Có cụm loa không còn hoặc không thuộc đơn vị này. Hãy chọn lại.", code="other_commune")
        labels = {one.pk: f"{one.number:02d} · {one.name}, {one.area.full_name}" for one in found}
        done = devices.carry_out(actor=actor, devices=found, deed=self.deed, now=now)
        each = tuple((labels[one.device], one.words) for one in done)
        return Applied(f"{bulk.NAMES[self.deed.kind]}: xong cho {len(done)} cụm loa.", each=each)

    def no_way_back(self) -> str:
        return bulk.FINAL.get(self.deed.kind, "")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        mine = self._known().order_by("pk")
        return mine, _MEMBERS.objects.filter(device__in=self.devices).order_by("pk")

    def _known(self) -> "QuerySet[Device]":
        here = within(self.area, "area__path") | within(self.area, "hamlet__path")
        if self.deed.area:  # where they stand once it is done
            here |= within(self.deed.area, "area__path")
        return Device.objects.filter(here, pk__in=self.devices, sample=False)
