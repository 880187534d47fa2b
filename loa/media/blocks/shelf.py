"""What lies ready to build with: the blocks of an area, of the units above that share them, and of the whole nation."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.media import rules
from loa.media.blocks.recipe import SPEECH, Ingredient, Recipe
from loa.media.blocks.templates import PLAIN, STATION_CALL, Template, templates
from loa.media.models import Block, Origin, Sound, SoundState


def speech_of(sound: Sound) -> Sound:
    """What a bulletin says, without the template around it."""
    return sound.made_from if sound.origin == Origin.BUILT and sound.made_from else sound


def is_built_on(sound: Sound) -> bool:
    """Whether it was cut out of a programme: a second opening would stand before the first."""
    base = sound.made_from
    return sound.origin == Origin.EDITED and base is not None and base.origin == Origin.BUILT


def template_of(sound: Sound) -> str:
    """The key of the template that a sound was built after; "" if none."""
    return str(sound.edits.get("template", "")) if sound.origin == Origin.BUILT else ""


def offered(area: Area) -> dict[str, Sound]:
    """For each block the sound that is used here: the area's own before that of a unit above, the newest own first."""
    path, above = area.path, lineage(area.path)
    rows = Sound.objects.filter(area__path__in=above, state=SoundState.READY, removed_at=None).exclude(block="")
    usable = [one for one in rows.select_related("area") if one.area.path == path or one.shared]
    usable.sort(key=lambda one: (len(one.area.path), one.made_at, -one.edits.get("order", 0)), reverse=True)
    found: dict[str, Sound] = {}
    for one in usable:
        found.setdefault(one.block, one)
    return found


def chosen(area: Area, blocks: Iterable[str]) -> dict[str, UUID]:
    """The ids of these blocks. Raises rules.Unfit `build_missing`."""
    there = offered(area)
    wanted = set(blocks)
    if wanted - set(there):
        raise rules.Unfit("build_missing")
    return {name: there[name].pk for name in wanted}


def ingredients(recipe: Recipe) -> dict[UUID, Ingredient]:
    """What `recipe.check` has to know of the sounds of a recipe."""
    rows = Sound.objects.filter(pk__in=recipe.sounds).exclude(state=SoundState.REFUSED).select_related("area")
    return {
        one.pk: Ingredient(one.duration_ms, one.area.path, one.state == SoundState.READY, one.shared) for one in rows
    }


def station_call(area: Area, text: str, voice: str) -> Sound | None:
    """The call of the area with these words in this voice, also while it is being made."""
    calls = Sound.objects.filter(area=area, block=Block.STATION_CALL, transcript=text, voice=voice, origin=Origin.BUILT)
    return calls.exclude(state=SoundState.REFUSED).first()


def unfinished(parts: Collection[UUID]) -> bool:
    """Whether one of these sounds is still being made."""
    return Sound.objects.filter(pk__in=parts, state__in=[SoundState.WAITING, SoundState.WORKING]).exists()


def waiting_programmes(area: Area) -> list[Sound]:
    """Built sounds of an area that are not begun, locked: of two parts that end together the second sees the first."""
    waiting = Sound.objects.select_for_update().filter(area=area, origin=Origin.BUILT, state=SoundState.WAITING)
    return list(waiting.filter(made_from__isnull=False).order_by("pk"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One template as it would be for a sound; `length` ms of the whole, `least` when a part is still to be made.

    `parts` are ms and words of what stands in it, in order; `missing` names a block that nobody has made yet.
    """

    key: str
    name: str
    chosen: bool
    parts: tuple[tuple[int, str], ...]
    length: int
    least: bool = False
    missing: str = ""


def choices(sound: Sound) -> list[Choice]:
    """All templates for what `sound` says, "Chỉ bản tin" first; [] when it cannot be built with."""
    speech = speech_of(sound)
    if speech.state != SoundState.READY or is_built_on(speech):
        return []
    now, there = template_of(sound), offered(speech.area)
    alone = Choice("", PLAIN, not now, ((speech.duration_ms, "bản tin"),), speech.duration_ms)
    return [alone, *(_choice(one, speech, there, now) for one in templates().values())]


def _choice(one: Template, speech: Sound, there: Mapping[str, Sound], now: str) -> Choice:
    lengths = {name: sound.duration_ms for name, sound in there.items()} | {SPEECH: speech.duration_ms}
    parts = tuple((lengths.get(part, 0), _called(part)) for part in one.parts if isinstance(part, str))
    rests = sum(part for part in one.parts if isinstance(part, int))
    missing = next((Block(name).label for name in one.blocks if name not in there and name != STATION_CALL), "")
    return Choice(
        one.key, one.name, one.key == now, (*parts, (rests, "quãng nghỉ")), sum(ms for ms, _ in parts) + rests,
        least=STATION_CALL in one.blocks and STATION_CALL not in there, missing=missing,
    )  # fmt: skip


def _called(part: str) -> str:
    return "bản tin" if part == SPEECH else str(Block(part).label).lower()
