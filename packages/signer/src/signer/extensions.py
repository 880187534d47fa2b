"""A night of giao thừa, an election: dated hours beyond all others (docs/adr/0032).

Signed only for a recorded extension that a second person approved, inside what a province permits and what this host
allows at all. Each refusal has its own code; whoever asks is assumed to be hostile.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec
from devicelink.audience import inside
from devicelink.messages import HoursExtension, Placement
from devicelink.refusals import Reason, Refused
from devicelink.signing import Bound

LONGEST_MS = 24 * 3_600_000
AHEAD_MS = 100 * 86_400_000
_PROVINCE_DOTS = 1  # "vn.15": a path of at most two parts permits, the ones below it only narrow


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules of one area permit on the day of an extension; fields as in `devicelink.signing.Bound`."""

    path: str
    days: int
    earliest: int
    latest: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """One recorded row: `area` its path, `start` and `end` in ms, `permissions` outermost first.

    `approved`: it was, and is not taken back. `approver_may`: at that time, and as another person than the author.
    """

    id: str
    area: str
    start: int
    end: int
    reason: str
    author: str
    approver: str
    approved: bool
    approver_may: bool
    permissions: tuple[Permission, ...] = ()


def check_extensions(
    placement: Placement,
    recorded: Iterable[Extension],
    bound: Bound,
    used: Mapping[str, Iterable[date]],
    now: int,
) -> set[tuple[str, date]]:
    """(area, local day) of every extension in these hours, or `Refused`. `used`: the days signed before, by area."""
    rows = list(recorded)
    opened: set[tuple[str, date]] = set()
    for span in placement.hours.extensions:
        if span.end - span.start > LONGEST_MS:
            raise Refused(Reason.LIMIT_EXCEEDED, "an extension lasts at most 24 hours")
        if span.start > now + AHEAD_MS:
            raise Refused(Reason.NOT_YET_VALID, "an extension is signed when its night is near")
        opened.add(_opened(span, placement, rows, bound, used, opened))
    return opened


def _opened(
    span: HoursExtension,
    placement: Placement,
    rows: Iterable[Extension],
    bound: Bound,
    used: Mapping[str, Iterable[date]],
    opened: set[tuple[str, date]],
) -> tuple[str, date]:
    """What covers this span: the first row without a fault; else the fault of the first."""
    fault: Refused | None = None
    offset = placement.hours.utc_offset
    for row in _covering(span, placement.area, rows):
        days = {*used.get(row.area, ()), *(day for area, day in opened if area == row.area)}
        try:
            return row.area, _check(row, bound, days, offset)
        except Refused as refused:
            fault = fault or refused
    raise fault or Refused(Reason.NOT_APPROVED, "no extension of these hours is recorded here")


def _covering(span: HoursExtension, area: str, rows: Iterable[Extension]) -> Iterator[Extension]:
    return (row for row in rows if inside(row.area, area) and row.start <= span.start and span.end <= row.end)


def _check(row: Extension, bound: Bound, used: set[date], offset: int) -> date:
    """The local day that this extension counts for."""
    if not row.approved or not row.approver_may or not row.approver or row.approver == row.author:
        raise Refused(Reason.NOT_APPROVED, f"extension {row.id}: nobody who may approve it did")
    if row.end - row.start > LONGEST_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"extension {row.id} lasts longer than 24 hours")
    may = _permitted(row)
    if not row.reason or row.reason not in may.reasons:
        raise Refused(Reason.NOT_APPROVED, f"extension {row.id}: nothing is permitted for this reason")
    begin, day = _local(row.start, offset)
    end = begin + (row.end - row.start) / 60_000
    if begin < max(may.earliest, bound.earliest) or end > min(may.latest, bound.latest):
        raise Refused(Reason.OUTSIDE_HOURS, f"extension {row.id}: earlier or later than is permitted")
    most = min(may.days, bound.days)
    if len({other for other in used if other.year == day.year} | {day}) > most:
        raise Refused(Reason.LIMIT_EXCEEDED, f"{row.area}: hours are extended on {most} days a year at most")
    return day


def _permitted(row: Extension) -> Permission:
    """What the rules on the way down leave: a province permits, the others only narrow."""
    found: Permission | None = None
    for own in row.permissions:
        if found is not None:
            found = _narrower(found, own)
        elif own.path.count(".") <= _PROVINCE_DOTS and inside(own.path, row.area):
            found = own
    if found is None:
        raise Refused(Reason.OUTSIDE_HOURS, f"extension {row.id}: no province permits any")
    return found


def _narrower(above: Permission, own: Permission) -> Permission:
    return Permission(
        path=own.path,
        days=min(above.days, own.days),
        earliest=max(above.earliest, own.earliest),
        latest=min(above.latest, own.latest),
        reasons=tuple(reason for reason in above.reasons if reason in own.reasons),
    )


def _local(instant: int, offset: int) -> tuple[float, date]:
    """Minutes after local midnight, and the local day."""
    there = datetime.fromtimestamp(instant / 1000, UTC) + timedelta(minutes=offset)
    midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
    return (there - midnight) / timedelta(minutes=1), there.date()
