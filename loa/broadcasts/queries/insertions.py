"""What one more schedule would do to the sessions that it is for: where it comes, and what moves for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from airtime.spans import Span

from loa.areas.models import Area
from loa.broadcasts.models import RundownItem, Schedule
from loa.broadcasts.queries import rooms, rundowns, sources
from loa.broadcasts.queries.rundowns import Book, Wish
from loa.broadcasts.rules import reruns
from loa.broadcasts.rules.times import midnight
from loa.bulletins.models import Version
from loa.kernel.clock import local

AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Insertion:
    """`starts` are the instants at which it would sound in the next two weeks, `unplaced` the sessions without room;
    `moves` say what else moves, in complete sentences.
    """

    starts: tuple[datetime, ...]
    unplaced: tuple[datetime, ...]
    moves: tuple[str, ...]


def insertion(
    schedule: Schedule, version: Version, now: datetime, *, length: timedelta | None = None,
    leave_out: Iterable[object] = (),
) -> Insertion:  # fmt: skip
    """See Insertion; `schedule` floats, and neither it nor `version` need be kept yet: then `length` says how long it
    takes, and `leave_out` names the schedules whose place it takes.
    """
    length = length or timedelta(milliseconds=sources.length_ms(version, schedule.area.path, now))
    first = midnight(max(schedule.first_day, local(now).date()))
    wished = sources.rule_of(schedule).starts(max(now - rundowns.REACH, first), first + AHEAD)
    mine = [Wish(schedule, version, start, length) for start in wished]
    if not mine:
        return Insertion((), (), ())
    others, busy = _others(schedule.area, first, first + AHEAD, [schedule.pk, schedule.replaces_id, *leave_out])
    before = rundowns.lay_out(others, {schedule.area_id: busy}, now, areas=[schedule.area])
    after = rundowns.lay_out([*others, *mine], {schedule.area_id: busy}, now)
    placed = [after.put.get(wish.key) for wish in mine]
    return Insertion(
        starts=tuple(one.start for one in placed if one is not None),
        unplaced=tuple(wish.start for wish, one in zip(mine, placed, strict=True) if one is None),
        moves=_moves(before, after, {schedule.pk}),
    )


def room_in(
    area: Area, first: date, days: int, now: datetime, leave_out: Iterable[object] = ()
) -> dict[tuple[str, date], timedelta]:
    """How much could still be said in the sessions that have a rundown, by programme and day; one that has begun has no
    room any more."""
    if not RundownItem.objects.filter(programme__area=area, programme__closed_at=None).exists():
        return {}
    listed = [first + timedelta(days=number) for number in range(days)]
    others, busy = _others(area, midnight(first), midnight(listed[-1] + timedelta(days=1)), leave_out)
    book = rundowns.lay_out(others, {area.pk: busy}, now, areas=[area], days=listed)
    return {(str(pk), day): laid.left for (pk, day), laid in book.laid.items()}


def _others(area: Area, since: datetime, until: datetime, leave_out: Iterable[object]) -> tuple[list[Wish], list[Span]]:
    rows = rooms.unsettled(area, since - rundowns.REACH, until, leave_out=[pk for pk in leave_out if pk])
    return rooms.parted(rows)


def _moves(before: Book, after: Book, without: set[object]) -> tuple[str, ...]:
    """Each thing that moves once, with its first day; what yields first."""
    found: dict[tuple[str, str], str] = {}
    for key, row in after.moved.items():
        if key[0] not in without and key not in before.moved:
            found.setdefault((row.title, row.fate), f"{local(key[1]):%d/%m}: {reruns.in_words(row)}")
    return tuple(found.values())
