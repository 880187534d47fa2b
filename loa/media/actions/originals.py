"""Files as they were sent: kept for a time after their last use, so that an edit never starts from what was encoded."""

from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from loa.audit.actions import record
from loa.kernel.clock import local
from loa.media import store
from loa.media.models import Sound


def keep(sound: Sound, files: store.FileStore, scratch: Path, now: datetime) -> None:
    """Keep the file that was sent, beside its rendition. Sets the fields of `sound`; the caller saves it.

    The sent file itself stays where it is until the row is committed: a failed commit is tried again with it.
    """
    sent = files.incoming(sound.pk)
    if settings.LOA_KEEP_ORIGINALS_DAYS and sent.exists():
        sound.original, sound.original_until = files.put_copy(sent, scratch), _until(now)


def use(sound: Sound, now: datetime) -> None:
    """The original of `sound` is needed: it stays for the whole time again."""
    Sound.objects.filter(pk=sound.pk).exclude(original="").update(original_until=_until(now))


def forget_old(now: datetime) -> int:
    """Let go of originals whose time is over; their files go with the unreferenced ones. Returns how many."""
    old = Sound.objects.filter(_over(now)).exclude(original="").select_related("area")
    return sum(_forget(sound, now) for sound in old.defer("wave", "transcript", "spoken", "sentences", "fold"))


@transaction.atomic
def _forget(sound: Sound, now: datetime) -> int:
    """Unless somebody needed it just now."""
    gone = Sound.objects.filter(_over(now), pk=sound.pk).update(original="", original_until=None)
    if gone:
        facts = {"sha256": sound.original}
        about = ("sound", sound.pk)
        record(actor=None, verb="sound.original_removed", object=about, area=sound.area.path, facts=facts, now=now)
    return gone


def _over(now: datetime) -> Q:
    return Q(original_until__lt=local(now).date())


def _until(now: datetime) -> date:
    return local(now).date() + timedelta(days=settings.LOA_KEEP_ORIGINALS_DAYS)
