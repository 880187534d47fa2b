"""The voices of this installation. A new one (neural, cloud) is added to `VOICES` and appears in every list."""

from dataclasses import dataclass

from loa.media import rules
from loa.media.voices.base import Voice
from loa.media.voices.espeak import Espeak

VOICES: list[Voice] = [Espeak()]


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list of voices; `id` is "<voice>/<dialect>", as it is kept with the sound."""

    id: str
    name: str
    label: str


def choices() -> list[Choice]:
    """All voices in all dialects, best first."""
    return [
        Choice(f"{voice.id}/{dialect}", f"{voice.name}, {place}", voice.label)
        for voice in VOICES
        for dialect, place in voice.dialects.items()
    ]


def find(choice: str) -> tuple[Voice, str]:
    """The voice and the dialect behind "<voice>/<dialect>". Raises rules.Unfit `voice_unknown`."""
    wanted, _, dialect = choice.partition("/")
    for voice in VOICES:
        if voice.id == wanted and dialect in voice.dialects:
            return voice, dialect
    raise rules.Unfit("voice_unknown")
