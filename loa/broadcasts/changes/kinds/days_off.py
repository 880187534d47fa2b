"""Changes of the days on which less sounds, or nothing: added, ended."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import QuerySet

from loa.areas.models import DayOff
from loa.broadcasts.changes.change import Applied, Change, if_far
from loa.kernel.errors import NotFound
from loa.people.access import area_for
from loa.people.actions import air
from loa.people.models import User


class _DayOff(Change, frozen=True, kw_only=True):
    capability: ClassVar[str] = "rules.write"
    only_rules: ClassVar[bool] = True

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (DayOff.objects.filter(area__path=self.area).order_by("pk"),)


class AddDayOff(_DayOff, frozen=True, kw_only=True, tag="day_off.add"):
    """Fields as in `areas.models.DayOff`; `sort` is its kind."""

    sort: str
    name: str
    document: str
    effect: str
    starts: date
    ends: date | None = None
    sessions: int | None = None
    every: str = ""
    month: int = 0
    day: int = 0
    length: int = 1
    children_may_lift: bool = False

    def sentence(self) -> str:
        return f"Thêm ngày đặc biệt {self.name} ({self.document})"

    def begins(self, now: datetime) -> date | None:
        return if_far(self.starts, now)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        air.add_day_off(
            actor=actor, area=area, now=now, kind=self.sort, name=self.name, document=self.document,
            effect=self.effect, starts=self.starts, ends=self.ends, sessions=self.sessions, every=self.every,
            month=self.month, day=self.day, length=self.length, children_may_lift=self.children_may_lift,
        )  # fmt: skip
        return Applied(f"Đã ghi {self.name}. Loa nhận trong khoảng một phút.")


class EndDayOff(_DayOff, frozen=True, kw_only=True, tag="day_off.end"):
    """From tomorrow on it holds no more; one that is to come never will."""

    row: int

    def sentence(self) -> str:
        name = DayOff.objects.filter(pk=self.row, area__path=self.area).values_list("name", flat=True).first()
        return f"Bỏ ngày đặc biệt {name or ''}".strip()

    def apply(self, *, actor: User, now: datetime) -> Applied:
        row = DayOff.objects.select_related("area").filter(pk=self.row, area__path=self.area).first()
        if row is None:
            raise NotFound
        air.end_day_off(actor=actor, row=row, now=now)
        return Applied(f"Đã bỏ {row.name}.")
