"""The row of a new sound and the job that makes it: what every way to a sound begins with."""

from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

from loa.areas.models import Area
from loa.audit.actions import record
from loa.media.models import Sound
from loa.people.models import User

INGEST_TASK = "media.ingest"


def queue(sound_id: UUID) -> None:
    """Have the sound made by a worker, after the transaction."""
    app.configure_task(INGEST_TASK, allow_unknown=True, queue="media").defer(sound=str(sound_id))


def new(identifier: UUID, actor: User, area: Area, now: datetime, *, size: int = 0, **fields: object) -> Sound:
    """A waiting sound, recorded and queued; `fields` are those of the row, `size` the bytes that were sent."""
    title = str(fields.pop("title"))[:200]
    sound = Sound.objects.create(id=identifier, area=area, made_by=actor, made_at=now, title=title, **fields)
    record(
        actor=actor, verb="sound.received", object=("sound", sound.id), area=area.path,
        facts={"origin": sound.origin, "bytes": size}, now=now,
    )  # fmt: skip
    queue(sound.id)
    return sound
