"""Changes of what a place has written about its air: all of its rules in one document."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar, cast

import msgspec
from django.db.models import QuerySet

from loa.areas.actions import Terms
from loa.areas.models import OperatingRules
from loa.broadcasts.changes.change import Applied, Change, if_far
from loa.broadcasts.changes.kinds.rules import Hours
from loa.kernel.clock import local
from loa.people import signer
from loa.people.access import area_for
from loa.people.actions import air
from loa.people.actions.hours import Wish
from loa.people.models import User


class Volume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `most` per cent from `since` to `until` ("05:00")."""

    since: str
    until: str
    most: int

    def text(self) -> dict[str, object]:
        """In the words of areas."""
        return {"from": self.since, "to": self.until, "most": self.most}


class SetAir(Change, frozen=True, kw_only=True, tag="rules.air"):
    """All rules of the air in one document from `starts` to `ends` (last day; None = open); what is left out is no
    rule. Fields as in `areas.models.OperatingRules`."""

    capability: ClassVar[str] = "rules.write"
    only_rules: ClassVar[bool] = True

    windows: tuple[Hours, ...]
    document: str
    starts: date
    ends: date | None = None
    max_sessions_per_day: int | None = None
    max_minutes_per_session: int | None = None
    max_minutes_per_day: int | None = None
    volumes: tuple[Volume, ...] = ()
    emergency: str = ""
    exempts: tuple[str, ...] = ()
    children_may_widen: bool = False
    extension_days: int | None = None
    extension_earliest: int = 0
    extension_latest: int = 1440
    extension_reasons: tuple[str, ...] = ()
    profile: str = ""

    def sentence(self) -> str:
        return f"Đặt quy chế phát theo {self.document} từ ngày {self.starts:%d/%m/%Y}"

    def begins(self, now: datetime) -> date | None:
        return if_far(self.starts, now)

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        wish = Wish([one.text() for one in self.windows], self.document, self.starts, self.ends, self._terms())
        host = signer.host()
        made = air.set_rules(actor=actor, area=area, wish=wish, ceiling=host.ceiling, nights=host.nights, now=now)
        if made.starts <= local(now).date():
            return Applied("Đã ghi quy chế. Loa nhận trong khoảng một phút.")
        return Applied(f"Đã ghi quy chế, có hiệu lực từ ngày {made.starts:%d/%m/%Y}.")

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (OperatingRules.objects.filter(area__path=self.area).order_by("pk"),)

    def _terms(self) -> Terms:
        own = msgspec.structs.asdict(self)
        for name in ("area", "windows", "document", "starts", "ends"):
            own.pop(name)
        own |= {"volumes": [one.text() for one in self.volumes]}
        own |= {name: list(own[name]) for name in ("exempts", "extension_reasons")}
        return cast(Terms, own)
