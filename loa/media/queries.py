"""Reads of sounds."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.kernel.errors import NotFound
from loa.media import rules
from loa.media.models import InstalledVoice, LexiconEntry, Sound, SoundState
from loa.media.reading.lexicon import Entry, Lexicon, national

MOST_JOINABLE = 60
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


def joinable(area: Area, but: UUID) -> QuerySet[Sound]:
    """What can be joined to a sound of `area`: its finished sounds, building blocks first, then the newest."""
    ready = Sound.objects.filter(area=area, state=SoundState.READY, duration_ms__lte=rules.MAX_BULLETIN_MS)
    return ready.exclude(pk=but).order_by(Case(When(block="", then=1), default=0), "-made_at")[:MOST_JOINABLE]


def installed_voice(identifier: str) -> InstalledVoice:
    """The row of a voice. Raises NotFound."""
    try:
        return InstalledVoice.objects.get(pk=identifier)
    except InstalledVoice.DoesNotExist:
        raise NotFound from None


def voice_note(sound: Sound) -> str:
    """What the officer is told when another voice than the chosen one spoke, wholly or in part; "" otherwise."""
    chosen = sound.voice.partition("/")[0]
    others = [one["voice"].partition("/")[0] for one in sound.sentences]
    others = [voice for voice in others if voice != chosen]
    if not others:
        return ""
    names = dict(InstalledVoice.objects.filter(pk__in={chosen, *others}).values_list("pk", "name"))
    where = "" if len(others) == len(sound.sentences) else f" ở {len(others)}/{len(sound.sentences)} câu"
    called = [_called(one, names) for one in dict.fromkeys(others)]
    return (
        f"Giọng “{names.get(chosen, chosen)}” không trả lời{where}, đã đọc bằng {' và '.join(called)}. "
        "Hãy nghe kỹ, hoặc tạo lại khi giọng ấy trở lại."
    )


def _called(voice: str, names: dict[str, str]) -> str:
    return rules.FALLBACK_LABEL if voice == rules.FALLBACK_VOICE else f"giọng “{names.get(voice, voice)}”"


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
