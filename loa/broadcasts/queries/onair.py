"""May this sound there then? The one answer for composing, proposing, approving, moving, copying and programmes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from airtime.limits import LOOK, Item

from loa.areas.air import AirRules, Book
from loa.areas.models import Area
from loa.areas.rules import Level, is_inside
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import sources
from loa.broadcasts.queries.known import Known
from loa.broadcasts.queries.rooms import Occurrence
from loa.broadcasts.rules import air, plans, targets
from loa.broadcasts.rules.air import SPEECH, Kind
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import Refused
from loa.bulletins.models import Version
from loa.kernel.clock import local, to_ms

# How far ahead sessions and minutes are counted; the plans of later days are held to them when they are made.
COUNTED_AHEAD = timedelta(days=35)
PLANNED = (State.SUBMITTED, State.APPROVED)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Beside:
    """What counts of all that is planned: schedules in these `states`, save `leave_out`, and save the single instants
    (schedule, Unix ms) that would no longer sound."""

    states: tuple[str, ...] = PLANNED
    leave_out: frozenset[UUID] = frozenset()
    dropped: frozenset[tuple[UUID, int]] = frozenset()


ALONE = Beside()


def beside(schedule: Schedule, *, approving: bool = False) -> Beside:
    """All but itself and what it takes the place of; an approver counts only what is approved."""
    states = (State.APPROVED,) if approving else PLANNED
    replaced = schedule.replaces_id
    if replaced is None:
        return Beside(states, frozenset({schedule.pk}))
    if schedule.moved_at is None:
        return Beside(states, frozenset({schedule.pk, replaced}))
    return Beside(states, frozenset({schedule.pk}), frozenset({(replaced, schedule.moved_at)}))


def kind_on(schedule: Schedule, version: Version) -> Kind:
    """What the rules of its own area look at."""
    return kind_of(version, schedule, schedule.area.path)


def kind_of(version: Version, schedule: Schedule, here: str) -> Kind:
    """What the rules of the place `here` (path) look at in this version on the air of this schedule."""
    over = schedule.area.level < Level.COMMUNE and schedule.area.path != here
    above = version.priority == "priority" and (over or sources.from_above(schedule))
    alone = version.relay_id is None  # what stands in for a relay is left out where no music may sound
    music = alone and version.sound is not None and version.sound.profile == plans.MUSIC
    return Kind(music=music, above=above, yields=schedule.filling)


def check_air(
    area: Area,
    target: Target,
    starts: Sequence[datetime],
    duration: timedelta,
    now: datetime,
    known: Known,
    *,
    kind: Kind = SPEECH,
    beside: Beside = ALONE,
) -> tuple[Refused, ...]:
    """The air times (sorted) that the rules of the air refuse, each with its sentence and the nearest way out."""
    if not starts:
        return ()
    path, place = _judged_by(area, target, known)
    book = known.book(path, min(local(now), local(starts[0])).date() - _DAY, local(starts[-1]).date() + _DAY)
    ways = [()] if not _numbered(book, path, starts) else _heard_with(area, target, starts, known, beside)
    found: dict[datetime, Refused] = {}
    for there in ways:
        for refused in _judge(book, path, place, there, starts, duration, kind, now):
            found.setdefault(refused.start, refused)
    return tuple(found[start] for start in sorted(found))


def _judged_by(area: Area, target: Target, known: Known) -> tuple[str, str]:
    """Path and full name of the place whose rules count: that of the schedule, or the one hamlet that is meant."""
    if len(target.areas) == 1 and not target.groups and not target.devices and is_inside(target.areas[0], area.path):
        only = known.area_at(target.areas[0]) if target.areas[0] != area.path else None
        if only is not None:
            return only.path, only.full_name
    return area.path, area.full_name


def _numbered(book: Book, path: str, starts: Sequence[datetime]) -> bool:
    last = min(starts[-1], starts[0] + COUNTED_AHEAD)
    return air.limited(book.on(path, day) for day in sorted({local(start).date() for start in starts if start <= last}))


def _heard_with(
    area: Area, target: Target, starts: Sequence[datetime], known: Known, beside: Beside
) -> list[tuple[Occurrence, ...]]:
    """For each part of the places that hears other things than the rest: what is heard there anyway."""
    since, until = starts[0] - _DAY, min(starts[-1], starts[0] + COUNTED_AHEAD) + LOOK + _DAY
    planned = [row for row in known.on_air(area, since, until, beside.states) if _counts(row, beside)]
    met: dict[UUID, Target] = {row.schedule.pk: targets.from_json(row.schedule.target) for row in planned}
    own = {row.schedule.pk: row.schedule for row in planned}
    alike: dict[frozenset[UUID], None] = {}
    for place in known.places_meant(area.path, target):
        mine = targets.reach(target, area.path, place)
        alike[frozenset(pk for pk in own if _meet(mine, targets.reach(met[pk], own[pk].area.path, place)))] = None
    return [tuple(row for row in planned if row.schedule.pk in group) for group in alike or {frozenset(): None}]


def _counts(row: Occurrence, beside: Beside) -> bool:
    if row.schedule.pk in beside.leave_out or (row.schedule.pk, to_ms(row.span.start)) in beside.dropped:
        return False
    return sources.validity_of(row.version).holds(row.span.start)


def _meet(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
    """Whether some loudspeaker hears both; () means all of them."""
    if one is None or other is None:
        return False
    return not one or not other or not set(one).isdisjoint(other)


def _judge(
    book: Book,
    path: str,
    place: str,
    there: Sequence[Occurrence],
    starts: Sequence[datetime],
    duration: timedelta,
    kind: Kind,
    now: datetime,
) -> tuple[Refused, ...]:
    def rules_on(day: date) -> AirRules:
        return book.near(path, day)

    rows = ((row, kind_of(row.version, row.schedule, path)) for row in there)
    heard = [air.item(row.span.start, row.span.duration, what, rules_on) for row, what in rows]
    wanted = [air.item(start, duration, kind, rules_on) for start in starts]
    return air.refused(
        place=place, rules_on=rules_on, there=heard, wanted=wanted, now=now, changes=book.turns(path)[1:]
    )


def check_slots(
    area: Area, mine: Iterable[Item], others: Iterable[Item], days: Collection[date], now: datetime
) -> tuple[Refused, ...]:
    """Sessions that come every week: whether `mine` may stand beside `others` on these days, as if they were usual."""
    book = Known().book(area.path, min(days) - _DAY, max(days) + _DAY)

    def rules_on(day: date) -> AirRules:
        return book.near(area.path, day).usual

    return air.refused(
        place=area.full_name, rules_on=rules_on, there=list(others), wanted=list(mine), now=now,
        changes=book.turns(area.path)[1:], sessions=True,
    )  # fmt: skip
