"""Reads of sounds."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.media.models import InstalledVoice, LexiconEntry, Sound, SoundState
from loa.media.reading.lexicon import Entry, Lexicon, national

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


def words_of(area: Area) -> QuerySet[LexiconEntry]:
    """What the area itself has added to the national list."""
    return LexiconEntry.objects.filter(area=area).select_related("made_by").order_by("written")


def words_above(area: Area) -> QuerySet[LexiconEntry]:
    """What the units above have added, the nearest first."""
    above = LexiconEntry.objects.filter(area__path__in=lineage(area.path)[:-1])
    return above.select_related("area").order_by("-area__path", "written")


def lexicon_for(area: Area) -> Lexicon:
    """How text is read in `area`: the national list, over it what the province has added, over that the commune.

    One small query; the list itself is put together again only when an entry has changed.
    """
    rows = LexiconEntry.objects.filter(area__path__in=lineage(area.path)).order_by("area__path", "written")
    return _put_together(tuple(rows.values_list("area__path", "written", "spoken")))


@lru_cache(maxsize=64)
def _put_together(rows: tuple[tuple[str, str, str], ...]) -> Lexicon:
    """Known by the entries themselves, so nothing old can be taken for new. `rows`: path, written, spoken, by path."""
    whole = national()
    for _, layer in groupby(rows, key=lambda row: row[0]):
        whole = whole.with_entries([Entry(written, spoken) for _, written, spoken in layer])
    return whole
