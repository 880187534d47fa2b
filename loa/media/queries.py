"""Reads of sounds."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.media.models import InstalledVoice, Sound, SoundState

LOST = timedelta(minutes=40)  # longer than any reading in may take


def referenced(hashes: Collection[str]) -> set[str]:
    """Those of `hashes` that some sound or voice uses."""
    sounds = set(Sound.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
    originals = set(Sound.objects.filter(original__in=hashes).values_list("original", flat=True))
    voices = {name for files in InstalledVoice.objects.values_list("files", flat=True) for name in files.values()}
    return sounds | originals | (voices & set(hashes))


def waiting(ids: Collection[UUID]) -> set[UUID]:
    """Those of `ids` whose sound is not finished."""
    unfinished = Sound.objects.filter(pk__in=ids, state__in=[SoundState.WAITING, SoundState.WORKING])
    return set(unfinished.values_list("pk", flat=True))


def stuck(now: datetime) -> QuerySet[Sound]:
    """Sounds that wait or are worked on for so long that their job must have been lost."""
    return Sound.objects.filter(
        Q(state=SoundState.WAITING, made_at__lt=now - LOST) | Q(state=SoundState.WORKING, claimed_at__lt=now - LOST)
    )
