"""Quiet times, when a letter may go out, and when so many counted minutes are over. Pure; instants are aware."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from loa.kernel.clock import LOCAL, local
from loa.notifications.rules.kinds import Count, Urgency

GATHERS = timedelta(minutes=2)  # what comes together is one letter; what is over by then is none
SETTLES = timedelta(minutes=5)  # what is over so long is over: what comes back within it was not
RESTS = timedelta(minutes=10)  # between two letters to one person, but for urgent ones
_DAY = timedelta(days=1)
_LONGEST_LOOK = 60  # days; the longest holidays of the year are nine

# The day of the loudspeakers, and office hours from Monday to Friday.
_SPANS = {
    Count.ALWAYS: ((0, 1440),),
    Count.AWAKE: ((5 * 60, 21 * 60),),
    Count.WORKING: ((7 * 60 + 30, 11 * 60 + 30), (13 * 60 + 30, 17 * 60)),
}


@dataclass(frozen=True, slots=True)
class Quiet:
    """No letter from `starts` to `ends`, local, over midnight if `ends` is the earlier; equal: never quiet."""

    starts: time = time(21)
    ends: time = time(5)

    def holds(self, at: datetime) -> bool:
        """Whether it is quiet then."""
        clock = local(at).time()
        if self.starts <= self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends

    def over(self, at: datetime) -> datetime:
        """`at`, or the end of the quiet time in which it lies."""
        return self.morning(at) if self.holds(at) else at

    def morning(self, at: datetime) -> datetime:
        """The first end of a quiet time after `at`: when the letter of the day goes out."""
        there = local(at)
        today = datetime.combine(there.date(), self.ends, LOCAL)
        return today if today > there else today + _DAY


def letter_at(urgency: Urgency, quiet: Quiet, now: datetime) -> datetime:
    """When somebody may be written to about something that they are told of `now`."""
    if urgency is Urgency.URGENT:
        return now
    return quiet.morning(now) if urgency is Urgency.CALM else quiet.over(now + GATHERS)


def over_at(urgency: Urgency, quiet: Quiet, now: datetime) -> datetime | None:
    """When somebody may be written to that it is over `now`; None: what comes once a day need not be told to end."""
    if urgency is Urgency.CALM:
        return None
    settled = now + SETTLES
    return settled if urgency is Urgency.URGENT else quiet.over(settled)


def over(since: datetime, minutes: timedelta, count: Count, free: Collection[date] = ()) -> datetime:
    """When so much counted time has passed since then; `free` are public holidays, which only the office keeps."""
    left = minutes
    for begin, end in _counted(since, count, free):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return since + _LONGEST_LOOK * _DAY


def _counted(since: datetime, count: Count, free: Collection[date]) -> Iterator[tuple[datetime, datetime]]:
    first = local(since).date()
    for day in (first + number * _DAY for number in range(_LONGEST_LOOK)):
        if count is Count.WORKING and (day.isoweekday() > 5 or day in free):
            continue
        midnight = datetime.combine(day, time(), LOCAL)
        for start, stop in _SPANS[count]:
            begin, end = midnight + timedelta(minutes=start), midnight + timedelta(minutes=stop)
            if end > since:
                yield max(begin, since), end
