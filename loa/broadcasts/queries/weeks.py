"""A week of an area as a table: rows are times of day, columns are its days."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from loa.areas.days import OfDay
from loa.areas.models import Area
from loa.areas.queries import rules_in
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import rooms, sources
from loa.broadcasts.queries.proved import Mark, marks
from loa.broadcasts.queries.rooms import Occurrence
from loa.broadcasts.queries.slots import slots as slots_of
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.sessions import Slot
from loa.broadcasts.rules.times import midnight
from loa.kernel.clock import local, to_ms

DAYS = 7
SHOWN = (State.DRAFT, State.SUBMITTED, State.APPROVED, State.RETURNED)
# An obligation is announced on consecutive days: a daily schedule with an end within a week.
DUTY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Day:
    """One column. `holiday` is its Vietnamese name, "" on other days; `off` says what the rules of the place make of
    the day ("không phát nhạc"), "" where it is like any other.
    """

    on: date
    holiday: str
    today: bool
    chosen: bool
    off: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One air time. `number` of `many` days for an obligation, else 0; `mark` once it is over, if a plan named it."""

    schedule: Schedule
    title: str
    start: datetime
    end: datetime
    past: bool
    number: int
    many: int
    mark: Mark | None = None
    at: datetime | None = None

    @property
    def fixed(self) -> bool:
        """It cannot be moved: it is over, or somebody is asked about it."""
        return self.past or self.schedule.state == State.SUBMITTED

    @property
    def ms(self) -> int:
        """The instant that it was approved for, for addresses."""
        return to_ms(self.at or self.start)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day at one time."""

    day: Day
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: either `whole`, what sounds on every day of the week at this time, or a cell for each day.

    `runs` are the air times of `whole`, `session` the name of the session that the row stands for,
    `chosen` the day that a phone shows.
    """

    at: str
    whole: Item | None
    cells: tuple[Cell, ...] = ()
    runs: tuple[Item, ...] = ()
    session: str = ""
    chosen: date | None = None

    @property
    def next(self) -> Item | None:
        """The run that can still be changed, else the last one."""
        return next((item for item in self.runs if not item.past), self.runs[-1] if self.runs else None)

    @property
    def over(self) -> tuple[Item, ...]:
        """The runs that a plan named and that are over."""
        return tuple(item for item in self.runs if item.mark is not None)

    @property
    def shown(self) -> Item | None:
        """The run of the day that a phone shows, if it is over."""
        return next((item for item in self.over if self.chosen == local(item.start).date()), None)

    @property
    def lacking(self) -> tuple[Item, ...]:
        """Those of them that not everybody sounded."""
        return tuple(item for item in self.over if item.mark is not None and not item.mark.whole)


@dataclass(frozen=True, slots=True)
class Week:
    """See the module. `drafts` are bulletins with air times of this week that nobody has been asked about, `waiting`
    schedules that an approver is asked about."""

    monday: date
    days: tuple[Day, ...]
    lines: tuple[Line, ...]
    drafts: tuple[Schedule, ...]
    waiting: int
    items: int

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=DAYS - 1)


def week(
    area: Area, monday: date, now: datetime, *, chosen: date | None = None, heard_by: Collection[str] | None = None
) -> Week:
    """The week that begins on `monday`; `heard_by` are device ids: only what at least one of them is meant to sound."""
    since, until = midnight(monday), midnight(monday + timedelta(days=DAYS))
    found = rooms.occurrences(area, since, until, states=SHOWN, now=now)
    if heard_by is not None:
        found = _heard(area, found, frozenset(heard_by))
    days = _days(area, monday, now, chosen)
    known = marks(area, since, min(until, now))
    items = [_item(row, now, known) for row in found]
    wholes, others = _whole_week(items)
    shown = next(day.on for day in days if day.chosen)
    lines = [Line(f"{local(runs[0].start):%H:%M}", runs[0], runs=runs, chosen=shown) for runs in wholes]
    lines += _cells(others, days, slots_of(area, monday), {local(runs[0].start).time() for runs in wholes})
    return Week(
        monday=monday,
        days=days,
        lines=tuple(sorted(lines, key=lambda line: (line.at, line.whole is None))),
        drafts=tuple({row.schedule.pk: row.schedule for row in found if _unasked(row.schedule, area)}.values()),
        waiting=len({row.schedule.pk for row in found if row.schedule.state == State.SUBMITTED}),
        items=len(items),
    )


def _unasked(schedule: Schedule, area: Area) -> bool:
    return schedule.state in (State.DRAFT, State.RETURNED) and schedule.area_id == area.pk


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def holidays_of(years: Iterable[int]) -> dict[date, str]:
    """Public holidays of Vietnam by day, in Vietnamese."""
    import holidays  # a fifth of a second, which only the week's page needs

    found = holidays.country_holidays("VN", years=list(years), language="vi")
    return {day: str(name) for day, name in found.items()}


def _days(area: Area, monday: date, now: datetime, chosen: date | None) -> tuple[Day, ...]:
    today = local(now).date()
    listed = [monday + timedelta(days=number) for number in range(DAYS)]
    named = holidays_of({day.year for day in listed})
    book = rules_in([area.path], listed[0], listed[-1])
    chosen = chosen if chosen in listed else today if today in listed else monday
    return tuple(
        Day(day, named.get(day, ""), day == today, day == chosen, _off(book.on(area.path, day).off)) for day in listed
    )


def _off(day: OfDay) -> str:
    """What is special: "không phát nhạc (Quốc tang)"."""
    if day.silent is not None:
        return f"không phát ({day.silent.name})"
    if day.no_music is not None:
        return f"không phát nhạc ({day.no_music.name})"
    if day.fewer is not None and day.fewer.sessions is not None:
        return f"tối đa {day.fewer.sessions} buổi ({day.fewer.name})"
    return ""


def _heard(area: Area, rows: list[Occurrence], devices: frozenset[str]) -> list[Occurrence]:
    """Places are read once for each schedule, however often it sounds."""
    known: dict[object, bool] = {}
    places = sources.places([sources.commune_or_above(area.path)])
    for row in rows:
        schedule = row.schedule
        if schedule.pk not in known:
            target = targets.from_json(schedule.target)
            known[schedule.pk] = bool(targets.devices_meant(target, schedule.area.path, places) & devices)
    return [row for row in rows if known[row.schedule.pk]]


def _item(row: Occurrence, now: datetime, known: Mapping[tuple[UUID, datetime], Mark]) -> Item:
    schedule, day = row.schedule, local(row.span.start).date()
    number, many = 0, 0
    if schedule.pattern == "daily" and schedule.last_day and not schedule.recurring_part:
        days = (schedule.last_day - schedule.first_day).days + 1
        if 1 < days <= DUTY_DAYS:
            number, many = (day - schedule.first_day).days + 1, days
    start, mark = row.span.start, known.get((schedule.pk, row.span.start))
    return Item(schedule, row.version.title, start, row.span.end, start <= now, number, many, mark, row.at)


def _whole_week(items: Sequence[Item]) -> tuple[list[tuple[Item, ...]], list[Item]]:
    """What sounds on all seven days at the same time becomes one row."""
    by_time: dict[tuple[object, str], list[Item]] = {}
    for item in items:
        by_time.setdefault((item.schedule.pk, f"{local(item.start):%H:%M}"), []).append(item)
    wholes = [tuple(rows) for rows in by_time.values() if len(rows) == DAYS and not rows[0].many]
    others = [item for rows in by_time.values() if len(rows) != DAYS or rows[0].many for item in rows]
    return wholes, others


def _cells(items: Sequence[Item], days: Sequence[Day], slots: Sequence[Slot], wholes: Collection[time]) -> list[Line]:
    """A session is one row, unless something sounds in it all week: then its other items stand at their own times,
    between the rows of that, and no row says that the session is empty.
    """
    names = {f"{slot.starts:%H:%M}": slot.name for slot in slots}
    between = sorted(f"{at:%H:%M}" for at in wholes)
    free = [slot for slot in slots if not any(_holds(slot, at) for at in wholes)]
    rows: dict[str, dict[date, list[Item]]] = {f"{slot.starts:%H:%M}": {} for slot in free}
    for item in sorted(items, key=lambda one: (one.start, one.schedule.position)):
        day = local(item.start).date()
        rows.setdefault(_row_of(item, free, day), {}).setdefault(day, []).append(item)
    rows = _joined(rows, between, slots)
    return [
        Line(at, None, tuple(Cell(day, tuple(by_day.get(day.on, ()))) for day in days), session=names.get(at, ""))
        for at, by_day in rows.items()
    ]


Rows = dict[str, dict[date, list[Item]]]


def _joined(rows: Rows, between: Sequence[str], slots: Sequence[Slot]) -> Rows:
    """What stands in one session with nothing of the whole week in between is one row, at the time of its first."""
    found: Rows = {}
    for at in sorted(rows):
        last = next(reversed(found), None)
        slot = next((slot for slot in slots if _holds(slot, time.fromisoformat(at))), None)
        apart = last is None or slot is None or not _holds(slot, time.fromisoformat(last))
        if apart or any(str(last) < whole <= at for whole in between):
            found[at] = rows[at]
            continue
        for day, items in rows[at].items():
            found[str(last)].setdefault(day, []).extend(items)
    return found


def _holds(slot: Slot, at: time) -> bool:
    start = slot.starts.hour * 60 + slot.starts.minute
    return start <= at.hour * 60 + at.minute < start + slot.minutes


def _row_of(item: Item, slots: Sequence[Slot], day: date) -> str:
    """The session that it lies in, else its own time."""
    for slot in slots:
        span = slot.on(day)
        if span is not None and span.start <= item.start < span.end:
            return f"{slot.starts:%H:%M}"
    return f"{local(item.start):%H:%M}"
