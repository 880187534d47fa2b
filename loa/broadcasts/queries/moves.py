"""What moving an item would do to the real air times, before anything is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from loa.areas.queries import hours_for
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import rooms, sources
from loa.broadcasts.rules import times
from loa.broadcasts.rules.times import Refused, Shift, When
from loa.bulletins import queries as bulletins
from loa.kernel.clock import local


@dataclass(frozen=True, slots=True)
class Moved:
    """`shifts` are the air times that change, `refused` why some may not be; `meets` names what sounds there now."""

    shifts: tuple[Shift, ...]
    refused: tuple[Refused, ...]
    meets: tuple[str, ...]
    length: timedelta

    @property
    def days(self) -> tuple[date, ...]:
        """The local days that change."""
        found = {local(at).date() for shift in self.shifts for at in (shift.was, shift.becomes) if at is not None}
        return tuple(sorted(found))


def length_of(schedule: Schedule) -> timedelta:
    """How long one airing lasts."""
    version = schedule.version or bulletins.newest(schedule.bulletin)
    return timedelta(milliseconds=sources.length_ms(version))


def moved_when(schedule: Schedule, old: time, new: time) -> When:
    """The same schedule with one of its times of day changed."""
    clocks = tuple(f"{new:%H:%M}" if times.clock(text) == old else text for text in schedule.times)
    return replace(_when(schedule), times=clocks)


def _when(schedule: Schedule) -> When:
    return When(
        pattern=schedule.pattern,
        first_day=schedule.first_day,
        times=tuple(schedule.times),
        last_day=schedule.last_day,
        weekdays=tuple(schedule.weekdays),
        repeats=schedule.repeats,
        gap_s=schedule.gap_s,
        except_days=tuple(schedule.except_days),
        slack_s=schedule.slack_s,
    )


def one(schedule: Schedule, start: datetime, to: datetime, now: datetime) -> Moved:
    """One airing at another instant."""
    return _moved(schedule, [start], [to], now)


def every(schedule: Schedule, old: time, new: time, now: datetime) -> Moved:
    """All airings at one time of day at another one. BadTimes."""
    before = sources.rule_of(schedule)
    after = times.rule_of(moved_when(schedule, old, new), schedule.dropped)
    return _moved(schedule, before.starts(now, before.end(now)), after.starts(now, after.end(now)), now)


def _moved(schedule: Schedule, before: Sequence[datetime], after: Sequence[datetime], now: datetime) -> Moved:
    length = length_of(schedule)
    shifts = times.difference(before, after)
    wanted = sorted(shift.becomes for shift in shifts if shift.becomes is not None)
    hours = hours_for(schedule.area, local(wanted[0] if wanted else now).date())
    refused = times.check_hours(
        place=schedule.area.full_name, document=hours.document, hours=hours, starts=wanted, duration=length, now=now
    )
    return Moved(shifts, refused, _meets(schedule, wanted, length), length)


def _meets(schedule: Schedule, wanted: Sequence[datetime], length: timedelta) -> tuple[str, ...]:
    """Titles of what sounds at the same time: one of the two will give way."""
    if not wanted:
        return ()
    rows = rooms.occurrences(
        schedule.area, wanted[0], min(wanted[-1] + length, wanted[0] + timedelta(days=14)), leave_out=[schedule.pk]
    )
    found = {
        row.version.title: None
        for row in rows
        if not row.schedule.filling
        and any(row.span.start < start + length and start < row.span.end for start in wanted)
    }
    return tuple(found)
