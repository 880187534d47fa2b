"""Changes of where live sound is taken from: the addresses of a source, the ways in which a group receives."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet

from loa.broadcasts.actions.planning import plan_sets_of, replan
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Schedule, State
from loa.devices.models import Device, DeviceGroup
from loa.kernel.errors import NotFound
from loa.people.models import User
from loa.relays import access, actions
from loa.relays import words as relays
from loa.relays.actions import Entered
from loa.relays.models import Reception, RelaySource


class ChangeSource(Change, frozen=True, kw_only=True, tag="relay.source"):
    """A source as it is to be; another address or frequency is silent until it is approved anew where it sounds."""

    capability: ClassVar[str] = access.KEEP

    source: UUID
    entered: Entered

    def sentence(self) -> str:
        return f"Sửa nguồn tiếp âm {self.entered.name.strip()}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        if access.source_for(actor, self.source, now).area.path != self.area:
            raise NotFound
        row = actions.change_source(actor=actor, source_id=self.source, entered=self.entered, now=now)
        self._plan_anew(now)
        return Applied(f"Đã sửa nguồn “{row.name}”. Đổi địa chỉ hoặc tần số thì lịch phải được duyệt lại.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (RelaySource.objects.filter(pk=self.source, area__path=self.area),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        images.put_back(before, after)
        self._plan_anew(now)
        return Applied("Đã hoàn tác, nguồn tiếp âm trở lại như trước.")

    def _plan_anew(self, now: datetime) -> None:
        rows = Schedule.objects.filter(version__relay=self.source, state=State.APPROVED).select_related("area")
        replan(plan_sets_of(rows), now=now)


class ChooseReception(Change, frozen=True, kw_only=True, tag="relay.reception"):
    """In which ways (`relays.rules.WAYS`, in their order) the loudspeakers of a group receive."""

    capability: ClassVar[str] = access.KEEP

    group: str
    ways: tuple[str, ...]

    def sentence(self) -> str:
        name = DeviceGroup.objects.filter(pk=self.group, area__path=self.area).values_list("name", flat=True).first()
        return f"Nhóm {name or 'loa'} nhận tiếp âm: {_spoken(self.ways)}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        if access.group_for(actor, self.group, now).area.path != self.area:
            raise NotFound
        row = actions.choose_reception(actor=actor, group_id=self.group, ways=self.ways, now=now)
        self._plan_anew(now)
        return Applied(f"Nhóm “{row.group.name}” nhận tiếp âm theo cách mới trong vài phút nữa.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Reception.objects.filter(group=self.group, group__area__path=self.area),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        images.put_back(before, after)
        self._plan_anew(now)
        return Applied("Đã hoàn tác, nhóm nhận tiếp âm như trước.")

    def _plan_anew(self, now: datetime) -> None:
        members = Device.objects.filter(groups=self.group, plan_set__isnull=False)
        replan({str(pk) for pk in members.values_list("plan_set_id", flat=True)}, now=now)


def _spoken(ways: Iterable[str]) -> str:
    """ "FM, rồi luồng mạng"."""
    names = [relays.WAYS.get(way, way) for way in ways]
    return ", rồi ".join(names)
