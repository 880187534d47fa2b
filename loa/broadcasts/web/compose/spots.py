"""Where a sound stands on the page: the main one and those of further languages have the same part of it, each with
fields and buttons of its own.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from loa.broadcasts.web.compose.desk import Desk
from loa.broadcasts.web.compose.further import own_field
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.models import Bulletin, Version
from loa.bulletins.preflight.checks import lowered
from loa.bulletins.rules import LANGUAGES
from loa.kernel.errors import NotFound
from loa.media.access import sound_for
from loa.media.models import Origin, Sound, SoundState


@dataclass(frozen=True, slots=True)
class Spot:
    """The sound of one language of a version; `language` "" is the main one.

    `before` is the sound that it had, `reason` why it is used although the check failed it.
    """

    version: Version
    language: str
    sound: Sound | None
    before: Sound | None
    reason: str

    @property
    def name(self) -> str:
        """ "tiếng Mông"; "" for the main one."""
        return lowered(LANGUAGES[self.language]) if self.language else ""

    @property
    def at(self) -> str:
        """What follows a button's name in the field `do`."""
        return f":{self.language}" if self.language else ""

    @property
    def mark(self) -> str:
        """What follows an id."""
        return f"-{self.language}" if self.language else ""

    @property
    def before_field(self) -> str:
        """The field with the sound before."""
        return own_field("before", self.language) if self.language else "before"

    @property
    def reason_field(self) -> str:
        """The field with the reason."""
        return own_field("reason", self.language) if self.language else "sound_reason"

    @property
    def url(self) -> str:
        """Where this part of the page is fetched anew."""
        name = "" if self.before is None else remember(self.language, self.before.pk)
        return address("sound", self.version.bulletin_id, self.language) + name

    @property
    def heard_url(self) -> str:
        """Where the player tells that it was heard; "" for a sound that is not kept with the draft yet."""
        kept = self.sound is not None and self.sound in bulletin_queries.sounds_of(self.version)
        return reverse("broadcasts:heard_sound", args=[self.version.pk, self.sound.pk]) if kept and self.sound else ""


_NAMES = {"sound": "broadcasts:compose_sound", "mend": "broadcasts:mend_sound"}


def address(what: str, bulletin: UUID, language: str) -> str:
    """The address of a sound's part of the page (`sound`) or of its editor (`mend`)."""
    return reverse(_NAMES[what], args=[bulletin, language] if language else [bulletin])


def remember(language: str, before: UUID) -> str:
    """The query with the sound that this one took the place of."""
    return "?" + urlencode({_parameter(language): before})


def _parameter(language: str) -> str:
    return f"truoc-{language}" if language else "truoc"


def main(version: Version, reason: str, desk: Desk, request: HttpRequest) -> Spot:
    """The sound of the main language."""
    return Spot(version, "", version.sound, _before(request, version.sound, "", desk), reason)


def of(version: Version, language: str, sound: Sound | None, reason: str, desk: Desk, request: HttpRequest) -> Spot:
    """The sound of a further language, as it stands in the form."""
    return Spot(version, language, sound, _before(request, sound, language, desk), reason)


def kept(version: Version, language: str, desk: Desk, request: HttpRequest) -> Spot | None:
    """The sound of a language as it is kept; None for a language that has none."""
    if not language:
        return main(version, version.sound_reason, desk, request)
    found = next((one for one in bulletin_queries.languages_of(version) if one.language == language), None)
    if found is None or found.sound is None:
        return None
    return of(version, language, found.sound, found.sound_reason, desk, request)


def _before(request: HttpRequest, sound: Sound | None, language: str, desk: Desk) -> Sound | None:
    """The sound that this one took the place of, as the address says; else what an edited one was made from."""
    made_from = sound.made_from_id if sound is not None and sound.origin == Origin.EDITED else None
    for name in (request.GET.get(_parameter(language), ""), str(made_from or "")):
        with suppress(ValueError, NotFound):
            found = sound_for(desk.user, UUID(name), desk.now)
            if found.state == SoundState.READY and found != sound:
                return found
    return None


def ready(bulletin: Bulletin | None) -> dict[str, UUID]:
    """Language ("" the main one) -> the sound that can be heard now; a new one may turn out to be none."""
    if bulletin is None:
        return {}
    version = bulletin_queries.newest(bulletin)
    found = {one.language: one.sound for one in bulletin_queries.languages_of(version)} | {"": version.sound}
    return {code: one.pk for code, one in found.items() if one is not None and one.state == SoundState.READY}


def remembered(before: Mapping[str, UUID], bulletin: Bulletin) -> str:
    """The query that names those of `before` whose place another sound has taken."""
    version = bulletin_queries.newest(bulletin)
    now = {one.language: one.sound for one in bulletin_queries.languages_of(version)} | {"": version.sound}
    changed = {code: pk for code, pk in before.items() if (one := now.get(code)) is not None and one.pk != pk}
    return "?" + urlencode({_parameter(code): pk for code, pk in changed.items()}) if changed else ""
