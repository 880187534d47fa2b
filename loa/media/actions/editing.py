"""Making a new sound out of one that is there; what was there stays as it is."""

import hashlib
from collections.abc import Sequence
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
from loa.media.actions.receiving import sent_before
from loa.media.editing import repairs
from loa.media.editing.edits import Edits, Join, from_json, to_json
from loa.media.editing.run import render_in_child
from loa.media.editing.timeline import Timeline, lay
from loa.media.models import Block, Origin, Sound, SoundState
from loa.media.pipeline.result import Normalised
from loa.media.pipeline.run import KeepGoing
from loa.people.models import User

Sentences = list[dict[str, Any]]


@transaction.atomic
def edit(*, actor: User, area: Area, sound: Sound, edits: Edits, now: datetime, sound_id: UUID | None = None) -> Sound:
    """A new waiting sound of `area`: `edits` done to the base of `sound` (`base_of`). Without edits it is that base.

    `sound_id` is made by the sender: the same again gives the sound that is there. Raises NotFound, Denied, Invalid
    (`edit_...`, `sound_not_ready`).
    """
    access.require_making(actor, area, now)
    base = access.sound_for(actor, base_of(sound).pk, now)
    if base.state != SoundState.READY:
        raise Invalid("Tiếng này chưa xử lý xong, chưa sửa được.", code="sound_not_ready")
    if not edits:
        return base
    identifier = sound_id or new_id()
    known = sent_before(actor, identifier)
    if known is not None:
        return known
    try:
        line, sources = _checked(actor, base, edits, now)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    return rows.new(
        identifier, actor, area, now, origin=Origin.EDITED, title=base.title, made_from=base,
        edits=to_json(edits), profile=base.profile, language=base.language, speed=base.speed, pauses=base.pauses,
        voice=next((one.voice for one in sources if one.voice), ""), spoken=base.spoken, transcript=base.transcript,
        sentences=carried([one.sentences for one in sources], line),
    )  # fmt: skip


def repair(*, sound: Sound, names: list[str]) -> Edits:
    """The edits that mend what quality control found: `names` are those of its findings' `repair`. For `edit`.

    Those of a sound that was edited before come after what was done already.
    """
    mended = repairs.edits_for(sound.quality, sound.duration_ms, names)
    done = from_json(sound.edits) if base_of(sound) != sound else Edits()
    return Edits((*done.ops, *mended.ops), done.clarity or mended.clarity)


def adds(edits: Edits, sound: Sound) -> bool:
    """Whether these edits of its base do anything that `sound` has not had done to it already."""
    return edits != (from_json(sound.edits) if base_of(sound) != sound else Edits())


def base_of(sound: Sound) -> Sound:
    """What edits of `sound` start from: that which an edited one was made of, so that nothing is encoded twice."""
    return sound.made_from if sound.origin == Origin.EDITED and sound.made_from else sound


def render(sound: Sound, files: store.FileStore, workspace: Path, going: KeepGoing) -> Normalised:
    """Make the file of an edited sound. Raises rules.Unfit and what the limited process raises."""
    edits, base = from_json(sound.edits), sound.made_from
    assert base is not None
    joined = Sound.objects.in_bulk(edits.joined)
    if set(edits.joined) - set(joined):
        raise rules.Unfit("edit_joined")
    sources = [file_of(base, files), *(file_of(joined[name], files) for name in edits.joined)]
    return render_in_child(sources, sound.edits, base.duration_ms, sound.profile, workspace, going)


def carried(sources: Sequence[Sentences], line: Timeline) -> Sentences:
    """The spoken sentences of all sources where they lie now, in order.

    One that was touched gets another key: it has to be heard again.
    """
    moved = []
    for source, sentences in enumerate(sources):
        for sentence in sentences:
            place = line.place(sentence["start_ms"], sentence["end_ms"], source)
            if place is not None:
                start, end, whole = place
                key = sentence["key"] if whole else _key(sentence, source, line)
                moved.append(sentence | {"key": key, "start_ms": start, "end_ms": end})
    return sorted(moved, key=lambda one: int(one["start_ms"]))


def _key(sentence: dict[str, Any], source: int, line: Timeline) -> str:
    start, end = sentence["start_ms"], sentence["end_ms"]
    touched = [one for one in line.pieces if one.source == source and one.start < end and start < one.end]
    told = repr([sentence["key"], start, end, [(one.start, one.length, one.curves) for one in touched]])
    return hashlib.sha256(told.encode()).hexdigest()


def _checked(actor: User, base: Sound, edits: Edits, now: datetime) -> tuple[Timeline, list[Sound]]:
    """What comes out of it, and of which sounds; each is there, may be used, and stays for the worker."""
    line = lay(edits, base.duration_ms)
    joins = [op for op in edits.ops if isinstance(op, Join)]
    sources = [base, *(_joined(actor, op, now) for op in joins)]
    for source in sources:
        if source.block == Block.SIREN:
            raise rules.Unfit("siren")
        file_of(source, store.default())
        originals.use(source, now)
    return line, sources


def _joined(actor: User, op: Join, now: datetime) -> Sound:
    sound = access.sound_for(actor, op.sound, now)
    if sound.state != SoundState.READY or sound.duration_ms != op.length:
        raise rules.Unfit("edit_joined")
    return sound


def file_of(sound: Sound, files: store.FileStore) -> Path:
    """The original while it is kept, else what was made of it. Raises rules.Unfit `edit_source`."""
    for name in (sound.original, sound.sha256):
        if name and files.exists(name):
            return files.path_of(name)
    raise rules.Unfit("edit_source")
