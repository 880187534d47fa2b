"""When something sounds: from what is stored to instants, and whether the area's rules allow them. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import zip_longest

from airtime.hours import Hours, allowed_ticks, inside, may_sound
from airtime.recurrence import Pattern, Recurrence, occurrences
from airtime.spans import from_ms, ticks, to_ms
from devicelink.permits import MAX_SLACK_MS, PermitTimes

from loa.broadcasts.rules import words
from loa.kernel.clock import LOCAL, local

MAX_TIMES_A_DAY = 48
MAX_REPEATS = 20
MAX_SLACK_S = MAX_SLACK_MS // 1000
# An approval lists its instants one by one up to this number; what sounds more often is named by weekday and minute.
MAX_INSTANTS = 400
# How far ahead air times without an end are looked at, by people and by checks.
LOOK_AHEAD = timedelta(days=60)
MAX_GAP_S = 12 * 3600
# Repeats reach at most this far past their day.
LONGEST_SPILL = timedelta(seconds=MAX_REPEATS * MAX_GAP_S)
_DAY = timedelta(days=1)
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
# The years that the lunar calendar is asked about.
LUNAR_YEARS = range(2000, 2101)
WHEN = (
    "pattern", "first_day", "times", "last_day", "weekdays", "repeats", "gap_s", "except_days", "slack_s", "lunar_days",
    "lunar_months", "lunar_leap", "except_holidays",
)  # fmt: skip


class BadTimes(ValueError):
    """Air times that make no sense; the message is complete Vietnamese."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The air times of one schedule. `dropped` are single instants (Unix ms) that were taken out; `spill` instants at
    which it may sound instead, where a session has no room for it.
    """

    recurrence: Recurrence
    dropped: frozenset[int] = frozenset()
    slack: timedelta = timedelta(0)
    spill: frozenset[int] = frozenset()

    def starts(self, since: datetime, until: datetime) -> tuple[datetime, ...]:
        """Every start in [since, until), sorted."""
        found = occurrences(self.recurrence, LOCAL, since, until)
        return tuple(start for start in found if to_ms(start) not in self.dropped) if self.dropped else found

    def end(self, now: datetime) -> datetime:
        """An instant after the last start; without a last day, `LOOK_AHEAD` from now or from the first day."""
        last = self.recurrence.first_day if self.recurrence.pattern is Pattern.ONCE else self.recurrence.last_day
        spill = self.recurrence.repeats * self.recurrence.gap
        if last is None:
            return max(now, midnight(self.recurrence.first_day)) + LOOK_AHEAD
        return midnight(last + _DAY) + spill + _DAY


@lru_cache(maxsize=10_000)
def instants(rule: Rule, since: datetime, until: datetime) -> tuple[int, ...]:
    """`Rule.starts` in Unix ms: many schedules of a province have the same times."""
    return tuple(to_ms(start) for start in rule.starts(since, until))


@dataclass(frozen=True, slots=True)
class Validity:
    """The local days on which a bulletin is true, both included; None = open. On others it is not planned."""

    first: date | None = None
    last: date | None = None

    def holds(self, start: datetime) -> bool:
        """Whether it may sound at `start`."""
        day = local(start).date()
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class When:
    """Air times as a person enters them, in the forms of `models.Schedule`; `times` may be empty inside a programme.

    `except_holidays`: the public holidays among the days are put into `except_days` when it is kept.
    """

    pattern: str
    first_day: date
    times: tuple[str, ...] = ()
    last_day: date | None = None
    weekdays: tuple[int, ...] = ()
    repeats: int = 0
    gap_s: int = 0
    except_days: tuple[date, ...] = ()
    slack_s: int = 0
    lunar_days: tuple[int, ...] = ()
    lunar_months: tuple[int, ...] = ()
    lunar_leap: bool = False
    except_holidays: bool = False


def rule_of(when: When, dropped: Iterable[int] = ()) -> Rule:
    """The rule of these air times. BadTimes."""
    return read(**{name: getattr(when, name) for name in WHEN}, dropped=dropped)


@lru_cache(maxsize=1_024)
def midnight(day: date) -> datetime:
    """The instant at which the local day begins."""
    return datetime.combine(day, time(), LOCAL)


def read(
    *,
    pattern: str,
    first_day: date,
    last_day: date | None,
    times: Sequence[str],
    weekdays: Iterable[int] = (),
    repeats: int = 0,
    gap_s: int = 0,
    except_days: Iterable[date] = (),
    dropped: Iterable[int] = (),
    slack_s: int = 0,
    lunar_days: Iterable[int] = (),
    lunar_months: Iterable[int] = (),
    lunar_leap: bool = False,
    except_holidays: bool = False,
    spill: Iterable[int] = (),
) -> Rule:
    """The rule that is stored in a schedule. BadTimes says in Vietnamese what is wrong."""
    _check(pattern, first_day, last_day, times, weekdays, repeats, gap_s, slack_s)
    _check_lunar(pattern, first_day, last_day, set(lunar_days), set(lunar_months))
    recurrence = Recurrence(
        pattern=Pattern(pattern),
        first_day=first_day,
        last_day=last_day,
        times=tuple(sorted({clock(text) for text in times})),
        weekdays=frozenset(weekdays),
        repeats=repeats,
        gap=timedelta(seconds=gap_s),
        except_days=frozenset(except_days),
        lunar_days=frozenset(lunar_days),
        lunar_months=frozenset(lunar_months),
        lunar_leap=lunar_leap,
    )
    return Rule(recurrence, frozenset(dropped), timedelta(seconds=slack_s), frozenset(spill))


def clock(text: str) -> time:
    """A local time of day from "HH:MM" or "HH:MM:SS". BadTimes."""
    try:
        if not _CLOCK.fullmatch(text):  # Python itself also reads "0500Z", in the time of another zone
            raise ValueError(text)
        return time.fromisoformat(text)
    except ValueError:
        raise BadTimes(f"Giờ “{text}” không đúng; hãy ghi như 05:00 hoặc 17:30.") from None


def _check(
    pattern: str,
    first_day: date,
    last_day: date | None,
    times: Sequence[str],
    weekdays: Iterable[int],
    repeats: int,
    gap_s: int,
    slack_s: int,
) -> None:
    problems = {
        "Hãy chọn: phát một lần, hằng ngày, theo thứ trong tuần hoặc theo ngày âm lịch.": pattern not in set(Pattern),
        "Hãy chọn ít nhất một giờ phát.": not times,
        f"Một ngày chỉ xếp được tối đa {MAX_TIMES_A_DAY} giờ phát.": len(times) > MAX_TIMES_A_DAY,
        "Ngày cuối phải từ ngày đầu trở đi.": last_day is not None and last_day < first_day,
        "Hãy chọn ít nhất một thứ trong tuần.": pattern == Pattern.WEEKDAYS and not set(weekdays) <= set(range(1, 8)),
        f"Chỉ nhắc lại được tối đa {MAX_REPEATS} lần.": not 0 <= repeats <= MAX_REPEATS,
        "Khoảng cách giữa hai lần nhắc lại là từ 1 phút đến 12 tiếng.": repeats > 0 and not 60 <= gap_s <= MAX_GAP_S,
        "Chỉ được phát muộn hơn giờ hẹn tối đa 4 tiếng.": not 0 <= slack_s <= MAX_SLACK_S,
    }
    if pattern == Pattern.WEEKDAYS and not set(weekdays):
        raise BadTimes("Hãy chọn ít nhất một thứ trong tuần.")
    for message, wrong in problems.items():
        if wrong:
            raise BadTimes(message)


def _check_lunar(pattern: str, first_day: date, last_day: date | None, days: set[int], months: set[int]) -> None:
    if pattern != Pattern.LUNAR:
        return
    if not days:
        raise BadTimes("Hãy chọn ít nhất một ngày âm lịch, ví dụ mùng 1 và rằm.")
    if not days <= set(range(1, 31)) or not months <= set(range(1, 13)):
        raise BadTimes("Ngày âm lịch từ 1 đến 30, tháng âm lịch từ 1 đến 12.")
    if first_day.year not in LUNAR_YEARS or (last_day or first_day).year not in LUNAR_YEARS:
        raise BadTimes("Lịch âm chỉ nhận các năm từ 2000 đến 2100.")


def permit_times(rule: Rule, now: datetime) -> tuple[PermitTimes, ...]:
    """See `_named`; and the instants at which it may sound instead, where a session has no room for it."""
    spilled = tuple(sorted(rule.spill))
    slack = rule.slack // timedelta(milliseconds=1)
    return (*_named(rule, now), PermitTimes(at=spilled, slack=slack)) if spilled else _named(rule, now)


def _named(rule: Rule, now: datetime) -> tuple[PermitTimes, ...]:
    """The air times as the approval names them: instants while they are few, else weekdays and minutes; then the days
    on which single times were taken out are named by what is left of them. It never covers a time that is not shown.

    BadTimes for a repetition that cannot be named by whole minutes of a day, or with too many such days.
    """
    slack = rule.slack // timedelta(milliseconds=1)
    open_end = rule.recurrence.pattern is not Pattern.ONCE and rule.recurrence.last_day is None
    starts = () if open_end else rule.starts(midnight(rule.recurrence.first_day), rule.end(now))
    if starts and len(starts) <= MAX_INSTANTS:
        return (PermitTimes(at=tuple(to_ms(start) for start in starts), slack=slack),)
    if open_end:
        raise BadTimes("Hãy chọn ngày cuối: một lần duyệt luôn có hạn.")
    if not starts:
        raise BadTimes("Lịch này không có lần phát nào.")
    partly = _partly_dropped(rule)
    left = [start for day in partly for start in rule.starts(midnight(day), midnight(day + _DAY))]
    if len(left) > MAX_INSTANTS:
        raise BadTimes(
            f"Lịch này đã bỏ lẻ một số lần phát ở {len(partly)} ngày, một lần duyệt không kể hết được. "
            "Hãy chia thành nhiều lịch ngắn hơn."
        )
    if rule.recurrence.pattern is Pattern.LUNAR:
        raise BadTimes(f"Lịch âm có hơn {MAX_INSTANTS} lần phát. Hãy chọn ngày cuối gần hơn hoặc bớt giờ.")
    weekly = _weekly(rule, partly, slack)
    return (weekly, PermitTimes(at=tuple(to_ms(start) for start in left), slack=slack)) if left else (weekly,)


def _partly_dropped(rule: Rule) -> list[date]:
    """The days of which single times were taken out, or all of them."""
    recurrence = rule.recurrence
    days = {local(from_ms(instant)).date() for instant in rule.dropped}
    last = recurrence.last_day or recurrence.first_day
    return sorted(day for day in days if recurrence.first_day <= day <= last)


def _weekly(rule: Rule, without_days: Iterable[date], slack: int) -> PermitTimes:
    recurrence = rule.recurrence
    minutes = {
        at.hour * 60 + at.minute + n * recurrence.gap // timedelta(minutes=1)
        for at in recurrence.times
        for n in range(recurrence.repeats + 1)
    }
    whole = not any(at.second for at in recurrence.times) and not recurrence.gap % timedelta(minutes=1)
    if not whole or max(minutes) >= 1440:
        raise BadTimes(
            f"Lịch dài hơn {MAX_INSTANTS} lần phát chỉ nhận giờ chẵn phút, trong cùng một ngày. "
            "Hãy chia thành nhiều lịch ngắn hơn."
        )
    weekdays = recurrence.weekdays if recurrence.pattern is Pattern.WEEKDAYS else range(1, 8)
    last = recurrence.last_day or recurrence.first_day
    return PermitTimes(
        weekdays=tuple(sorted(weekdays)),
        minutes=tuple(sorted(minutes)),
        from_day=recurrence.first_day.isoformat(),
        to_day=last.isoformat(),
        except_days=tuple(sorted(day.isoformat() for day in {*recurrence.except_days, *without_days})),
        slack=slack,
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """One air time that the rules of the place do not allow. `code` is `outside_hours`."""

    code: str
    start: datetime
    nearest: datetime | None
    message: str


def check_hours(
    *, place: str, document: str, hours: Hours, starts: Sequence[datetime], duration: timedelta, now: datetime
) -> tuple[Refused, ...]:
    """The air times at which the whole item would not lie in allowed hours, each with the words for it.

    `place` is a full name ("Xã Quy Mông"), `document` the rule's name.
    """
    if not starts:
        return ()
    length = duration // timedelta(microseconds=1)
    allowed = allowed_ticks(hours, starts[0] - _DAY, starts[-1] + duration + _DAY)
    wrong = (start for start in starts if not inside(allowed, ticks(start), ticks(start) + length))
    return tuple(_refused(place, document, hours, start, duration, now) for start in wrong)


def _refused(place: str, document: str, hours: Hours, start: datetime, duration: timedelta, now: datetime) -> Refused:
    verdict = may_sound(hours, start, duration)
    message = words.outside_hours(place, document, hours, start, duration, verdict.nearest, now)
    return Refused(verdict.code, start, verdict.nearest, message)


def only_drops(before: Rule, after: Rule, now: datetime) -> bool:
    """True if `after` sounds at no instant at which `before` does not, and is not allowed to be later."""
    since, until = now, max(before.end(now), after.end(now))
    if after.slack > before.slack or _end_day(after) > _end_day(before) or not after.spill <= before.spill:
        return False
    return set(after.starts(since, until)) <= set(before.starts(since, until))


def _end_day(rule: Rule) -> date:
    if rule.recurrence.pattern is Pattern.ONCE:
        return rule.recurrence.first_day
    return rule.recurrence.last_day or date.max


def without(rule: Rule, instant: datetime) -> Rule:
    """The rule with one start taken out."""
    return replace(rule, dropped=rule.dropped | {to_ms(instant)})


@dataclass(frozen=True, slots=True)
class Shift:
    """One air time that is moved, dropped (`becomes` None) or new (`was` None)."""

    was: datetime | None
    becomes: datetime | None


def difference(before: Sequence[datetime], after: Sequence[datetime]) -> tuple[Shift, ...]:
    """What a change does to the real air times, day by day; what stays is left out."""
    kept = set(before) & set(after)
    old, new = _by_day(set(before) - kept), _by_day(set(after) - kept)
    rows = [
        Shift(was, becomes)
        for day in sorted(old.keys() | new.keys())
        for was, becomes in zip_longest(old.get(day, ()), new.get(day, ()))
    ]
    return tuple(rows)


def _by_day(starts: Iterable[datetime]) -> dict[date, list[datetime]]:
    found: dict[date, list[datetime]] = {}
    for start in sorted(starts):
        found.setdefault(local(start).date(), []).append(start)
    return found


def from_milliseconds(instants: Iterable[int]) -> tuple[datetime, ...]:
    """Wire instants, sorted."""
    return tuple(from_ms(instant) for instant in sorted(instants))
