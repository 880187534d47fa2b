"""May anything sound here at this hour? The same answer on the server and on the loudspeaker."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from airtime.reasons import Code
from airtime.recurrence import EVERY_DAY, instant_at
from airtime.spans import Span, from_ticks, intersected, merged, require_aware, span_from_ms, ticks, without

MINUTES_A_DAY = 1440
_DAY = timedelta(days=1)
# A weekly rule that never has room within eight days never has it.
_SEARCH = timedelta(days=8)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Sound is allowed on `weekdays` (ISO, 1 = Monday) from `start` to `end`, minutes after local midnight, <= 1440.

    `start` == `end` is an empty window: it allows nothing. A night that passes midnight is two windows (see `between`).
    """

    weekdays: tuple[int, ...]
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= MINUTES_A_DAY:
            raise ValueError(f"a window lies inside one day: {self.start} .. {self.end}")
        if not set(self.weekdays) <= EVERY_DAY:
            raise ValueError(f"weekdays are 1 to 7: {self.weekdays}")


@dataclass(frozen=True, slots=True)
class Hours:
    """Allowed time: weekly windows in the local time `tz`, and dated spans in which sound is also allowed.

    No window and no extension means that nothing may sound; nor does it in `closures`, whatever else allows it.
    """

    tz: tzinfo
    windows: tuple[Window, ...]
    extensions: tuple[Span, ...] = ()
    closures: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is "" or `outside_hours`; `nearest` is the first allowed start at or after the wish, None if never."""

    allowed: bool
    code: str = ""
    nearest: datetime | None = None


def between(weekdays: Iterable[int], start: int, end: int) -> tuple[Window, ...]:
    """Windows from `start` to `end` minutes; when `end` < `start` the night runs on into the day after."""
    days = tuple(sorted(set(weekdays)))
    if start <= end:
        return (Window(days, start, end),)
    following = tuple(sorted(day % 7 + 1 for day in days))
    return Window(days, start, MINUTES_A_DAY), Window(following, 0, end)


def from_wire(
    utc_offset: int,
    windows: Iterable[tuple[Sequence[int], int, int]],
    extensions: Iterable[tuple[int, int]] = (),
    closures: Iterable[tuple[int, int]] = (),
) -> Hours:
    """Hours of a placement: offset in minutes, windows (weekdays, start, end) in minutes, dated spans in ms."""
    return Hours(
        tz=timezone(timedelta(minutes=utc_offset)),
        windows=tuple(Window(tuple(days), start, end) for days, start, end in windows),
        extensions=tuple(span_from_ms(start, end) for start, end in extensions),
        closures=tuple(span_from_ms(start, end) for start, end in closures),
    )


def allowed_spans(hours: Hours, since: datetime, until: datetime) -> tuple[Span, ...]:
    """The allowed time inside [since, until), sorted; what touches is one span, also at midnight."""
    return tuple(Span(from_ticks(start), from_ticks(end)) for start, end in allowed_ticks(hours, since, until))


def allowed_ticks(hours: Hours, since: datetime, until: datetime) -> list[tuple[int, int]]:
    """`allowed_spans` in integer microseconds, for those who count."""
    require_aware(since)
    require_aware(until)
    dated = ((ticks(span.start), ticks(span.end)) for span in hours.extensions)
    open_time = without(merged([*_weekly(hours, since, until), *dated]), _closed(hours))
    return intersected(open_time, [(ticks(since), ticks(until))])


def _closed(hours: Hours) -> list[tuple[int, int]]:
    return merged((ticks(span.start), ticks(span.end)) for span in hours.closures)


def may_sound(hours: Hours, start: datetime, duration: timedelta) -> Verdict:
    """The whole of [start, start + duration) must lie in allowed time; one instant outside refuses all of it."""
    require_aware(start)
    if duration < timedelta(0):
        raise ValueError("negative duration")
    nearest = next_start(hours, start, duration)
    if nearest == start:
        return Verdict(allowed=True, nearest=nearest)
    return Verdict(allowed=False, code=Code.OUTSIDE_HOURS, nearest=nearest)


def next_start(hours: Hours, at: datetime, duration: timedelta) -> datetime | None:
    """The first instant >= `at` at which something of this length may start; None if there never is one."""
    probes = [(at, at + _SEARCH)]
    probes += [(max(at, span.end), span.end + _SEARCH) for span in hours.closures if span.end + _SEARCH > at]
    probes += [(max(at, span.start - duration), span.end) for span in sorted(hours.extensions) if span.end > at]
    found = [start for begin, end in probes if (start := _first_fit(hours, begin, end, duration)) is not None]
    return min(found, default=None)


def next_window(hours: Hours, at: datetime) -> Span | None:
    """The allowed span that holds `at`, or else the next one; its start is never before `at`. None if there is none."""
    start = next_start(hours, at, timedelta(0))
    if start is None:
        return None
    spans = allowed_spans(hours, start, start + _SEARCH)
    return spans[0] if spans else None


def gaps(hours: Hours, busy: Iterable[Span], since: datetime, until: datetime) -> tuple[Span, ...]:
    """Allowed time inside [since, until) in which none of `busy` lies."""
    taken = merged((ticks(span.start), ticks(span.end)) for span in busy)
    free = without(allowed_ticks(hours, since, until), taken)
    return tuple(Span(from_ticks(start), from_ticks(end)) for start, end in free)


def narrow(parent: Hours, child: Hours) -> Hours:
    """What both allow, exactly: a lower unit can only be stricter than the one above. Local time must be the same."""
    if _offset(parent) != _offset(child):
        raise ValueError(f"hours in different local times: {parent.tz} and {child.tz}")
    return Hours(
        tz=parent.tz,
        windows=_common_windows(parent.windows, child.windows),
        extensions=tuple(_common_extensions(parent, child)),
        closures=tuple(_spans([*_closed(parent), *_closed(child)])),
    )


def _spans(pieces: Iterable[tuple[int, int]]) -> Iterator[Span]:
    return (Span(from_ticks(start), from_ticks(end)) for start, end in merged(pieces))


def _offset(hours: Hours) -> object:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return moment.astimezone(hours.tz).utcoffset()


def _common_windows(left: tuple[Window, ...], right: tuple[Window, ...]) -> tuple[Window, ...]:
    by_minutes: dict[tuple[int, int], list[int]] = {}
    for day in sorted(EVERY_DAY):
        for piece in intersected(_minutes_of(left, day), _minutes_of(right, day)):
            by_minutes.setdefault(piece, []).append(day)
    return tuple(sorted(Window(tuple(days), start, end) for (start, end), days in by_minutes.items()))


def _minutes_of(windows: tuple[Window, ...], day: int) -> list[tuple[int, int]]:
    return merged((window.start, window.end) for window in windows if day in window.weekdays)


def _common_extensions(parent: Hours, child: Hours) -> Iterator[Span]:
    pieces = [
        (ticks(allowed.start), ticks(allowed.end))
        for one, other in ((parent, child), (child, parent))
        for span in one.extensions
        for allowed in allowed_spans(other, span.start, span.end)
    ]
    return _spans(pieces)


def _weekly(hours: Hours, since: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    day: date = since.astimezone(hours.tz).date() - _DAY
    last: date = until.astimezone(hours.tz).date() + _DAY
    while day <= last:
        for window in hours.windows:
            if day.isoweekday() in window.weekdays:
                yield ticks(instant_at(day, window.start, hours.tz)), ticks(instant_at(day, window.end, hours.tz))
        day += _DAY


def _first_fit(hours: Hours, begin: datetime, end: datetime, duration: timedelta) -> datetime | None:
    """First start in [begin, end) with room; the room may reach past `end`."""
    length = duration // timedelta(microseconds=1)
    limit = ticks(end)
    for start, stop in allowed_ticks(hours, begin, end + duration + _DAY):
        if start < limit and stop - start >= length:
            return from_ticks(start)
    return None


def inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """True if [start, end) lies in one of the merged `spans` (ticks)."""
    index = bisect_right(spans, start, key=lambda span: span[0]) - 1
    return index >= 0 and start < spans[index][1] and end <= spans[index][1]
