"""What a person has heard of a spoken sound, sentence by sentence."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.audit.actions import record
from loa.kernel.errors import Invalid
from loa.media import access, heard, queries
from loa.media.heard import Listening, Span
from loa.media.models import HeardSentence, Sound, SoundState
from loa.people.models import User


@transaction.atomic
def note_heard(
    *, actor: User, sound_id: UUID, spans: Sequence[Span], since: datetime, now: datetime, scripted: bool = False
) -> Listening:
    """Note which sentences `actor` has heard, from what the browser played since `since` (all of it on every report).

    The same report again changes nothing. `scripted` takes every sentence as heard and says so in the record: for the
    demonstration, before which nobody sits. Raises NotFound, Invalid (`sound_missing`, codes of `heard.MESSAGES`).
    """
    sound = access.sound_for(actor, sound_id, now)
    if sound.state != SoundState.READY:
        raise Invalid("Tiếng này chưa nghe được. Hãy đợi xử lý xong.", code="sound_missing")
    before = queries.listening(sound, actor.pk)
    new = before.missing if scripted else _heard(before, spans, sound, since, now)
    if not new:
        return before
    keys = {one.key for one in new}
    HeardSentence.objects.bulk_create(
        [HeardSentence(user=actor, key=key, heard_at=now) for key in sorted(keys)], ignore_conflicts=True
    )
    after = Listening(before.sentences, before.heard | keys)
    if after.complete:
        facts = {"sentences": len(after.sentences)} | ({"scripted": True} if scripted else {})
        record(actor=actor, verb="sound.heard", object=("sound", sound.pk), area=sound.area.path, facts=facts, now=now)
    return after


def _heard(
    before: Listening, spans: Sequence[Span], sound: Sound, since: datetime, now: datetime
) -> list[heard.Sentence]:
    try:
        heard.check(spans, sound.duration_ms, since, now)
    except heard.Impossible as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    return heard.heard(before.missing, spans)
