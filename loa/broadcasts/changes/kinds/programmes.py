"""Changes of the sessions of the week: made, moved, closed."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from loa.broadcasts import access, actions
from loa.broadcasts.actions import framing
from loa.broadcasts.actions.rundowns import follow
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.changes.kinds.weeks import require_unused
from loa.broadcasts.models import Programme, Schedule
from loa.kernel.errors import NotFound, Refusal
from loa.people.access import area_for
from loa.people.models import User

FRAMES_END = (
    "Nhạc hiệu, lời chào của buổi mất lần duyệt khi đóng buổi, nên việc này không hoàn tác được. "
    "Muốn phát lại thì lập lại buổi và gửi duyệt."
)


class SaveProgramme(Change, frozen=True, kw_only=True, tag="programme.save"):
    """Make (`programme` None) or change a session: name, local start, minutes, ISO weekdays."""

    name: str
    starts: time
    minutes: int
    weekdays: tuple[int, ...]
    programme: UUID | None = None

    def sentence(self) -> str:
        return f"Lưu {self.name} lúc {self.starts:%H:%M}, {self.minutes} phút"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        if self.programme is not None:
            _known(actor, self.programme, self.area, now)
        row = actions.save_programme(
            actor=actor, area=area, name=self.name, starts=self.starts, minutes=self.minutes,
            weekdays=self.weekdays, now=now, programme_id=self.programme,
        )  # fmt: skip
        return Applied(f"Đã lưu {row.name}, {row.starts:%H:%M}.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Programme.objects.filter(area__path=self.area, closed_at=None).order_by("pk"),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        require_unused(before, after)
        images.put_back(before, after)
        follow(area, now=now)
        return Applied("Đã hoàn tác, các buổi phát trở lại như trước.")


class CloseProgramme(Change, frozen=True, kw_only=True, tag="programme.close"):
    """No longer offered; what opens and closes it comes off the calendar."""

    programme: UUID

    def sentence(self) -> str:
        name = Programme.objects.filter(pk=self.programme, area__path=self.area).values_list("name", flat=True).first()
        return f"Đóng {name or 'buổi phát'}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        row = _known(actor, self.programme, self.area, now)
        actions.close_programme(actor=actor, programme_id=row.pk, now=now)
        return Applied(f"Đã đóng {row.name}.")

    def no_way_back(self) -> str:
        """What opens or closes it loses its approval for good."""
        row = Programme.objects.filter(pk=self.programme, area__path=self.area).first()
        return FRAMES_END if row is not None and framing.is_framed(row) else ""

    def rows(self) -> Sequence["QuerySet[Any]"]:
        frames = Schedule.objects.filter(programme=self.programme).order_by("pk")
        return Programme.objects.filter(pk=self.programme), frames

    def take_back(self, before: dict[str, Any], after: dict[str, Any], *, actor: User, now: datetime) -> Applied:
        """What opened or closed it has lost its approval for good: only a session without any comes back."""
        if before.get(Schedule._meta.label):
            raise Refusal(FRAMES_END, code="no_way_back")
        return super().take_back(before, after, actor=actor, now=now)


def _known(actor: User, programme: UUID, area: str, now: datetime) -> Programme:
    row = access.programme_for(actor, programme, now, access.WRITE)
    if row.area.path != area:
        raise NotFound
    return row
