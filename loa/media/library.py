"""The library: finding sounds by what people type, and those that other units share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import fold
from loa.kernel.clock import LOCAL
from loa.media.models import Block, Origin, Sound, SoundState
from loa.media.sharing import OWN_PROVINCE, licence_name, province_of

PAGE = 20
MOST_WORDS, MOST_PARTS = 12, 60
HEAVY = ("transcript", "spoken", "sentences", "edits", "fold")
ELSEWHERE = "reused"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty fields ask for nothing. `origin` and `block` are values of the models, or `block` any.

    `since` and `until` are local days, both included.
    """

    words: str = ""
    origin: str = ""
    block: str = ""
    language: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was found, and whether there is more."""

    rows: tuple[Sound, ...]
    number: int
    more: bool


def own(area: Area) -> QuerySet[Sound]:
    """Finished sounds of the area and of its hamlets."""
    rows = Sound.objects.filter(area__in=Area.objects.filter(within(area.path, "path")).values("pk"))
    return _finished(rows.exclude(pieces()))


def pieces() -> Q:
    """What a machine has spoken for other sounds alone: a word of a sentence, the name of the station."""
    return Q(block=Block.PROMPT, origin=Origin.SYNTHESISED)


def is_piece(sound: Sound) -> bool:
    """Whether it is one of `pieces`."""
    return sound.block == Block.PROMPT and sound.origin == Origin.SYNTHESISED


def of_others(area: Area) -> QuerySet[Sound]:
    """What other units share with this one, as far as its licence reaches; that it is approved, bulletins know."""
    return _finished(Sound.objects.filter(reaches(area), removed_at=None)).exclude(within(area.path, "area__path"))


def reaches(area: Area) -> Q:
    """Sounds whose owner lets this area use them."""
    return Q(shared=True) & (~Q(licence=OWN_PROVINCE) | within(province_of(area.path), "area__path"))


def _finished(rows: QuerySet[Sound]) -> QuerySet[Sound]:
    return rows.filter(state=SoundState.READY).select_related("area", "made_by").defer(*HEAVY)


def narrowed(rows: QuerySet[Sound], wanted: Wanted) -> QuerySet[Sound]:
    """Those of `rows` that are looked for, the newest first; every word must stand somewhere, diacritics or not."""
    for word in fold(wanted.words).split()[:MOST_WORDS]:
        rows = rows.filter(fold__contains=word)
    if wanted.origin:
        rows = rows.filter(_of_origin(wanted.origin))
    if wanted.block:
        rows = rows.exclude(block="") if wanted.block == "any" else rows.filter(block=wanted.block)
    if wanted.language:
        rows = rows.filter(language=wanted.language)
    if wanted.since:
        rows = rows.filter(made_at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(made_at__lt=_midnight(wanted.until + timedelta(days=1)))
    return rows.order_by("-made_at", "-pk")


def _of_origin(origin: str) -> Q:
    """A machine's voice that was cut is a machine's voice."""
    if origin == ELSEWHERE:
        return Q(made_from__isnull=False, origin=Origin.UPLOADED)
    if origin == Origin.SYNTHESISED:
        return Q(origin=origin) | ~Q(voice="")
    return Q(origin=origin)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LOCAL)


def page(rows: QuerySet[Sound], number: int, area: Area | None = None) -> Page:
    """The page with this number, from 1. Nothing is counted: a large library answers as fast as a small one.

    `area`: all of `rows` lie in it. Then the newest of each of its parts are taken by their index and merged; a sort of
    the whole library would take a hundred times as long.
    """
    start = (max(number, 1) - 1) * PAGE
    parts = _parts(area) if area is not None else []
    if 0 < len(parts) <= MOST_PARTS:
        names = _merged(rows, parts, start)
        known = rows.in_bulk(names)
        found = [known[name] for name in names if name in known]
    else:
        found = list(rows[start : start + PAGE + 1])
    return Page(tuple(found[:PAGE]), max(number, 1), len(found) > PAGE)


def _parts(area: Area) -> list[int]:
    """Ids of the area and of those below it."""
    return list(Area.objects.filter(within(area.path, "path")).values_list("pk", flat=True)[: MOST_PARTS + 1])


def _merged(rows: QuerySet[Sound], parts: Sequence[int], start: int) -> list[UUID]:
    """Ids of one page and one more, the newest first."""
    end = start + PAGE + 1
    bare = rows.select_related(None).defer(None)
    newest = [bare.filter(area=part).values_list("made_at", "pk")[:end] for part in parts]
    merged = sorted(newest[0].union(*newest[1:], all=True), reverse=True)
    return [pk for _, pk in merged[start:end]]


def is_taken(sound: Sound | None) -> bool:
    """Whether it was taken over from another unit as it was."""
    return sound is not None and sound.made_from_id is not None and sound.origin == Origin.UPLOADED


def taken(sound: Sound | None) -> Sound | None:
    """The sound that was taken over from another unit: this one, or that from which it was cut."""
    if sound is None or is_taken(sound):
        return sound
    base = sound.made_from
    return base if base is not None and is_taken(base) else None


def provenance(sound: Sound | None) -> str:
    """Where it came from and on what terms, for the play log; "" for what is the unit's own."""
    base = taken(sound)
    return f"{base.source} ({licence_name(base.licence)})" if base else ""


def made_of(sound: Sound) -> QuerySet[Sound]:
    """Edited and built sounds of the same unit that start from this one, or have it among their parts."""
    named = Q(edits__icontains=str(sound.pk))
    return Sound.objects.filter(Q(made_from=sound) | named, area=sound.area).exclude(edits={}).order_by("-made_at")


def needed_by_edits(sounds: Iterable[Sound]) -> set[UUID]:
    """Those of `sounds` from which a sound that still has its file was cut, joined or built."""
    wanted = {one.pk for one in sounds}
    areas = {one.area_id for one in sounds}
    made = Sound.objects.filter(area__in=areas, removed_at=None).exclude(edits={}).values_list("made_from_id", "edits")
    found: set[UUID] = set()
    for base, edits in made.iterator():
        found |= {base} if base in wanted else set()
        found |= {name for name in wanted - found if str(name) in str(edits)}
    return found
