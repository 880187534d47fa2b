"""What all pages of the library share: who looks for which unit, what a sound is called, where it is heard."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from loa.areas.models import Area
from loa.areas.rules import Level
from loa.bulletins.access import bulletin_for
from loa.bulletins.models import Bulletin
from loa.bulletins.rules import LANGUAGES
from loa.kernel import clock
from loa.kernel.errors import NotFound
from loa.media import library as shelves
from loa.media.models import Origin, Sound
from loa.people import access as people
from loa.people.models import User

WRITE, APPROVE, MAKE = "bulletin.write", "bulletin.approve", "media.write"
SHARED, BELOW = "chung", "duoi"
UNNAMED = "Tiếng chưa có tên"
BADGES = {
    Origin.SYNTHESISED: "Giọng máy",
    Origin.RECORDED: "Thu âm",
    Origin.UPLOADED: "Tệp tải lên",
    Origin.EDITED: "Đã cắt ghép",
    Origin.BUILT: "Dựng theo mẫu",
}


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks, for which area, for which draft (`?ban-tin=`)."""

    user: User
    area: Area
    now: datetime
    bulletin: Bulletin | None

    @classmethod
    def of(cls, request: HttpRequest) -> "Here":
        """From the address. Raises NotFound, Denied."""
        user, now = people.signed_in(request), clock.now()
        draft = _draft(user, request.GET.get("ban-tin", ""), now)
        area = draft.area if draft else people.place_for(user, request.GET.get("don-vi", ""), now)
        people.require(user, "view", area, now)
        return cls(user, area, now, draft)

    @property
    def query(self) -> str:
        """What every address of the library carries along."""
        draft = f"&ban-tin={self.bulletin.pk}" if self.bulletin else ""
        return f"?don-vi={self.area.path}{draft}"

    @property
    def shelves(self) -> list[tuple[str, str]]:
        """The shelves: of the unit, of those below it, of all others that share."""
        mine, others = ("", "Của đơn vị"), (SHARED, "Nơi khác cho dùng")
        under = [(BELOW, "Của cấp dưới")] if self.area.level < Level.COMMUNE else []
        return [mine, *under, others]

    def owns(self, sound: Sound) -> bool:
        """Whether it belongs to this unit."""
        return shelves.is_own(sound.area.path, self.area)

    def may(self, capability: str, sound: Sound) -> bool:
        """Whether this person holds the capability where the sound belongs."""
        return people.may(self.user, capability, sound.area, self.now)

    def address(self, name: str, sound: Sound) -> str:
        """Of a page or the file of a sound."""
        return reverse(f"broadcasts:{name}", args=[sound.pk]) + self.query


def _draft(user: User, name: str, now: datetime) -> Bulletin | None:
    if not name:
        return None
    try:
        return bulletin_for(user, UUID(name), now, WRITE)
    except ValueError:
        raise NotFound from None


def badges(sound: Sound, *, shared: bool) -> tuple[str, ...]:
    """What it is, in a word each."""
    machine = sound.voice and sound.origin != Origin.SYNTHESISED
    kept = [
        "Lấy của nơi khác" if shelves.is_taken(sound) else BADGES[Origin(sound.origin)],
        "Giọng máy" if machine else "",
        sound.get_block_display() if sound.block else "",
        LANGUAGES.get(sound.language, "") if sound.language != "vi" else "",
        "Cho đơn vị khác dùng" if shared else "",
    ]
    return tuple(one for one in kept if one)


def number(text: str) -> int:
    """A page or a count from an address; 1 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 1
