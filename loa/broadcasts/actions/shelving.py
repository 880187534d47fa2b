"""Letting go of sounds whose time is over: never of one that may still air, or that an edit starts from."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.broadcasts.queries import shelf
from loa.bulletins.access import hold
from loa.kernel.clock import local
from loa.media import retention
from loa.media.actions import shelf as media
from loa.media.models import Sound


def let_go(*, now: datetime) -> int:
    """Free the files of all sounds whose time is over; returns how many. Each is committed on its own.

    A process that dies between row and file leaves a file without a row, which the next tidying of media deletes.
    """
    return sum(_let_go(pk, now) for pk in _over(now))


def _over(now: datetime) -> list[UUID]:
    today = local(now).date()
    rows = shelf.candidates(Sound.objects.all(), today)
    return [sound.pk for sound, facts in shelf.facts_in_batches(rows, now) if retention.is_over(facts, today)]


@transaction.atomic
def _let_go(sound_id: UUID, now: datetime) -> bool:
    """Looked at once more with its bulletins held: somebody may just have handed one in."""
    hold(shelf.bulletins_of(sound_id))
    sound = Sound.objects.select_for_update(of=("self",)).select_related("area").get(pk=sound_id)
    facts = shelf.facts_of([sound], now)[sound_id]
    if sound.removed_at is not None or not retention.is_over(facts, local(now).date()):
        return False
    media.remove(sound, now=now)
    return True
