"""Who opened a version and how much of its sound they have heard."""

from datetime import datetime

from django.db import transaction

from loa.bulletins import access, rules
from loa.bulletins.actions.steps import note
from loa.bulletins.models import Opening
from loa.kernel.errors import Invalid
from loa.media.models import SoundState
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
def record_listening(*, actor: User, version_id: int, heard_ms: int, now: datetime) -> Opening:
    """Note how much (ms) of the version's sound was played to `actor`; only growth counts. Raises NotFound, Invalid."""
    version = access.version_for(actor, version_id, now)
    if version.sound is None or version.sound.state != SoundState.READY:
        raise Invalid("Bản tin chưa có tiếng để nghe.", code="sound_missing")
    opening = record_opening(actor=actor, version_id=version_id, now=now)
    known = opening.heard_ms if opening.sound_id == version.sound_id else 0
    heard = min(max(heard_ms, known), version.sound.duration_ms)
    if heard > known:
        opening.sound, opening.heard_ms, opening.heard_at = version.sound, heard, now
        opening.save()
        if rules.heard_enough(heard, version.sound.duration_ms) and not rules.heard_enough(
            known, version.sound.duration_ms
        ):
            note(actor, "bulletin.heard", version.bulletin, now, number=version.number)
    return opening
