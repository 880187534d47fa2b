"""That something is over: told to those who know of it, once it has been over for a while, and to nobody else."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from loa.areas.rules import is_inside
from loa.notifications.models import Letter, Notification, Told
from loa.notifications.queries.people import held_by, preferences, quiet_of, wants
from loa.notifications.rules import KINDS, Urgency, times


def schedule_ends(row: Notification, gone: Collection[Told], *, now: datetime) -> None:
    """Say when these people may be written to that it is over, if they want letters about its kind."""
    if not gone or not KINDS[row.kind].ends:
        return
    wished = preferences([one.user_id for one in gone])
    for one in gone:
        preference = wished.get(one.user_id)
        wanted = wants(preference, row.kind)
        one.over_at = times.over_at(Urgency(row.urgency), quiet_of(preference), now) if wanted else None
    Told.objects.bulk_update(gone, ["over_at"])


def forget_ends(*, now: datetime) -> int:
    """Those that are not to be told: who never heard of it, who has nothing to do with the place any more, what has
    come back. How many."""
    due = _due(now).select_related("user", "letter")
    if not due:
        return 0
    back = set(due.filter(Exists(_again())).values_list("pk", flat=True))
    held = held_by({one.user_id for one in due}, now)
    without = [one.pk for one in due if one.pk in back or not _reaches(one, held) or not _knows(one)]
    return Told.objects.filter(pk__in=without).update(over_at=None)


def ends_due(*, now: datetime) -> dict[int, list[Told]]:
    """What each person is to be told the end of now, the oldest first; held until the end of the transaction. A letter
    about it that is still on its way goes first.
    """
    rows = _due(now).exclude(letter__state=Letter.State.WAITING).select_related("notification", "user")
    found: dict[int, list[Told]] = defaultdict(list)
    for row in rows.select_for_update(of=("self",)).order_by("left_at", "pk"):
        found[row.user_id].append(row)
    return found


def _due(now: datetime) -> QuerySet[Told]:
    return Told.objects.filter(over_at__lte=now, over_letter=None, left_at__isnull=False)


def _again() -> QuerySet[Notification]:
    """The same cause, open once more."""
    return Notification.objects.filter(
        kind=OuterRef("notification__kind"), key=OuterRef("notification__key"), closed_at=None,
        told__user=OuterRef("user"), told__left_at=None,
    )  # fmt: skip


def _reaches(one: Told, held: Mapping[int, Sequence[str]]) -> bool:
    return bool(one.user.email) and any(is_inside(one.place, path) for path in held.get(one.user_id, ()))


def _knows(one: Told) -> bool:
    """Has looked at it, or got a letter of it or still may."""
    if one.seen_at is not None:
        return True
    return one.letter is not None and one.letter.state in (Letter.State.SENT, Letter.State.WAITING)
