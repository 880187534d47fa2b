"""A source put on the calendar. Moving a relay, dropping one airing and ending it are changes of schedules."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db.models import QuerySet

from loa.broadcasts import actions
from loa.broadcasts.actions import relaying
from loa.broadcasts.changes.change import APPROVER, Applied, Change
from loa.broadcasts.changes.change import Wished as Shown
from loa.broadcasts.changes.images import Image
from loa.broadcasts.models import Schedule
from loa.broadcasts.rules import times
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import Shift, When
from loa.people.access import area_for
from loa.people.models import User
from loa.relays.access import relay_for

HANDED_IN = "Đã gửi duyệt lịch tiếp âm. Người duyệt đồng ý thì loa mới tiếp âm."


class NewRelay(Change, frozen=True, kw_only=True, tag="relay.new"):
    """Ask for a relay of `source`, `minutes` long; `name` is the id of the bulletin that stands for it."""

    name: UUID
    source: UUID
    minutes: int
    when: When
    where: Target = Target()

    def sentence(self) -> str:
        return f"Tiếp âm {self.minutes} phút lúc {', '.join(self.when.times)}"

    def apply(self, *, actor: User, now: datetime) -> Applied:
        area = area_for(actor, self.area, now, self.capability)
        wished = relaying.Wished(self.source, self.minutes, self.when, self.where)
        made = relaying.schedule_relay(actor=actor, name=self.name, area=area, wished=wished, now=now)
        actions.submit(actor=actor, bulletin_id=made.bulletin_id, now=now)
        return Applied(HANDED_IN, (made.pk,), APPROVER)

    def wished(self, *, actor: User, now: datetime) -> Sequence[Shown]:
        source = relay_for(actor, self.source, area_for(actor, self.area, now), now)
        rule = times.rule_of(self.when)
        length = timedelta(minutes=self.minutes)
        starts = rule.starts(now, rule.end(now))
        return [Shown(f"Tiếp âm {source.name}", Shift(None, start), length) for start in starts]

    def rows(self) -> Sequence["QuerySet[Any]"]:
        return (Schedule.objects.filter(pk=uuid5(self.name, relaying.ON_AIR)),)

    def take_back(self, before: Image, after: Image, *, actor: User, now: datetime) -> Applied:
        """It was handed in, so that it is ended rather than deleted: the record speaks of it."""
        actions.withdraw(actor=actor, bulletin_id=self.name, reason="Hoàn tác lịch tiếp âm", now=now)
        return Applied("Đã bỏ lịch tiếp âm vừa gửi duyệt.")
