"""The one wish for air time that belongs to a bulletin while it is written."""

import uuid
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.areas.models import Area
from loa.broadcasts.actions.deciding import end
from loa.broadcasts.actions.proposing import change, propose
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.rules.plans import USUAL_HOURS
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins.access import bulletin_for
from loa.people.models import User


@transaction.atomic
def put_on_air(
    *,
    actor: User,
    bulletin_id: UUID,
    area: Area,
    when: When | None,
    target: Target,
    now: datetime,
    programme_id: UUID | None = None,
    offline_for: int = USUAL_HOURS,
) -> Schedule | None:
    """What a bulletin that is written asks for: one schedule, made or changed; `when` None takes it back.

    The same wish twice makes one schedule. Raises as `propose`.
    """
    bulletin_for(actor, bulletin_id, now, lock=True)
    known = open_wish(bulletin_id)
    if known is not None and when is not None and known.programme_id == programme_id and known.area_id == area.pk:
        Schedule.objects.filter(pk=known.pk).update(version=None)  # also a copy goes with the words on the page now
        return change(actor=actor, schedule_id=known.pk, when=when, target=target, now=now, offline_for=offline_for)
    if known is not None:
        end(actor=actor, schedule_id=known.pk, reason="Chọn giờ khác", now=now)
    if when is None:
        return None
    return propose(
        actor=actor,
        schedule_id=_next_id(bulletin_id),
        bulletin_id=bulletin_id,
        area=area,
        when=when,
        target=target,
        programme_id=programme_id,
        offline_for=offline_for,
        now=now,
    )


def _next_id(bulletin_id: UUID) -> UUID:
    number = Schedule.objects.filter(bulletin=bulletin_id).count()
    return uuid.uuid5(bulletin_id, f"air {number}")


def open_wish(bulletin_id: UUID) -> Schedule | None:
    """The newest schedule of the bulletin that can still be changed without anybody's leave."""
    rows = Schedule.objects.filter(bulletin=bulletin_id, state__in=[State.DRAFT, State.RETURNED], replaces=None)
    return rows.select_related("programme", "area").order_by("-made_at").first()
