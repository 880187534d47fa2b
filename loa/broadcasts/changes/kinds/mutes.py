"""A cluster that keeps quiet for a while, and that sounds again."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import Applied, Change, if_far
from loa.broadcasts.changes.images import Image
from loa.devices import actions as devices
from loa.devices.access import device_for
from loa.devices.actions import muting
from loa.devices.models import Device, Mute
from loa.kernel.clock import from_ms, local
from loa.kernel.errors import NotFound
from loa.people.models import User

_MUTES = Mute._meta.label


class _Mute(Change, frozen=True, kw_only=True):
    capability: ClassVar[str] = muting.WRITE
    only_rules: ClassVar[bool] = True

    device: str

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Mute.objects.filter(device=self.device, device__area__path=self.area).order_by("pk"),)

    def _cluster(self, actor: User, now: datetime) -> Device:
        device = device_for(actor, self.device, now, self.capability)
        if device.area.path != self.area:
            raise NotFound
        return device

    def _name(self) -> str:
        name = Device.objects.filter(pk=self.device, area__path=self.area).values_list("name", flat=True).first()
        return name or "cụm loa"


class SetMute(_Mute, frozen=True, kw_only=True, tag="mute.set"):
    """Quiet until `until` (Unix ms), from now on or from `starts`; `reason` as in `devices.models.Mute.Reason`."""

    only_words: ClassVar[tuple[str, ...]] = ("reason", "words")

    until: int
    reason: str
    words: str = ""
    starts: int | None = None

    def sentence(self) -> str:
        return f"Tắt {self._name()} đến {_moment(self.until)}"

    def begins(self, now: datetime) -> date | None:
        return None if self.starts is None else if_far(local(from_ms(self.starts)).date(), now)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        device = self._cluster(actor, now)
        row = muting.mute(
            actor=actor, device=device, until=from_ms(self.until), reason=self.reason, words=self.words, now=now,
            starts=None if self.starts is None else from_ms(self.starts),
        )  # fmt: skip
        return Applied(f"{device.name} tắt đến {local(row.until):%H:%M ngày %d/%m/%Y}. Cảnh báo khẩn cấp vẫn phát.")

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Lifted rather than deleted: the record speaks of it."""
        device = self._cluster(actor, now)
        Mute.objects.filter(pk__in=after.get(_MUTES, {}), lifted_at=None).update(lifted_at=now, lifted_by=actor)
        devices.place_anew({self.device}, now=now)
        return Applied(f"Đã hoàn tác, {device.name} phát lại bình thường.")


class LiftMute(_Mute, frozen=True, kw_only=True, tag="mute.lift"):
    """It sounds again at once; what was to come is taken back too."""

    def sentence(self) -> str:
        return f"Bật lại {self._name()}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        device = self._cluster(actor, now)
        lifted = muting.unmute(actor=actor, device=device, now=now)
        return Applied(f"{device.name} phát lại bình thường." if lifted else f"{device.name} không còn tắt nữa.")

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Quiet until the time it was; the placement is signed anew."""
        images.put_back(before, after)
        devices.place_anew({self.device}, now=now)
        return Applied("Đã hoàn tác, cụm loa lại tắt đến giờ đã hẹn.")


def _moment(instant: int) -> str:
    return f"{local(from_ms(instant)):%H:%M ngày %d/%m/%Y}"
