"""Sessions that still have room, as they are offered to a writer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from loa.areas.models import Area
from loa.broadcasts.queries import rooms
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
    found = rooms.sessions_of(area, local(now).date(), DAYS, leave_out=leave_out)
    free = [(session, start) for session in found if (start := sessions.first_gap(session, duration, now)) is not None]
    if not free:
        return []
    chosen = [free[0]]
    morning = next((one for one in free[1:] if one[0].day > local(now).date() and _early(one[0])), None)
    chosen += [morning] if morning else free[1:2]
    return [_offer(session, start, now) for session, start in chosen]


def of(area: Area, programme: UUID, day: date, duration: timedelta, now: datetime, leave_out: object) -> Offer | None:
    """The offer of one session, also when it is full now."""
    for session in rooms.sessions_of(area, day, 1, leave_out=[leave_out]):
        if session.slot.id == str(programme):
            start = sessions.first_gap(session, duration, now) or session.span.start
            return _offer(session, start, now)
    return None


def _early(session: Session) -> bool:
    return local(session.span.start).hour < 12


def _offer(session: Session, start: datetime, now: datetime) -> Offer:
    day = words.day(session.span.start, now)
    return Offer(
        value=f"{session.slot.id}:{session.day.isoformat()}",
        title=f"{session.slot.name} {words.clock(session.span.start)}, {day}",
        hint=f"Phát khoảng {words.clock(start)}. Buổi này còn trống {words.length(sessions.left(session))}.",
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
