"""The day of an area as its loudspeakers live it: what sounded, what sounds now, what is coming, who stays silent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airtime.spans import Span

from loa.areas.models import Area
from loa.broadcasts.queries import dayrows
from loa.broadcasts.queries.dayrows import Listed, Told
from loa.broadcasts.rules import strip
from loa.broadcasts.rules.strip import Planned, Segment, Yields
from loa.broadcasts.rules.times import midnight
from loa.devices import queries as devices
from loa.devices.models import Device, Hold
from loa.devices.queries import DeviceRow
from loa.kernel import reading
from loa.kernel.clock import local

UNGROUPED = "Cụm loa khác"


@dataclass(frozen=True, slots=True)
class Strip:
    """A group of loudspeakers and its day; `id` is empty for those in no group."""

    id: str
    name: str
    devices: tuple[str, ...]
    online: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """What the page of the day needs. `all` is the whole area as one strip; `silent` will not sound, and why."""

    area: Area
    day: date
    all: Strip
    groups: tuple[Strip, ...]
    silent: tuple[DeviceRow, ...]
    holds: tuple[Hold, ...]

    @property
    def on_air(self) -> tuple[Segment, ...]:
        """What sounds now, anywhere in the area."""
        return tuple(segment for segment in self.all.segments if segment.look is strip.Look.ON_AIR)


def today(area: Area, now: datetime, day: date | None = None) -> Today:
    """The local day of `now`, or another one. Four queries, however many loudspeakers and airings there are."""
    on = day or local(now).date()
    return reading.once(("today", area.path, on), lambda: _today(area, now, on))


def _today(area: Area, now: datetime, day: date) -> Today:
    rows = [row for row in devices.device_rows(area.path, now) if row.device.state == Device.State.PLACED]
    holds = devices.holds_now(area.path, now)
    book = _Book.read(rows, holds, day, now)
    return Today(
        area=area,
        day=day,
        all=book.strip("", area.full_name, rows),
        groups=tuple(book.strip(pk, name, members) for pk, name, members in _groups(rows)),
        silent=tuple(row for row in rows if row.mute),
        holds=tuple(holds),
    )


def _groups(rows: Sequence[DeviceRow]) -> list[tuple[str, str, list[DeviceRow]]]:
    found: dict[str, tuple[str, list[DeviceRow]]] = {}
    for row in rows:
        for group in row.groups:
            found.setdefault(group.pk, (group.name, []))[1].append(row)
    alone = [row for row in rows if not row.groups]
    groups = [(pk, name, members) for pk, (name, members) in found.items()]
    groups.sort(key=lambda group: min(row.device.number for row in group[2]))
    return [*groups, ("", UNGROUPED, alone)] if alone else groups


@dataclass(frozen=True, slots=True)
class _Stop:
    """A stop: from when to when, on which loudspeakers."""

    span: Span
    devices: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Book:
    """The day, read once: by airing who is meant, who yields, who plays it just now; in order of their starts."""

    now: datetime
    told: Sequence[Told]
    titles: Mapping[str, str]
    meant: Mapping[str, frozenset[str]]
    yields: Mapping[str, Sequence[Yields]]
    playing: Mapping[str, frozenset[str]]
    stops: Sequence[_Stop]

    @classmethod
    def read(cls, rows: Sequence[DeviceRow], holds: Sequence[Hold], day: date, now: datetime) -> "_Book":
        span = Span(midnight(day), midnight(day + timedelta(days=1)))
        listed = dayrows.listed({str(row.device.plan_set_id) for row in rows if row.device.plan_set_id}, day)
        told = dayrows.told({item["id"] for one in listed.values() for item in one.items}, span)
        planned = {one.planned.id: one.planned for one in told}
        meant = _meant(rows, listed)
        stops = [_stop(hold, rows) for hold in holds]
        return cls(
            now=now,
            told=told,
            titles={name: one.title for name, one in planned.items()},
            meant=meant,
            yields=_yields(rows, _own_days(meant, planned), listed, stops, span),
            playing=_playing(rows),
            stops=stops,
        )

    def strip(self, pk: str, name: str, rows: Sequence[DeviceRow]) -> Strip:
        """The strip of these devices."""
        names = tuple(row.device.pk for row in rows)
        meant = ((one, [pk for pk in names if pk in self.meant[one.planned.id]]) for one in self.told)
        return Strip(
            id=pk,
            name=name,
            devices=names,
            online=sum(row.online for row in rows),
            segments=tuple(self._segment(one, devices) for one, devices in meant if devices),
        )

    def _segment(self, told: Told, devices: Sequence[str]) -> Segment:
        silenced = self._silenced(told.planned).intersection(devices)
        playing = self.playing.get(told.planned.id, frozenset()).intersection(devices)
        return strip.segment(
            told.planned,
            devices=devices,
            displaced=self.yields.get(told.planned.id, ()),
            heard=told.heard,
            playing=len(playing - silenced),
            titles=self.titles,
            now=self.now,
            silenced=len(silenced),
        )

    def _silenced(self, planned: Planned) -> frozenset[str]:
        """Where a stop came while it sounded."""
        stopped = (stop.devices for stop in self.stops if planned.start < stop.span.start < planned.end)
        return frozenset().union(*stopped)


def _meant(rows: Sequence[DeviceRow], listed: Mapping[str, Listed]) -> dict[str, frozenset[str]]:
    """Airing -> those of these loudspeakers whose plan names it."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for plan_set, members in _by_plan_set(rows).items():
        for item in listed[plan_set].items if plan_set in listed else ():
            found[item["id"]] |= members.intersection(item["only"]) if "only" in item else members
    return found


def _by_plan_set(rows: Sequence[DeviceRow]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[str(row.device.plan_set_id)].add(row.device.pk)
    return {plan_set: frozenset(members) for plan_set, members in found.items()}


def _playing(rows: Sequence[DeviceRow]) -> dict[str, frozenset[str]]:
    """Airing -> the loudspeakers that say that they play it."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.online and row.status.playing:
            found[row.status.playing].add(row.device.pk)
    return {airing: frozenset(names) for airing, names in found.items()}


def _own_days(meant: Mapping[str, frozenset[str]], planned: Mapping[str, Planned]) -> dict[str, frozenset[Planned]]:
    """Loudspeaker -> all that it is to sound."""
    found: dict[str, set[Planned]] = defaultdict(set)
    for name, airing in planned.items():
        for device in meant[name]:
            found[device].add(airing)
    return {device: frozenset(airings) for device, airings in found.items()}


def _yields(
    rows: Sequence[DeviceRow],
    days: Mapping[str, frozenset[Planned]],
    listed: Mapping[str, Listed],
    stops: Sequence[_Stop],
    span: Span,
) -> dict[str, list[Yields]]:
    """Airing -> who will not sound it as planned. Devices with the same day are worked out once."""
    alike: dict[tuple[str, frozenset[Planned], tuple[Span, ...]], set[str]] = defaultdict(set)
    for row in rows:
        name = row.device.pk
        if name in days:
            held = tuple(sorted(stop.span for stop in stops if name in stop.devices))
            alike[str(row.device.plan_set_id), days[name], held].add(name)
    found: dict[str, list[Yields]] = defaultdict(list)
    for (plan_set, items, held), names in alike.items():
        for entry in strip.day_of(items, listed[plan_set].hours, held, span).displaced:
            found[entry.item].append(Yields(frozenset(names), entry))
    return found


def _stop(hold: Hold, rows: Sequence[DeviceRow]) -> _Stop:
    span = Span(hold.at, max(hold.until or hold.at, hold.at))
    return _Stop(span, frozenset(row.device.pk for row in rows if _is_held(hold, row)))


def _is_held(hold: Hold, row: DeviceRow) -> bool:
    device, audience = row.device, hold.audience
    if "device" in audience:
        return bool(audience["device"] == device.pk)
    if "group" in audience:
        return any(group.pk == audience["group"] for group in row.groups)
    if "plan_set" in audience:
        return bool(audience["plan_set"] == device.plan_set_id)
    here = device.hamlet.path if device.hamlet else device.area.path
    return here == audience["area"] or here.startswith(str(audience["area"]) + ".")
