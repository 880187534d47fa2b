"""Hours beyond the usual ones: asked for, approved by another, ended before their time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet

from loa.areas.extensions import Permits
from loa.areas.models import Extension
from loa.broadcasts.changes.change import APPROVER, Applied, Change, if_far
from loa.broadcasts.changes.images import Image
from loa.kernel.clock import from_ms, local
from loa.kernel.errors import NotFound, Unavailable
from loa.people import signer
from loa.people.access import area_for, may, require
from loa.people.actions import extensions
from loa.people.models import User

_NOBODY = 0  # stands for the approver in a rehearsal


class _Extension(Change, frozen=True, kw_only=True):
    capability: ClassVar[str] = extensions.ASK
    only_rules: ClassVar[bool] = True

    extension: UUID

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Extension.objects.filter(pk=self.extension, area__path=self.area),)

    def begins(self, now: datetime) -> date | None:
        row = Extension.objects.filter(pk=self.extension, area__path=self.area).first()
        return if_far(local(row.starts).date(), now) if row else None

    def _known(self) -> Extension:
        row = Extension.objects.filter(pk=self.extension, area__path=self.area).first()
        if row is None:
            raise NotFound
        return row

    def _span(self) -> str:
        row = Extension.objects.filter(pk=self.extension, area__path=self.area).first()
        return f" {_spoken(row.starts, row.ends)}" if row else ""


class AskExtension(_Extension, frozen=True, kw_only=True, tag="extension.ask"):
    """From `starts` to `ends` (Unix ms), for a `reason` of `areas.codes.Reason`; it waits for an approver."""

    only_words: ClassVar[tuple[str, ...]] = ("words",)

    starts: int
    ends: int
    reason: str
    words: str

    def sentence(self) -> str:
        return f"Đề nghị gia hạn giờ phát {_spoken(from_ms(self.starts), from_ms(self.ends))}"

    def begins(self, now: datetime) -> date | None:
        return if_far(local(from_ms(self.starts)).date(), now)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        extensions.propose(
            actor=actor, extension_id=self.extension, area=area, starts=from_ms(self.starts), ends=from_ms(self.ends),
            reason=self.reason, words=self.words, now=now, host=nights(),
        )  # fmt: skip
        told = "Đã gửi đề nghị. Lãnh đạo duyệt thì giờ gia hạn mới có hiệu lực."
        return Applied(told, waits_for=APPROVER)

    def foresee(self, *, actor: User, now: datetime) -> tuple[UUID, ...]:
        """As it would hold once it is approved."""
        waiting = Extension.objects.filter(pk=self.extension, state=Extension.State.WAITING)
        waiting.update(state=Extension.State.APPROVED, approver_id=_NOBODY, decided_at=now)
        return ()

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """Withdrawn rather than deleted: the record speaks of it."""
        extensions.withdraw(actor=actor, extension_id=self.extension, now=now)
        return Applied("Đã rút đề nghị gia hạn vừa gửi.")


class ApproveExtension(_Extension, frozen=True, kw_only=True, tag="extension.approve"):
    """The approver's yes; within what the signer's host permits."""

    capability: ClassVar[str] = extensions.APPROVE

    def sentence(self) -> str:
        return f"Duyệt gia hạn giờ phát{self._span()}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        self._known()
        extensions.approve(actor=actor, extension_id=self.extension, now=now, host=signer.host().nights)
        return Applied("Đã duyệt. Loa nhận giờ gia hạn trong khoảng một phút.")

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """What was approved is ended: it is in the record, and a loudspeaker may know it by now."""
        extensions.end(actor=actor, extension_id=self.extension, now=now)
        return Applied("Đã hoàn tác, giờ gia hạn không còn hiệu lực. Muốn gia hạn lại, hãy gửi đề nghị mới.")


class EndExtension(_Extension, frozen=True, kw_only=True, tag="extension.end"):
    """One that has begun ends now, one to come never is. By who may ask or approve."""

    def sentence(self) -> str:
        return f"Thôi gia hạn giờ phát{self._span()}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        self._known()
        extensions.end(actor=actor, extension_id=self.extension, now=now)
        return Applied("Đã thôi gia hạn.")

    def no_way_back(self) -> str:
        return "Giờ gia hạn đã thôi thì phải đề nghị lại và người khác duyệt lại, nên việc này không hoàn tác được."

    def require(self, *, actor: User, now: datetime) -> None:
        if not may(actor, extensions.APPROVE, self._known().area, now):
            require(actor, extensions.ASK, self.area, now)


def nights() -> Permits | None:
    """How far the signer goes; None while it is away, and whoever approves asks again."""
    try:
        return signer.host().nights
    except Unavailable:
        return None


def _spoken(starts: datetime, ends: datetime) -> str:
    first, last = local(starts), local(ends)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%H:%M ngày %d/%m/%Y}"
    return f"từ {first:%H:%M ngày %d/%m/%Y} đến {until}"
