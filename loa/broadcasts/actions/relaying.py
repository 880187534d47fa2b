"""A relay put on the calendar: a draft that another person approves once, until its last day."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from loa.areas.models import Area
from loa.broadcasts.actions.proposing import propose
from loa.broadcasts.models import Schedule
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins import actions as bulletins
from loa.bulletins.rules import Draft
from loa.kernel.errors import Invalid
from loa.people.models import User
from loa.relays.access import relay_for
from loa.relays.models import RelaySource

MOST_DAYS = 366  # nobody knows what a station will send in two years
CATEGORY = "society"
ON_AIR = "air"  # the schedule's id is made of the bulletin's and this


@dataclass(frozen=True, slots=True)
class Wished:
    """A relay as a person asks for it: which source, for how long, when and where."""

    source: UUID
    minutes: int
    when: When
    target: Target = field(default_factory=Target)


@transaction.atomic
def schedule_relay(*, actor: User, name: UUID, area: Area, wished: Wished, now: datetime) -> Schedule:
    """A draft under the id `name`, the same again gives the one that is there; it is handed in and approved as any
    other. Raises NotFound, Denied, Invalid (`too_far`, `times`, `target_*`), Refusal (`relay_minutes`, and those of
    `propose`).
    """
    source = relay_for(actor, wished.source, area, now)
    if _goes_on(wished.when):
        raise Invalid("Lịch tiếp âm được duyệt nhiều nhất cho một năm. Hãy chọn ngày cuối gần hơn.", code="too_far")
    draft = relay_draft(source, wished.minutes)
    bulletins.create_draft(actor=actor, bulletin_id=name, area=area, draft=draft, now=now)
    return propose(
        actor=actor, schedule_id=uuid5(name, ON_AIR), bulletin_id=name, when=wished.when, target=wished.target, now=now,
        recurring_part=wished.when.pattern != "once", filling=True,
    )  # fmt: skip


def relay_draft(source: RelaySource, minutes: int) -> Draft:
    """What is approved for a relay: which source, by which document, for how long."""
    title = f"Tiếp âm {source.name}"
    text = f"{title}, {minutes} phút. Căn cứ: {source.permission}."
    return Draft(
        title=title, text=text, spoken=title, sound=source.fallback_id, category=CATEGORY, relay=source.pk,
        relay_minutes=minutes,
    )  # fmt: skip


def _goes_on(when: When) -> bool:
    """Longer than anybody may approve at once."""
    if when.pattern == "once":
        return False
    return when.last_day is None or when.last_day - when.first_day > timedelta(days=MOST_DAYS)
