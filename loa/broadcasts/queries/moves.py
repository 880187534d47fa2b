"""What moving an item would do to the real air times, before anything is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import checks, onair, rooms, sources
from loa.broadcasts.queries.known import Known
from loa.broadcasts.queries.onair import Beside
from loa.broadcasts.rules import sessions, targets, times
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import Refused, Shift, When
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Version
from loa.devices.models import Device
from loa.kernel.clock import local, to_ms

LANDING_DAYS = 4


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


def length_of(schedule: Schedule, now: datetime) -> timedelta:
    """How long one airing lasts."""
    return timedelta(milliseconds=sources.length_ms(_version(schedule), schedule.area.path, now))


def _version(schedule: Schedule) -> Version:
    return schedule.version or bulletins.newest(schedule.bulletin)


def moved_when(schedule: Schedule, old: time, new: time) -> When:
    """The same schedule with one of its times of day changed."""
    clocks = tuple(f"{new:%H:%M}" if times.clock(text) == old else text for text in schedule.times)
    return replace(when_of(schedule), times=clocks)


def when_of(schedule: Schedule) -> When:
    """The air times of a schedule as a person enters them."""
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
        lunar_days=tuple(schedule.lunar_days),
        lunar_months=tuple(schedule.lunar_months),
        lunar_leap=schedule.lunar_leap,
        except_holidays=schedule.except_holidays,
    )


def one(schedule: Schedule, start: datetime, to: datetime, now: datetime) -> Moved:
    """One airing at another instant."""
    return _moved(schedule, () if start == to else (Shift(start, to),), now)


def every(schedule: Schedule, old: time, new: time, now: datetime) -> Moved:
    """All airings at one time of day at another one. BadTimes."""
    before = sources.rule_of(schedule)
    after = times.rule_of(moved_when(schedule, old, new), schedule.dropped)
    shifts = times.difference(before.starts(now, before.end(now)), after.starts(now, after.end(now)))
    return _moved(schedule, shifts, now)


@dataclass(frozen=True, slots=True)
class Landing:
    """A session in which the item would fit: its name, the session's start, the instant at which it would sound."""

    name: str
    session: datetime
    start: datetime


def landings(schedule: Schedule, now: datetime, days: int = LANDING_DAYS) -> list[Landing]:
    """The coming sessions with room for one airing."""
    length = length_of(schedule, now)
    found = rooms.sessions_of(schedule.area, local(now).date(), days, leave_out=[schedule.pk])
    return [
        Landing(session.slot.name, session.span.start, start)
        for session in found
        if (start := sessions.first_gap(session, length, now)) is not None
    ]


def landing(schedule: Schedule, to: datetime, now: datetime) -> datetime:
    """Put down on the start of a session, an item goes to the first room in it; elsewhere exactly there."""
    length = length_of(schedule, now)
    for session in rooms.sessions_of(schedule.area, local(to).date(), 1, leave_out=[schedule.pk]):
        if session.span.start == to:
            return sessions.first_gap(session, length, now) or to
    return to


@dataclass(frozen=True, slots=True)
class Placed:
    """What other places would do: who would hear it besides, who no longer; `warnings` are complete sentences."""

    gained: tuple[Device, ...]
    lost: tuple[Device, ...]
    devices: int
    starts: tuple[datetime, ...]
    refused: tuple[Refused, ...]
    warnings: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Nobody hears more or less."""
        return not (self.gained or self.lost)


def places(schedule: Schedule, target: Target, now: datetime) -> Placed:
    """The difference in loudspeakers and air times if `schedule` sounded at `target`. Raises Invalid."""
    checks.require_target(schedule.area, target)
    there = sources.places([sources.commune_or_above(schedule.area.path)])
    before = targets.devices_meant(targets.from_json(schedule.target), schedule.area.path, there)
    after = targets.devices_meant(target, schedule.area.path, there)
    rule, valid = sources.rule_of(schedule), sources.validity_of(_version(schedule))
    found = checks.examine(
        schedule.area, target, rule, length_of(schedule, now), now, valid=valid,
        kind=onair.kind_on(schedule, _version(schedule)), beside=onair.beside(schedule),
    )  # fmt: skip
    rows = Device.objects.filter(pk__in=before ^ after).order_by("number")
    return Placed(
        gained=tuple(row for row in rows if row.pk in after),
        lost=tuple(row for row in rows if row.pk in before),
        devices=len(after),
        starts=found.starts,
        refused=found.refused,
        warnings=found.warnings,
    )


def _moved(schedule: Schedule, shifts: tuple[Shift, ...], now: datetime) -> Moved:
    length = length_of(schedule, now)
    wanted = sorted(shift.becomes for shift in shifts if shift.becomes is not None)
    refused = onair.check_air(
        schedule.area, targets.from_json(schedule.target), wanted, length, now, Known(),
        kind=onair.kind_on(schedule, _version(schedule)), beside=_without(schedule, shifts),
    )  # fmt: skip
    return Moved(shifts, refused, _meets(schedule, wanted, length), length)


def _without(schedule: Schedule, shifts: tuple[Shift, ...]) -> Beside:
    """All else that is planned, and what of itself does not move."""
    gone = frozenset((schedule.pk, to_ms(shift.was)) for shift in shifts if shift.was is not None)
    others = onair.beside(schedule)
    return replace(others, leave_out=others.leave_out - {schedule.pk}, dropped=others.dropped | gone)


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
