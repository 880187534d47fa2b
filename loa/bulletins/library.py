"""What bulletins know of the sounds of the library: which were approved, which others may use, what each one says."""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from loa.areas.models import Area
from loa.bulletins.models import Approval, State, Verdict, Version, VersionLanguage
from loa.bulletins.queries import category_key, further, languages_of
from loa.bulletins.rules import Draft, Further
from loa.kernel.clock import local
from loa.kernel.errors import NotFound
from loa.media import library
from loa.media.models import Sound
from loa.media.sharing import province_of
from loa.people.access import may, require
from loa.people.models import User

WAYS = ("sound", "languages__sound")  # a version says a sound in its main language, or in a further one


def approved_versions() -> QuerySet[Version]:
    """Versions with an approval in force of a bulletin that nobody has withdrawn, whether they aired or not."""
    allowed = Approval.objects.filter(version=OuterRef("pk"), verdict=Verdict.APPROVED, revoked_at=None)
    return Version.objects.filter(Exists(allowed)).exclude(bulletin__state=State.WITHDRAWN)


def with_sounds(sounds: Iterable[UUID]) -> QuerySet[Version]:
    """Versions that say one of these sounds, in whichever language."""
    ids = list(sounds)
    told = VersionLanguage.objects.filter(sound__in=ids).values_list("version_id")
    return Version.objects.filter(pk__in=Version.objects.filter(sound__in=ids).values_list("pk").union(told))


def approved_version(sound: Sound) -> Version | None:
    """The newest approved version with this sound, in whichever language."""
    rows = approved_versions().filter(pk__in=with_sounds([sound.pk]).values("pk"))
    return rows.select_related("bulletin__area", "category__area", "sound").order_by("-submitted_at", "-pk").first()


def shared_with(area: Area) -> QuerySet[Sound]:
    """Sounds of other units that `area` may use now: approved ones, and the building blocks that lie ready for it."""
    approved = library.of_others(area).filter(_said_by(approved_versions()))
    return approved | library.ready_for(area)


def shared_parts(area: Area, category: str = "") -> list[QuerySet[Sound]]:
    """The same as parts of a shelf (`media.library.page`), of one category if asked for: a block is of none."""
    versions = approved_versions().filter(_of_category(category)) if category else approved_versions()
    others = library.of_others(area)
    main, told = (others.filter(Exists(versions.filter(**{way: OuterRef("pk")}))) for way in WAYS)
    return [main, told] if category else [main, told, library.ready_for(area)]


def still_shared(sounds: Collection[UUID]) -> set[UUID]:
    """Those of `sounds` that others may really use: shared, and approved still."""
    rows = Sound.objects.filter(_said_by(approved_versions()), pk__in=sounds, shared=True)
    return set(rows.values_list("pk", flat=True))


def with_category(rows: QuerySet[Sound], key: str) -> QuerySet[Sound]:
    """Those of `rows` that belong to a bulletin of this category: a group with all that areas have added below it, or
    with "<area path>/<code>" one that an area has added."""
    return rows.filter(_said_by(Version.objects.filter(_of_category(key))))


def _said_by(versions: QuerySet[Version]) -> Q:
    main, told = (Q(Exists(versions.filter(**{way: OuterRef("pk")}))) for way in WAYS)
    return main | told


def _of_category(key: str) -> Q:
    path, _, code = key.rpartition("/")
    if path:
        return Q(category__area__path=path, category__code=code)
    return Q(category__area=None, category__code=code) | Q(category__group__code=code)


def may_use(area: Area, sound: Sound) -> bool:
    """Whether `area` may put it into a bulletin of its own: a sound of its unit, or one that it is let use."""
    return library.is_own(sound.area.path, area) or shared_with(area).filter(pk=sound.pk).exists()


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
    rows = Approval.objects.filter(version__in=with_sounds([sound.pk]).values("pk"), verdict=Verdict.APPROVED)
    decided = rows.filter(revoked_at=None).order_by("-decided_at").values_list("decided_at", flat=True).first()
    source = sound.source or place_of(sound.area)
    return f"{source}, duyệt ngày {local(decided):%d/%m/%Y}" if decided else source


def place_of(area: Area) -> str:
    """ "Xã Quy Mông, tỉnh Lào Cai"."""
    province = Area.objects.filter(path=province_of(area.path)).exclude(pk=area.pk).first()
    if province is None or "." not in province.path:
        return area.full_name
    return f"{area.full_name}, {province.full_name[:1].lower()}{province.full_name[1:]}"


def language_of(sound: Sound) -> str:
    """In which language it is, as its approved bulletin says, or its newest one."""
    version = approved_version(sound) or with_sounds([sound.pk]).order_by("-made_at", "-pk").first()
    if version is None:
        return sound.language
    return next((one.language for one in further(version) if one.sound == sound.pk), version.language)


def draft_with(version: Version, sound: Sound, language: str) -> Draft:
    """What a version says, with this sound for the language: its own one, or a further one, which may be new."""
    own = ("sound", "sound_reason", "category", "languages")
    kept = {one.name: getattr(version, one.name) for one in fields(Draft) if one.name not in own}
    draft = Draft(
        **kept, sound=version.sound_id, sound_reason=version.sound_reason, category=category_key(version.category),
        languages=further(version),
    )  # fmt: skip
    if language == version.language or (version.sound_id is None and not version.text):
        return replace(draft, sound=sound.pk, sound_reason="", language=language)
    others = {one.language: one for one in draft.languages}
    title = others[language].title if language in others else ""
    others[language] = Further(language, title, sound.transcript or sound.spoken, sound=sound.pk)
    return replace(draft, languages=tuple(others.values()))


def told(version: Version) -> list[tuple[str, Sound]]:
    """Its languages that have a sound, the main one first."""
    said = [(version.language, version.sound), *((one.language, one.sound) for one in languages_of(version))]
    return [(language, sound) for language, sound in said if sound]


def told_together(sound: Sound) -> list[Sound]:
    """All sounds of the approved bulletin that says this one: itself, and the other languages of it."""
    version = approved_version(sound)
    return [one for _, one in told(version)] if version else [sound]


def bulletins_with(sound: Sound, seen: Q) -> list[Version]:
    """The newest version with this sound of each bulletin that is `seen` (a filter of versions), the newest first."""
    rows = with_sounds([sound.pk]).filter(seen).select_related("bulletin__author", "bulletin__area")
    newest = {row.bulletin_id: row for row in rows.order_by("number")}
    return sorted(newest.values(), key=lambda row: row.made_at, reverse=True)
