"""The door to sounds: within the user's areas, or not found."""

from datetime import datetime
from uuid import UUID

from loa.areas.models import Area
from loa.areas.rules import NOW_ROOT, is_inside, lineage
from loa.kernel.errors import NotFound
from loa.media.models import LexiconEntry, Sound, Upload
from loa.people import access as people
from loa.people.access import require
from loa.people.models import User

KEEP_WORDS = "lexicon.write"
KEEP_VOICES = "voice.manage"


def sound_for(user: User, sound_id: UUID, now: datetime, capability: str = "view") -> Sound:
    """The sound, if `user` may see it (or do `capability` with it). Raises NotFound, Denied.

    A building block is for all below the unit that it belongs to: they hear it, and build and cut with it.
    """
    try:
        sound = Sound.objects.select_related("area").get(pk=sound_id)
    except Sound.DoesNotExist:
        raise NotFound from None
    if not (capability == "view" and sound.block and _works_below(user, sound.area, now)):
        require(user, capability, sound.area, now)
    return sound


def _works_below(user: User, area: Area, now: datetime) -> bool:
    """Whether this person may look at some part of the area."""
    places = (grant.path for grant in people.grants_of(user, now))
    return any(is_inside(path, area.path) and people.may(user, "view", path, now) for path in places)


def block_for(user: User, sound_id: UUID, area: Area, now: datetime) -> Sound:
    """A building block that `area` may use: its own, or one of a unit above it. Raises NotFound, Denied."""
    require(user, "view", area, now)
    blocks = Sound.objects.filter(pk=sound_id, area__path__in=lineage(area.path)).exclude(block="")
    sound = blocks.select_related("area").first()
    if sound is None:
        raise NotFound
    return sound


def require_making(user: User, area: Area, now: datetime) -> None:
    """Raises NotFound, Denied unless `user` may make sounds for `area`."""
    require(user, "media.write", area, now)


def upload_for(user: User, upload_id: UUID, now: datetime, *, lock: bool = False) -> Upload:
    """A file that `user` has begun to send and may still send; `lock` lets nobody else add to it. Raises NotFound,
    Denied.
    """
    mine = Upload.objects.select_related("area").filter(pk=upload_id, made_by=user)
    upload = (mine.select_for_update(of=("self",)) if lock else mine).first()
    if upload is None:
        raise NotFound
    require_making(user, upload.area, now)
    return upload


def require_hearing(user: User, area: Area, now: datetime) -> None:
    """Raises NotFound, Denied unless `user` makes sounds or keeps the words of `area`: both try how a word sounds."""
    if not people.may(user, KEEP_WORDS, area, now):
        require(user, "media.write", area, now)


def require_voices(user: User | None, now: datetime) -> None:
    """Raises NotFound, Denied unless `user` looks after the whole installation; None is the operator at the machine."""
    if user is not None:
        require(user, KEEP_VOICES, NOW_ROOT, now)


def word_for(user: User, entry_id: int, now: datetime, capability: str = "view") -> LexiconEntry:
    """A word of an area's lexicon. Raises NotFound, Denied."""
    try:
        entry = LexiconEntry.objects.select_related("area").get(pk=entry_id)
    except LexiconEntry.DoesNotExist:
        raise NotFound from None
    require(user, capability, entry.area, now)
    return entry
