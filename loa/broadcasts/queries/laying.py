"""What floats in its sessions, laid for the plans: only what is approved counts, and what has begun stays."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from airtime.spans import Span, to_ms

from loa.areas.rules import lineage
from loa.broadcasts.models import Schedule
from loa.broadcasts.queries import rundowns
from loa.broadcasts.rules import plans
from loa.broadcasts.rules.plans import Entry, Horizon
from loa.broadcasts.rules.times import Validity

_MS = timedelta(milliseconds=1)


def settled(entries: Iterable[Entry], schedules: Iterable[Schedule], horizon: Horizon, now: datetime) -> list[Entry]:
    """The entries; those that float know where their rundowns have them, and own priority items at minutes of their own
    where they give way. No query where nothing floats.
    """
    listed = list(entries)
    floating = {str(row.pk): row for row in schedules if row.floating}
    if not floating:
        return listed
    areas = {row.area.path: row.area_id for row in floating.values()}
    asked = {str(row.pk): row for row in schedules if _takes_part(row, areas)}
    mine = [entry for entry in listed if entry.schedule in asked]
    wishes = [wish for entry in mine for wish in _wishes(entry, asked[entry.schedule], horizon)]
    others = [entry for entry in listed if entry.schedule not in asked and not entry.filling]
    busy = {pk: _busy(others, path, horizon) for path, pk in areas.items()}
    book = rundowns.lay_out(wishes, busy, now)
    put: dict[str, list[plans.Put]] = defaultdict(list)
    for (pk, wish), one in book.put.items():
        if str(pk) in floating or one.start != wish:
            duration = one.duration // _MS
            put[str(pk)].append(plans.Put(to_ms(wish), to_ms(one.start), duration, to_ms(one.latest)))
    return [_placed(entry, tuple(put.get(entry.schedule, ())), floats=entry.schedule in floating) for entry in listed]


def _takes_part(row: Schedule, areas: Collection[str]) -> bool:
    return row.version is not None and row.area.path in areas and rundowns.takes_part(row, row.version)


def _placed(entry: Entry, put: tuple[plans.Put, ...], *, floats: bool) -> Entry:
    if floats:
        return replace(entry, put=put)
    return replace(entry, later=put) if put else entry


def _wishes(entry: Entry, row: Schedule, horizon: Horizon) -> list[rundowns.Wish]:
    valid, version = Validity(entry.valid_from, entry.valid_to), row.version
    if version is None:
        return []
    length = timedelta(milliseconds=entry.duration)
    starts = entry.rule.starts(horizon.start - rundowns.REACH, horizon.end)
    return [rundowns.Wish(row, version, start, length) for start in starts if valid.holds(start)]


def _busy(others: Sequence[Entry], path: str, horizon: Horizon) -> list[Span]:
    """When something sounds in the area at a time of its own."""
    heard = [entry for entry in others if entry.area in lineage(path)]
    return [
        Span(start, start + timedelta(milliseconds=entry.duration))
        for entry in heard
        for start in entry.rule.starts(horizon.start - rundowns.REACH, horizon.end)
    ]
