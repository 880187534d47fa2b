"""Putting a programme together after a template: blocks around what is spoken, music beneath it."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from loa.areas.models import Area
from loa.kernel.errors import Invalid
from loa.kernel.ids import new_id
from loa.media import access, rules, store
from loa.media.actions import originals, rows
from loa.media.actions.blocks import choose_call
from loa.media.actions.editing import file_of
from loa.media.actions.speaking import synthesise
from loa.media.blocks import shelf
from loa.media.blocks.recipe import Placed, Recipe, check, from_json, place, to_json
from loa.media.blocks.run import render_in_child
from loa.media.blocks.templates import CALL, STATION_CALL, filled, frame, framed
from loa.media.models import Block, Origin, Sound, SoundState
from loa.media.pipeline.result import Normalised
from loa.media.pipeline.run import IngestFailed, KeepGoing
from loa.people.models import User

Sentences = list[dict[str, Any]]
LINK = "Xin nhắc lại."


@transaction.atomic
def build(*, actor: User, area: Area, sound: Sound, key: str, voice: str, now: datetime) -> Sound:
    """The programme of template `key` ("": the bulletin alone) around what `sound` says; blocks of the area go first.

    A sound that was built is built anew from what it says; the same again is the sound that is there. While parts are
    still being made it waits for them. `voice` says the name of the station. Raises NotFound, Denied, Invalid
    (`build_...`).
    """
    access.require_making(actor, area, now)
    speech = access.sound_for(actor, shelf.speech_of(sound).pk, now)
    if not key:
        return speech
    if shelf.is_built_on(speech):
        raise _invalid(rules.Unfit("build_built"))
    try:
        chosen = shelf.template_for(area, key)
        recipe = filled(chosen, speech.pk, _blocks(actor, area, chosen.blocks, voice, now))
        if sound.edits and to_json(recipe) == sound.edits:
            return sound
        check(recipe, shelf.ingredients(recipe, area), area.path)
    except rules.Unfit as verdict:
        raise _invalid(verdict) from verdict
    return new_built(actor, area, speech, recipe, now, title=speech.title)


@transaction.atomic
def build_frame(*, actor: User, area: Area, key: str, voice: str, now: datetime) -> Sound:
    """What opens or closes a session (`templates.FRAMES`); `voice` says the name of the station where nobody else does.

    Raises NotFound, Denied, Invalid (`build_...`).
    """
    access.require_making(actor, area, now)
    try:
        chosen = frame(key)
        recipe = framed(chosen, _blocks(actor, area, chosen.parts, voice, now))
        check(recipe, shelf.ingredients(recipe, area), area.path)
    except rules.Unfit as verdict:
        raise _invalid(verdict) from verdict
    parts = Sound.objects.in_bulk(recipe.sounds)
    call = next((one for one in parts.values() if one.block == Block.STATION_CALL), None)
    return new_built(actor, area, call or parts[recipe.sounds[0]], recipe, now, title=chosen.name)


@transaction.atomic
def make_station_call(*, actor: User, area: Area, voice: str, now: datetime) -> Sound:
    """ "Đây là Đài truyền thanh xã ..." in `voice` behind a gong: the one that is there, or a new one.

    It is made again when the name of the area or the voice has changed. Raises NotFound, Denied, Invalid.
    """
    access.require_making(actor, area, now)
    home, text = shelf.home_of(area), shelf.call_words(area)
    known = shelf.station_call(area, text, voice)
    if known is not None:
        return known
    spoken = synthesise(actor=actor, area=area, text=text, voice=voice, title=f"Tên đài, {home.full_name}", now=now)
    Sound.objects.filter(pk=spoken.pk).update(block=Block.PROMPT)
    try:
        recipe = filled(CALL, spoken.pk, shelf.chosen(area, CALL.blocks))
    except rules.Unfit as verdict:
        raise _invalid(verdict) from verdict
    return new_built(
        actor, area, spoken, recipe, now, title=f"Xướng tên đài {home.full_name}"[:200], block=Block.STATION_CALL,
        transcript=text,
    )  # fmt: skip


@transaction.atomic
def make_link(*, actor: User, area: Area, voice: str, now: datetime) -> Sound:
    """ "Xin nhắc lại" in `voice`, said between two readings from now on. Raises NotFound, Denied, Invalid."""
    sound = synthesise(actor=actor, area=area, text=LINK, voice=voice, title="Câu “Xin nhắc lại”", now=now)
    Sound.objects.filter(pk=sound.pk).update(block=Block.AGAIN)
    sound.block = Block.AGAIN
    choose_call(actor=actor, area=area, sound=sound, now=now)
    return sound


def render(sound: Sound, files: store.FileStore, workspace: Path, going: KeepGoing) -> Normalised:
    """Make the file of a built sound and note where its sentences lie. Raises rules.Unfit and what the limited process
    raises.
    """
    recipe = from_json(sound.edits)
    if shelf.unfinished(recipe.sounds):
        raise IngestFailed("its parts are still being made")
    parts = {one.pk: one for one in Sound.objects.filter(pk__in=recipe.sounds, state=SoundState.READY)}
    durations = {name: one.duration_ms for name, one in parts.items()}
    placed, _ = place(recipe, durations)
    sources = {name: file_of(parts[name], files) for name in recipe.sounds}
    sound.sentences = carried(recipe, placed, {name: one.sentences for name, one in parts.items()})
    return render_in_child(sources, durations, sound.edits, sound.profile, workspace, going)


def carried(recipe: Recipe, placed: tuple[Placed, ...], sentences: Mapping[UUID, Sentences]) -> Sentences:
    """The spoken sentences where they lie now. With music beneath, or cut, they have to be heard again."""
    bed = repr(recipe.bed) if recipe.bed else ""
    return [
        _carried(sentence, one, bed)
        for one in placed
        for sentence in sentences[one.sound]
        if sentence["start_ms"] < one.skip + one.end - one.start and one.skip < sentence["end_ms"]
    ]


def _carried(sentence: dict[str, Any], one: Placed, bed: str) -> dict[str, Any]:
    moved = one.start - one.skip
    start, end = sentence["start_ms"] + moved, sentence["end_ms"] + moved
    cut = () if one.start <= start and end <= one.end else (start - one.start, end - one.end)
    return sentence | {
        "key": _key(sentence["key"], bed, *cut) if bed or cut else sentence["key"],
        "start_ms": max(start, one.start),
        "end_ms": min(end, one.end),
    }


def _key(*told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()


def go_on(ready: Sound) -> None:
    """Queue what has waited for this part and has all of them now. Called once a sound is ready."""
    for waiting in stopped_by(ready):
        if not shelf.unfinished(from_json(waiting.edits).sounds):
            rows.queue(waiting.pk)


def stopped_by(part: Sound) -> list[Sound]:
    """Programmes that wait for this sound."""
    return [one for one in shelf.waiting_programmes(part.area) if part.pk in from_json(one.edits).sounds]


def _blocks(actor: User, area: Area, parts: Iterable[str | int], voice: str, now: datetime) -> dict[str, UUID]:
    named = {part for part in parts if isinstance(part, str)}
    found = shelf.chosen(area, named - {STATION_CALL})
    if STATION_CALL in named:
        found[STATION_CALL] = _call(actor, area, voice, now).pk
    return found


def _call(actor: User, area: Area, voice: str, now: datetime) -> Sound:
    known = shelf.station_call_of(area, shelf.call_words(area))
    return known or make_station_call(actor=actor, area=area, voice=voice, now=now)


def new_built(actor: User, area: Area, speech: Sound, recipe: Recipe, now: datetime, **fields: Any) -> Sound:
    """A waiting sound after this recipe, made in the manner of `speech`; it waits for parts that are not ready."""
    for one in Sound.objects.select_for_update().filter(pk__in=recipe.sounds).order_by("pk"):  # none is ready meanwhile
        originals.use(one, now)
    fields = {"spoken": speech.spoken, "transcript": speech.transcript, "voice": speech.voice} | fields
    return rows.new(
        new_id(), actor, area, now, origin=Origin.BUILT, made_from=speech, edits=to_json(recipe),
        speed=speech.speed, pauses=speech.pauses, profile=speech.profile, language=speech.language,
        waits=bool(shelf.unfinished(recipe.sounds)), **fields,
    )  # fmt: skip


def _invalid(verdict: rules.Unfit) -> Invalid:
    return Invalid(verdict.message, code=verdict.code)
