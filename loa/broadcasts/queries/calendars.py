"""What a calendar program is told: the sessions of an area, and what is approved to sound in the coming weeks."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from loa.areas.models import Area
from loa.broadcasts.models import CalendarFeed, Programme, Schedule, State
from loa.broadcasts.queries import rooms
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules.ical import Repeats
from loa.broadcasts.rules.sessions import Slot
from loa.broadcasts.rules.times import midnight
from loa.kernel.clock import local

_DAY = timedelta(days=1)
BACK, AHEAD = 7, 28  # days of air times, one by one
A_YEAR = 366


def sessions(area: Area, now: datetime, programme: Programme | None = None) -> list[Repeats]:
    """The sessions of the week (or one of them), as long as they are held."""
    rows = Programme.objects.filter(area=area, closed_at=None).prefetch_related("changes")
    if programme is not None:
        rows = rows.filter(pk=programme.pk)
    listed = (_session(row, slot_of(row, None, row.changes.all()), area, now) for row in rows)
    return [one for one in listed if one is not None]


def _session(row: Programme, slot: Slot, area: Area, now: datetime) -> Repeats | None:
    """A session of all year repeats by its rule; that of a season has its days listed for a year."""
    today = local(now).date()
    usual = slot_of(row, None)
    days = [today + number * _DAY for number in range(A_YEAR)]
    starts = [(day, span) for day in days if (span := usual.on(day)) is not None]
    if not starts:
        return None
    changed = {day: slot.on(day) for day in slot.changes if day >= today}
    without = tuple(span.start for day, span in starts if day in changed and changed[day] is None)
    other = tuple(
        (span.start, new.start, new.duration) for day, span in starts if (new := changed.get(day)) is not None
    )
    seasonal = slot.season is not None
    return Repeats(
        uid=f"{row.pk}@loa",
        title=row.name,
        start=starts[0][1].start,
        length=timedelta(minutes=row.minutes),
        weekdays=() if seasonal else tuple(row.weekdays),
        dates=tuple(span.start for _, span in starts) if seasonal else (),
        without=without,
        other=other,
        place=area.full_name,
    )


def airings(area: Area, now: datetime, programme: Programme | None = None) -> Iterator[Repeats]:
    """Every approved air time from a week ago to four weeks ahead: the same one always has the same name."""
    today = local(now).date()
    since, until = midnight(today - BACK * _DAY), midnight(today + AHEAD * _DAY)
    for one in rooms.occurrences(area, since, until, states=[State.APPROVED], now=None):
        schedule: Schedule = one.schedule
        if programme is None or schedule.programme_id == programme.pk:
            uid = f"{schedule.pk}-{local(one.at):%Y%m%dT%H%M%S}@loa"
            yield Repeats(uid, one.version.title, one.span.start, one.span.duration, place=area.full_name)


def key_of(secret: str) -> str:
    """What is kept of the address of a feed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_at(secret: str) -> CalendarFeed | None:
    """The feed with this address that was not revoked."""
    rows = CalendarFeed.objects.filter(key=key_of(secret), revoked_at=None)
    return rows.select_related("area", "programme", "made_by").first()
