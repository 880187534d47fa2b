"""The voices of this installation: those that were added, in the order given to them, and last the stopgap."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

from loa.kernel.errors import Unavailable
from loa.media import rules, store
from loa.media.models import InstalledVoice, VoiceKind
from loa.media.voices import neural
from loa.media.voices.base import Voice, VoiceFailed
from loa.media.voices.espeak import Espeak
from loa.media.voices.naming import DIALECTS
from loa.media.voices.service import Service
from loa.people import sealed

FALLBACK: Voice = Espeak()


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list of voices; `id` is "<voice>/<dialect>", as it is kept with the sound.

    `dialects` are all of the voice (id -> Vietnamese name), `dialect` the one of this line.
    """

    id: str
    name: str
    label: str
    voice: str
    dialect: str
    language: str
    dialects: Mapping[str, str]
    is_fallback: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A voice and the dialect in which it is to speak."""

    voice: Voice
    dialect: str

    @property
    def choice(self) -> str:
        """ "<voice>/<dialect>"."""
        return f"{self.voice.id}/{self.dialect}"


def voices(language: str = "") -> list[Voice]:
    """All voices that may be used now (of one language), best first."""
    rows = InstalledVoice.objects.filter(enabled=True)
    found = [voice_of(row) for row in rows] + [FALLBACK]
    return [voice for voice in found if not language or voice.language == language]


def choices(language: str = "") -> list[Choice]:
    """All voices in all dialects (of one language), best first."""
    return [
        Choice(
            f"{voice.id}/{dialect}", f"{voice.name}, {place}" if place else voice.name, voice.label, voice.id, dialect,
            voice.language, voice.dialects, voice.is_fallback,
        )
        for voice in voices(language)
        for dialect, place in voice.dialects.items()
    ]  # fmt: skip


def find(choice: str) -> tuple[Voice, str]:
    """The voice and the dialect behind "<voice>/<dialect>". Raises rules.Unfit `voice_unknown`."""
    wanted, _, dialect = choice.partition("/")
    voice = FALLBACK if wanted == FALLBACK.id else _installed(wanted)
    if voice is None or dialect not in voice.dialects:
        raise rules.Unfit("voice_unknown")
    return voice, dialect


def _installed(identifier: str) -> Voice | None:
    row = InstalledVoice.objects.filter(pk=identifier, enabled=True).first()
    return voice_of(row) if row else None


def choice_of(voice: str, dialect: str = "") -> str:
    """ "<voice>/<dialect>" from what a person types: a voice, perhaps with a dialect, or bac, trung, nam apart.

    Raises rules.Unfit `voice_unknown`.
    """
    identifier, _, inside = voice.partition("/")
    if inside:
        return Way(*find(voice)).choice
    found = FALLBACK if identifier == FALLBACK.id else _installed(identifier)
    if found is None:
        raise rules.Unfit("voice_unknown")
    place = DIALECTS.get(dialect, dialect)
    fits = [one for one, name in found.dialects.items() if not dialect or place in (one, name)]
    if not fits:
        raise rules.Unfit("voice_unknown")
    return Way(found, fits[0]).choice


def ways(choice: str) -> list[Way]:
    """The chosen voice, and who takes over when it fails: the others of its language in their order.

    Each speaks the dialect of the same name if it has one, else its first. Raises rules.Unfit `voice_unknown`.
    """
    voice, dialect = find(choice)
    chosen = Way(voice, dialect)
    if voice.is_fallback:
        return [chosen]
    place = voice.dialects[dialect]
    others = [other for other in voices(voice.language) if other.id != voice.id]
    return [chosen, *(Way(other, _nearest(other, place)) for other in others)]


def _nearest(voice: Voice, place: str) -> str:
    return next((dialect for dialect, name in voice.dialects.items() if name == place), next(iter(voice.dialects)))


def voice_of(row: InstalledVoice) -> Voice:
    """The voice behind a row; nothing is opened or asked yet."""
    if row.kind == VoiceKind.NEURAL:
        return _neural(row)
    options = json.dumps(row.options, sort_keys=True)
    return Service(
        id=row.pk,
        name=row.name,
        language=row.language,
        dialects=row.dialects,
        version=_digest("service", options),
        options=row.options,
        key=lambda: _key(row),
    )


def _key(row: InstalledVoice) -> str:
    try:
        return sealed.unseal(row.secret) if row.secret else ""
    except Unavailable as error:
        raise VoiceFailed("its key cannot be opened: the key of accounts that sealed it is missing") from error


def _neural(row: InstalledVoice) -> Voice:
    files = store.default()
    parts = ("neural", version("sherpa-onnx"), version("espeakng-loader"), json.dumps([row.files, row.options]))
    return neural.Neural(
        id=row.pk,
        name=row.name,
        language=row.language,
        dialects=row.dialects,
        version=_digest(*parts),
        model=files.path_of(row.files[neural.MODEL]),
        tokens=files.path_of(row.files[neural.TOKENS]),
        options=row.options,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
