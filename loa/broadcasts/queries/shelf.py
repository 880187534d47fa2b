"""How long sounds are kept, by what they are used for; the number of queries is always the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, islice
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from loa.areas.models import Area
from loa.broadcasts.models import Airing
from loa.broadcasts.queries.usage import OUTCOMES, sounded
from loa.broadcasts.queries.uses import planned
from loa.broadcasts.rules.times import midnight
from loa.bulletins import library
from loa.bulletins.models import State as BulletinState
from loa.bulletins.models import Version, VersionLanguage
from loa.kernel.clock import local
from loa.media import library as media
from loa.media import retention
from loa.media.models import Sound, SoundState
from loa.media.retention import Facts

BATCH = 500
AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Going:
    """A sound whose time ends soon: `on` is the day in whose night its file goes, `why` the rule."""

    sound: Sound
    on: date
    why: str


def going(area: Area, now: datetime) -> list[Going]:
    """Sounds of the unit that will be let go of within `AHEAD`, the first to go first."""
    today = local(now).date()
    found = [
        Going(sound, max(last, today) + retention.NIGHT, retention.why(facts))
        for sound, facts in facts_in_batches(_unaired(candidates(media.own(area), today + AHEAD), today), now)
        if (last := retention.kept_until(facts)) is not None and last < today + AHEAD
    ]
    return sorted(found, key=lambda one: (one.on, one.sound.made_at, one.sound.pk))


def candidates(rows: QuerySet[Sound], day: date) -> QuerySet[Sound]:
    """Those of `rows` whose time may be over on that day; the facts of each one decide."""
    made_before = midnight(day - timedelta(days=retention.DAYS["unused"]))
    passing = Q(block="") | media.pieces()
    rows = rows.filter(passing, state=SoundState.READY, removed_at=None, made_at__lt=made_before)
    return rows.exclude(kept_until__gte=day).order_by("pk")


def _unaired(rows: QuerySet[Sound], today: date) -> QuerySet[Sound]:
    """Without those that aired so lately that nothing else matters: what most of a library is."""
    since = midnight(today + AHEAD - timedelta(days=retention.DAYS["aired"]))
    aired = Airing.objects.filter(dropped_at=None, start__gte=since)
    main = aired.filter(schedule__version__sound=OuterRef("pk"))
    return rows.exclude(Exists(main) | Exists(aired.filter(schedule__version__languages__sound=OuterRef("pk"))))


def facts_in_batches(rows: QuerySet[Sound], now: datetime) -> Iterator[tuple[Sound, Facts]]:
    """Each of `rows` with what decides, read a few hundred at a time."""
    left = rows.defer(*media.HEAVY, "wave", "quality").iterator(chunk_size=BATCH)
    while some := list(islice(left, BATCH)):
        facts = facts_of(some, now)
        yield from ((one, facts[one.pk]) for one in some)


def facts_of(sounds: Iterable[Sound], now: datetime) -> dict[UUID, Facts]:
    """What decides how long each of these sounds is kept, as the main or a further language. Ten queries."""
    sounds = list(sounds)
    ids = [one.pk for one in sounds]
    aired = _latest(
        _last_aired("schedule__version__sound", ids), _last_aired("schedule__version__languages__sound", ids)
    )
    used = _latest(
        Version.objects.filter(sound__in=ids).values_list("sound").annotate(Max("bulletin__changed_at")).order_by(),
        VersionLanguage.objects.filter(sound__in=ids)
        .values_list("sound").annotate(Max("version__bulletin__changed_at")).order_by(),
    )  # fmt: skip
    needed, shared = _needed(ids, now) | media.needed_by_edits(sounds), library.still_shared(ids)
    return {
        one.pk: Facts(
            used=local(max(one.made_at, used.get(one.pk) or one.made_at)).date(),
            aired=local(aired[one.pk]).date() if one.pk in aired else None,
            lasting=one.pk in shared or (bool(one.block) and not media.is_piece(one)),
            needed=one.pk in needed,
            wanted=one.kept_until,
        )
        for one in sounds
    }


def _last_aired(way: str, sounds: Iterable[UUID]) -> QuerySet[Airing, tuple[UUID, datetime]]:
    """Sound -> start of the last airing that stands in a plan, or that a proof names."""
    named = sounded(Airing.objects.filter(**{f"{way}__in": list(sounds)}), OUTCOMES)
    return named.values_list(way).annotate(Max("start")).order_by()


def _latest(*rows: Iterable[tuple[UUID, datetime]]) -> dict[UUID, datetime]:
    """The latest instant of each sound."""
    found: dict[UUID, datetime] = {}
    for pk, last in chain(*rows):
        found[pk] = max(last, found.get(pk, last))
    return found


def _needed(sounds: Iterable[UUID], now: datetime) -> set[UUID]:
    """Those of bulletins that wait for an approver, or that have air times which are not over."""
    asked = Q(bulletin__in=planned(now).values("bulletin")) & ~Q(bulletin__state=BulletinState.WITHDRAWN)
    asked_for = Version.objects.filter(asked | Q(bulletin__state=BulletinState.SUBMITTED))
    ids = list(sounds)
    rows = asked_for.filter(Q(sound__in=ids) | Q(link__in=ids)).values_list("sound_id", "link_id")
    further = VersionLanguage.objects.filter(version__in=asked_for.values("pk"), sound__in=ids)
    return {*chain.from_iterable(rows), *further.values_list("sound_id", flat=True)} & set(ids)


def bulletins_of(sound_id: UUID) -> list[UUID]:
    """Ids of all bulletins with this sound, in whichever language."""
    return list(library.with_sounds([sound_id]).values_list("bulletin_id", flat=True).distinct())
