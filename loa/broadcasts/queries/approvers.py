"""Who is asked to approve, and who is asked when they do not answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.people import rules
from loa.people.access import live_grants
from loa.people.models import User


@dataclass(frozen=True, slots=True)
class Approvers:
    """`own` approve in their own right, `deputies` in somebody's place; nearest area first, nobody twice."""

    own: tuple[User, ...]
    deputies: tuple[User, ...]


def approvers(area: Area, now: datetime, *, without: Iterable[int | None] = ()) -> Approvers:
    """Active persons who may approve schedules of this area now; `without` are ids of those who wrote them."""
    roles = [role for role, capabilities in rules.CAPABILITIES.items() if "schedule.approve" in capabilities]
    rows = (
        live_grants(now)
        .filter(role__in=roles, user__is_active=True, area__path__in=lineage(area.path))
        .exclude(user__in=[pk for pk in without if pk is not None])
        .select_related("user", "area")
    )
    nearest = sorted(rows, key=lambda row: (-len(row.area.path), row.pk))
    own = {row.user_id: row.user for row in nearest if row.on_behalf_of_id is None}
    deputies = {row.user_id: row.user for row in nearest if row.user_id not in own}
    return Approvers(tuple(own.values()), tuple(deputies.values()))
