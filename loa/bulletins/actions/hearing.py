"""Who opened a version and how much of each of its sounds they have heard."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.bulletins import access, queries, rules
from loa.bulletins.actions.steps import note
from loa.bulletins.models import Opening, Played, Version
from loa.kernel.errors import Invalid, NotFound
from loa.media.models import Sound, SoundState
from loa.people.models import User


@transaction.atomic
def record_opening(*, actor: User, version_id: int, now: datetime) -> Opening:
    """Note that somebody has this version before them; the writer is shown it. Raises NotFound."""
    version = access.version_for(actor, version_id, now)
    opening, first = Opening.objects.get_or_create(version=version, user=actor, defaults={"opened_at": now})
    if first and actor.pk != version.author_id:
        note(actor, "bulletin.opened", version.bulletin, now, number=version.number)
    return opening


@transaction.atomic
def record_listening(
    *, actor: User, version_id: int, heard_ms: int, now: datetime, sound_id: UUID | None = None
) -> Played:
    """Note how much (ms) of one of the version's sounds, the main one unless named, was played to `actor`; only growth
    counts. Raises NotFound (also for a sound of another version), Invalid `sound_missing`.
    """
    version = access.version_for(actor, version_id, now)
    sound = _sound_of(version, sound_id or version.sound_id)
    if sound is None or sound.state != SoundState.READY:
        raise Invalid("Bản tin chưa có tiếng để nghe.", code="sound_missing")
    opening = record_opening(actor=actor, version_id=version_id, now=now)
    played, _ = Played.objects.select_for_update().get_or_create(
        opening=opening, sound=sound, defaults={"heard_ms": 0, "heard_at": now}
    )
    known, heard = played.heard_ms, min(max(heard_ms, played.heard_ms), sound.duration_ms)
    if heard > known:
        played.heard_ms, played.heard_at = heard, now
        played.save()
        if rules.heard_enough(heard, sound.duration_ms) and not rules.heard_enough(known, sound.duration_ms):
            note(actor, "bulletin.heard", version.bulletin, now, number=version.number, sound=str(sound.pk))
    return played


def _sound_of(version: Version, sound_id: UUID | None) -> Sound | None:
    found = next((sound for sound in queries.sounds_of(version) if sound.pk == sound_id), None)
    if sound_id is not None and found is None:
        raise NotFound
    return found
