"""Changes of where a loudspeaker stands: another commune, and what follows from a merger of communes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from loa.areas.models import Area
from loa.areas.rules import inside
from loa.broadcasts.actions import merging
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import APPROVER_AFTER, Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Obligation, Programme, Schedule, State
from loa.bulletins.models import Bulletin
from loa.devices import actions as devices
from loa.devices.access import device_for
from loa.devices.models import Device, DeviceGroup
from loa.kernel.errors import Invalid, NotFound
from loa.people.access import area_for, require
from loa.people.models import User

_MEMBERS = DeviceGroup.members.through
_SCHEDULES = Schedule._meta.label


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


def _area(path: str) -> Area | None:
    if not path:
        return None
    found = Area.objects.filter(path=path).first()
    if found is None:
        raise Invalid("Không có địa bàn này. Hãy chọn lại nơi đến.", code="other_commune")
    return found


class MoveDevice(_Standing, frozen=True, kw_only=True, tag="device.move"):
    """One loudspeaker of `area` to the commune `to` (paths); `number` None: its own. `hamlet` and `former` (a past unit
    of the new commune) are paths, "" for none."""

    device: str
    to: str
    number: int | None = None
    hamlet: str = ""
    former: str = ""
    latitude: float | None = None
    longitude: float | None = None

    def sentence(self) -> str:
        name = Device.objects.filter(pk=self.device, area__path=self.area).values_list("name", flat=True).first()
        there = Area.objects.filter(path=self.to).values_list("full_name", flat=True).first()
        return f"Chuyển {name or 'cụm loa'} sang {inside(there or 'xã khác')}"

    def paths(self) -> tuple[str, ...]:
        return (self.area, self.to)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        device = device_for(actor, self.device, now, self.capability)
        if device.area.path != self.area:
            raise NotFound
        area = area_for(actor, self.to, now, self.capability)
        devices.move(
            actor=actor, device=device, area=area, number=self.number, now=now, hamlet=_area(self.hamlet),
            former_area=_area(self.former), latitude=self.latitude, longitude=self.longitude,
        )  # fmt: skip
        return Applied(f"Đã chuyển {device.name} sang {inside(area.full_name)}.")

    def require(self, *, actor: User, now: datetime) -> None:
        for path in self.paths():
            require(actor, self.capability, path, now)

    def _devices(self) -> "QuerySet[Device]":
        return Device.objects.filter(pk=self.device)


def _numbered(before: Sequence[Device], there: Area) -> tuple[tuple[str, str], ...]:
    """What becomes of each loudspeaker that goes over: its commune, and its number where that is another."""
    after = dict(Device.objects.filter(pk__in=[one.pk for one in before], area=there).values_list("pk", "number"))
    return tuple(
        (
            f"{one.number:02d} · {one.name}, {one.area.full_name}",
            f"Sang {there.full_name}"
            + (f", số {one.number:02d} thành {after[one.pk]:02d}" if after[one.pk] != one.number else ""),
        )
        for one in before
        if one.pk in after
    )


class MergeCommunes(_Standing, frozen=True, kw_only=True, tag="commune.merge"):
    """The communes `former` become part of `area`: see `actions.merge_communes`."""

    former: tuple[str, ...]

    def sentence(self) -> str:
        names = Area.objects.filter(path__in=[*self.former, self.area]).values_list("path", "full_name")
        known = {path: inside(name) for path, name in names}
        old = ", ".join(known.get(path, "") for path in self.former)
        return f"Nhập {old} vào {known.get(self.area, '')}"

    def paths(self) -> tuple[str, ...]:
        return (self.area, *self.former)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        there = area_for(actor, self.area, now, self.capability)
        if not self.former or self.area in self.former:
            raise Invalid("Hãy chọn những xã được nhập vào.", code="no_commune")
        communes = [area_for(actor, path, now, self.capability) for path in self.former]
        before = list(Device.objects.filter(area__in=communes).select_related("area").order_by("area__path", "number"))
        done = merging.merge_communes(actor=actor, former=communes, into=there, now=now)
        each = _numbered(before, there)
        told = f"Đã nhập {done.moved} cụm loa cùng nhóm, lịch và bản tin vào {there.full_name}."
        if not done.asked:
            return Applied(told, each=each)
        asked = f" {len(done.asked)} lịch phát chờ lãnh đạo {there.full_name} duyệt lại thì mới phát tiếp."
        return Applied(told + asked, tuple(row.pk for row in done.asked), APPROVER_AFTER, each)

    def rows(self) -> Sequence["QuerySet[Any]"]:
        places = Q(area__path__in=self.paths()) | Q(area__parent__path__in=self.paths())
        return (
            *super().rows(),
            DeviceGroup.objects.filter(area__path__in=self.paths()).order_by("pk"),
            Programme.objects.filter(area__path__in=self.paths()).order_by("pk"),
            Bulletin.objects.filter(places).order_by("pk"),
            Obligation.objects.filter(places).order_by("pk"),
            Schedule.objects.filter(places).order_by("pk"),
        )

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """As it was; what was asked for meanwhile is ended rather than deleted: the record speaks of it."""
        asked = after.get(_SCHEDULES, {}).keys() - before.get(_SCHEDULES, {}).keys()
        kept = {pk: row for pk, row in after.get(_SCHEDULES, {}).items() if pk not in asked}
        super().take_back(before, {**after, _SCHEDULES: kept}, actor=actor, now=now)
        Schedule.objects.filter(pk__in=asked).update(state=State.ENDED, ended_at=now)
        into = Area.objects.get(path=self.area)
        merging.plan_anew(into, before.get(Device._meta.label, {}).keys(), now)
        return Applied("Đã hoàn tác, các xã trở lại như trước.")

    def require(self, *, actor: User, now: datetime) -> None:
        for path in self.paths():
            require(actor, self.capability, path, now)

    def _devices(self) -> "QuerySet[Device]":
        return Device.objects.filter(area__path__in=self.paths())
