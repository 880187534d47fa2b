"""Sentences with blanks: kept, recorded piece by piece, and spliced together when they are filled in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.kernel.errors import Invalid, NotFound
from loa.media import access, queries, rules
from loa.media.actions import building
from loa.media.actions.speaking import synthesise
from loa.media.blocks import prompts, shelf
from loa.media.blocks.recipe import Part, Recipe, Splice, check
from loa.media.models import Block, Origin, Prompt, Sound, SoundState
from loa.media.reading.read import read
from loa.people.models import User

MOST_PIECE_MS = 30_000
MARGIN_MS = 30  # of the silence at the edges of a recorded piece


@transaction.atomic
def save_prompt(*, actor: User, area: Area, name: str, text: str, now: datetime) -> Prompt:
    """A sentence of the area's own. Raises NotFound, Denied, Invalid (`prompt_...`)."""
    access.require_making(actor, area, now)
    try:
        name, text = prompts.checked(name, text)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    try:
        with transaction.atomic():
            row = Prompt.objects.create(area=area, name=name, text=text, made_by=actor, made_at=now)
    except IntegrityError:
        raise Invalid(rules.MESSAGES["prompt_taken"], code="prompt_taken") from None
    record(actor=actor, verb="prompt.saved", object=("prompt", row.pk), area=area.path, facts={"name": name}, now=now)
    return row


@transaction.atomic
def close_prompt(*, actor: User, prompt_id: UUID, now: datetime) -> Prompt:
    """No longer offered; its recorded pieces stay, other sentences may hold them. Raises NotFound, Denied."""
    row = Prompt.objects.select_related("area").filter(pk=prompt_id, closed_at=None).first()
    if row is None:
        raise NotFound
    access.require_making(actor, row.area, now)
    Prompt.objects.filter(pk=row.pk).update(closed_at=now)
    record(
        actor=actor, verb="prompt.closed", object=("prompt", row.pk), area=row.area.path, facts={"name": row.name},
        now=now,
    )  # fmt: skip
    return row


@transaction.atomic
def record_piece(*, actor: User, sound_id: UUID, words: str, now: datetime) -> Sound:
    """A recording of one's own is these words from now on, wherever a sentence has them. Raises NotFound, Denied,
    Invalid (`prompt_piece`).
    """
    sound = access.sound_for(actor, sound_id, now, "media.write")
    said, own = prompts.piece(words), sound.origin in (Origin.RECORDED, Origin.UPLOADED)
    usable = sound.block in ("", Block.PROMPT) and sound.state != SoundState.REFUSED and sound.removed_at is None
    if not said or len(said) > prompts.MOST_TEXT or not own or not usable or sound.duration_ms > MOST_PIECE_MS:
        raise Invalid(rules.MESSAGES["prompt_piece"], code="prompt_piece")
    Sound.objects.filter(pk=sound.pk).update(block=Block.PROMPT, transcript=said, title=words.strip()[:200])
    record(
        actor=actor, verb="prompt.recorded", object=("sound", sound.pk), area=sound.area.path, facts={"title": said},
        now=now,
    )  # fmt: skip
    return sound


@transaction.atomic
def splice(*, actor: User, area: Area, parts: Sequence[str], title: str, voice: str, now: datetime) -> Sound:
    """The sentence of these parts (`prompts.filled`): what a person has recorded, in `voice` what nobody has.

    Raises NotFound, Denied, Invalid (`build_...`, those of `synthesise`).
    """
    access.require_making(actor, area, now)
    text, there = "".join(parts), recorded_in(area)
    runs = prompts.runs(parts, there)
    if not any(run.recorded for run in runs):
        return synthesise(actor=actor, area=area, text=text, voice=voice, title=title, now=now)
    pieces = [_part(there[run.text]) if run.recorded else _spoken(actor, area, run.text, voice, now) for run in runs]
    recipe = Recipe((Splice(tuple(pieces)),), template=shelf.SPLICED)
    try:
        check(recipe, shelf.ingredients(recipe, area), area.path)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    spoken = read(text, queries.lexicon_for(area)).spoken
    first = Sound.objects.get(
        pk=next((one.sound for one, run in zip(pieces, runs, strict=True) if not run.recorded), pieces[0].sound)
    )
    return building.new_built(actor, area, first, recipe, now, title=title, spoken=spoken, transcript=text)


def recorded_in(area: Area) -> Mapping[str, Sound]:
    """Words -> the newest recording of them that this area, or the nearest unit above, has."""
    found: dict[str, Sound] = {}
    for one in shelf.blocks_for(area):
        if one.block == Block.PROMPT and not one.is_machine_voice and one.duration_ms <= MOST_PIECE_MS:
            found.setdefault(one.transcript, one)
    return found


def _part(sound: Sound) -> Part:
    """A recorded piece without the silence at its edges."""
    figures = sound.quality.get("figures", {})
    start = max(int(figures.get("lead_ms", 0)) - MARGIN_MS, 0)
    end = min(sound.duration_ms - int(figures.get("trail_ms", 0)) + MARGIN_MS, sound.duration_ms)
    return Part(sound.pk, start, end) if start < end else Part(sound.pk)


def _spoken(actor: User, area: Area, words: str, voice: str, now: datetime) -> Part:
    made = synthesise(actor=actor, area=area, text=words, voice=voice, title=f"Mẩu câu: {words}", now=now)
    Sound.objects.filter(pk=made.pk).update(block=Block.PROMPT)
    return Part(made.pk)
