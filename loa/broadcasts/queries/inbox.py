"""What came to a commune from above: what waits for its word, where it could go, which sessions have to be ordered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airtime.spans import Span
from django.db.models import QuerySet

from loa.areas.models import Area
from loa.broadcasts.models import Airing, Delivery, Programme, Schedule, State
from loa.broadcasts.queries import rooms, rundowns, sendings, sources
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules import deliveries as rules
from loa.broadcasts.rules.deliveries import HOURS, REACHES_IN, Answer
from loa.broadcasts.rules.times import midnight
from loa.kernel.clock import local

LOOK_AHEAD = 14
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A session ahead; `starts` local."""

    programme: Programme
    day: date
    starts: datetime


def open_deliveries(now: datetime) -> QuerySet[Delivery]:
    """Accepted ones that may still air."""
    rows = sendings.deliveries().filter(state=Answer.ACCEPTED.value, sending__last_day__gte=local(now).date())
    return rows.filter(sending__approval__revoked_at=None, sending__state=rules.Sent.SENT.value)


def waiting_to_enter(now: datetime) -> QuerySet[Delivery]:
    """Priority ones that have found no session yet."""
    return open_deliveries(now).filter(sending__version__priority="priority")


def waiting(area: Area, now: datetime) -> list[Delivery]:
    """What the commune has to answer: normal ones to choose or refuse, priority ones that found no session."""
    return list(open_deliveries(now).filter(area=area).order_by("-sending__version__priority", "made_at"))


def overdue(now: datetime, areas: Iterable[int] | None = None) -> list[Delivery]:
    """Those worth a reminder, of all communes or of these (ids): unanswered for a day, or their days run out."""
    rows = open_deliveries(now)
    if areas is not None:
        rows = rows.filter(area__in=list(areas))
    return [row for row in rows if rules.is_overdue(row.made_at, midnight(row.sending.last_day + _DAY), now)]


def listed(area: Area, now: datetime, *, days: int = 31) -> list[sendings.Row]:
    """All that came in the last days, and how it stands."""
    rows = sendings.deliveries().filter(area=area, made_at__gt=now - days * _DAY).order_by("-made_at")
    return sendings.rows(rows, now)


def sessions_ahead(row: Delivery, now: datetime) -> list[Session]:
    """The sessions of the commune that it may enter, in order of time. Two queries."""
    today = local(now).date()
    first, last = max(row.sending.first_day, today), min(row.sending.last_day, today + LOOK_AHEAD * _DAY)
    days = [first + number * _DAY for number in range((last - first).days + 1)]
    return _sessions(row.area, days, now + REACHES_IN)


def _sessions(area: Area, days: Iterable[date], after: datetime) -> list[Session]:
    rows = Programme.objects.filter(area=area, closed_at=None).select_related("area").prefetch_related("changes")
    listed, found = list(days), []
    for programme in rows:
        slot = slot_of(programme, None, programme.changes.all())
        spans = ((day, slot.on(day)) for day in listed)
        found += [Session(programme, day, span.start) for day, span in spans if span and span.start > after]
    permitted = [one for one in found if local(one.starts).hour in HOURS]
    return sorted(permitted, key=lambda one: one.starts)


def has_begun(schedule: Schedule, now: datetime) -> bool:
    """Whether it sounds already, or did."""
    return Airing.objects.filter(schedule=schedule, start__lte=now, dropped_at=None).exists()


@dataclass(frozen=True, slots=True)
class Item:
    """One priority item of a session in its place; `starts` None: it found no room. `above`: it came from above.

    `minute`: its own minute, for which it was approved, None if the rundown places it; `latest`: how late it may be.
    """

    schedule: Schedule
    title: str
    by: str
    above: bool
    starts: datetime | None
    length: timedelta
    delivery: Delivery | None
    minute: datetime | None = None
    latest: datetime | None = None

    @property
    def gave_way(self) -> bool:
        """It sounds later than at its own minute."""
        return self.minute is not None and self.starts is not None and self.starts > self.minute

    @property
    def stands_fast(self) -> bool:
        """It cannot give way: its approval names its minute alone."""
        return self.minute is not None and self.latest == self.minute


@dataclass(frozen=True, slots=True)
class Clash:
    """Priority items of the commune and from above in one session, in the order in which they sound as things stand.

    `until`: when it can no longer be changed. `ordered`: somebody has said so, and nothing was added since.
    """

    programme: Programme
    day: date
    starts: datetime
    items: tuple[Item, ...]
    ordered: bool

    @property
    def until(self) -> datetime:
        """See above."""
        return rules.order_until(self.starts)


def clash(programme: Programme, day: date, now: datetime) -> Clash | None:
    """The clash of this session, None if there is none: it needs both sides."""
    slot = slot_of(programme, None, programme.changes.all())
    span = slot.on(day)
    if span is None or span.start <= now:
        return None
    area = programme.area
    rows = rooms.unsettled(area, midnight(day), midnight(day + _DAY), states=[State.APPROVED])
    wishes, busy = rooms.parted(rows)
    book = rundowns.lay_out(wishes, {area.pk: busy}, now)
    mine = [wish for wish in wishes if wish.version.priority == "priority" and _stands_in(wish, programme, day, span)]
    if len({sources.from_above(wish.schedule) for wish in mine}) < 2:
        return None
    return _clash(programme, day, span.start, mine, book)


def _stands_in(wish: rundowns.Wish, programme: Programme, day: date, span: Span) -> bool:
    """What floats belongs to its session, what has a minute of its own to the one in which that lies."""
    if not wish.schedule.floating:
        return span.start <= wish.start < span.end
    return wish.schedule.programme_id == programme.pk and local(wish.start).date() == day


def _clash(
    programme: Programme, day: date, starts: datetime, wishes: list[rundowns.Wish], book: rundowns.Book
) -> Clash:
    found = sendings.deliveries().filter(schedule__in=[wish.schedule.pk for wish in wishes])
    known = {row.schedule_id: row for row in found}
    items = [_item(wish, book, known.get(wish.schedule.pk)) for wish in wishes]
    items.sort(key=lambda one: (one.starts is None, one.starts or starts, one.schedule.position))
    decided = [one.schedule.decided_at for one in items if one.schedule.decided_at is not None]
    ordered = [row.ordered_at for row in known.values() if row.ordered_at is not None]
    done = len(ordered) == len(known) and bool(decided) and min(ordered) >= max(decided)
    return Clash(programme, day, starts, tuple(items), done)


def _item(wish: rundowns.Wish, book: rundowns.Book, delivery: Delivery | None) -> Item:
    put = book.put.get(wish.key)
    by = delivery.sending.area.full_name if delivery else wish.schedule.area.full_name
    fixed = not wish.schedule.floating
    return Item(
        wish.schedule, wish.version.title, by, delivery is not None, put.start if put else None, wish.length, delivery,
        minute=wish.start if fixed else None, latest=wish.latest if fixed else None,
    )  # fmt: skip


def clashes(area: Area, now: datetime) -> list[Clash]:
    """The sessions ahead that hold priority items of both sides, the nearest first."""
    return _clashes(area, _meeting(area, now), now)


def _meeting(area: Area, now: datetime) -> QuerySet[Delivery]:
    """Priority ones that stand in a session of today or later."""
    return sendings.deliveries().filter(
        area=area, state=Answer.SCHEDULED.value, schedule__state=State.APPROVED,
        schedule__first_day__gte=local(now).date(), sending__version__priority="priority",
        schedule__programme__closed_at=None,
    )  # fmt: skip


def _clashes(area: Area, rows: Iterable[Delivery], now: datetime) -> list[Clash]:
    keys = {(row.schedule.programme, row.schedule.first_day) for row in rows if row.schedule and row.schedule.programme}
    found = (clash(_with_area(programme, area), day, now) for programme, day in keys)
    return sorted((one for one in found if one is not None), key=lambda one: one.starts)


def concerning(area: Area, now: datetime) -> QuerySet[Delivery]:
    """Of which `to_do` may say something: where there is none, there is nothing to do."""
    return open_deliveries(now).filter(area=area) | _meeting(area, now)


def to_do(area: Area, now: datetime) -> tuple[list[Delivery], list[Clash]]:
    """`waiting` and `unordered` at once: one query where nothing stands in a session."""
    rows = list(concerning(area, now).order_by("made_at"))
    asked = [row for row in rows if row.state == Answer.ACCEPTED.value]
    met = _clashes(area, [row for row in rows if row.state == Answer.SCHEDULED.value], now)
    return asked, [one for one in met if not one.ordered and now < one.until]


def _with_area(programme: Programme, area: Area) -> Programme:
    programme.area = area
    return programme


def unordered(area: Area, now: datetime) -> list[Clash]:
    """Those that nobody has ordered yet though there is time."""
    return [one for one in clashes(area, now) if not one.ordered and now < one.until]
