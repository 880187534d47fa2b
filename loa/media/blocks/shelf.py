"""What lies ready to build with: the blocks of an area, of the units above that share them, and of the whole nation."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from loa.areas.models import Area
from loa.areas.rules import Level, is_inside, lineage
from loa.media import rules
from loa.media.blocks.recipe import SPEECH, Ingredient, Recipe, from_json
from loa.media.blocks.templates import FRAME, PLAIN, STATION_CALL, Template, around, frame, most_ms, template, templates
from loa.media.library import pieces
from loa.media.models import Block, BlockChoice, Origin, OwnTemplate, Sound, SoundState

SHOWN_REST_MS = 500
OWN, SPLICED = "own-", "spliced"


def speech_of(sound: Sound) -> Sound:
    """What a bulletin says, without the template around it."""
    if sound.origin != Origin.BUILT or sound.made_from is None or sound.edits.get("template") == SPLICED:
        return sound
    return sound.made_from


def is_built_on(sound: Sound) -> bool:
    """Whether it was cut out of a programme: a second opening would stand before the first."""
    base = sound.made_from
    return sound.origin == Origin.EDITED and base is not None and speech_of(base) != base


def template_of(sound: Sound) -> str:
    """The key of the template that a sound was built after; "" if none."""
    found = str(sound.edits.get("template", "")) if sound.origin == Origin.BUILT else ""
    return "" if found == SPLICED else found


def blocks_for(area: Area) -> list[Sound]:
    """Every finished block of the area and of the units above: the nearest unit first, of each the newest."""
    rows = Sound.objects.filter(area__path__in=lineage(area.path), state=SoundState.READY, removed_at=None)
    rows = rows.exclude(block="").exclude(pieces()).select_related("area").defer("sentences", "spoken", "fold")
    found = [one for one in rows if one.duration_ms <= most_ms(one.block)]
    found.sort(key=lambda one: (len(one.area.path), one.made_at, -one.edits.get("order", 0)), reverse=True)
    return found


def unusable(area: Area) -> list[Sound]:
    """What the area itself wants to use as a block, but is still being made, was refused, or is too long."""
    rows = Sound.objects.filter(area=area, removed_at=None).exclude(block__in=["", Block.PROMPT, Block.SIREN])
    odd = [one for one in rows if one.state != SoundState.READY or one.duration_ms > most_ms(one.block)]
    return sorted(odd, key=lambda one: one.made_at, reverse=True)


def chosen_for(area: Area) -> dict[str, UUID]:
    """For each block what somebody has chosen, here or in the nearest unit above where anybody has."""
    rows = BlockChoice.objects.filter(area__path__in=lineage(area.path)).order_by("area__path")
    return dict(rows.values_list("block", "sound_id"))


def offered(area: Area) -> dict[str, Sound]:
    """For each block the sound that is used here: what was chosen, else the nearest and newest one."""
    chosen, found = chosen_for(area), dict[str, Sound]()
    for one in blocks_for(area):
        if one.block in (Block.PROMPT, Block.SIREN):
            continue
        if one.pk == chosen.get(one.block):
            found[one.block] = one
        else:
            found.setdefault(one.block, one)
    return found


def link_for(area: Area) -> Sound | None:
    """ "Xin nhắc lại": what is said between two readings of a bulletin of this area."""
    return offered(area).get(Block.AGAIN)


def sirens() -> dict[str, Sound]:
    """The nation's signals by their kind (a key of `generators.SIRENS`), for alerts alone."""
    rows = Sound.objects.filter(block=Block.SIREN, state=SoundState.READY, origin=Origin.BUILT, removed_at=None)
    return {str(one.edits.get("generator", "")).removeprefix("siren_"): one for one in rows}


def chosen(area: Area, blocks: Iterable[str]) -> dict[str, UUID]:
    """The ids of these blocks. Raises rules.Unfit `build_missing`."""
    there = offered(area)
    wanted = set(blocks)
    if wanted - set(there):
        raise rules.Unfit("build_missing")
    return {name: there[name].pk for name in wanted}


def ingredients(recipe: Recipe, area: Area) -> dict[UUID, Ingredient]:
    """What `recipe.check` has to know of the sounds of a recipe. Blocks of the units above are for all below."""
    rows = Sound.objects.filter(pk__in=recipe.sounds).exclude(state=SoundState.REFUSED).select_related("area")
    return {
        one.pk: Ingredient(
            one.duration_ms, one.area.path, one.state == SoundState.READY,
            shared=one.shared or (bool(one.block) and is_inside(area.path, one.area.path)),
            siren=one.block == Block.SIREN,
        )
        for one in rows
    }  # fmt: skip


def station_call(area: Area, text: str, voice: str) -> Sound | None:
    """The call of the area with these words in this voice, also while it is being made."""
    return _calls(area, text).filter(voice=voice).exclude(state=SoundState.REFUSED).first()


def station_call_of(area: Area, text: str) -> Sound | None:
    """What calls the station here whatever voice is asked for: one that people spoke, or the voice that was chosen.

    A machine's call with other words is that of an old name.
    """
    chosen = chosen_for(area).get(STATION_CALL)
    calls = [one for one in blocks_for(area) if one.block == STATION_CALL]
    calls.sort(key=lambda one: one.pk != chosen)
    fits = [one for one in calls if not one.is_machine_voice or (one.pk == chosen and one.transcript == text)]
    return next(iter(fits), None)


def _calls(area: Area, text: str) -> QuerySet[Sound]:
    rows = Sound.objects.filter(area__path__in=lineage(area.path), removed_at=None, origin=Origin.BUILT)
    return rows.filter(block=Block.STATION_CALL, transcript=text).order_by("-area__path", "-made_at")


def home_of(area: Area) -> Area:
    """Whose station it is: a hamlet has none of its own."""
    return area.parent if area.level == Level.HAMLET and area.parent else area


def call_words(area: Area) -> str:
    """What the station of an area says of itself: "Đây là Đài truyền thanh xã Quy Mông, tỉnh Lào Cai."."""
    home = home_of(area)
    names = [one.full_name[:1].lower() + one.full_name[1:] for one in (home, home.parent) if one and one.parent]
    return f"Đây là Đài truyền thanh {', '.join(names)}."


def templates_for(area: Area) -> dict[str, Template]:
    """What is offered in an area, by key: its own templates and those of the units above, then the ready ones."""
    rows = OwnTemplate.objects.filter(area__path__in=lineage(area.path), closed_at=None).order_by(
        "-area__path", "made_at"
    )
    return {template_key(row): as_template(row) for row in rows} | dict(templates())


def template_for(area: Area, key: str) -> Template:
    """One of them; also a closed one, after which something was built. Raises rules.Unfit `build_template`."""
    if key.startswith(FRAME):
        return around(frame(key))
    if not key.startswith(OWN):
        return template(key)
    try:
        name = UUID(key.removeprefix(OWN))
    except ValueError:
        raise rules.Unfit("build_template") from None
    row = OwnTemplate.objects.filter(pk=name, area__path__in=lineage(area.path)).first()
    if row is None:
        raise rules.Unfit("build_template")
    return as_template(row)


def is_own(key: str, area: Area) -> bool:
    """Whether this template is the area's own, and may be closed there."""
    return key.startswith(OWN) and OwnTemplate.objects.filter(pk=key.removeprefix(OWN), area=area).exists()


def template_key(row: OwnTemplate) -> str:
    """What a recipe is marked with."""
    return f"{OWN}{row.pk}"


def as_template(row: OwnTemplate) -> Template:
    """The row as the ready ones are."""
    return Template(template_key(row), row.name, tuple(row.parts), row.bed)


def unfinished(parts: Collection[UUID]) -> bool:
    """Whether one of these sounds is still being made."""
    return Sound.objects.filter(pk__in=parts, state__in=[SoundState.WAITING, SoundState.WORKING]).exists()


def parts_of(sound: Sound) -> tuple[UUID, ...]:
    """What a built sound is made of."""
    return from_json(sound.edits).sounds


def made_for(sound: Sound) -> list[Sound]:
    """What was spoken or built for this sound, when it was asked for; the whole before its parts. [] for any other."""
    found: list[Sound] = []
    look = [sound] if sound.origin == Origin.BUILT and sound.made_from_id else []
    while look:
        names = [name for one in look for name in from_json(one.edits).sounds]
        parts = Sound.objects.filter(pk__in=names, made_at=sound.made_at, made_by=sound.made_by).select_related("area")
        found += parts.filter(origin__in=[Origin.SYNTHESISED, Origin.BUILT])
        look = [one for one in found if one.pk in names and one.origin == Origin.BUILT and one.made_from_id]
    return found


def named_elsewhere(part: Sound) -> bool:
    """Whether another sound is made of it."""
    named = Q(made_from=part) | Q(edits__icontains=str(part.pk))
    return Sound.objects.filter(named, area=part.area).exclude(pk=part.pk).exists()


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
    if speech.state != SoundState.READY or is_built_on(speech) or speech.block:
        return []
    now, there = template_of(sound), offered(speech.area)
    there = {name: one for name, one in there.items() if name != STATION_CALL} | _call(speech)
    alone = Choice("", PLAIN, not now, ((speech.duration_ms, "bản tin"),), speech.duration_ms)
    found = templates_for(speech.area)
    if now and now not in found:
        found |= {now: template_for(speech.area, now)}
    return [alone, *(_choice(one, speech, there, now) for one in found.values())]


def _call(speech: Sound) -> dict[str, Sound]:
    """What would call the station before this; {} while it is still to be spoken."""
    text = call_words(speech.area)
    call = station_call_of(speech.area, text) or station_call(speech.area, text, speech.voice)
    return {STATION_CALL: call} if call is not None and call.state == SoundState.READY else {}


def _choice(one: Template, speech: Sound, there: Mapping[str, Sound], now: str) -> Choice:
    lengths = {name: sound.duration_ms for name, sound in there.items()} | {SPEECH: speech.duration_ms}
    parts = tuple((lengths.get(part, 0), _called(part)) for part in one.parts if isinstance(part, str))
    rests = sum(part for part in one.parts if isinstance(part, int))
    told = [(rests, "quãng nghỉ")] if rests >= SHOWN_REST_MS else []  # "0:00" tells nobody anything
    missing = next((Block(name).label for name in one.blocks if name not in there and name != STATION_CALL), "")
    return Choice(
        one.key, one.name, one.key == now, (*parts, *told), sum(ms for ms, _ in parts) + rests,
        least=STATION_CALL in one.blocks and STATION_CALL not in there, missing=missing,
    )  # fmt: skip


def _called(part: str) -> str:
    return "bản tin" if part == SPEECH else str(Block(part).label).lower()
