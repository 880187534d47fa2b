"""The row of a new sound and the job that makes it: what every way to a sound begins with."""

from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

from loa.areas.models import Area
from loa.audit.actions import record
from loa.media.models import Origin, Sound
from loa.people.models import User

INGEST_TASK = "media.ingest"


def queue(sound_id: UUID) -> None:
    """Have the sound made by a worker, after the transaction."""
    app.configure_task(INGEST_TASK, allow_unknown=True, queue="media").defer(sound=str(sound_id))


def new(
    identifier: UUID, actor: User, area: Area, now: datetime, *, size: int = 0, waits: bool = False, **fields: object
) -> Sound:
    """A waiting sound, recorded and queued; `fields` are those of the row, `size` the bytes that were sent.

    One that `waits` for its parts is queued by the last of them.
    """
    title = str(fields.pop("title"))[:200]
    sound = Sound.objects.create(id=identifier, area=area, made_by=actor, made_at=now, title=title, **fields)
    _record(sound, actor, size, now)
    if not waits:
        queue(sound.id)
    return sound


def _record(sound: Sound, actor: User, size: int, now: datetime) -> None:
    """Who sent it or had it spoken; of an edited one who did what to which."""
    about, area = ("sound", sound.id), sound.area.path
    if sound.origin != Origin.EDITED:
        facts: dict[str, object] = {"origin": sound.origin, "bytes": size}
        record(actor=actor, verb="sound.received", object=about, area=area, facts=facts, now=now)
        return
    facts = {"title": sound.title, "made_from": str(sound.made_from_id), "steps": len(sound.edits["ops"])}
    facts["edits"] = sound.edits
    record(actor=actor, verb="sound.edited", object=about, area=area, facts=facts, now=now)
