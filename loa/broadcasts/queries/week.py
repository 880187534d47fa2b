"""The week of an area: what stands in it, approved or not, and what it owes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from loa.areas.models import Area
from loa.broadcasts.models import Airing, Programme, Schedule
from loa.broadcasts.queries import rooms
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.times import midnight

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Slot:
    """One air time of the week; `state` as in models.State. `from_above`: the province or the centre sends it."""

    schedule: UUID
    bulletin: UUID
    title: str
    start: datetime
    end: datetime
    state: str
    priority: str
    programme: str
    recurring_part: bool
    filling: bool
    from_above: bool
    target: targets.Target
    replaces: UUID | None


@dataclass(frozen=True, slots=True)
class Week:
    """Seven local days from `monday`; `slots` in order of time."""

    area: Area
    monday: date
    programmes: tuple[Programme, ...]
    slots: tuple[Slot, ...]

    def on(self, day: date) -> tuple[Slot, ...]:
        """The slots of one day."""
        start, end = midnight(day), midnight(day + timedelta(days=1))
        return tuple(slot for slot in self.slots if start <= slot.start < end)


def week(area: Area, monday: date, now: datetime) -> Week:
    """What is planned, asked for and drafted; for days gone by what was in the plans. Five queries."""
    since, until = midnight(monday), midnight(monday + WEEK)
    ahead = rooms.occurrences(area, max(since, now), until, now=now) if until > now else []
    found = [*_past(area, since, min(until, now)), *(_slot(row, area) for row in ahead)]
    programmes = Programme.objects.filter(area=area, closed_at=None)
    return Week(area, monday, tuple(programmes), tuple(sorted(found, key=lambda slot: (slot.start, slot.title))))


def _slot(row: rooms.Occurrence, area: Area) -> Slot:
    return _made(row.schedule, area, row.version.title, row.version.priority, row.span.start, row.span.end)


def _past(area: Area, since: datetime, until: datetime) -> list[Slot]:
    if until <= since:
        return []
    paths = [".".join(area.path.split(".")[:end]) for end in range(1, area.path.count(".") + 2)]
    rows = Airing.objects.filter(
        schedule__area__path__in=paths, start__gte=since, start__lt=until, dropped_at=None
    ).select_related("schedule__area", "schedule__programme")
    return [
        _made(
            row.schedule, area, row.title, row.priority, row.start, row.start + timedelta(milliseconds=row.duration_ms)
        )
        for row in rows
    ]


def _made(schedule: Schedule, area: Area, title: str, priority: str, start: datetime, end: datetime) -> Slot:
    return Slot(
        schedule=schedule.pk,
        bulletin=schedule.bulletin_id,
        title=title,
        start=start,
        end=end,
        state=schedule.state,
        priority=priority,
        programme=schedule.programme.name if schedule.programme else "",
        recurring_part=schedule.recurring_part,
        filling=schedule.filling,
        from_above=schedule.area_id != area.pk,
        target=targets.from_json(schedule.target),
        replaces=schedule.replaces_id,
    )
