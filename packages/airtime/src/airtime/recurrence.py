"""When does a schedule occur? Rules of days and local times in, sorted instants out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from airtime.lunar import to_lunar
from airtime.spans import require_aware

EVERY_DAY = frozenset(range(1, 8))
# A lunar month has 29 or 30 days: whoever says 30 means its last one.
LAST_LUNAR = 30
_DAY = timedelta(days=1)


class Pattern(StrEnum):
    """Which days: one, every one, some days of the week, or some of the lunar month."""

    ONCE = "once"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    LUNAR = "lunar"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Days `first_day`..`last_day` (both inside; None = without end; ignored by `once`), at each of the local `times`.

    `weekdays` are ISO (1 = Monday) and count for the pattern `weekdays` only. Each time is followed by `repeats` more
    airings, `gap` of real time from start to start. `except_days` are left out with all their repeats.

    `lunar_days` (1-30; 30 = the last day of the month) count for the pattern `lunar` only, in each of `lunar_months`
    (none = every month). A leap month counts when every month does; of a month that is named, the leap one counts only
    with `lunar_leap`: a feast is kept once.
    """

    pattern: Pattern
    first_day: date
    times: tuple[time, ...]
    last_day: date | None = None
    weekdays: frozenset[int] = frozenset()
    repeats: int = 0
    gap: timedelta = timedelta(0)
    except_days: frozenset[date] = frozenset()
    lunar_days: frozenset[int] = frozenset()
    lunar_months: frozenset[int] = frozenset()
    lunar_leap: bool = False

    def __post_init__(self) -> None:
        if self.repeats < 0 or (self.repeats and self.gap <= timedelta(0)):
            raise ValueError("repeats need a positive gap")
        if not self.weekdays <= EVERY_DAY:
            raise ValueError(f"weekdays are 1 to 7: {sorted(self.weekdays)}")
        if not self.lunar_days <= frozenset(range(1, 31)) or not self.lunar_months <= frozenset(range(1, 13)):
            raise ValueError("lunar days are 1 to 30, months 1 to 12")
        if any(at.tzinfo is not None for at in self.times):
            raise ValueError("times are local and carry no offset")

    def falls_on(self, day: date) -> bool:
        """True if the schedule occurs on this local day."""
        if day < self.first_day or day in self.except_days:
            return False
        if self.pattern is Pattern.ONCE:
            return day == self.first_day
        if self.last_day is not None and day > self.last_day:
            return False
        if self.pattern is Pattern.LUNAR:
            return self._falls_on_lunar(day)
        return self.pattern is Pattern.DAILY or day.isoweekday() in self.weekdays

    def _falls_on_lunar(self, day: date) -> bool:
        found = to_lunar(day)
        if self.lunar_months and (found.month not in self.lunar_months or (found.leap and not self.lunar_leap)):
            return False
        if found.day in self.lunar_days:
            return True
        return LAST_LUNAR in self.lunar_days and found.day == LAST_LUNAR - 1 and to_lunar(day + _DAY).day == 1


def occurrences(recurrence: Recurrence, tz: tzinfo, since: datetime, until: datetime) -> tuple[datetime, ...]:
    """Every start in [since, until), as aware UTC instants, sorted, each once.

    A local time that a clock change skips is taken with the offset before the change; of one that happens twice the
    first counts.
    """
    require_aware(since)
    require_aware(until)
    spill = recurrence.repeats * recurrence.gap
    found: set[datetime] = set()
    for day in _days(recurrence, since.astimezone(tz).date() - spill - _DAY, until.astimezone(tz).date() + _DAY):
        found.update(instant for instant in _on(recurrence, day, tz) if since <= instant < until)
    return tuple(sorted(found))


def instant_at(day: date, minutes: int, tz: tzinfo) -> datetime:
    """The UTC instant `minutes` after local midnight of `day`, by the wall clock; 1440 is the next midnight."""
    if not 0 <= minutes <= 1440:
        raise ValueError(f"minutes of a day are 0 to 1440: {minutes}")
    days, rest = divmod(minutes, 1440)
    return datetime.combine(day + days * _DAY, time(rest // 60, rest % 60), tz).astimezone(UTC)


def weekly(
    weekdays: frozenset[int], minutes: frozenset[int], tz: tzinfo, since: datetime, until: datetime
) -> tuple[datetime, ...]:
    """The instants of (weekdays, minutes of the local day) in [since, until), sorted."""
    first, last = since.astimezone(tz).date() - _DAY, until.astimezone(tz).date() + _DAY
    days = (first + n * _DAY for n in range((last - first).days + 1))
    found = {instant_at(day, minute, tz) for day in days if day.isoweekday() in weekdays for minute in minutes}
    return tuple(sorted(instant for instant in found if since <= instant < until))


def _days(recurrence: Recurrence, first: date, last: date) -> Iterator[date]:
    day = max(first, recurrence.first_day)
    if recurrence.pattern is Pattern.ONCE:
        last = min(last, recurrence.first_day)
    elif recurrence.last_day is not None:
        last = min(last, recurrence.last_day)
    while day <= last:
        if recurrence.falls_on(day):
            yield day
        day += _DAY


def _on(recurrence: Recurrence, day: date, tz: tzinfo) -> Iterator[datetime]:
    for at in recurrence.times:
        first = datetime.combine(day, at, tz).astimezone(UTC)
        yield from (first + n * recurrence.gap for n in range(recurrence.repeats + 1))
