"""Changes of where a loudspeaker stands: another commune, and what follows from a merger of communes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from loa.areas.models import Area
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import Applied, Change
from loa.broadcasts.changes.images import Image
from loa.devices import actions as devices
from loa.devices.access import device_for
from loa.devices.models import Device, DeviceGroup
from loa.kernel.errors import Invalid, NotFound
from loa.people.access import area_for, require
from loa.people.models import User

_MEMBERS = DeviceGroup.members.through


class _Standing(Change, frozen=True, kw_only=True):
    capability: ClassVar[str] = "device.manage"

    def _devices(self) -> "QuerySet[Device]":
        raise NotFound

    def rows(self) -> Sequence["QuerySet[Any]"]:
        mine = self._devices().order_by("pk")
        return mine, _MEMBERS.objects.filter(device__in=mine.values("pk")).order_by("pk")

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Back to the old commune, number and groups; the placement is signed anew."""
        concerned = set(before.get(Device._meta.label, {}))
        images.put_back(before, after)
        devices.place_anew(concerned, now=now)
        return Applied("Đã hoàn tác, cụm loa trở lại chỗ cũ.")


class MoveDevice(_Standing, frozen=True, kw_only=True, tag="device.move"):
    """One loudspeaker of `area` to the commune `to` (paths); `number` None: its own."""

    device: str
    to: str
    number: int | None = None

    def sentence(self) -> str:
        name = Device.objects.filter(pk=self.device, area__path=self.area).values_list("name", flat=True).first()
        there = Area.objects.filter(path=self.to).values_list("full_name", flat=True).first()
        return f"Chuyển {name or 'cụm loa'} sang {there or 'xã khác'}"

    def paths(self) -> tuple[str, ...]:
        return (self.area, self.to)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        device = device_for(actor, self.device, now, self.capability)
        if device.area.path != self.area:
            raise NotFound
        area = area_for(actor, self.to, now, self.capability)
        devices.move(actor=actor, device=device, area=area, number=self.number, now=now)
        return Applied(f"Đã chuyển {device.name} sang {area.full_name}.")

    def require(self, *, actor: User, now: datetime) -> None:
        for path in self.paths():
            require(actor, self.capability, path, now)

    def _devices(self) -> "QuerySet[Device]":
        return Device.objects.filter(pk=self.device)


class MergeCommunes(_Standing, frozen=True, kw_only=True, tag="commune.merge"):
    """Every loudspeaker of the communes `former` goes to the commune `area` that takes them over; each keeps its number
    where it is free there. Their own schedules stay behind with their units: the difference says what falls silent.
    """

    former: tuple[str, ...]

    def sentence(self) -> str:
        names = Area.objects.filter(path__in=[*self.former, self.area]).values_list("path", "full_name")
        known = dict(names)
        old = ", ".join(known.get(path, "") for path in self.former)
        return f"Nhập loa của {old} vào {known.get(self.area, '')}"

    def paths(self) -> tuple[str, ...]:
        return (self.area, *self.former)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        there = area_for(actor, self.area, now, self.capability)
        if not self.former or self.area in self.former:
            raise Invalid("Hãy chọn những xã được nhập vào.", code="no_commune")
        communes = [area_for(actor, path, now, self.capability) for path in self.former]
        found = Device.objects.filter(area__in=communes).exclude(state=Device.State.RETIRED).select_related("area")
        moved = 0
        for device in found.order_by("area__path", "number"):
            number = devices.free_number(there, device.kind, rather=device.number)
            devices.move(
                actor=actor, device=device, area=there, number=number, now=now, latitude=device.latitude,
                longitude=device.longitude,
            )  # fmt: skip
            moved += 1
        return Applied(f"Đã chuyển {moved} cụm loa vào {there.full_name}.")

    def require(self, *, actor: User, now: datetime) -> None:
        for path in self.paths():
            require(actor, self.capability, path, now)

    def _devices(self) -> "QuerySet[Device]":
        return Device.objects.filter(area__path__in=self.paths())
