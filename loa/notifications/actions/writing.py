"""Letters to write: when somebody may be written to, and everything that is due for one person as one letter."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Max
from django.urls import reverse

from loa.notifications.actions.ending import ends_due
from loa.notifications.models import Letter, Notification, Told
from loa.notifications.queries.boxes import near
from loa.notifications.queries.people import preferences, quiet_of, wants
from loa.notifications.rules import Urgency, letters, times
from loa.people.models import User


def schedule_letters(row: Notification, told: Sequence[Told], *, now: datetime) -> None:
    """Say when these people may be written to about it, if they want to be and can be."""
    if not told:
        return
    urgency = Urgency(row.urgency)
    addresses = User.objects.filter(pk__in=[one.user_id for one in told]).exclude(email="")
    reachable = set(addresses.values_list("pk", flat=True))
    wished = preferences([one.user_id for one in told])
    willing = {one.user_id for one in told if one.user_id in reachable and wants(wished.get(one.user_id), row.kind)}
    if urgency is Urgency.URGENT and not willing:
        willing = reachable  # all have turned it off: then none of them has
    for one in told:
        quiet = quiet_of(wished.get(one.user_id))
        one.letter_at = times.letter_at(urgency, quiet, now) if one.user_id in willing else None
        one.letter = None
    Told.objects.bulk_update(told, ["letter_at", "letter"])


def write_letters(*, now: datetime) -> int:
    """One letter to each person to whom something is due, or the end of something. What was looked at meanwhile needs
    none. How many.
    """
    due = Told.objects.filter(letter_at__lte=now, letter=None, left_at=None, seen_at=None, user__is_active=True)
    rows = due.exclude(user__email="").select_related("notification", "user").select_for_update(of=("self",))
    of: dict[int, list[Told]] = defaultdict(list)
    for row in rows:
        of[row.user_id].append(row)
    ends = ends_due(now=now)
    users = [*of, *(user for user in ends if user not in of)]
    newest = Letter.objects.filter(user__in=users).values_list("user").annotate(last=Max("made_at"))
    last = dict(newest)
    return sum(_write(of.get(user, []), ends.get(user, []), last.get(user), now) for user in users)


def _write(items: list[Told], ends: list[Told], last: datetime | None, now: datetime) -> bool:
    urgent = any(one.notification.urgency == Urgency.URGENT for one in (*items, *ends))
    if not urgent and last is not None and now - last < times.RESTS:
        return False
    person = (*items, *ends)[0].user
    said = letters.words(
        [_item(one) for one in items],
        [_ended(one) for one in ends],
        name=person.full_name,
        all_link=_address("list"),
        settings_link=_address("settings"),
    )
    letter = Letter.objects.create(
        user=person, address=person.email, subject=said.subject, text=said.text, html=said.html, urgent=urgent,
        made_at=now, next_at=now,
    )  # fmt: skip
    Told.objects.filter(pk__in=[one.pk for one in items]).update(letter=letter)
    Told.objects.filter(pk__in=[one.pk for one in ends]).update(over_letter=letter)
    return True


def _ended(one: Told) -> letters.Ended:
    row = one.notification
    return letters.Ended(one.headline, _address("one", row.pk), row.since, one.left_at or row.since)


def _item(one: Told) -> letters.Item:
    row = one.notification
    return letters.Item(
        title=one.title,
        more=one.more,
        link=_address("one", row.pk),
        since=row.since,
        urgency=Urgency(row.urgency),
        passed_on=_before(one) if one.step else (),
    )


def _before(one: Told) -> tuple[str, ...]:
    earlier = Told.objects.filter(notification=one.notification_id, step__lt=one.step, left_at=None)
    return tuple(_names(other for other in earlier.select_related("user").order_by("place", "pk") if near(other, one)))


def _names(rows: Iterable[Told]) -> list[str]:
    return [row.user.full_name for row in rows][:5]


def _address(name: str, *arguments: object) -> str:
    return settings.ENV.site_url + reverse(f"notifications:{name}", args=arguments)
