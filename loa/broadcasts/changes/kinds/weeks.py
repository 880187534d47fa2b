"""Changes of whole weeks: a ready one, sessions from a file, last week once more, the days that an obligation asks."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from loa.broadcasts import access, actions
from loa.broadcasts.actions.calendars import import_sessions
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import APPROVER, NOBODY, Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Obligation, Programme, RundownItem, Schedule, State
from loa.broadcasts.rules.grids import grid
from loa.broadcasts.rules.ical import Wanted
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import midnight
from loa.kernel.clock import local
from loa.kernel.errors import NotFound, Refusal
from loa.people.access import area_for
from loa.people.models import User

_SCHEDULE, _PROGRAMME = Schedule._meta.label, Programme._meta.label


def require_unused(before: Image, after: Image) -> None:
    """Sessions that were made can go only as long as nothing is put into them. Raises Refusal `changed_since`."""
    made = [UUID(pk) for pk in after.get(_PROGRAMME, {}).keys() - before.get(_PROGRAMME, {}).keys()]
    if Schedule.objects.filter(programme__in=made).exists():
        message = "Buổi phát vừa lập đã có mục xếp vào nên không hoàn tác được. Hãy đóng buổi nếu không dùng nữa."
        raise Refusal(message, code="changed_since")


class _Sessions(Change, frozen=True, kw_only=True):
    """New sessions of the week, all or none."""

    def rows(self) -> Sequence["QuerySet[Any]"]:
        mine = Programme.objects.filter(area__path=self.area, closed_at=None)
        return mine.order_by("pk"), RundownItem.objects.filter(programme__in=mine).order_by("pk")

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        require_unused(before, after)
        return super().take_back(before, after, actor=actor, now=now)


class ApplyGrid(_Sessions, frozen=True, kw_only=True, tag="grid.apply"):
    """The sessions of a ready week (its key in grids.yaml) with their rundowns."""

    grid: str

    def sentence(self) -> str:
        known = grid(self.grid)
        return f"Lập các buổi phát theo khung mẫu “{known.name if known else self.grid}”"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        known = grid(self.grid)
        if known is None:
            raise NotFound
        area = area_for(actor, self.area, now, self.capability)
        made = actions.apply_grid(actor=actor, area=area, grid=known, now=now)
        return Applied(f"Đã lập {len(made)} buổi phát theo “{known.name}”. Sửa từng buổi lúc nào cũng được.")


class NewSession(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A session as a file names it."""

    name: str
    starts: time
    minutes: int
    weekdays: tuple[int, ...]


class ImportSessions(_Sessions, frozen=True, kw_only=True, tag="programme.import"):
    """The sessions that were found in a calendar file and that fit."""

    sessions: tuple[NewSession, ...]

    def sentence(self) -> str:
        return f"Lập {len(self.sessions)} buổi phát từ tệp lịch"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        rows = [Wanted(one.name, one.starts, one.minutes, one.weekdays) for one in self.sessions]
        made = import_sessions(actor=actor, area=area, rows=rows, now=now)
        return Applied(f"Đã lập {len(made)} buổi phát từ tệp lịch.")


class _Drafts(Change, frozen=True, kw_only=True):
    """Air times that are put on the calendar as drafts. Taken back they are ended: the record speaks of them."""

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        made = after.get(_SCHEDULE, {}).keys() - before.get(_SCHEDULE, {}).keys()
        kept = {pk: row for pk, row in after.get(_SCHEDULE, {}).items() if pk not in made}
        images.put_back(before, {**after, _SCHEDULE: kept})
        Schedule.objects.filter(pk__in=made).update(state=State.ENDED, ended_at=now)
        return Applied(f"Đã bỏ {len(made)} mục vừa xếp.")


class CopyWeek(_Drafts, frozen=True, kw_only=True, tag="week.copy"):
    """What the week before had, into the week of `monday`; `copied` names the copies."""

    monday: date
    copied: UUID

    def sentence(self) -> str:
        return f"Chép lịch tuần trước sang tuần bắt đầu {self.monday:%d/%m/%Y}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        monday = midnight(self.monday)
        made = actions.copy_last_week(actor=actor, area=area, monday=monday, now=now, copied=self.copied)
        if not made:
            return Applied("Không có mục nào cần chép: các mục hằng ngày tự phát tiếp, các mục khác đã có trong tuần.")
        told = f"Đã chép {len(made)} mục thành bản nháp. Xem lại rồi bấm Gửi duyệt cả tuần."
        return Applied(told, tuple(row.pk for row in made), APPROVER)

    def rows(self) -> Sequence["QuerySet[Any]"]:
        mine = Schedule.objects.filter(area__path=self.area, state=State.DRAFT, pattern="once")
        return (mine.filter(first_day__gte=self.monday, first_day__lt=self._next()).order_by("pk"),)

    def _next(self) -> date:
        return local(midnight(self.monday) + actions.WEEK).date()


class PlanDuty(_Drafts, frozen=True, kw_only=True, tag="duty.plan"):
    """Air times that meet an obligation (its number), in the sessions that have room first."""

    duty: int
    where: Target = Target()

    def sentence(self) -> str:
        row = Obligation.objects.filter(pk=self.duty, area__path=self.area).first()
        return f"Xếp {row.days} ngày liên tiếp cho bản tin phải công khai" if row else "Xếp lịch công khai"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        row = access.obligation_for(actor, self.duty, now, access.WRITE)
        if row.area.path != self.area:
            raise NotFound
        made = actions.plan_obligation(actor=actor, obligation_id=row.pk, target=self.where, now=now)
        told = f"Đã xếp {row.days} ngày liên tiếp từ {made[0].first_day:%d/%m}. Xem lại rồi gửi duyệt."
        waits = any(one.state != State.APPROVED for one in made)
        return Applied(told, tuple(one.pk for one in made), APPROVER if waits else NOBODY)

    def rows(self) -> Sequence["QuerySet[Any]"]:
        mine = Obligation.objects.filter(pk=self.duty)
        bulletins = mine.values("bulletin")
        return mine, Schedule.objects.filter(bulletin__in=bulletins).order_by("pk")
