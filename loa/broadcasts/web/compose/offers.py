"""Sessions that still have room, as they are offered to a writer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from loa.areas.models import Area
from loa.broadcasts.queries import insertions, rooms
from loa.broadcasts.queries.slots import slots
from loa.broadcasts.rules import sessions, times, words
from loa.broadcasts.rules.sessions import Session
from loa.broadcasts.rules.times import When
from loa.kernel.clock import local

DAYS = 14


@dataclass(frozen=True, slots=True)
class Offer:
    """One session: the value of its choice, its words, when the item would start, how much room is left."""

    value: str
    title: str
    hint: str
    start: datetime


def offers(area: Area, duration: timedelta, now: datetime, *, leave_out: Iterable[object] = ()) -> list[Offer]:
    """The next session with room, the next morning's, then the others of the coming two days."""
    leave_out = tuple(leave_out)
    found = rooms.sessions_of(area, local(now).date(), DAYS, leave_out=leave_out)
    laid = insertions.room_in(area, local(now).date(), DAYS, now, leave_out)
    free = [(one, start) for one in found if (start := _start_in(one, duration, now, laid)) is not None]
    if not free:
        return []
    chosen = [free[0]]
    morning = next((one for one in free[1:] if one[0].day > local(now).date() and _early(one[0])), None)
    chosen += [morning] if morning else free[1:2]
    return [_offer(session, start, now, laid) for session, start in chosen]


Room = Mapping[tuple[str, date], timedelta]


def _start_in(session: Session, duration: timedelta, now: datetime, laid: Room) -> datetime | None:
    """When it would sound, None without room. A rundown finds the minute itself, but not once the session has begun."""
    left = laid.get((session.slot.id, session.day))
    if left is None:
        return sessions.first_gap(session, duration, now)
    return session.span.start if session.span.start > now and left >= duration else None


def of(area: Area, programme: UUID, day: date, duration: timedelta, now: datetime, leave_out: object) -> Offer | None:
    """The offer of one session, also when it is full now."""
    laid = insertions.room_in(area, day, 1, now, [leave_out])
    for session in rooms.sessions_of(area, day, 1, leave_out=[leave_out]):
        if session.slot.id == str(programme):
            start = _start_in(session, duration, now, laid) or session.span.start
            return _offer(session, start, now, laid)
    return None


def _early(session: Session) -> bool:
    return local(session.span.start).hour < 12


def _offer(session: Session, start: datetime, now: datetime, laid: Room) -> Offer:
    day, left = words.day(session.span.start, now), laid.get((session.slot.id, session.day))
    when = f"Phát khoảng {words.clock(start)}." if left is None else "Phát theo khung của buổi."
    room = words.length(sessions.left(session) if left is None else max(left, timedelta(0)))
    return Offer(
        value=f"{session.slot.id}:{session.day.isoformat()}",
        title=f"{session.slot.name} {words.clock(session.span.start)}, {day}",
        hint=f"{when} Buổi này còn trống {room}.",
        start=start,
    )


def room(
    area: Area, programme: UUID, when: When, duration: timedelta, now: datetime, leave_out: Iterable[object] = ()
) -> time | None:
    """The local time that is free in this session on every one of the days; None if there is none."""
    days = _days(area, programme, when, now)
    if not days:
        return None
    span = (days[-1] - days[0]).days + 1
    mine = [
        session
        for session in rooms.sessions_of(area, days[0], span, leave_out=leave_out)
        if session.slot.id == str(programme) and session.day in days
    ]
    return sessions.common_gap(mine, duration, now) if len(mine) == len(days) else None


def _days(area: Area, programme: UUID, when: When, now: datetime) -> list[date]:
    slot = next((slot for slot in slots(area, when.first_day) if slot.id == str(programme)), None)
    if slot is None:
        return []
    probe = times.rule_of(timed(when, slot.starts))
    return sorted({local(start).date() for start in probe.starts(times.midnight(when.first_day), probe.end(now))})


def timed(when: When, at: time) -> When:
    """The same days with this one time."""
    values = {name: getattr(when, name) for name in times.WHEN} | {"times": (f"{at:%H:%M}",)}
    return When(**values)
