"""Reads of bulletins."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.bulletins import diff, rules
from loa.bulletins.models import Approval, Bulletin, Category, Opening, Played, Verdict, Version, VersionLanguage
from loa.media import queries as media
from loa.media.heard import Listening, best
from loa.media.models import Sound
from loa.media.rules import length
from loa.people import access as people
from loa.people.models import User
from loa.relays import queries as relays
from loa.relays import rules as relay_rules


def newest(bulletin: Bulletin) -> Version:
    """The version that the writer has before them."""
    return bulletin.versions.select_related("sound", "category", "author").latest("number")


def newest_of(bulletins: Iterable[UUID]) -> dict[UUID, Version]:
    """The same for many bulletins at once."""
    rows = Version.objects.filter(bulletin__in=set(bulletins)).order_by("bulletin_id", "-number")
    found = rows.distinct("bulletin_id").select_related("sound", "category", "author")
    return {version.bulletin_id: version for version in found}


def submitted(bulletin: Bulletin) -> Version | None:
    """The newest version that was submitted: what the approver judges."""
    versions = bulletin.versions.select_related("sound", "category", "author")
    return versions.filter(submitted_at__isnull=False).order_by("-number").first()


def submitted_of(bulletins: Iterable[UUID]) -> dict[UUID, Version]:
    """The same for many bulletins at once."""
    versions = Version.objects.filter(bulletin__in=set(bulletins), submitted_at__isnull=False)
    newest_first = versions.select_related("sound", "category", "author").order_by("bulletin_id", "-number")
    found = newest_first.distinct("bulletin_id").prefetch_related("languages__sound")
    return {version.bulletin_id: version for version in found}


def authors(bulletin: Bulletin) -> set[int]:
    """Ids of everybody who wrote any of it."""
    return {bulletin.author_id, *bulletin.versions.values_list("author_id", flat=True)}


def authors_of(bulletins: Iterable[Bulletin]) -> dict[UUID, set[int]]:
    """The same for many bulletins at once."""
    found: dict[UUID, set[int]] = {bulletin.pk: {bulletin.author_id} for bulletin in bulletins}
    for bulletin_id, author in Version.objects.filter(bulletin__in=found).values_list("bulletin_id", "author_id"):
        found[bulletin_id].add(author)
    return found


def standing(bulletin: Bulletin) -> QuerySet[Approval]:
    """Approvals in force: what may sound now is told by these, whatever the bulletin's state."""
    return bulletin.approvals.filter(verdict=Verdict.APPROVED, revoked_at=None).select_related("version")


def listed(
    user: User, now: datetime, *, states: Iterable[str] = (), area: Area | None = None, search: str = ""
) -> QuerySet[Bulletin]:
    """Bulletins in the user's areas, newest change first, each with its versions (newest first) and its author."""
    rows = Bulletin.objects.filter(people.seen_by(user, now))
    if states:
        rows = rows.filter(state__in=list(states))
    if area is not None:
        rows = rows.filter(area=area)
    if search:
        rows = rows.filter(pk__in=Version.objects.filter(_contains(search)).values("bulletin_id"))
    newest_first = Version.objects.order_by("-number").select_related("sound", "category")
    return rows.select_related("area", "author").prefetch_related(Prefetch("versions", newest_first))


def _contains(search: str) -> Q:
    return Q(title__icontains=search) | Q(text__icontains=search)


def openings(version: Version) -> QuerySet[Opening]:
    """Who has opened it, first opener first."""
    return version.openings.select_related("user").prefetch_related("played").order_by("opened_at")


def heard_ms(version: Version, sound_id: UUID | None, user_id: int) -> int:
    """How much of this sound of the version was played to this person (ms)."""
    played = Played.objects.filter(opening__version=version, opening__user=user_id, sound=sound_id)
    return played.values_list("heard_ms", flat=True).first() or 0


def sounds_heard_of(versions: Iterable[Version], user_id: int) -> dict[int, set[UUID]]:
    """Version id -> those of its sounds, in whichever language, that this person has heard.

    Where a machine speaks every sentence; a recording to its end, or as good as that.
    """
    sounds = {version.pk: sounds_of(version) for version in versions}
    every = {sound.pk: sound for some in sounds.values() for sound in some}
    machine = [sound for sound in every.values() if media.machine_speaks(sound)]
    keys = media.heard_keys(machine, [user_id])[user_id]
    spoken = {one.pk: Listening(tuple(media.sentences_of(one)), keys).complete for one in machine}
    rows = Played.objects.filter(opening__user=user_id, opening__version__in=sounds, sound__in=every)
    played = {(version, sound): ms for version, sound, ms in rows.values_list("opening__version", "sound", "heard_ms")}

    def heard(version: int, sound: Sound) -> bool:
        whole = rules.heard_enough(played.get((version, sound.pk), 0), sound.duration_ms)
        return spoken.get(sound.pk, whole)

    return {pk: {sound.pk for sound in some if heard(pk, sound)} for pk, some in sounds.items()}


def heard_of(versions: Collection[Version], user_id: int) -> set[int]:
    """Ids of those of which this person has heard every sound."""
    heard = sounds_heard_of(versions, user_id)
    some = [one for one in versions if one.sound or one.relay_id]
    return {one.pk for one in some if {sound.pk for sound in sounds_of(one)} <= heard[one.pk]}


def standing_of(versions: Iterable[Version]) -> set[int]:
    """Ids of those that an approval in force covers."""
    wanted = [version.pk for version in versions]
    rows = Approval.objects.filter(version__in=wanted, verdict=Verdict.APPROVED, revoked_at=None)
    return set(rows.values_list("version_id", flat=True))


def sounds_of(version: Version) -> list[Sound]:
    """Everything that airs with this version."""
    further = (one.sound for one in _languages(version))
    return [sound for sound in (version.sound, *further) if sound]


def relays_of(version: Version) -> tuple[str, ...]:
    """What a permit names of its live source: every form on the wire, sorted; () for a version that is no relay."""
    return relay_rules.digests(relays.receivable(version.relay)) if version.relay else ()


def files_of(version: Version) -> tuple[str, ...]:
    """The SHA-256 of every file that airs with this version, what is said between readings among them; each once."""
    between = [version.link] if version.link and version.readings > 1 else []
    return tuple(dict.fromkeys(sound.sha256 for sound in (*sounds_of(version), *between)))


def _languages(version: Version) -> list[VersionLanguage]:
    """Read at once with their sounds, unless they came with the version."""
    if "languages" in getattr(version, "_prefetched_objects_cache", {}):
        return list(version.languages.all())
    return list(version.languages.select_related("sound"))


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A further language of a version by its name, for pages."""

    language: str
    name: str
    text: str
    sound: Sound | None
    sound_reason: str = ""


def languages_of(version: Version) -> list[InLanguage]:
    """Its further languages, in the writer's order."""
    return [
        InLanguage(one.language, rules.LANGUAGES[one.language], one.text, one.sound, one.sound_reason)
        for one in _languages(version)
    ]


def reasons_of(version: Version) -> dict[UUID, str]:
    """Why each of its sounds is used although the check may have failed it, by the ids of the sounds."""
    own = {version.sound_id: version.sound_reason} if version.sound_id else {}
    return own | {one.sound.pk: one.sound_reason for one in languages_of(version) if one.sound}


def further(version: Version) -> tuple[rules.Further, ...]:
    """Its further languages as a writer enters them, for the next version."""
    return tuple(
        rules.Further(one.language, one.title, one.text, one.spoken, one.sound_id, one.voicing, one.sound_reason)
        for one in _languages(version)
    )


def unheard(version: Version, also: Collection[int] = ()) -> tuple[int | None, Listening]:
    """Who has heard the most of what machines speak in this version, and what is left to hear: nothing may be left.

    Of those in `also` (who is about to approve), its writers, and those who approved it before.
    """
    return unheard_of([version], also)[version.pk]


def listening(version: Version, user_id: int) -> Listening:
    """All that machines speak in this version, in every language, and which sentences this person has heard."""
    spoken = [sound for sound in sounds_of(version) if media.machine_speaks(sound)]
    return media.listenings(spoken, [user_id])[user_id]


def unheard_of(versions: Iterable[Version], also: Collection[int] = ()) -> dict[int, tuple[int | None, Listening]]:
    """The same for many versions at once, by their ids."""
    spoken = {one: [sound for sound in sounds_of(one) if media.machine_speaks(sound)] for one in versions}
    asked = _who_may_have_heard(spoken, also)
    people = {person for some in asked.values() for person in some}
    keys = media.heard_keys([sound for sounds in spoken.values() for sound in sounds], people)
    found: dict[int, tuple[int | None, Listening]] = {}
    for one, sounds in spoken.items():
        sentences = tuple(sentence for sound in sounds for sentence in media.sentences_of(sound))
        each = {person: Listening(sentences, keys[person]) for person in asked[one.pk]}
        found[one.pk] = best(each, asked[one.pk]) if sounds else (None, Listening(()))
    return found


def _who_may_have_heard(versions: Iterable[Version], also: Collection[int]) -> dict[int, list[int]]:
    versions = list(versions)
    bulletins = {version.bulletin_id for version in versions}
    writers = authors_of(Bulletin.objects.filter(pk__in=bulletins))
    approvals = Approval.objects.filter(version__in=versions, verdict=Verdict.APPROVED)
    approvers: dict[int, list[int]] = {version.pk: [] for version in versions}
    for version_id, approver in approvals.values_list("version_id", "approver_id"):
        approvers[version_id].append(approver)
    return {
        one.pk: list(dict.fromkeys([*also, one.author_id, *sorted(writers[one.bulletin_id]), *approvers[one.pk]]))
        for one in versions
    }


def played_to(sound: Sound, version: Version | None, user_id: int) -> int:
    """How much (ms) of a sound that is worked on was played to this person; where a machine speaks, to any writer."""
    if media.machine_speaks(sound):
        people = {user_id} | (authors(version.bulletin) if version else set())
        return sound.duration_ms if media.unheard([sound], people)[1].complete else 0
    return heard_ms(version, sound.pk, user_id) if version else 0


def uses(sound: Sound) -> bool:
    """Whether any version has this sound."""
    own = Version.objects.filter(Q(sound=sound) | Q(link=sound))
    return own.exists() or VersionLanguage.objects.filter(sound=sound).exists()


def last_voicing(user: User) -> Mapping[str, str]:
    """How this person had a machine read last; {} if never."""
    rows = Version.objects.filter(author=user).exclude(voicing={}).order_by("-made_at", "-pk")
    return rows.values_list("voicing", flat=True).first() or {}


def content_of(version: Version) -> rules.Content:
    """All that is judged, as plain data."""
    return rules.Content(
        title=version.title,
        text=version.text,
        spoken=version.spoken,
        sound=version.sound.sha256 if version.sound else "",
        category=category_key(version.category),
        priority=version.priority,
        language=version.language,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        readings=version.readings,
        languages=tuple(map(_content_in, _languages(version))),
        link=version.link.sha256 if version.link else "",
        relay=" ".join((*relays_of(version), str(version.relay_minutes))) if version.relay else "",
    )


def _content_in(one: VersionLanguage) -> dict[str, str]:
    sound = one.sound.sha256 if one.sound else ""
    return {"language": one.language, "title": one.title, "text": one.text, "spoken": one.spoken, "sound": sound}


def category_key(category: Category | None) -> str:
    """A group's code, or "<area path>/<code>" for one that an area added."""
    if category is None:
        return ""
    return f"{category.area.path}/{category.code}" if category.area else category.code


def before(version: Version) -> Version | None:
    """The version submitted last before this one: what the approver saw last time."""
    earlier = Version.objects.filter(bulletin=version.bulletin_id, number__lt=version.number)
    return earlier.filter(submitted_at__isnull=False).select_related("sound", "category").order_by("-number").first()


def changes(version: Version) -> dict[str, list[diff.Piece]]:
    """Field -> word by word difference to the version submitted before; only fields that changed; {} for the first."""
    previous = before(version)
    if previous is None:
        return {}
    old, new = (_shown(one) for one in (previous, version))
    return {name: diff.words(old[name], new[name]) for name in new if old[name] != new[name]}


def _shown(version: Version) -> dict[str, str]:
    """The content as a person reads it."""
    sound = version.sound
    return {
        "title": version.title,
        "text": version.text,
        "spoken": version.spoken,
        "sound": _shown_sound(sound) if sound else "",
        "category": str(version.category or ""),
        "priority": version.get_priority_display(),
        "language": rules.LANGUAGES[version.language],
        "validity": " - ".join(_day(day) for day in (version.valid_from, version.valid_to)),
        "readings": f"{version.readings} lần",
        "languages": "\n".join(map(_shown_in, _languages(version))),
    }


def _shown_in(one: VersionLanguage) -> str:
    sound = _shown_sound(one.sound) if one.sound else "chưa có tiếng"
    return ". ".join(part for part in (rules.LANGUAGES[one.language], one.title, one.text, sound) if part)


def _shown_sound(sound: Sound) -> str:
    return f"{sound.get_origin_display()}, dài {length(sound.duration_ms)}, mã {sound.sha256[:8]}"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "không ghi"


def last_return(bulletin: Bulletin) -> Approval | None:
    """The latest return, with its reason; None if it was approved since or never returned."""
    latest = bulletin.approvals.select_related("approver").order_by("-decided_at").first()
    return latest if latest and latest.verdict == Verdict.RETURNED else None


def history(bulletin: Bulletin) -> QuerySet[Approval]:
    """All decisions, newest first."""
    return bulletin.approvals.select_related("approver", "on_behalf_of", "version").order_by("-decided_at")


def categories_for(area: Area) -> list[Category]:
    """What can be chosen in `area`: the groups in their order, each followed by what the area and those above added."""
    added = Category.objects.filter(area__path__in=lineage(area.path), closed=False).select_related("area")
    below: dict[int | None, list[Category]] = {}
    for code in added:
        below.setdefault(code.group_id, []).append(code)
    groups = Category.objects.filter(area=None, closed=False)
    return [category for group in groups for category in (group, *below.get(group.pk, []))]


def category_for(area: Area, key: str) -> Category | None:
    """The category behind `category_key` as far as `area` may use it."""
    return next((category for category in categories_for(area) if category_key(category) == key), None)


def approval(approval_id: UUID) -> Approval | None:
    """An approval by its id, for those who follow up airings."""
    return Approval.objects.select_related("version__sound", "bulletin__area").filter(pk=approval_id).first()
