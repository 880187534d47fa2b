"""What a bulletin asks for when it is handed in: its air times, and the approver's yes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from loa.broadcasts import actions
from loa.broadcasts.actions.composing import open_wish
from loa.broadcasts.changes.change import APPROVER, Applied, Change
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Schedule
from loa.broadcasts.rules import plans
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.kernel.errors import Invalid
from loa.kernel.rehearsal import is_on, rehearsal
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
        waiting = self._submit(actor, now)
        told = "Đã gửi duyệt. Lãnh đạo duyệt thì mới phát."
        return Applied(told, tuple(row.pk for row in waiting), APPROVER)

    def require_whole(self, *, actor: User, now: datetime) -> None:
        """Raises what its words still lack."""
        with rehearsal():
            actions.submit(actor=actor, bulletin_id=self.bulletin, now=now)

    def _submit(self, actor: User, now: datetime) -> list[Schedule]:
        """What its words still lack moves no air time: the difference is shown while somebody is mending them."""
        try:
            with transaction.atomic():
                return actions.submit(actor=actor, bulletin_id=self.bulletin, now=now)
        except Invalid:
            if not is_on():
                raise
            wish = open_wish(self.bulletin)
            return [wish] if wish else []

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Schedule.objects.filter(bulletin=self.bulletin).order_by("pk"),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """It is a draft again with the air times it asks for: nothing that was written is lost."""
        actions.recall(actor=actor, bulletin_id=self.bulletin, now=now)
        return Applied("Đã rút lại, bản tin trở lại là bản nháp.")
