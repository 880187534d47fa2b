"""What people do: look, take something in hand, say how they want to be written to."""

from collections.abc import Collection
from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from loa.audit.actions import record
from loa.devices import announce
from loa.kernel.errors import Invalid, Refusal
from loa.notifications import access
from loa.notifications.actions.reconciling import EVENT
from loa.notifications.models import Preference, Told
from loa.notifications.queries.boxes import told_to
from loa.notifications.rules import KINDS
from loa.people.access import grants_of
from loa.people.models import User


@transaction.atomic
def mark_seen(*, actor: User, notification: UUID, now: datetime) -> Told:
    """This person has looked at it: no letter about it is needed any more. Raises NotFound."""
    told = access.told_for(actor, notification, now, lock=True)
    if told.seen_at is None and told.left_at is None:
        told.seen_at, told.letter_at = now, None
        told.save(update_fields=["seen_at", "letter_at"])
        announce.event(EVENT, told.place, {})
    return told


@transaction.atomic
def mark_all_seen(*, actor: User, now: datetime) -> int:
    """Everything that is open. How many that were."""
    rows = told_to(actor, grants_of(actor, now)).filter(left_at=None, seen_at=None)
    places = set(rows.values_list("place", flat=True))
    count = rows.update(seen_at=now, letter_at=None)
    for place in sorted(places):
        announce.event(EVENT, place, {})
    return count


@transaction.atomic
def take(*, actor: User, notification: UUID, now: datetime) -> Told:
    """ "I see to it": nobody else is told meanwhile, as far as this place reaches. Raises NotFound, Refusal."""
    told = _live(actor, notification, now)
    told.taken_at, told.seen_at, told.letter_at = now, told.seen_at or now, None
    told.save(update_fields=["taken_at", "seen_at", "letter_at"])
    _note(actor, "notification.taken", told, now)
    return told


@transaction.atomic
def let_go(*, actor: User, notification: UUID, now: datetime) -> Told:
    """Not any more: others are told in their turn again. Raises NotFound, Refusal."""
    told = _live(actor, notification, now)
    told.taken_at = None
    told.save(update_fields=["taken_at"])
    _note(actor, "notification.let_go", told, now)
    return told


def _live(actor: User, notification: UUID, now: datetime) -> Told:
    told = access.told_for(actor, notification, now, lock=True)
    if told.left_at is not None:
        raise Refusal("Việc này đã xong nên không cần ai nhận nữa.", code="notification_over")
    return told


def _note(actor: User, verb: str, told: Told, now: datetime) -> None:
    record(
        actor=actor, verb=verb, object=("notification", told.notification_id), area=told.place,
        facts={"title": told.title}, now=now,
    )  # fmt: skip
    announce.event(EVENT, told.place, {})


@transaction.atomic
def prefer(
    *, actor: User, letters: bool, quiet_from: time, quiet_until: time, silent: Collection[str], now: datetime
) -> Preference:
    """How this person wants to be written to from now on; what waits to be written keeps its time. Raises Invalid."""
    if not set(silent) <= KINDS.keys():
        raise Invalid("Có loại thông báo không còn dùng. Hãy tải lại trang.", code="kind_unknown")
    row, _ = Preference.objects.update_or_create(
        user=actor,
        defaults={
            "letters": letters, "quiet_from": quiet_from, "quiet_until": quiet_until, "silent": sorted(silent),
            "changed_at": now,
        },
    )  # fmt: skip
    record(
        actor=actor, verb="notification.preferred", object=("user", actor.pk),
        facts={"letters": letters, "silent": sorted(silent)}, now=now,
    )  # fmt: skip
    return row
