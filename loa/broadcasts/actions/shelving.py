"""Letting go of sounds whose time is over: never of one that may still air, or that an edit starts from."""

from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from loa.broadcasts.queries import shelf
from loa.bulletins.access import hold
from loa.kernel.clock import local
from loa.media import library, retention
from loa.media.actions import shelf as media
from loa.media.models import Sound, SoundState

BATCH = 500


def let_go(*, now: datetime) -> int:
    """Free the files of all sounds whose time is over; returns how many. Each is committed on its own.

    A process that dies between row and file leaves a file without a row, which the next tidying of media deletes.
    """
    return sum(_let_go(pk, now) for pk in _over(now))


def _over(now: datetime) -> list[UUID]:
    today = local(now).date()
    rows = Sound.objects.filter(Q(block="") | library.pieces(), state=SoundState.READY, removed_at=None, shared=False)
    rows = rows.exclude(kept_until__gte=today).defer(*library.HEAVY, "wave", "quality").order_by("pk")
    found: list[UUID] = []
    left = rows.iterator(chunk_size=BATCH)
    while some := list(islice(left, BATCH)):
        found += [pk for pk, facts in shelf.facts_of(some, now).items() if retention.is_over(facts, today)]
    return found


@transaction.atomic
def _let_go(sound_id: UUID, now: datetime) -> bool:
    """Looked at once more with its bulletins held: somebody may just have handed one in."""
    hold(shelf.bulletins_of(Sound(pk=sound_id)))
    sound = Sound.objects.select_for_update(of=("self",)).select_related("area").get(pk=sound_id)
    facts = shelf.facts_of([sound], now)[sound_id]
    if sound.removed_at is not None or not retention.is_over(facts, local(now).date()):
        return False
    media.remove(sound, now=now)
    return True
