"""One reading of the world that air times follow from: loudspeakers, approved schedules, allowed hours."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
from airtime.hours import Hours, allowed_spans
from airtime.spans import merged, to_ms, without
from devicelink.messages import Airing
from devicelink.permits import Permit

from loa.areas.air import Book
from loa.areas.hours import AreaHours
from loa.areas.queries import rules_in
from loa.broadcasts.changes.change import DAYS
from loa.broadcasts.compile import planner_for
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import asked, sources
from loa.broadcasts.queries.known import Known
from loa.broadcasts.rules import differences, plans
from loa.broadcasts.rules.air import limited
from loa.broadcasts.rules.differences import Listeners
from loa.broadcasts.rules.projection import Rows, Spans, Stand, compare
from loa.broadcasts.rules.targets import Place
from loa.broadcasts.rules.times import midnight
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Approval
from loa.devices.queries.air import Clusters, clusters_in
from loa.devices.queries.standing import Standing, special_clusters, standings
from loa.kernel.clock import LOCAL, local


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to the local midnight `change.DAYS` after the day of `seen`, when the difference was first shown."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, now: datetime, seen: datetime) -> "Window":
        """The days that a difference seen at `seen` is about, as far as they lie ahead `now`."""
        return cls(now, midnight(local(seen).date() + DAYS))

    @property
    def horizon(self) -> plans.Horizon:
        """The days to plan."""
        first = local(self.since).date()
        return plans.Horizon(first, (local(self.until).date() - first).days)


@dataclass(frozen=True, slots=True)
class State:
    """What every loudspeaker of some places sounds: device -> the stand it belongs to, and whom the stands are of."""

    of_device: Mapping[str, int]
    stands: Sequence[Stand]
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class World:
    """What a reading of the database gave: loudspeakers by where they stand, approved schedules, whom these replace."""

    standings: Sequence[Standing]
    schedules: Sequence[Schedule]
    threads: Mapping[str, str]


def read(paths: Iterable[str], window: Window, now: datetime, waiting: Collection[UUID] = ()) -> World:
    """The loudspeakers and schedules of these places as the database has them; those of `waiting` count as approved."""
    found = standings(paths)
    communes = sorted({one.area for one in found})
    rows = _as_approved(list(sources.approved(communes, window.horizon.day)), waiting, now) if communes else []
    replaced = {str(row.pk): str(row.replaces_id) for row in rows if row.pk in waiting and row.replaces_id}
    return World(found, rows, replaced)


def state_of(world: World, window: Window, now: datetime, allowed: "Allowed | None" = None) -> State:
    """What the loudspeakers of this world sound under `allowed` (None: the rules as the database has them now)."""
    places = [Place(one.key, one.area, frozenset(one.groups), _NEVER, one.devices) for one in world.standings]
    planner = planner_for(places, world.schedules, window.horizon, now)
    hours = allowed or Allowed.of(world.standings, window)
    planner.book = hours.book
    return _state(world, [_told(planner, place) for place in places], hours)


def difference_of_hours(
    world: World, before: "Allowed", after: "Allowed", window: Window, now: datetime
) -> differences.Difference:
    """What other hours do to what these loudspeakers are told: only what lies near the hours that change is planned."""
    places = [Place(one.key, one.area, frozenset(one.groups), _NEVER, one.devices) for one in world.standings]
    planner = planner_for(places, world.schedules, window.horizon, now)
    planner.book = None  # no numbers hold (`Allowed.bound`), so there is nothing to count
    planner.only_near(before.differing(after, world.standings))
    told = [_told(planner, place) for place in places]
    return differ(_state(world, told, before), _state(world, told, after), window)


@dataclass(frozen=True, slots=True)
class _Told:
    """What loudspeakers are told: all of them, and some of them by name; the schedules of these airings."""

    common: tuple[Airing, ...]
    named: tuple[Airing, ...]
    schedules: Mapping[str, str]
    left: tuple[plans.Left, ...]


def _told(planner: plans.Planner, place: Place) -> _Told:
    left: list[plans.Left] = []
    heard = [(entry.schedule, airing) for entry, airing in planner.heard(place, left)]
    return _Told(
        tuple(airing for _, airing in heard if not airing.only),
        tuple(airing for _, airing in heard if airing.only),
        {airing.id: schedule for schedule, airing in heard},
        tuple(left),
    )


def _state(world: World, told: Sequence[_Told], allowed: "Allowed") -> State:
    stands: list[Stand] = []
    of_device: dict[str, int] = {}
    for own, one in zip(told, world.standings, strict=True):
        for devices, stand in _stands(own, one, allowed, world.threads):
            of_device.update(dict.fromkeys(devices, len(stands)))
            stands.append(stand)
    return State(of_device, stands, world.standings)


@dataclass(slots=True)
class Allowed:
    """When sound is allowed in places and for single clusters, by the rules of each day; ms."""

    window: Window
    book: Book
    clusters: Clusters
    special: frozenset[str]
    _known: dict[object, Spans]

    @classmethod
    def of(cls, found: Sequence[Standing], window: Window) -> "Allowed":
        """For these loudspeakers and where they stand."""
        first, last = local(window.horizon.start).date(), local(window.until).date()
        paths = {one.standing for one in found}
        special = special_clusters({one.area for one in found}, first, last)
        clusters = clusters_in(special, first, last)
        return cls(window, rules_in(paths, first, last), clusters, special, {})

    def at(self, path: str) -> Spans:
        """In this place."""
        turns = self.book.turns(path)
        return self._merged([(self.book.on(path, day).hours, day) for day in turns])

    def for_device(self, device: str, path: str) -> Spans:
        """For a cluster with rules of its own, or a muted one."""
        days = ((self.book.on(path, day), day) for day in self._days())
        return self._merged([(self.clusters.rules(device, above).hours, day) for above, day in days])

    def differing(self, other: "Allowed", standings: Sequence[Standing]) -> list[tuple[int, int]]:
        """The times at which sound is allowed by one of the two and not by the other, anywhere."""
        special = self.special | other.special
        pairs = [(self.at(one.standing), other.at(one.standing)) for one in standings]
        pairs += [
            (self.for_device(name, one.standing), other.for_device(name, one.standing))
            for one in standings
            for name in special.intersection(one.devices)
        ]
        distinct = {(id(was), id(becomes)): (was, becomes) for was, becomes in pairs}  # `_known` holds each once
        return merged({span for was, becomes in distinct.values() for span in _only_one(was, becomes)})

    def bound(self, standings: Sequence[Standing]) -> bool:
        """Whether numbers (sessions, minutes, no music) hold anywhere: then what is told depends on the rules too."""
        paths = {path for one in standings for path in (one.standing, one.area)}
        rules = [self.book.on(path, day) for path in paths for day in self.book.kinds_of_days(path)]
        return limited(rules) or any(one.off.no_music is not None for one in rules)

    def _days(self) -> list[date]:
        return [self.book.since + timedelta(days=n) for n in range((self.book.until - self.book.since).days + 1)]

    def _merged(self, eras: Sequence[tuple[AreaHours, date]]) -> Spans:
        """The hours of each era from its day on."""
        key = tuple((hours.windows, hours.extensions, hours.closures, day) for hours, day in eras)
        if key not in self._known:
            ends = [*(midnight(day) for _, day in eras[1:]), midnight(self.book.until)]
            spans = [
                (to_ms(span.start), to_ms(span.end))
                for (hours, day), end in zip(eras, ends, strict=True)
                for span in allowed_spans(hours, midnight(day), end)
            ]
            self._known[key] = tuple(merged(spans))
        return self._known[key]


def _only_one(was: Spans, becomes: Spans) -> list[tuple[int, int]]:
    if was == becomes:
        return []
    return [*without(list(was), list(becomes)), *without(list(becomes), list(was))]


def _stands(
    told: _Told, standing: Standing, allowed: Allowed, threads: Mapping[str, str]
) -> list[tuple[list[str], Stand]]:
    """Loudspeakers of one place differ by the airings that name them one by one, and by rules of their own."""
    usual = allowed.at(standing.standing)
    meant: dict[str, list[str]] = {}
    for airing in told.named:
        for device in airing.only:
            meant.setdefault(device, []).append(airing.id)
    apart = allowed.special.union(meant)
    alike: dict[tuple[tuple[str, ...], Spans], list[str]] = {
        ((), usual): [device for device in standing.devices if device not in apart]
    }
    for device in (device for device in standing.devices if device in apart):
        hours = allowed.for_device(device, standing.standing) if device in allowed.special else usual
        alike.setdefault((tuple(meant.get(device, ())), hours), []).append(device)
    known = {airing.id: airing for airing in told.named}
    return [
        (devices, Stand((*told.common, *(known[name] for name in ids)), hours, told.schedules, threads, told.left))
        for (ids, hours), devices in alike.items()
        if devices
    ]


_NEVER = Hours(LOCAL, ())


def _as_approved(rows: Sequence[Schedule], waiting: Collection[UUID], now: datetime) -> list[Schedule]:
    """These schedules as if an approver had just said yes to those of `waiting`."""
    asked_for = list(
        Schedule.objects.filter(pk__in=waiting)
        .exclude(pk__in=[row.pk for row in rows])
        .select_related("area", "bulletin", "version__sound")
    )
    by_replaced = {row.replaces_id: row for row in asked_for if row.replaces_id}
    kept = [left for row in rows if (left := _left_of(row, by_replaced.get(row.pk))) is not None]
    return [*kept, *(row for row in (_approved(row, now) for row in asked_for) if row is not None)]


def _left_of(row: Schedule, new: Schedule | None) -> Schedule | None:
    """What is left of an approved schedule once `new` has taken its place, as `actions.approve` leaves it."""
    if new is None:
        return row
    last = row.last_beside(new)
    if last is not None:
        row.last_day = last
    elif new.moved_at is None:
        return None
    else:
        row.dropped = sorted({*row.dropped, new.moved_at})
    return row


def _approved(row: Schedule, now: datetime) -> Schedule | None:
    """None without a finished sound and without a source to relay: nobody could approve it."""
    version = row.version or bulletins.newest(row.bulletin)
    if version.sound is None and version.relay is None:
        return None
    wanted = asked.request_of(row, version, now, Known()).asked
    name = uuid4()
    permit = Permit(
        approval=str(name),
        content=wanted.content,
        area=sources.commune_or_above(row.area.path),
        targets=wanted.targets,
        sounds=wanted.sounds,
        priority=wanted.priority,
        level=wanted.level,
        times=wanted.times,
        author=str(row.made_by_id),
        approver="approver",
        decided=to_ms(now),
        readings=version.readings,
        relays=bulletins.relays_of(version),
        relay_ms=sources.relay_ms(version),
    )
    row.version = version
    row.approval = Approval(pk=name, permit=msgspec.to_builtins(permit), decided_at=now)
    return row


def differ(before: State, after: State, window: Window) -> differences.Difference:
    """What the loudspeakers of these two states sound otherwise."""
    since, until = to_ms(window.since), to_ms(window.until)
    names = {device: one for state in (before, after) for one in state.standings for device in one.devices}
    alike: dict[tuple[str, int | None, int | None], list[str]] = {}
    for device, standing in names.items():
        pair = (standing.key, before.of_device.get(device), after.of_device.get(device))
        alike.setdefault(pair, []).append(device)
    found: list[tuple[Listeners, list[Rows]]] = []
    for (_, was, becomes), devices in alike.items():
        rows = compare(_stand(before, was), _stand(after, becomes), since, until)
        if rows:
            one = names[devices[0]]
            found.append((Listeners(one.area, one.commune, one.name, tuple(devices)), rows))
    return differences.difference(found)


_SILENT = Stand((), (), {})


def _stand(state: State, number: int | None) -> Stand:
    return _SILENT if number is None else state.stands[number]
