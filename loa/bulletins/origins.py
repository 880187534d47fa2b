"""What became of sounds after other units took them over: whoever airs one must hear that its maker took it back."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from loa.areas.models import Area
from loa.bulletins.library import approved_versions, may_use, told, with_sounds
from loa.bulletins.models import Approval, State, Verdict, Version
from loa.kernel.clock import local
from loa.media import library
from loa.media.models import Sound, SoundState

STEPS = 4  # of an edit of an edit of what was built
WITHDRAWN, REPLACED, ENDED = "withdrawn", "replaced", "ended"
_WORDS = {
    WITHDRAWN: "Nơi làm ra đã thu hồi bản tin gốc",
    REPLACED: "Nơi làm ra đã duyệt bản mới thay bản này",
    ENDED: "Nơi làm ra đã thôi cho dùng",
}
_MORE = {
    WITHDRAWN: "Hãy xem bản tin của đơn vị có còn đúng không. Không dùng được vào bản tin mới nữa.",
    REPLACED: "Nội dung có thể đã đổi: hãy tìm bản mới trong thư viện. Không dùng được vào bản tin mới nữa.",
    ENDED: "Bản tin đã duyệt trước đó vẫn giữ. Không dùng được vào bản tin mới nữa.",
}


@dataclass(frozen=True, slots=True)
class Fate:
    """Why the original is not for others any more; `at` is when, as far as it is known."""

    code: str
    at: datetime | None = None

    @property
    def words(self) -> str:
        """What happened."""
        return _WORDS[self.code] + (f" ngày {local(self.at):%d/%m/%Y}" if self.at else "")

    @property
    def more(self) -> str:
        """What follows from it."""
        return _MORE[self.code]

    @property
    def presses(self) -> bool:
        """Whether what airs now may be wrong."""
        return self.code != ENDED


def fate(sound: Sound) -> Fate | None:
    """See `fates`."""
    return fates([sound]).get(sound.pk)


def left_behind(version: Version, area: Area, asked: Sound) -> list[str]:
    """Languages (codes) in which the version is said, but not for `area` when it uses `asked` of it again."""
    return [language for language, one in told(version) if one != asked and not goes_along(area, one)]


def goes_along(area: Area, sound: Sound) -> bool:
    """Whether a sound of a bulletin that `area` uses again comes with it."""
    return sound.state == SoundState.READY and sound.removed_at is None and may_use(area, sound) and not fate(sound)


def fates(sounds: Iterable[Sound]) -> dict[UUID, Fate]:
    """Of those that were taken over from another unit, or made of such a one: what became of the original, if nobody
    may take it over any more. The number of queries is always the same."""
    origins = _origins(sounds)
    gone = set(origins.values()) - _usable(set(origins.values()))
    what = _told(gone) if gone else {}
    return {pk: what[origin] for pk, origin in origins.items() if origin in gone}


def _origins(sounds: Iterable[Sound]) -> dict[UUID, UUID]:
    """Sound -> the sound of the other unit that it was taken over from, also through its edits."""
    found: dict[UUID, UUID] = {}
    look = {one.pk: one for one in sounds}
    for _ in range(STEPS):
        found |= {pk: base.made_from_id for pk, base in look.items() if library.is_taken(base) and base.made_from_id}
        made = {pk: base.made_from_id for pk, base in look.items() if base.made_from_id and pk not in found}
        bases = Sound.objects.only("made_from", "origin").in_bulk(set(made.values())) if made else {}
        look = {pk: bases[base] for pk, base in made.items()}
    return found


def _usable(origins: Collection[UUID]) -> set[UUID]:
    """Those that other units may still take over; how far the licence reaches was judged when it was done."""
    rows = Sound.objects.filter(pk__in=origins, removed_at=None)
    free = rows.exclude(block="").values_list("pk", flat=True)
    shared = set(rows.filter(shared=True).values_list("pk", flat=True))
    return set(free) | {sound for sound, _ in _bulletins(approved_versions(), shared)}


def _told(gone: Collection[UUID]) -> dict[UUID, Fate]:
    """What happened to the bulletin with which each of these was approved last."""
    once = Version.objects.filter(approvals__verdict=Verdict.APPROVED).order_by("submitted_at", "pk")
    versions = dict(_bulletins(once, gone))  # of several the last one stays
    newer = _replacements(versions.values())
    return {sound: _fate(versions.get(sound), newer) for sound in gone}


def _fate(version: Version | None, newer: Mapping[UUID, Approval]) -> Fate:
    if version is None:
        return Fate(ENDED)
    if version.bulletin.state == State.WITHDRAWN:
        return Fate(WITHDRAWN, version.bulletin.withdrawn_at)
    instead = newer.get(version.bulletin_id)
    if instead is not None and instead.version.number > version.number:
        return Fate(REPLACED, instead.decided_at)
    return Fate(ENDED)


def _bulletins(versions: QuerySet[Version], sounds: Collection[UUID]) -> Iterator[tuple[UUID, Version]]:
    """Each of these sounds with the versions that say it, in whichever language. Two queries."""
    rows = versions.filter(pk__in=with_sounds(sounds).values("pk")).select_related("bulletin")
    for version in rows.defer("text", "spoken", "said", "checks").prefetch_related("languages"):
        for sound in (version.sound_id, *(one.sound_id for one in version.languages.all())):
            if sound is not None and sound in sounds:
                yield sound, version


def _replacements(versions: Iterable[Version]) -> dict[UUID, Approval]:
    """Bulletin -> the newest approval in force."""
    bulletins = {version.bulletin_id for version in versions}
    rows = Approval.objects.filter(bulletin__in=bulletins, verdict=Verdict.APPROVED, revoked_at=None)
    return {row.bulletin_id: row for row in rows.select_related("version").order_by("decided_at")}
