"""Where and when sounds aired, and how long they are therefore kept; the number of queries is always the same."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet

from loa.broadcasts.models import Airing, PlanDay, PlayProof, Schedule, State
from loa.broadcasts.rules import times
from loa.bulletins import library
from loa.bulletins.models import Bulletin, Version, VersionLanguage
from loa.bulletins.models import State as BulletinState
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.media import library as media
from loa.media.models import Sound
from loa.media.retention import Facts

MOST = 30


@dataclass(frozen=True, slots=True)
class Aired:
    """One airing. `proved` of `meant` loudspeakers swore to have sounded it to its end; `over` tells past from plan."""

    airing: Airing
    meant: int
    proved: int
    over: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another unit made of it: no more than the place, how often it aired, and from when to when."""

    place: str
    times: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Everything made of a sound. `more`: there are older airings than those listed; `count` is how many in all."""

    aired: tuple[Aired, ...]
    count: int
    bulletins: tuple[Version, ...]
    made: tuple[Sound, ...]
    elsewhere: tuple[Elsewhere, ...]

    @property
    def more(self) -> int:
        """How many airings are not listed."""
        return self.count - len(self.aired)


def usage(sound: Sound, now: datetime) -> Usage:
    """For people of the sound's own area. Nine queries."""
    rows = _airings([sound.pk])
    listed = list(rows.select_related("schedule__area", "schedule__version").order_by("-start", "pk")[:MOST])
    return Usage(
        aired=tuple(_proved(listed, now)),
        count=rows.count(),
        bulletins=tuple(library.bulletins_with(sound)),
        made=tuple(media.made_of(sound).select_related("made_by").defer(*media.HEAVY)),
        elsewhere=tuple(_elsewhere(sound, now)),
    )


def _airings(sounds: Iterable[UUID]) -> QuerySet[Airing]:
    return Airing.objects.filter(schedule__version__sound__in=list(sounds), dropped_at=None)


def _proved(rows: list[Airing], now: datetime) -> Iterable[Aired]:
    names = [row.pk for row in rows]
    meant = _meant(names, {local(row.start).date() for row in rows})
    played: dict[str, set[str]] = defaultdict(set)
    proofs = PlayProof.objects.filter(airing__in=names, outcome="played")
    for airing, device in proofs.values_list("airing", "device_id"):
        played[airing].add(device)
    for row in rows:
        yield Aired(row, len(meant[row.pk] | played[row.pk]), len(played[row.pk]), row.end <= now)


def _meant(names: Iterable[str], days: Iterable[date]) -> dict[str, set[str]]:
    """Airing -> loudspeakers whose plan of the day names it."""
    asked, found = set(names), defaultdict[str, set[str]](set)
    plans = list(PlanDay.objects.filter(day__in=list(days)).filter(_names(asked)).values_list("plan_set_id", "airings"))
    speakers = Device.objects.filter(
        plan_set__in={plan_set for plan_set, _ in plans}, kind=Device.Kind.SPEAKER, state=Device.State.PLACED
    )
    members: dict[str, set[str]] = defaultdict(set)
    for device, plan_set in speakers.values_list("pk", "plan_set_id"):
        members[str(plan_set)].add(device)
    for plan_set, airings in plans:
        for item in airings:
            if item["id"] in asked:
                found[item["id"]] |= members[str(plan_set)] & set(item.get("only") or members[str(plan_set)])
    return found


def _names(airings: Iterable[str]) -> Q:
    wanted = Q(pk__in=[])
    for name in airings:
        wanted |= Q(airings__contains=[{"id": name}])
    return wanted


def _elsewhere(sound: Sound, now: datetime) -> Iterable[Elsewhere]:
    """Of sounds of other units that were taken over from this one."""
    taken = Sound.objects.filter(made_from=sound, edits={}).exclude(area=sound.area).select_related("area")
    places = {row.pk: row.area.full_name for row in taken.defer(*media.HEAVY)}
    counted = _airings(places).filter(start__lte=now).values("schedule__version__sound")
    told = {
        row["schedule__version__sound"]: row
        for row in counted.annotate(times=Count("pk"), first=Min("start"), last=Max("start")).order_by()
    }
    for pk, place in places.items():
        row = told.get(pk)
        yield Elsewhere(place, row["times"], row["first"], row["last"]) if row else Elsewhere(place, 0, None, None)


def facts_of(sounds: Iterable[Sound], now: datetime) -> dict[UUID, Facts]:
    """What decides how long each of these sounds is kept, as the main or a further language. Eight queries."""
    sounds = list(sounds)
    ids = [one.pk for one in sounds]
    further = Airing.objects.filter(schedule__version__languages__sound__in=ids, dropped_at=None)
    aired = _latest(
        _airings(ids).values_list("schedule__version__sound").annotate(last=Max("start")).order_by(),
        further.values_list("schedule__version__languages__sound").annotate(last=Max("start")).order_by(),
    )
    written = Version.objects.filter(sound__in=ids).values_list("sound")
    told = VersionLanguage.objects.filter(sound__in=ids).values_list("sound")
    used = _latest(
        written.annotate(last=Max("bulletin__changed_at")).order_by(),
        told.annotate(last=Max("version__bulletin__changed_at")).order_by(),
    )
    needed = _needed(ids, now) | media.needed_by_edits(sounds)
    return {
        one.pk: Facts(
            used=local(max(one.made_at, used.get(one.pk) or one.made_at)).date(),
            aired=local(aired[one.pk]).date() if one.pk in aired else None,
            lasting=one.shared or (bool(one.block) and not media.is_piece(one)),
            needed=one.pk in needed,
            wanted=one.kept_until,
        )
        for one in sounds
    }


def _latest(*rows: Iterable[tuple[UUID, datetime]]) -> dict[UUID, datetime]:
    """The latest instant of each sound."""
    found: dict[UUID, datetime] = {}
    for pk, last in chain(*rows):
        found[pk] = max(last, found.get(pk, last))
    return found


def _needed(sounds: Iterable[UUID], now: datetime) -> set[UUID]:
    """Those of bulletins that wait for an approver, or that have air times which are not over."""
    day = local(now).date() - times.LONGEST_SPILL
    over = Q(last_day__lt=day) | Q(pattern="once", first_day__lt=day)
    planned = Schedule.objects.exclude(state=State.ENDED).exclude(over).values("bulletin")
    asked = Q(bulletin__in=planned) & ~Q(bulletin__state=BulletinState.WITHDRAWN)
    asked_for = Version.objects.filter(asked | Q(bulletin__state=BulletinState.SUBMITTED))
    rows = asked_for.filter(sound__in=list(sounds))
    further = VersionLanguage.objects.filter(version__in=asked_for.values("pk"), sound__in=list(sounds))
    found = chain(rows.values_list("sound_id", flat=True), further.values_list("sound_id", flat=True))
    return {pk for pk in found if pk}


def bulletins_of(sound: Sound) -> list[UUID]:
    """Ids of all bulletins with this sound."""
    return list(Bulletin.objects.filter(versions__sound=sound).values_list("pk", flat=True).distinct())
