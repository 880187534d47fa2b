"""Reads of sounds."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.kernel.errors import NotFound
from loa.media import heard, rules
from loa.media.heard import Listening, Sentence
from loa.media.library import pieces
from loa.media.models import (
    Block,
    Compact,
    HeardSentence,
    InstalledVoice,
    LexiconEntry,
    Origin,
    Sound,
    SoundState,
    Upload,
)
from loa.media.reading.lexicon import Entry, Lexicon, national
from loa.people.models import User

MOST_JOINABLE = 60
UUID_LETTERS = 36
LOST = timedelta(minutes=40)  # longer than any reading in may take


def referenced(hashes: Collection[str]) -> set[str]:
    """Those of `hashes` that some sound or voice uses; a sound whose time is over lets go of its file."""
    kept = Sound.objects.filter(sha256__in=hashes, removed_at=None)
    sounds = set(kept.values_list("sha256", flat=True))
    originals = set(Sound.objects.filter(original__in=hashes).values_list("original", flat=True))
    voices = {name for files in InstalledVoice.objects.values_list("files", flat=True) for name in files.values()}
    compacts = set(Compact.objects.filter(sha256__in=hashes).values_list("sha256", flat=True))
    return sounds | originals | compacts | (voices & set(hashes))


def waiting(ids: Collection[UUID]) -> set[UUID]:
    """Those of `ids` whose sound is not finished."""
    unfinished = Sound.objects.filter(pk__in=ids, state__in=[SoundState.WAITING, SoundState.WORKING])
    return set(unfinished.values_list("pk", flat=True))


def half_sent(user: User, area: Area) -> QuerySet[Upload]:
    """Files for `area` that `user` has begun to send and not ended, the latest first."""
    return Upload.objects.filter(made_by=user, area=area, done=False).order_by("-touched_at")


def stuck(now: datetime) -> QuerySet[Sound]:
    """Sounds that wait or are worked on for so long that their job must have been lost."""
    return Sound.objects.filter(
        Q(state=SoundState.WAITING, made_at__lt=now - LOST) | Q(state=SoundState.WORKING, claimed_at__lt=now - LOST)
    )


def joinable(area: Area, but: UUID) -> QuerySet[Sound]:
    """What can be joined to a sound of `area`: building blocks, also of the units above, then its own newest sounds."""
    ready = Sound.objects.filter(state=SoundState.READY, removed_at=None, duration_ms__lte=rules.MAX_BULLETIN_MS)
    blocks = Q(area__path__in=lineage(area.path)) & ~Q(block__in=["", Block.PROMPT])
    ready = ready.filter(Q(area=area) | blocks).exclude(block=Block.SIREN).exclude(pieces())
    return ready.exclude(pk=but).order_by(Case(When(block="", then=1), default=0), "-made_at")[:MOST_JOINABLE]


def installed_voice(identifier: str) -> InstalledVoice:
    """The row of a voice. Raises NotFound."""
    try:
        return InstalledVoice.objects.get(pk=identifier)
    except InstalledVoice.DoesNotExist:
        raise NotFound from None


def voice_note(sound: Sound) -> str:
    """What the officer is told when another voice than the chosen one spoke, wholly or in part; "" otherwise."""
    if sound.origin == Origin.BUILT and sound.made_from:
        return voice_note(sound.made_from)
    chosen = sound.voice.partition("/")[0]
    others = [one.get("voice", sound.voice).partition("/")[0] for one in sound.sentences]
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


def machine_speaks(sound: Sound) -> bool:
    """Whether a machine speaks anywhere in it, also after it was cut, joined to another or built in."""
    seen, look = {sound.pk}, [sound]
    while look:
        if any(one.origin == Origin.SYNTHESISED or one.voice for one in look):
            return True
        sources = {name for one in look for name in _sources(one)} - seen
        seen |= sources
        look = list(Sound.objects.filter(pk__in=sources)) if sources else []
    return False


def _sources(sound: Sound) -> set[UUID]:
    """What it was made from, and every sound that its list of edits names."""
    made_from = {sound.made_from_id} if sound.made_from_id else set()
    return made_from | set(_named(sound.edits)) if sound.edits else made_from


def _named(data: object) -> Iterator[UUID]:
    if isinstance(data, dict):
        data = [*data.values()]
    if isinstance(data, list):
        for one in data:
            yield from _named(one)
    elif isinstance(data, str) and len(data) == UUID_LETTERS:
        with suppress(ValueError):
            yield UUID(data)


def sentences_of(sound: Sound) -> list[Sentence]:
    """What has to be heard of a sound in which a machine speaks: its sentences where they are known, else its parts."""
    if sound.sentences:
        return [Sentence(one["key"], one["text"], one["start_ms"], one["end_ms"]) for one in sound.sentences]
    return heard.parts(sound.sha256, sound.duration_ms)


def listening(sound: Sound, user_id: int) -> Listening:
    """The sentences of a sound, and which of them this person has heard, there or in any other sound."""
    return listenings([sound], [user_id])[user_id]


def listenings(sounds: Iterable[Sound], user_ids: Collection[int]) -> dict[int, Listening]:
    """For each of these people: what they have heard of all these sounds together."""
    sounds = list(sounds)
    sentences = tuple(one for sound in sounds for one in sentences_of(sound))
    return {user: Listening(sentences, keys) for user, keys in heard_keys(sounds, user_ids).items()}


def heard_keys(sounds: Iterable[Sound], user_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """For each of these people: the keys of those sentences of these sounds that they have heard anywhere."""
    keys = {one.key for sound in sounds for one in sentences_of(sound)}
    known: dict[int, set[str]] = {user: set() for user in user_ids}
    for user, key in HeardSentence.objects.filter(user__in=user_ids, key__in=keys).values_list("user_id", "key"):
        known[user].add(key)
    return {user: frozenset(some) for user, some in known.items()}


def unheard(sounds: Iterable[Sound], user_ids: Collection[int]) -> tuple[int | None, Listening]:
    """Of these people the one who has heard the most of what machines speak in these sounds, and what is left to hear.

    Nothing is left (`complete`) if one person has heard every sentence, or if no machine speaks. The first of several.
    """
    spoken = [sound for sound in sounds if machine_speaks(sound)]
    return heard.best(listenings(spoken, user_ids), user_ids) if spoken else (None, Listening(()))


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
