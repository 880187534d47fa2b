"""Changes of what holds for one cluster alone: shorter hours, less volume, and their end."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from loa.broadcasts.changes.change import Applied, Change, if_far
from loa.broadcasts.changes.images import Image
from loa.broadcasts.changes.kinds.air import Volume
from loa.broadcasts.changes.kinds.rules import Hours
from loa.devices import actions as devices
from loa.devices.access import device_for
from loa.devices.actions import muting
from loa.devices.models import ClusterRules, Device
from loa.kernel.errors import NotFound
from loa.people.models import User


class _Cluster(Change, frozen=True, kw_only=True):
    capability: ClassVar[str] = "rules.write"
    only_rules: ClassVar[bool] = True

    device: str

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (ClusterRules.objects.filter(device=self.device, device__area__path=self.area).order_by("pk"),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """The rows as they were; the placement is signed anew."""
        super().take_back(before, after, actor=actor, now=now)
        devices.place_anew({self.device}, now=now)
        return Applied("Đã hoàn tác, quy định riêng của cụm loa trở lại như trước.")

    def _cluster(self, actor: User, now: datetime) -> Device:
        device = device_for(actor, self.device, now, self.capability)
        if device.area.path != self.area:
            raise NotFound
        return device

    def _name(self) -> str:
        name = Device.objects.filter(pk=self.device, area__path=self.area).values_list("name", flat=True).first()
        return name or "cụm loa"


class SetCluster(_Cluster, frozen=True, kw_only=True, tag="cluster_rules.set"):
    """Rules of one cluster from `starts` to `ends` (last day; None = open): no windows = those of the area."""

    document: str
    starts: date
    ends: date | None = None
    windows: tuple[Hours, ...] = ()
    volumes: tuple[Volume, ...] = ()

    def sentence(self) -> str:
        return f"Đặt giờ và âm lượng riêng của {self._name()} theo {self.document} từ ngày {self.starts:%d/%m/%Y}"

    def begins(self, now: datetime) -> date | None:
        return if_far(self.starts, now)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        device = self._cluster(actor, now)
        muting.set_cluster_rules(
            actor=actor, device=device, starts=self.starts, ends=self.ends, document=self.document,
            windows=[dict(one.text()) for one in self.windows], volumes=[one.text() for one in self.volumes], now=now,
        )  # fmt: skip
        return Applied(f"Đã ghi quy định riêng của {device.name}. Loa nhận trong khoảng một phút.")


class EndCluster(_Cluster, frozen=True, kw_only=True, tag="cluster_rules.end"):
    """From tomorrow on the rules of the area hold alone."""

    row: int

    def sentence(self) -> str:
        return f"Thôi giờ và âm lượng riêng của {self._name()}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        device = self._cluster(actor, now)
        row = muting.end_cluster_rules(actor=actor, device=device, row=self.row, now=now)
        return Applied(f"Đã thôi áp dụng {row.document} cho {device.name}.")
