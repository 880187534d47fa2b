"""Where and when a sound aired, as it is and in what was cut or built from it, here and in other units.

The number of queries is always the same.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from loa.areas.languages import Orders
from loa.areas.queries import languages_in, within
from loa.broadcasts.models import Airing, PlanDay, PlayProof
from loa.broadcasts.queries import sources
from loa.broadcasts.rules import plans
from loa.bulletins import library
from loa.bulletins.models import Version
from loa.devices.models import Device
from loa.kernel.clock import local
from loa.media import library as media
from loa.media.models import Sound
from loa.people.access import seen_by
from loa.people.models import User

PAGE = 20
SOUNDED = ("played", "cut")
OUTCOMES = (*SOUNDED, "skipped")  # all that a loudspeaker can swear to


@dataclass(frozen=True, slots=True)
class Aired:
    """One airing. `proved` of `meant` loudspeakers swore to have sounded it to its end; `over` tells past from plan,
    `dropped` that it was taken off the air and some loudspeakers had not heard of it."""

    airing: Airing
    meant: int
    proved: int
    over: bool
    dropped: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another unit made of it: no more than the place, how often it aired, and from when to when."""

    place: str
    times: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Everything made of a sound; of the airings page `number` (from 1), and whether there are older ones."""

    aired: tuple[Aired, ...]
    number: int
    more: bool
    bulletins: tuple[Version, ...]
    made: tuple[Sound, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(slots=True)
class _Line:
    """The sound with all that was made from it: those of its own unit, and of others by the name of their place."""

    own: dict[UUID, str] = field(default_factory=dict)
    others: dict[UUID, str] = field(default_factory=dict)


def usage(sound: Sound, user: User, now: datetime, number: int = 1) -> Usage:
    """For people of the sound's own area: `user` sees bulletins as far as their own areas go."""
    made = list(media.made_of(sound).select_related("made_by").defer(*media.HEAVY))
    line = _line(sound, [sound.pk, *(one.pk for one in made)])
    versions = library.with_sounds(line.own).only("language", "sound").prefetch_related("sound", "languages__sound")
    known = {version.pk: version for version in versions}
    start = (max(number, 1) - 1) * PAGE
    rows = sounded(Airing.objects.filter(schedule__version__in=known)).select_related("schedule__area")
    listed = list(rows.order_by("-start", "pk")[start : start + PAGE + 1])
    return Usage(
        aired=tuple(_proved(listed[:PAGE], known, set(line.own.values()), now)),
        number=max(number, 1),
        more=len(listed) > PAGE,
        bulletins=tuple(library.bulletins_with(sound, seen_by(user, now, "bulletin__area__path"))),
        made=tuple(made),
        elsewhere=tuple(_elsewhere(line.others, now)),
    )


def sounded(rows: QuerySet[Airing], outcomes: Collection[str] = SOUNDED) -> QuerySet[Airing]:
    """Airings that stand in a plan, and those that do no more although a loudspeaker swore to one of these outcomes."""
    proofs = PlayProof.objects.filter(airing=OuterRef("pk"), outcome__in=outcomes)
    return rows.filter(Q(dropped_at=None) | Exists(proofs))


def _line(sound: Sound, roots: Iterable[UUID]) -> _Line:
    found, home = _Line(), sources.commune_or_above(sound.area.path)
    for one in media.line_of(roots):
        if sources.commune_or_above(one.path) == home:
            found.own[one.pk] = one.sha256
        else:
            found.others[one.pk] = one.place
    return found


@dataclass(frozen=True, slots=True)
class _Choice:
    """Whether an airing in several languages says one of these files (`hashes`) in a commune."""

    versions: Mapping[int, Version]
    hashes: Collection[str]
    orders: Orders

    def several(self, airing: Airing) -> bool:
        """Whether the commune chooses at all."""
        return len(self._spoken(airing)) > 1

    def says(self, airing: Airing, path: str) -> bool:
        """As the planner chooses it for the day of the airing."""
        if not self.several(airing):
            return True
        chosen = plans.aired(self._spoken(airing), self.orders.on(path, local(airing.start).date()))
        return any(one.sha256 in self.hashes for one in chosen)

    def _spoken(self, airing: Airing) -> tuple[plans.Spoken, ...]:
        version = self.versions.get(airing.schedule.version_id or 0)
        return sources.spoken_in(version) if version else ()


def _proved(
    rows: list[Airing], versions: Mapping[int, Version], hashes: Collection[str], now: datetime
) -> Iterable[Aired]:
    """What was to sound in which loudspeaker, as far as its commune airs this language."""
    asked = {row.pk: row for row in rows}
    meant, played = _meant(rows), _played(asked)
    paths = {path for places in (*meant.values(), *played.values()) for path in places.values()}
    choice = _Choice(versions, hashes, languages_in(paths))
    for row in rows:
        expected = {name for name, path in meant[row.pk].items() if choice.says(row, path)}
        done = {name for name, path in played[row.pk].items() if choice.says(row, path)}
        if expected or done or not choice.several(row):
            yield Aired(row, len(expected | done), len(done), row.end <= now, row.dropped_at is not None)


def _played(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Airing -> loudspeakers that swore to have played it to its end, each with the path of its commune then."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    proofs = PlayProof.objects.filter(airing__in=list(names), outcome="played")
    for airing, device, then, now in proofs.values_list("airing", "device_id", "area__path", "device__area__path"):
        found[airing][device] = sources.commune_or_above(then) if then else now
    return found


def _meant(rows: Collection[Airing]) -> dict[str, dict[str, str]]:
    """Airing -> loudspeakers whose plan of the day names it, each with the path of its commune."""
    asked = {row.pk for row in rows}
    listed = {
        (plan_set, str(item["id"])): list(item.get("only") or ())
        for plan_set, items in _plans(rows) for item in items if item["id"] in asked
    }  # fmt: skip
    speakers = Device.objects.filter(
        plan_set__in={plan_set for plan_set, _ in listed}, kind=Device.Kind.SPEAKER, state=Device.State.PLACED
    )
    members: dict[str, dict[str, str]] = defaultdict(dict)
    for device, plan_set, path in speakers.values_list("pk", "plan_set_id", "plan_set__area__path"):
        members[str(plan_set)][device] = str(path)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for (plan_set, name), only in listed.items():
        named = only or members[plan_set]
        found[name] |= {device: path for device, path in members[plan_set].items() if device in named}
    return found


def _plans(rows: Collection[Airing]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """The days of the plans below the areas of these airings that name one of them."""
    named, here, days = Q(pk__in=[]), Q(pk__in=[]), {local(row.start).date() for row in rows}
    for row in rows:
        named |= Q(airings__contains=[{"id": row.pk}])
    for path in {sources.commune_or_above(row.schedule.area.path) for row in rows}:
        here |= within(path, "plan_set__area__path")
    found = PlanDay.objects.filter(here, named, day__in=days).values_list("plan_set_id", "airings")
    return [(str(plan_set), airings) for plan_set, airings in found]


def _elsewhere(others: Mapping[UUID, str], now: datetime) -> Iterable[Elsewhere]:
    """Of sounds of other units that were made from this one, by place."""
    places: dict[int, str] = {}
    for version in library.with_sounds(others).only("sound").prefetch_related("languages"):
        said = (version.sound_id, *(one.sound_id for one in version.languages.all()))
        places[version.pk] = next(others[name] for name in said if name and name in others)
    rows = sounded(Airing.objects.filter(schedule__version__in=places, start__lte=now))
    told: dict[str, list[tuple[int, datetime, datetime]]] = {place: [] for place in others.values()}
    counted = rows.values_list("schedule__version").annotate(Count("pk"), Min("start"), Max("start")).order_by()
    for version, times, first, last in counted:
        told[places[version]].append((times, first, last))
    for place, aired in sorted(told.items()):
        first = min((first for _, first, _ in aired), default=None)
        yield Elsewhere(
            place, sum(times for times, *_ in aired), first, max((last for *_, last in aired), default=None)
        )
