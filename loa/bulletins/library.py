"""What bulletins know of the sounds of the library: which were approved, which others may use, where they came from."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from loa.areas.models import Area
from loa.bulletins.models import Approval, Category, State, Verdict, Version
from loa.bulletins.queries import category_key, further
from loa.bulletins.rules import Draft
from loa.kernel.clock import local
from loa.kernel.errors import NotFound
from loa.media import library
from loa.media.models import Sound
from loa.media.sharing import province_of
from loa.people.access import may, require
from loa.people.models import User


def approved_versions() -> QuerySet[Version]:
    """Versions that an approver allowed and nobody has withdrawn since, whether they aired or not."""
    allowed = Version.objects.filter(approvals__verdict=Verdict.APPROVED)
    return allowed.exclude(bulletin__state=State.WITHDRAWN).distinct()


def approved_version(sound: Sound) -> Version | None:
    """The newest approved version with this sound."""
    rows = approved_versions().filter(sound=sound).select_related("bulletin__area", "category__area")
    return rows.order_by("-submitted_at", "-pk").first()


def shared_with(area: Area) -> QuerySet[Sound]:
    """Approved sounds of other units that `area` may use now."""
    return library.of_others(area).filter(Exists(approved_versions().filter(sound=OuterRef("pk"))))


def with_category(rows: QuerySet[Sound], key: str) -> QuerySet[Sound]:
    """Those of `rows` that belong to a bulletin of this group of the essential information."""
    versions = Version.objects.filter(sound=OuterRef("pk"))
    return rows.filter(Exists(versions.filter(category__code=key) | versions.filter(category__group__code=key)))


def sound_for(user: User, sound_id: UUID, area: Area, now: datetime) -> Sound:
    """A sound that `user` may open while working for `area`: of the own areas, or shared with it. Raises NotFound."""
    rows = Sound.objects.select_related("area", "made_by", "made_from__area")
    sound = rows.filter(pk=sound_id).first()
    if sound is None:
        raise NotFound
    if may(user, "view", sound.area, now):
        return sound
    require(user, "view", area, now)
    if not shared_with(area).filter(pk=sound_id).exists():
        raise NotFound
    return sound


def provenance(sound: Sound) -> str:
    """Where a shared sound comes from: "Xã Quy Mông, tỉnh Lào Cai, duyệt ngày 23/11/2026"."""
    rows = Approval.objects.filter(version__sound=sound, verdict=Verdict.APPROVED).order_by("-decided_at")
    decided = rows.values_list("decided_at", flat=True).first()
    return f"{sound.source}, duyệt ngày {local(decided):%d/%m/%Y}" if decided else sound.source


def place_of(area: Area) -> str:
    """ "Xã Quy Mông, tỉnh Lào Cai"."""
    province = Area.objects.filter(path=province_of(area.path)).exclude(pk=area.pk).first()
    if province is None or "." not in province.path:
        return area.full_name
    return f"{area.full_name}, {province.full_name[:1].lower()}{province.full_name[1:]}"


def draft_of(version: Version, sound: Sound) -> Draft:
    """What a version says, with another sound."""
    own = ("sound", "category", "languages")
    kept = {one.name: getattr(version, one.name) for one in fields(Draft) if one.name not in own}
    return Draft(**kept, sound=sound.pk, category=category_key(version.category), languages=further(version))


def words_of(sounds: Iterable[Sound]) -> dict[UUID, Version]:
    """Sound -> the newest version with it. One query."""
    rows = Version.objects.filter(sound__in=[one.pk for one in sounds]).select_related("category", "bulletin")
    return {row.sound_id: row for row in rows.order_by("made_at") if row.sound_id}


def bulletins_with(sound: Sound) -> list[Version]:
    """The newest version with this sound of each bulletin, the newest bulletin first. One query."""
    rows = Version.objects.filter(sound=sound).select_related("bulletin__author", "bulletin__area")
    newest = {row.bulletin_id: row for row in rows.order_by("number")}
    return sorted(newest.values(), key=lambda row: row.made_at, reverse=True)


def groups() -> list[tuple[str, str]]:
    """Code and name of each group of the essential information."""
    return list(Category.objects.filter(area=None, closed=False).values_list("code", "name"))
