"""The sounds of a bulletin for who judges it: one a language, what is left to hear of each, what the check found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse

from loa.bulletins import queries as bulletins
from loa.bulletins.models import Version
from loa.bulletins.preflight.checks import lowered
from loa.bulletins.rules import LANGUAGES
from loa.media import queries as media
from loa.media.heard import Listening
from loa.media.models import Sound, SoundState
from loa.media.quality import rules as quality
from loa.media.voices import registry
from loa.people.models import User


@dataclass(frozen=True, slots=True)
class Told:
    """One language of a version with its sound; `text` are its words, `voice` the name of the machine's voice.

    `heard`: this person has heard it all; `left`: so many sentences of a machine they have not. `failed`: why the check
    found it unusable, `reason` why it is used nevertheless, `explained` whether that is one.
    """

    version: Version
    language: str
    main: bool
    text: str
    sound: Sound | None
    voice: str
    heard: bool
    left: int
    failed: str
    reason: str

    @property
    def name(self) -> str:
        """ "Tiếng Mông"."""
        return LANGUAGES[self.language]

    @property
    def inside(self) -> str:
        """Its name inside a sentence."""
        return lowered(self.name)

    @property
    def at(self) -> str:
        """The part of the page on which it is heard."""
        return "h-hear" if self.main else f"h-{self.language}"

    @property
    def explained(self) -> bool:
        """Whether the writer has said why a faulty sound is used."""
        return quality.is_reason(self.reason)

    @property
    def heard_url(self) -> str:
        """Where the player tells that it was heard to its end; "" while it cannot be heard."""
        ready = self.sound is not None and self.sound.state == SoundState.READY
        return reverse("broadcasts:heard_sound", args=[self.version.pk, self.sound.pk]) if ready and self.sound else ""


def told(version: Version, user: User) -> list[Told]:
    """The main language and the further ones, in the writer's order."""
    return told_of([version], user)[version.pk]


def told_of(versions: Iterable[Version], user: User) -> dict[int, list[Told]]:
    """The same for many versions at once, by their ids."""
    versions = list(versions)
    every = [sound for version in versions for sound in bulletins.sounds_of(version)]
    spoken = [sound for sound in every if sound.state == SoundState.READY and media.machine_speaks(sound)]
    keys = media.heard_keys(spoken, [user.pk])[user.pk]
    left = {sound.pk: len(Listening(tuple(media.sentences_of(sound)), keys).missing) for sound in spoken}
    heard = bulletins.sounds_heard_of(versions, user.pk)
    names = {one.id: one.name for one in registry.choices()}
    return {
        version.pk: [
            Told(
                version, language, number == 0, text, sound, names.get(sound.voice, "") if sound else "",
                heard=sound is not None and sound.pk in heard[version.pk], left=left.get(sound.pk, 0) if sound else 0,
                failed=quality.worst(sound.quality) if sound else "", reason=reason,
            )
            for number, (language, text, sound, reason) in enumerate(_rows(version))
        ]
        for version in versions
    }  # fmt: skip


def _rows(version: Version) -> Iterator[tuple[str, str, Sound | None, str]]:
    yield version.language, version.text, version.sound, version.sound_reason
    for one in bulletins.languages_of(version):
        yield one.language, one.text, one.sound, one.sound_reason


def until_heard(sounds: Sequence[Told]) -> str:
    """Those sounds (ids, a space between) of which a machine's sentence is still unheard by this person."""
    return " ".join(str(one.sound.pk) for one in sounds if one.left and one.sound)
