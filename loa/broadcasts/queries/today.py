"""The day of an area as its loudspeakers live it: what sounded, what sounds now, what is coming, who stays silent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from airtime.hours import Hours
from airtime.spans import Span
from airtime.timeline import Displaced

from loa.areas.models import Area
from loa.broadcasts.models import Airing, PlanDay, PlayProof
from loa.broadcasts.queries.sources import hours_of
from loa.broadcasts.rules import strip
from loa.broadcasts.rules.strip import Heard, Planned, Segment
from loa.broadcasts.rules.times import midnight
from loa.devices import queries as devices
from loa.devices.models import Device, Hold, PlanSet
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
    """The local day of `now`, or another one. Seven queries, however many loudspeakers and airings there are."""
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
class _Book:
    """The day, read once: airings by device, what displaces them, what was heard."""

    now: datetime
    planned: Mapping[str, Planned]
    meant: Mapping[str, frozenset[str]]
    displaced: Mapping[str, Mapping[str, Displaced]]
    heard: Mapping[str, Mapping[str, Heard]]
    held: Mapping[str, Sequence[Span]]

    @classmethod
    def read(cls, rows: Sequence[DeviceRow], holds: Sequence[Hold], day: date, now: datetime) -> "_Book":
        span = Span(midnight(day), midnight(day + timedelta(days=1)))
        listed = _listed({str(row.device.plan_set_id) for row in rows if row.device.plan_set_id}, day)
        planned = _planned({item["id"] for items in listed.values() for item in items})
        meant = {row.device.pk: _meant(row.device, listed, planned) for row in rows}
        hours = {str(pk): hours_of(stored) for pk, stored in _plan_set_hours(rows)}
        held = {row.device.pk: sorted(_hold_span(hold) for hold in holds if _is_held(hold, row)) for row in rows}
        return cls(now, planned, meant, _displaced(rows, meant, planned, hours, held, span), _heard(planned), held)

    def strip(self, pk: str, name: str, rows: Sequence[DeviceRow]) -> Strip:
        """The strip of these devices."""
        ids = sorted({airing for row in rows for airing in self.meant[row.device.pk]}, key=self._order)
        return Strip(
            id=pk,
            name=name,
            devices=tuple(row.device.pk for row in rows),
            online=sum(row.online for row in rows),
            segments=tuple(self._segment(self.planned[airing], rows) for airing in ids),
        )

    def _order(self, airing: str) -> tuple[datetime, str]:
        return self.planned[airing].start, airing

    def _segment(self, planned: Planned, rows: Sequence[DeviceRow]) -> Segment:
        mine = [row for row in rows if planned.id in self.meant[row.device.pk]]
        names = [row.device.pk for row in mine]
        heard = self.heard.get(planned.id, {})
        silenced = {row.device.pk for row in mine if self._is_silenced(planned, row.device.pk)}
        return strip.segment(
            planned,
            devices=names,
            displaced=[self.displaced[name][planned.id] for name in names if planned.id in self.displaced[name]],
            heard=[heard[name] for name in names if name in heard],
            playing=sum(
                row.online and row.status.playing == planned.id and row.device.pk not in silenced for row in mine
            ),
            titles={name: other.title for name, other in self.planned.items()},
            now=self.now,
            silenced=len(silenced),
        )

    def _is_silenced(self, planned: Planned, device: str) -> bool:
        """A stop came while it sounded there."""
        return any(planned.start < span.start < planned.end for span in self.held[device])


def _listed(plan_sets: Iterable[str], day: date) -> dict[str, list[Any]]:
    return dict(PlanDay.objects.filter(plan_set__in=plan_sets, day=day).values_list("plan_set_id", "airings"))


def _planned(ids: Iterable[str]) -> dict[str, Planned]:
    return {row.pk: planned_of(row) for row in Airing.objects.filter(pk__in=list(ids))}


def planned_of(row: Airing) -> Planned:
    """An airing in the words of the strip."""
    return Planned(
        id=row.pk,
        title=row.title,
        start=row.start,
        latest=row.latest,
        duration=timedelta(milliseconds=row.duration_ms),
        issued=row.issued_at,
        priority=row.priority,
        level=row.level,
        position=row.position,
        filling=row.filling,
    )


def _meant(device: Device, listed: Mapping[str, list[Any]], planned: Mapping[str, Planned]) -> frozenset[str]:
    return frozenset(
        item["id"]
        for item in listed.get(str(device.plan_set_id), ())
        if item["id"] in planned and device.pk in item.get("only", (device.pk,))
    )


def _plan_set_hours(rows: Sequence[DeviceRow]) -> list[tuple[str, dict[str, object]]]:
    names = {row.device.plan_set_id for row in rows if row.device.plan_set_id}
    return list(PlanSet.objects.filter(pk__in=names).values_list("pk", "hours"))


def _displaced(
    rows: Sequence[DeviceRow],
    meant: Mapping[str, frozenset[str]],
    planned: Mapping[str, Planned],
    hours: Mapping[str, Hours],
    holds: Mapping[str, Sequence[Span]],
    span: Span,
) -> dict[str, dict[str, Displaced]]:
    """For each device what it will not sound as planned. Devices with the same day are worked out once."""
    known: dict[tuple[object, ...], dict[str, Displaced]] = {}
    found: dict[str, dict[str, Displaced]] = {}
    for row in rows:
        device = row.device
        held = tuple(holds[device.pk])
        same = (device.plan_set_id, meant[device.pk], held)
        if same not in known and device.plan_set_id:
            items = [planned[airing] for airing in meant[device.pk]]
            timeline = strip.day_of(items, hours[str(device.plan_set_id)], held, span)
            known[same] = {entry.item: entry for entry in timeline.displaced}
        found[device.pk] = known.get(same, {})
    return found


def _hold_span(hold: Hold) -> Span:
    return Span(hold.at, max(hold.until or hold.at, hold.at))


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


def _heard(airings: Iterable[str]) -> dict[str, dict[str, Heard]]:
    """What devices swore, by airing and device; of several words of one device the best counts."""
    found: dict[str, dict[str, Heard]] = defaultdict(dict)
    rows = PlayProof.objects.filter(airing__in=list(airings)).order_by("stored_at", "count")
    for row in rows:
        known = found[row.airing].get(row.device_id)
        if known is None or known.outcome != "played":
            found[row.airing][row.device_id] = Heard(
                row.device_id, row.outcome, row.started, timedelta(milliseconds=row.rendered_ms), row.reason
            )
    return found
