"""Changes of the rules of the air of a place: the hours in which its loudspeakers may sound."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from loa.areas import actions as areas
from loa.areas.hours import WindowText
from loa.areas.models import OperatingRules
from loa.broadcasts.changes.change import SECOND_PERSON, Applied, Change, if_far
from loa.kernel.clock import local
from loa.people import signer
from loa.people.access import area_for
from loa.people.actions import hours
from loa.people.actions.hours import Wish
from loa.people.models import RulesProposal, User


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Allowed from `since` to `until` ("05:00", "24:00") on these ISO weekdays."""

    weekdays: tuple[int, ...]
    since: str
    until: str

    def text(self) -> WindowText:
        """In the words of areas."""
        return {"weekdays": list(self.weekdays), "from": self.since, "to": self.until}


class SetHours(Change, frozen=True, kw_only=True, tag="rules.hours"):
    """Other allowed hours from `starts` to `ends` (last day; None = open). Wider ones wait for a second person."""

    capability: ClassVar[str] = "rules.write"
    only_rules: ClassVar[bool] = True

    windows: tuple[Hours, ...]
    document: str
    starts: date
    ends: date | None = None

    def sentence(self) -> str:
        spans = "; ".join(f"{one.since}–{one.until}" for one in self.windows)
        return f"Đặt giờ được phát {spans} từ ngày {self.starts:%d/%m/%Y} ({self.document})"

    def begins(self, now: datetime) -> date | None:
        return if_far(self.starts, now)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        made = hours.set_or_propose(actor=actor, area=area, wish=self._wish(), ceiling=signer.host().ceiling, now=now)
        if isinstance(made, RulesProposal):
            told = "Đã gửi đề nghị. Khung giờ mới chỉ có hiệu lực khi người thứ hai xác nhận bằng khóa."
            return Applied(told, waits_for=SECOND_PERSON)
        if made.starts <= local(now).date():
            return Applied("Đã ghi. Loa nhận khung giờ mới trong khoảng một phút.")
        return Applied(f"Đã ghi. Khung giờ mới có hiệu lực từ ngày {made.starts:%d/%m/%Y}.")

    def foresee(self, *, actor: User, now: datetime) -> tuple[UUID, ...]:
        """Wider hours as they would hold once they are confirmed."""
        waiting = RulesProposal.objects.filter(
            area__path=self.area, author=actor, made_at=now, state=RulesProposal.State.WAITING
        )
        for row in waiting.select_related("area"):
            areas.set_operating_rules(
                area=row.area, starts=row.starts, ends=row.ends, document=row.document, windows=row.windows,
                ceiling=signer.host().ceiling, confirmed={"rehearsed": True},
            )  # fmt: skip
        return ()

    def rows(self) -> Sequence["QuerySet[Any]"]:
        mine = OperatingRules.objects.filter(area__path=self.area).order_by("pk")
        return mine, RulesProposal.objects.filter(area__path=self.area).order_by("pk")

    def _wish(self) -> Wish:
        return Wish([one.text() for one in self.windows], self.document, self.starts, self.ends)
