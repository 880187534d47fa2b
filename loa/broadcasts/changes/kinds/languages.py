"""Changes of the languages that a place airs: the same items, longer or shorter."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from loa.areas.models import AreaLanguages
from loa.broadcasts import actions
from loa.broadcasts.actions.languages import speak_anew
from loa.broadcasts.changes import images
from loa.broadcasts.changes.change import Applied, Change, if_far
from loa.broadcasts.changes.images import Image
from loa.broadcasts.rules import words
from loa.people.access import area_for
from loa.people.models import User


class SetLanguages(Change, frozen=True, kw_only=True, tag="languages.set"):
    """These languages in this order from `starts` on; none at all: again as the place above says."""

    languages: tuple[str, ...]
    starts: date

    def sentence(self) -> str:
        told = words.languages(self.languages)
        what = f"Phát {told[0].lower()}{told[1:]}" if told else "Phát các ngôn ngữ theo cấp trên"
        return f"{what} từ ngày {self.starts:%d/%m/%Y}"

    def begins(self, now: datetime) -> date | None:
        return if_far(self.starts, now)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        actions.set_languages(actor=actor, area=area, languages=self.languages, starts=self.starts, now=now)
        return Applied(f"Đã lưu. Loa phát theo thứ tự này từ ngày {self.starts:%d/%m/%Y}, không phải duyệt lại.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (AreaLanguages.objects.filter(area__path=self.area).order_by("pk"),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        images.put_back(before, after)
        speak_anew(area, now=now)
        return Applied("Đã hoàn tác, ngôn ngữ phát trở lại như trước.")
