"""The library: finding sounds by what people type, and those that other units share."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from loa.areas.models import Area
from loa.areas.queries import within
from loa.areas.rules import Level, fold, is_inside, lineage
from loa.kernel.clock import LOCAL
from loa.media.models import Block, Origin, Sound, SoundState
from loa.media.sharing import OWN_PROVINCE, licence_name, province_of

PAGE = 20
MOST_WORDS, MOST_PARTS = 12, 60
HEAVY = ("transcript", "spoken", "sentences", "edits", "fold")
AROUND = ",.;:!?()[]\"'“”‘’…-–"  # marks around a word that was pasted with its sentence
ELSEWHERE = "reused"
UUIDS = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FOR_ALERTS = (Block.SIREN,)  # never in a bulletin, so nobody takes one over


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


def is_own(path: str, area: Area) -> bool:
    """Whether what belongs to the area at `path` belongs to the unit of `area`: a commune is one with its hamlets, a
    province and the centre are units beside those below them."""
    return is_inside(path, area.path) if area.level >= Level.COMMUNE else path == area.path


def own(area: Area) -> QuerySet[Sound]:
    """Finished sounds of the unit."""
    return _finished(Sound.objects.filter(area__in=_unit(area).values("pk")))


def below(area: Area) -> QuerySet[Sound]:
    """Finished sounds of the units below a province or the centre, whether they share them or not."""
    return _finished(Sound.objects.filter(area__in=Area.objects.filter(path__startswith=f"{area.path}.").values("pk")))


def of_others(area: Area) -> QuerySet[Sound]:
    """What other units share, as far as the licence reaches; that it is approved, bulletins know."""
    return _finished(_others(area).filter(reaches(area)))


def ready_for(area: Area) -> QuerySet[Sound]:
    """Building blocks that need no approval: those of the units above, and those that belong to nobody. Pieces of
    sentences have a page of their own."""
    blocks = _others(area).exclude(block="").exclude(block=Block.PROMPT)
    return _finished(blocks.filter(from_above(area) | (reaches(area) & made_by_code())))


def _others(area: Area) -> QuerySet[Sound]:
    mine = within(area.path, "area__path") if area.level >= Level.COMMUNE else Q(area=area)
    return Sound.objects.filter(removed_at=None).exclude(mine).exclude(block__in=FOR_ALERTS)


def reaches(area: Area) -> Q:
    """Sounds whose owner lets this area use them."""
    return Q(shared=True) & (~Q(licence=OWN_PROVINCE) | within(province_of(area.path), "area__path"))


def from_above(area: Area) -> Q:
    """What belongs to the units above: their building blocks are for all below."""
    return Q(area__path__in=lineage(area.path)[:-1])


def made_by_code() -> Q:
    """What belongs to nobody and needs nobody's approval, such as the building blocks of the installation itself."""
    return Q(origin=Origin.BUILT, made_by=None)


def _unit(area: Area) -> QuerySet[Area]:
    return Area.objects.filter(within(area.path, "path") if area.level >= Level.COMMUNE else Q(pk=area.pk))


def pieces() -> Q:
    """What a machine has spoken for other sounds alone: a word of a sentence, the name of the station."""
    return Q(block=Block.PROMPT, origin=Origin.SYNTHESISED)


def is_piece(sound: Sound) -> bool:
    """Whether it is one of `pieces`."""
    return sound.block == Block.PROMPT and sound.origin == Origin.SYNTHESISED


def _finished(rows: QuerySet[Sound]) -> QuerySet[Sound]:
    return _shown(rows.filter(state=SoundState.READY).exclude(pieces()))


def _shown(rows: QuerySet[Sound]) -> QuerySet[Sound]:
    """With what a list shows, and no more."""
    return rows.select_related("area", "made_by").defer(*HEAVY)


def narrowed(rows: QuerySet[Sound], wanted: Wanted) -> QuerySet[Sound]:
    """Those of `rows` that are looked for, the newest first; every word must stand somewhere, diacritics or not."""
    for word in [bare for word in fold(wanted.words).split() if (bare := word.strip(AROUND))][:MOST_WORDS]:
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


def own_parts(area: Area) -> list[QuerySet[Sound]]:
    """`own`, the commune and each of its hamlets by itself: each has an index that knows its newest."""
    parts = list(_unit(area).values_list("pk", flat=True)[: MOST_PARTS + 1])
    return [own(area)] if len(parts) > MOST_PARTS else [_finished(Sound.objects.filter(area=part)) for part in parts]


def page(parts: Sequence[QuerySet[Sound]], number: int) -> Page:
    """The page with this number, from 1, of the parts of a shelf as `narrowed` gives them.

    Nothing is counted, and of each part no more is read than the page may hold: sorting a large library, or asking for
    all parts in one condition, would take a hundred times as long.
    """
    number = max(number, 1)
    end = number * PAGE + 1
    bare = [part.select_related(None).defer(None).values_list("made_at", "pk")[:end] for part in parts]
    newest = sorted(set(bare[0].union(*bare[1:], all=True) if bare[1:] else bare[0]), reverse=True)
    names = [pk for _, pk in newest[end - PAGE - 1 : end]]
    known = _shown(Sound.objects.all()).in_bulk(names)
    found = [known[name] for name in names if name in known]
    return Page(tuple(found[:PAGE]), number, len(names) > PAGE)


def taken_over(area: Area) -> QuerySet[Sound]:
    """What the unit has taken over from others."""
    rows = Sound.objects.filter(area__in=_unit(area).values("pk"), made_from__isnull=False, origin=Origin.UPLOADED)
    return rows.filter(removed_at=None).only("made_from", "origin", "area")


def is_taken(sound: Sound | None) -> bool:
    """Whether it was taken over from another unit as it was."""
    return sound is not None and sound.made_from_id is not None and sound.origin == Origin.UPLOADED


def taken(sound: Sound | None) -> Sound | None:
    """The sound that was taken over from another unit: this one, or that from which it was cut or built."""
    while sound is not None and not is_taken(sound):
        sound = sound.made_from
    return sound


def provenance(sound: Sound | None) -> str:
    """Where it came from and on what terms, for the play log; "" for what is the unit's own."""
    base = taken(sound)
    return f"{base.source} ({licence_name(base.licence)})" if base else ""


@dataclass(frozen=True, slots=True)
class Made:
    """A sound of the line that begins with `root`; `path` and `place` are those of its area."""

    root: UUID
    pk: UUID
    sha256: str
    path: str
    place: str


def line_of(roots: Iterable[UUID]) -> list[Made]:
    """These sounds and everything that was taken over, cut or built from them, by whichever unit. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LINE, [list(roots)])
        return [Made(*row) for row in cursor.fetchall()]


_LINE = """
with recursive line(root, id) as (
    select root, root from unnest(%s::uuid[]) root
    union select line.root, made.id from media_sound made join line on made.made_from_id = line.id
)
select line.root, line.id, own.sha256, area.path, area.full_name
    from line join media_sound own on own.id = line.id join areas_area area on area.id = own.area_id
"""


def made_of(sound: Sound) -> QuerySet[Sound]:
    """Edited and built sounds of the same unit that start from this one, or have it among their parts."""
    named = Q(edits__icontains=str(sound.pk))
    return _near([sound]).filter(Q(made_from=sound) | named).exclude(edits={}).order_by("-made_at")


def needed_by_edits(sounds: Iterable[Sound]) -> set[UUID]:
    """Those of `sounds` from which a sound that still has its file was cut, joined or built."""
    sounds = list(sounds)
    wanted = {one.pk for one in sounds}
    made = _near(sounds).filter(removed_at=None).exclude(edits={}).values_list("made_from_id", "edits")
    found: set[UUID] = set()
    for base, edits in made.iterator():
        found |= wanted & {base, *map(UUID, UUIDS.findall(str(edits)))}
    return found


def _near(sounds: Iterable[Sound]) -> QuerySet[Sound]:
    """Sounds of the same units: what a hamlet recorded, its commune cuts."""
    areas = Area.objects.filter(pk__in={one.area_id for one in sounds}).values_list("pk", "parent_id", "level")
    units = {parent if level == Level.HAMLET else pk for pk, parent, level in areas}
    return Sound.objects.filter(Q(area__in=units) | Q(area__parent__in=units, area__level=Level.HAMLET))
