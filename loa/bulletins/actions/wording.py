"""What the library calls sounds, and by which words it finds them."""

from collections.abc import Iterable
from uuid import UUID

from loa.bulletins.library import with_sounds
from loa.bulletins.models import Verdict, Version
from loa.media.actions import shelf
from loa.media.library import is_own
from loa.media.models import Sound


def note_words(version: Version, *, approved: bool) -> None:
    """Each of its sounds is called and found by what the version says in its language.

    The last that was written counts until a sound is approved, and then the last that was approved. What belongs to
    another unit keeps its words.
    """
    said = [(version.language, version.title, version.text, version.sound)]
    further = version.languages.select_related("sound__area")
    said += [(one.language, one.title or version.title, one.text, one.sound) for one in further]
    fixed: set[UUID] = set() if approved else _approved_before([sound for *_, sound in said if sound])
    for language, title, text, sound in said:
        if sound and sound.pk not in fixed and is_own(sound.area.path, version.bulletin.area):
            shelf.note_words(sound, title=title, text=text, language=language)


def _approved_before(sounds: Iterable[Sound]) -> set[UUID]:
    """Those that an approver has heard with other words."""
    ids = {sound.pk for sound in sounds}
    rows = with_sounds(ids).filter(approvals__verdict=Verdict.APPROVED)
    return ids & {found for row in rows.values_list("sound", "languages__sound") for found in row}
