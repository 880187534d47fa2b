"""What is examined, read from the tables or from the page on which it is being written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loa.bulletins import queries, rules
from loa.bulletins.models import Version
from loa.bulletins.preflight.checks import FurtherFacts, SoundFacts, Subject, examine, lowered
from loa.bulletins.preflight.findings import Finding
from loa.kernel.clock import local
from loa.media import queries as media
from loa.media.models import Sound
from loa.media.quality import rules as quality
from loa.media.reading.foreign import unread

OURS = "vi"


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound, and how much of it (ms) was played to its writer."""

    sound: Sound
    ms: int


def findings(version: Version, now: datetime) -> list[Finding]:
    """The pre-flight list of this version as of `now`."""
    main = version.language, version.text, version.sound_reason
    further = queries.further(version)
    sounds = {one.pk: Heard(one, _played(one, version)) for one in queries.sounds_of(version)}
    return examine(
        Subject(
            title=version.title,
            text=_readable(version.language, version.text, further),
            category=queries.category_key(version.category),
            sound=_facts(sounds.get(version.sound_id), *main) if version.sound_id else None,
            further=tuple(_further(one, sounds) for one in further),
            today=local(now).date(),
            valid_to=version.valid_to,
            readings=version.readings,
            name=rules.LANGUAGES[version.language],
            relay=version.relay_id is not None,
        )
    )


def _readable(language: str, text: str, further: Iterable[rules.Further]) -> str:
    """The words that can be examined: the Vietnamese ones, whichever place they have."""
    ours = (one.text for one in further if one.language == OURS)
    return text if language == OURS else next(ours, text)


def _played(sound: Sound, version: Version) -> int:
    return queries.played_to(sound, version, version.author_id)


def findings_of_draft(draft: rules.Draft, sounds: Mapping[UUID, Heard], now: datetime) -> list[Finding]:
    """The same list for what is being written; `sounds` are those of all its languages by their ids."""
    return examine(
        Subject(
            title=draft.title,
            text=_readable(draft.language, draft.text, draft.languages),
            category=draft.category,
            sound=_main(draft, sounds),
            further=tuple(_further(one, sounds) for one in draft.languages),
            today=local(now).date(),
            valid_to=draft.valid_to,
            readings=draft.readings,
            name=rules.LANGUAGES.get(draft.language, ""),
            relay=draft.relay is not None,
        )
    )


def _further(one: rules.Further, sounds: Mapping[UUID, Heard]) -> FurtherFacts:
    facts = _facts(sounds.get(one.sound), one.language, one.text, one.sound_reason) if one.sound else None
    return FurtherFacts(rules.LANGUAGES.get(one.language, one.language), bool(one.text.strip()), facts)


def _main(draft: rules.Draft, sounds: Mapping[UUID, Heard]) -> SoundFacts | None:
    heard = sounds.get(draft.sound) if draft.sound else None
    return _facts(heard, draft.language, draft.text, draft.sound_reason)


def _facts(heard: Heard | None, language: str, text: str, reason: str) -> SoundFacts | None:
    """None without a sound, and for one whose time was over."""
    if heard is None or heard.sound.removed_at:
        return None
    sound = heard.sound
    return SoundFacts(
        sound.state, sound.duration_ms, media.machine_speaks(sound), heard.ms,
        failed=quality.may_submit(sound.quality), explained=quality.is_reason(reason), measured=bool(sound.quality),
        foreign=_foreign(sound, language), unread=unread(text) if language != OURS else (),
    )  # fmt: skip


def _foreign(sound: Sound, language: str) -> str:
    """The name of the language of its voice if it is another of those that a bulletin can be in."""
    other = sound.voice and sound.language != language and sound.language in rules.LANGUAGES
    return lowered(rules.LANGUAGES[sound.language]) if other else ""
