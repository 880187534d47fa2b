"""A merger of communes on the day of its decision: kept today, and cancelled before that day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet

from loa.areas.models import Area
from loa.areas.rules import inside
from loa.broadcasts.actions import mergers
from loa.broadcasts.actions.merging import merge_communes
from loa.broadcasts.changes.change import APPROVER_AFTER, NOBODY, Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import PlannedMerger
from loa.kernel.errors import NotFound, Refusal
from loa.people.access import area_for, require
from loa.people.models import User


class PlanMerger(Change, frozen=True, kw_only=True, tag="commune.merge_on"):
    """On `day` the communes `former` (paths) become part of `area`; `merger` is its new id."""

    capability: ClassVar[str] = mergers.MANAGE

    merger: UUID
    former: tuple[str, ...]
    day: date
    document: str

    def sentence(self) -> str:
        rows = Area.objects.filter(path__in=self.paths()).values_list("path", "full_name")
        names = {path: inside(name) for path, name in rows}
        old = ", ".join(names.get(path, "") for path in self.former)
        return f"Từ ngày {self.day:%d/%m/%Y} nhập {old} vào {names.get(self.area, '')}"

    def paths(self) -> tuple[str, ...]:
        return (self.area, *self.former)

    def begins(self, now: datetime) -> date | None:
        return self.day

    def apply(self, *, actor: User, now: datetime) -> Applied:
        mergers.plan_merger(
            actor=actor, merger_id=self.merger, former=self._former(actor, now), into=self._into(actor, now),
            day=self.day, document=self.document, now=now,
        )  # fmt: skip
        waits = APPROVER_AFTER if self._sounds() else NOBODY
        told = f"Đã ghi. Ngày {self.day:%d/%m/%Y} hệ thống tự nhập, không phải bấm gì thêm."
        return Applied(told, waits_for=waits)

    def foresee(self, *, actor: User, now: datetime) -> tuple[UUID, ...]:
        """As it will be on the day, once what was approved before is approved again."""
        done = merge_communes(actor=actor, former=self._former(actor, now), into=self._into(actor, now), now=now)
        return tuple(row.pk for row in done.asked)

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (PlannedMerger.objects.filter(pk=self.merger),)

    def require(self, *, actor: User, now: datetime) -> None:
        for path in self.paths():
            require(actor, self.capability, path, now)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Cancelled rather than deleted: the record speaks of it."""
        mergers.cancel_merger(actor=actor, merger_id=self.merger, now=now)
        return Applied("Đã hoàn tác, các xã không sáp nhập ngày đó nữa.")

    def _into(self, actor: User, now: datetime) -> Area:
        return area_for(actor, self.area, now, self.capability)

    def _former(self, actor: User, now: datetime) -> list[Area]:
        return [area_for(actor, path, now, self.capability) for path in self.former]

    def _sounds(self) -> bool:
        return mergers.has_schedules(self.former)


class CancelMerger(Change, frozen=True, kw_only=True, tag="commune.merge_cancel"):
    """A merger that was planned will not happen; the air times stay as they are today."""

    capability: ClassVar[str] = mergers.MANAGE

    merger: UUID

    def sentence(self) -> str:
        row = self._row()
        return f"Hủy lịch sáp nhập ngày {row.day:%d/%m/%Y}" if row else "Hủy lịch sáp nhập"

    def paths(self) -> tuple[str, ...]:
        row = self._row()
        return (self.area, *row.former) if row else (self.area,)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        if self._row() is None:
            raise NotFound
        row = mergers.cancel_merger(actor=actor, merger_id=self.merger, now=now)
        return Applied(f"Đã hủy lịch sáp nhập ngày {row.day:%d/%m/%Y}. Giờ phát giữ như hôm nay.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (PlannedMerger.objects.filter(pk=self.merger, area__path=self.area),)

    def require(self, *, actor: User, now: datetime) -> None:
        for path in self.paths():
            require(actor, self.capability, path, now)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Only while nobody has planned another one for these communes meanwhile."""
        row = self._row()
        if row is None or mergers.is_planned(self.paths()):
            message = (
                "Một trong các xã này đã có lịch sáp nhập khác nên không hoàn tác được. Hãy lập lại lịch sáp nhập."
            )
            raise Refusal(message, code="changed_since")
        super().take_back(before, after, actor=actor, now=now)
        return Applied(f"Đã hoàn tác, ngày {row.day:%d/%m/%Y} các xã vẫn sáp nhập.")

    def _row(self) -> PlannedMerger | None:
        return PlannedMerger.objects.filter(pk=self.merger, area__path=self.area).first()
