"""What one person is told: the number at the bell, the page, one notification with everybody who was told of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from loa.areas.queries import within
from loa.areas.rules import is_inside
from loa.notifications.models import Letter, Notification, Told
from loa.notifications.rules import KINDS, Kind, Urgency
from loa.notifications.rules.steps import TAKEN_HOLDS
from loa.people.models import User
from loa.people.rules import Grant

MOST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One notification as this person sees it. `takers`: who sees to it; `open` as long as it is there for them."""

    told: Told
    takers: tuple[User, ...]

    @property
    def notification(self) -> Notification:
        """What it is about."""
        return self.told.notification

    @property
    def kind(self) -> Kind:
        """What is known of all of its kind."""
        return KINDS[self.notification.kind]

    @property
    def urgent(self) -> bool:
        """It passes the quiet times."""
        return self.notification.urgency == Urgency.URGENT

    @property
    def open(self) -> bool:
        """It still needs a person, and this one may be it."""
        return self.told.left_at is None

    @property
    def fresh(self) -> bool:
        """Not looked at yet."""
        return self.open and self.told.seen_at is None


def in_scope(grants: Iterable[Grant], field: str = "place") -> Q:
    """Filter: places that these roles reach; a role that is over takes its notifications with it at once."""
    allowed = Q(pk__in=[])
    for grant in grants:
        allowed |= within(grant.path, field)
    return allowed


def unseen(user: User, grants: Iterable[Grant]) -> int:
    """How many wait to be looked at. One query, by a partial index."""
    return Told.objects.filter(in_scope(grants), user=user, left_at=None, seen_at=None).count()


def told_to(user: User, grants: Iterable[Grant]) -> QuerySet[Told]:
    """Everything that this person was told of and may still see."""
    rows = Told.objects.filter(in_scope(grants), user=user, notification__kind__in=KINDS)
    return rows.select_related("notification__area")


def box(user: User, grants: Iterable[Grant], *, over: bool, kind: str, now: datetime) -> list[Line]:
    """The open ones, urgent and unseen first; or with `over` the last that are over. Two queries."""
    rows = told_to(user, grants).filter(left_at__isnull=not over)
    if kind:
        rows = rows.filter(notification__kind=kind)
    found = list(rows.order_by("-left_at", "-told_at")[:MOST])
    takers = _takers([row.notification_id for row in found], now)
    lines = [
        Line(row, tuple(one.user for one in takers.get(row.notification_id, ()) if near(one, row))) for row in found
    ]
    return lines if over else sorted(lines, key=_order)


def _named(takers: Iterable[Told], row: Told) -> tuple[User, ...]:
    return tuple(one.user for one in takers if near(one, row))


def _order(line: Line) -> tuple[int, bool, float]:
    return (list(Urgency).index(Urgency(line.notification.urgency)), not line.fresh, -line.told.told_at.timestamp())


def near(one: Told, other: Told) -> bool:
    """Whether the one's place lies in the other's or around it: people of a neighbour commune are not named."""
    return is_inside(one.place, other.place) or is_inside(other.place, one.place)


def _takers(notifications: Iterable[object], now: datetime) -> dict[object, list[Told]]:
    rows = Told.objects.filter(notification__in=list(notifications), left_at=None, taken_at__gt=now - TAKEN_HOLDS)
    found: dict[object, list[Told]] = {}
    for row in rows.select_related("user").order_by("taken_at"):
        found.setdefault(row.notification_id, []).append(row)
    return found


def everybody_told(told: Told) -> list[Told]:
    """Who else was told, in order of the steps, as far as their places have to do with this person's."""
    rows = Told.objects.filter(notification=told.notification).select_related("user", "letter")
    return [one for one in rows.order_by("step", "told_at", "pk") if near(one, told)]


def newest_letters(user: User, most: int = 10) -> list[Letter]:
    """The last letters to this person, sent or not."""
    return list(Letter.objects.filter(user=user).order_by("-made_at")[:most])
