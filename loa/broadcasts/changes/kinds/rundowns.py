"""Changes of what stands in a session: its parts, what sounds in them, its season, one day that differs."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from loa.broadcasts import access, actions
from loa.broadcasts.actions.rundowns import follow
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import APPROVER, Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Programme, RundownItem, Schedule, SessionChange, State
from loa.broadcasts.rules import seasons
from loa.broadcasts.rules.rundowns import Kind, Over, Under
from loa.kernel.errors import Invalid, NotFound
from loa.people.models import User

_SCHEDULE = Schedule._meta.label


class RundownPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One part as in `models.RundownItem`; `id` None is a new one."""

    title: str
    minutes: int
    holds: Kind
    over: Over = Over.PUSH
    under: Under = Under.EARLY
    id: int | None = None

    def wanted(self) -> actions.Wanted:
        """In the words of the action."""
        return actions.Wanted(self.holds, self.title, self.minutes, self.over, self.under, self.id)


class _OfProgramme(Change, frozen=True, kw_only=True):
    """Something about one programme; what floats in it follows, also when it is taken back."""

    programme: UUID

    def rows(self) -> Sequence["QuerySet[Any]"]:
        mine = Programme.objects.filter(pk=self.programme)
        parts = RundownItem.objects.filter(programme=self.programme).order_by("pk")
        return mine, parts, SessionChange.objects.filter(programme=self.programme).order_by("pk")

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        row = self._known(actor, now)
        images.put_back(before, after)
        follow(row.area, now=now)
        return Applied("Đã hoàn tác, buổi phát trở lại như trước.")

    def _known(self, actor: User, now: datetime) -> Programme:
        row = access.programme_for(actor, self.programme, now, access.WRITE)
        if row.area.path != self.area:
            raise NotFound
        return row

    def _name(self) -> str:
        rows = Programme.objects.filter(pk=self.programme, area__path=self.area).values_list("name", flat=True)
        return rows.first() or "buổi phát"


class SaveRundown(_OfProgramme, frozen=True, kw_only=True, tag="rundown.save"):
    """The parts of a session are these, in this order."""

    parts: tuple[RundownPart, ...]

    def sentence(self) -> str:
        return f"Lưu khung {self._name()} với {len(self.parts)} mục"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        row = self._known(actor, now)
        items = [part.wanted() for part in self.parts]
        actions.save_rundown(actor=actor, programme_id=row.pk, items=items, now=now)
        return Applied(f"Đã lưu khung {row.name}.")


class SetSeason(_OfProgramme, frozen=True, kw_only=True, tag="programme.season"):
    """Held only from `first` to `last` ("MM-DD") of each year, of the lunar one if `lunar`; both "" = all year."""

    first: str = ""
    last: str = ""
    lunar: bool = False

    def sentence(self) -> str:
        try:
            season = seasons.read(self.first, self.last, lunar=self.lunar)
        except seasons.BadSeason:
            season = None
        return f"{self._name()} chỉ phát {season.words}" if season else f"{self._name()} phát quanh năm"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        row = self._known(actor, now)
        actions.set_season(
            actor=actor, programme_id=row.pk, first=self.first, last=self.last, lunar=self.lunar, now=now
        )
        return Applied(f"Đã lưu: {self.sentence()[0].lower()}{self.sentence()[1:]}.")


class ChangeSession(_OfProgramme, frozen=True, kw_only=True, tag="session.change"):
    """The session of one day is not held, begins later or has another length."""

    day: date
    dropped: bool = False
    starts: time | None = None
    minutes: int | None = None
    reason: str = ""

    def sentence(self) -> str:
        what = "không phát" if self.dropped else ""
        if not self.dropped and self.starts is not None:
            what = f"bắt đầu lúc {self.starts:%H:%M}"
        if not self.dropped and self.minutes is not None:
            what = f"{what}, dài {self.minutes} phút".lstrip(", ")
        return f"{self._name()} ngày {self.day:%d/%m/%Y}: {what}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        row = self._known(actor, now)
        actions.change_session(
            actor=actor, programme_id=row.pk, day=self.day, now=now, dropped=self.dropped, starts=self.starts,
            minutes=self.minutes, reason=self.reason,
        )  # fmt: skip
        return Applied(f"Đã đổi {row.name} ngày {self.day:%d/%m}. Các ngày khác giữ nguyên.")


class UsualSession(_OfProgramme, frozen=True, kw_only=True, tag="session.usual"):
    """The session of this day is held as always again."""

    day: date

    def sentence(self) -> str:
        return f"{self._name()} ngày {self.day:%d/%m/%Y} trở lại như thường lệ"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        row = self._known(actor, now)
        single = SessionChange.objects.filter(programme=row, day=self.day).first()
        if single is None:
            raise NotFound
        actions.undo_session_change(actor=actor, change_id=single.pk, now=now)
        return Applied(f"{row.name} ngày {self.day:%d/%m} trở lại như thường lệ.")


class FillPart(_OfProgramme, frozen=True, kw_only=True, tag="rundown.fill"):
    """What sounds in this part (RundownItem): a bulletin, or for a relay its source. It waits for approval."""

    item: int
    bulletin: UUID | None = None
    source: UUID | None = None

    def sentence(self) -> str:
        title = RundownItem.objects.filter(pk=self.item, programme=self.programme).values_list("title", flat=True)
        return f"Xếp tiếng vào mục “{title.first() or ''}” của {self._name()}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        self._known(actor, now)
        item = access.item_for(actor, self.item, now, access.WRITE)
        if item.programme_id != self.programme:
            raise NotFound
        if self.source is not None:
            made = actions.put_in_relay(actor=actor, item_id=item.pk, source_id=self.source, now=now)
        elif self.bulletin is not None:
            made = actions.put_in_item(actor=actor, item_id=item.pk, bulletin_id=self.bulletin, now=now)
        else:
            raise Invalid("Hãy chọn một bản tin hoặc nguồn tiếp âm.", code="no_bulletin")
        if made.state == State.APPROVED:
            return Applied(f"Đã xếp vào “{item.title}”.")
        return Applied(f"Đã xếp vào “{item.title}”. Gửi duyệt xong mới phát.", (made.pk,), APPROVER)

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return *super().rows(), Schedule.objects.filter(programme=self.programme, recurring_part=True).order_by("pk")

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """What was put on the calendar is ended rather than deleted: the record speaks of it."""
        made = after.get(_SCHEDULE, {}).keys() - before.get(_SCHEDULE, {}).keys()
        kept = {pk: row for pk, row in after.get(_SCHEDULE, {}).items() if pk not in made}
        done = super().take_back(before, {**after, _SCHEDULE: kept}, actor=actor, now=now)
        Schedule.objects.filter(pk__in=made).update(state=State.ENDED, ended_at=now)
        return done
