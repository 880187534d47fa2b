"""Programmes in the words of the rules: slots of the week with their seasons, and single days that differ."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from airtime.spans import Span

from loa.areas.models import Area
from loa.areas.queries import hours_for
from loa.broadcasts.models import Programme, SessionChange
from loa.broadcasts.rules import seasons
from loa.broadcasts.rules.sessions import OfDay, Slot


def slots(area: Area, day: date) -> list[Slot]:
    """The programmes of the area, with the minutes that its rules allow in a session on this day. Three queries."""
    limit = hours_for(area, day).limits.minutes_per_session
    rows = Programme.objects.filter(area=area, closed_at=None).prefetch_related("changes")
    return [slot_of(row, limit, row.changes.all()) for row in rows]


def spans_of_day(area: Area, day: date) -> list[Span]:
    """From when to when its sessions of this day last. Two queries."""
    rows = Programme.objects.filter(area=area, closed_at=None).prefetch_related("changes")
    spans = (slot_of(row, None, row.changes.all()).on(day) for row in rows)
    return [span for span in spans if span is not None]


def slot_of(row: Programme, limit: int | None, changes: Iterable[SessionChange] = ()) -> Slot:
    """A programme in the words of the rules."""
    single = {one.day: OfDay(one.dropped, one.starts, one.minutes) for one in changes}
    season = seasons.read(row.season_from, row.season_to, lunar=row.season_lunar)
    return Slot(str(row.pk), row.name, row.starts, row.minutes, frozenset(row.weekdays), limit, season, single)


def session_starts(area: Area, first: date, days: int) -> list[datetime]:
    """When the sessions of these days begin, in order. Three queries."""
    listed = [first + timedelta(days=number) for number in range(days)]
    spans = (slot.on(day) for slot in slots(area, first) for day in listed)
    return sorted(span.start for span in spans if span is not None)
