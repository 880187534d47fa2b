"""Having a text spoken."""

from datetime import datetime

from django.db import transaction

from loa.areas.models import Area
from loa.kernel.errors import Invalid
from loa.kernel.ids import new_id
from loa.media import access, queries, rules
from loa.media.actions import rows
from loa.media.models import Origin, Sound
from loa.media.reading.read import read
from loa.media.voices import registry
from loa.people.models import User


@transaction.atomic
def synthesise(
    *,
    actor: User,
    area: Area,
    text: str,
    voice: str,
    now: datetime,
    speed: float = 1.0,
    pauses: float = 1.0,
    spoken: str | None = None,
    title: str = "",
) -> Sound:
    """Queue the speaking of `text` in `voice` ("<voice>/<dialect>"). `spoken` overrides how it is read, `pauses` is the
    length of the rests between sentences (1.0: normal).

    Raises NotFound, Denied, Invalid (`text_empty`, `text_too_long`, `spoken_too_long`, `speed`, `pauses`,
    `voice_unknown`).
    """
    access.require_making(actor, area, now)
    return speak(
        actor=actor, area=area, text=text, voice=voice, now=now, speed=speed, pauses=pauses, spoken=spoken, title=title
    )


@transaction.atomic
def speak(
    *,
    actor: User,
    area: Area,
    text: str,
    voice: str,
    now: datetime,
    speed: float = 1.0,
    pauses: float = 1.0,
    spoken: str | None = None,
    title: str = "",
) -> Sound:
    """The same for a domain that has asked at a door of its own (alerts). Raises Invalid as `synthesise`."""
    try:
        rules.check_text(text)
        words = read(text, queries.lexicon_for(area)).spoken if spoken is None else spoken
        rules.check_speech(words, speed, pauses)
        chosen, _ = registry.find(voice)
    except rules.Unfit as verdict:
        raise Invalid(verdict.message, code=verdict.code) from verdict
    return rows.new(
        new_id(), actor, area, now, origin=Origin.SYNTHESISED, title=title, voice=voice, speed=speed, pauses=pauses,
        spoken=words, language=chosen.language,
    )  # fmt: skip
