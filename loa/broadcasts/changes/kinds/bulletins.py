"""What a bulletin asks for when it is handed in: its air times, and the approver's yes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from loa.broadcasts import actions
from loa.broadcasts.changes.change import APPROVER, Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Schedule
from loa.broadcasts.rules import plans
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.people.access import area_for
from loa.people.models import User


class HandIn(Change, frozen=True, kw_only=True, tag="bulletin.hand_in"):
    """The newest words of a bulletin with these air times, to the approvers; see `actions.put_on_air`."""

    bulletin: UUID
    when: When
    where: Target = Target()
    programme: UUID | None = None
    offline_for: int = plans.USUAL_HOURS

    def sentence(self) -> str:
        return "Gửi duyệt bản tin cùng giờ phát"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        actions.put_on_air(
            actor=actor, bulletin_id=self.bulletin, area=area, when=self.when, target=self.where, now=now,
            programme_id=self.programme, offline_for=self.offline_for,
        )  # fmt: skip
        waiting = actions.submit(actor=actor, bulletin_id=self.bulletin, now=now)
        told = "Đã gửi duyệt. Lãnh đạo duyệt thì mới phát."
        return Applied(told, tuple(row.pk for row in waiting), APPROVER)

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Schedule.objects.filter(bulletin=self.bulletin).order_by("pk"),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """It is a draft again with the air times it asks for: nothing that was written is lost."""
        actions.recall(actor=actor, bulletin_id=self.bulletin, now=now)
        return Applied("Đã rút lại, bản tin trở lại là bản nháp.")
