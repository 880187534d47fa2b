"""Reads of bulletins."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from loa.areas.models import Area
from loa.areas.rules import lineage
from loa.bulletins import diff, rules
from loa.bulletins.models import Approval, Bulletin, Category, Opening, Verdict, Version
from loa.bulletins.preflight.checks import SoundFacts, Subject, examine
from loa.bulletins.preflight.findings import Finding
from loa.kernel.clock import local
from loa.media.models import Origin, Sound
from loa.media.rules import length
from loa.people import access as people
from loa.people.models import User


def newest(bulletin: Bulletin) -> Version:
    """The version that the writer has before them."""
    return bulletin.versions.select_related("sound", "category", "author").latest("number")


def submitted(bulletin: Bulletin) -> Version | None:
    """The newest version that was submitted: what the approver judges."""
    versions = bulletin.versions.select_related("sound", "category", "author")
    return versions.filter(submitted_at__isnull=False).order_by("-number").first()


def submitted_of(bulletins: Iterable[UUID]) -> dict[UUID, Version]:
    """The same for many bulletins at once."""
    versions = Version.objects.filter(bulletin__in=set(bulletins), submitted_at__isnull=False)
    newest_first = versions.select_related("sound", "category", "author").order_by("bulletin_id", "-number")
    return {version.bulletin_id: version for version in newest_first.distinct("bulletin_id")}


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
    return version.openings.select_related("user").order_by("opened_at")


def heard_ms(version: Version, user_id: int) -> int:
    """How much of the version's present sound was played to this person (ms)."""
    if version.sound_id is None:
        return 0
    opening = version.openings.filter(user_id=user_id, sound_id=version.sound_id).first()
    return opening.heard_ms if opening else 0


def heard_of(versions: Iterable[Version], user_id: int) -> set[int]:
    """Ids of those whose present sound this person has played to its end, or as good as that."""
    sounds = {version.pk: version.sound for version in versions if version.sound}
    rows = Opening.objects.filter(user=user_id, version__in=sounds).values_list("version_id", "sound_id", "heard_ms")
    return {
        pk
        for pk, sound, played in rows
        if sound == sounds[pk].pk and rules.heard_enough(played, sounds[pk].duration_ms)
    }


def standing_of(versions: Iterable[Version]) -> set[int]:
    """Ids of those that an approval in force covers."""
    wanted = [version.pk for version in versions]
    rows = Approval.objects.filter(version__in=wanted, verdict=Verdict.APPROVED, revoked_at=None)
    return set(rows.values_list("version_id", flat=True))


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
        read_twice=version.read_twice,
    )


def category_key(category: Category | None) -> str:
    """A group's code, or "<area path>/<code>" for one that an area added."""
    if category is None:
        return ""
    return f"{category.area.path}/{category.code}" if category.area else category.code


def findings(version: Version, now: datetime) -> list[Finding]:
    """The pre-flight list of this version as of `now`."""
    return examine(
        Subject(
            title=version.title,
            text=version.text,
            category=category_key(version.category),
            sound=_sound_facts(version),
            today=local(now).date(),
            valid_to=version.valid_to,
            read_twice=version.read_twice,
        )
    )


def findings_of_draft(draft: rules.Draft, sound: Sound | None, heard: int, now: datetime) -> list[Finding]:
    """The same list for what is being written; `heard` is how much (ms) of the sound the writer has played."""
    facts = None if sound is None else _facts(sound, heard)
    return examine(
        Subject(
            title=draft.title,
            text=draft.text,
            category=draft.category,
            sound=facts,
            today=local(now).date(),
            valid_to=draft.valid_to,
            read_twice=draft.read_twice,
        )
    )


def _sound_facts(version: Version) -> SoundFacts | None:
    sound = version.sound
    return None if sound is None else _facts(sound, heard_ms(version, version.author_id))


def _facts(sound: Sound, heard: int) -> SoundFacts:
    return SoundFacts(sound.state, sound.duration_ms, sound.origin == Origin.SYNTHESISED, heard)


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
        "read_twice": "2 lần" if version.read_twice else "1 lần",
    }


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
