"""The rules of the air as a placement says them: dated spans of the days to come, pieces that the wire takes. Pure.

Which days those are turns once a month, for each commune on a day of its own: so a placement is signed anew when
something changes, and not because a day has passed.
"""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import msgspec
from airtime.hours import Hours
from airtime.limits import Cap
from airtime.spans import Span, to_ms
from devicelink import contents, limits, messages

from loa.areas.air import AirRules
from loa.kernel.clock import LOCAL

_LAST_TURN = 28  # a day that every month has
_LONGEST = timedelta(milliseconds=limits.MAX_PLAN_MS)


def horizon(commune: str, day: date) -> tuple[date, date]:
    """The days, first and last, that placements of this commune speak of today: 28 to 61 of them lie ahead."""
    turn = 1 + zlib.crc32(commune.encode()) % _LAST_TURN
    since = day.replace(day=turn) if day.day >= turn else _month_after(day.replace(day=turn), -1)
    return since, _month_after(since, 2) - timedelta(days=1)


def _month_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)


def in_horizon(rules: AirRules, since: date, until: date) -> AirRules:
    """The same rules with the dated spans of these days only."""
    first, last = _midnight(since), _midnight(until + timedelta(days=1))
    closed = (Span(max(span.start, first), min(span.end, last)) for span in rules.hours.closures if span.end > first)
    hours = replace(
        rules.hours,
        extensions=tuple(span for span in rules.hours.extensions if first < span.end and span.start < last),
        closures=tuple(span for span in closed if span.start < span.end),
    )
    return replace(rules, hours=hours)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def wire_hours(hours: Hours, now: datetime) -> messages.Hours:
    """Allowed hours as the device reads them."""
    offset = hours.tz.utcoffset(now.replace(tzinfo=None)) or timedelta()
    return messages.Hours(
        utc_offset=offset // timedelta(minutes=1),
        windows=tuple(
            messages.HoursWindow(weekdays=tuple(window.weekdays), start=window.start, end=window.end)
            for window in hours.windows
            if window.start < window.end
        ),
        extensions=_dated(hours.extensions),
        closures=_dated(hours.closures),
    )


def _dated(spans: Iterable[Span]) -> tuple[messages.HoursExtension, ...]:
    """In order, none longer than the wire takes; of far too many the first."""
    pieces = [piece for span in sorted(set(spans)) for piece in _pieces(span)]
    return tuple(
        messages.HoursExtension(start=to_ms(piece.start), end=to_ms(piece.end))
        for piece in pieces[: contents.MAX_WINDOWS]
    )


def _pieces(span: Span) -> Iterable[Span]:
    start = span.start
    while start < span.end:
        yield Span(start, min(span.end, start + _LONGEST))
        start += _LONGEST


def volume_caps(caps: Iterable[Cap]) -> tuple[messages.VolumeCap, ...]:
    """How loud it may be by the hour, the quietest first if there are too many."""
    strict = sorted({cap for cap in caps if cap.start < cap.end and cap.most < 100}, key=_by_most)
    rows = sorted(strict[: contents.MAX_WINDOWS])
    return tuple(messages.VolumeCap(start=cap.start, end=cap.end, most=cap.most) for cap in rows)


def _by_most(cap: Cap) -> tuple[int, int, int]:
    return cap.most, cap.start, cap.end


def without_extensions(placement: messages.Placement) -> messages.Placement:
    """The same, but no longer than the windows."""
    return msgspec.structs.replace(placement, hours=msgspec.structs.replace(placement.hours, extensions=()))


def digest(placement: messages.Placement) -> str:
    """Of all that it says, whenever it was signed: lower-case hex SHA-256."""
    said = msgspec.structs.replace(placement, revision=0, issued=0)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()
