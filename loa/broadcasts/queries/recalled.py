"""Bulletins that use what another unit has taken back since: their people have to look at them again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from loa.areas.models import Area
from loa.broadcasts.queries.uses import planned
from loa.bulletins import library, origins
from loa.bulletins.models import State as BulletinState
from loa.bulletins.models import Verdict, Version
from loa.bulletins.origins import Fate
from loa.media import library as media


@dataclass(frozen=True, slots=True)
class Recalled:
    """The version that says it, and what became of the original."""

    version: Version
    fate: Fate


def recalled(area: Area, now: datetime) -> list[Recalled]:
    """Of the unit, each bulletin once: those that may still air, or wait for an approver, until one has judged anew.

    Usually four queries.
    """
    taken = list(media.taken_over(area))
    fates = {pk: fate for pk, fate in origins.fates(taken).items() if fate.presses}
    if not fates:
        return []
    line = {one.pk: one.root for one in media.line_of(fates) if media.is_own(one.path, area)}
    newest = {version.bulletin_id: version for version in _alive(line, now)}
    found = [Recalled(version, fates[_root(version, line)]) for version in newest.values()]
    return [one for one in found if not _seen(one)]


def _seen(one: Recalled) -> bool:
    """Whether an approver allowed it after that: the page had told them."""
    decided = one.version.decided_at  # type: ignore[attr-defined]
    return decided is not None and one.fate.at is not None and decided > one.fate.at


def _alive(sounds: Iterable[UUID], now: datetime) -> QuerySet[Version]:
    """What was handed in last, and what stands in the schedule; who opens a draft is told there."""
    later = Version.objects.filter(bulletin=OuterRef("bulletin"), number__gt=OuterRef("number"))
    asked = Q(bulletin__state=BulletinState.SUBMITTED) & ~Exists(later)
    rows = library.with_sounds(sounds).exclude(bulletin__state=BulletinState.WITHDRAWN)
    alive = rows.filter(asked | Exists(planned(now).filter(version=OuterRef("pk"))))
    decided = Max("approvals__decided_at", filter=Q(approvals__verdict=Verdict.APPROVED))
    return alive.annotate(decided_at=decided).prefetch_related("languages").order_by("bulletin", "number")


def _root(version: Version, line: Mapping[UUID, UUID]) -> UUID:
    said = (version.sound_id, *(one.sound_id for one in version.languages.all()))
    return next(line[sound] for sound in said if sound and sound in line)
