"""How much will be stored in a year, from what there is and what the last days added. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = 12
DAYS_A_MONTH = 30.44
SPARE = 0.10  # of a disk: below it databases begin to suffer


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data: `held` bytes now, `a_day` bytes that come a day, kept for `days` (None = without end).

    `held_days` is how old the oldest of it is: what is not yet as old as it is kept grows until then, and no longer.
    """

    name: str
    held: int
    a_day: float
    days: int | None
    held_days: int


@dataclass(frozen=True, slots=True)
class Month:
    """`bytes` expected on the disk at the end of the month that begins on `first`; by kind in the order given."""

    first: date
    bytes: int
    by_kind: tuple[int, ...]


def forecast(kinds: tuple[Kind, ...], today: date) -> tuple[Month, ...]:
    """The twelve months that follow."""
    first, rows = today.replace(day=1), []
    for number in range(1, MONTHS + 1):
        first = (first + timedelta(days=31)).replace(day=1)
        parts = tuple(_after(kind, round(number * DAYS_A_MONTH)) for kind in kinds)
        rows.append(Month(first, sum(parts), parts))
    return tuple(rows)


def _after(kind: Kind, days: int) -> int:
    """Bytes of this kind so many days from now: what comes, until as much goes."""
    growing = days if kind.days is None else max(0, min(days, kind.days - kind.held_days))
    return kind.held + round(kind.a_day * growing)


def full_on(kinds: tuple[Kind, ...], free: int, whole: int, today: date) -> date | None:
    """The first month after which less than a tenth of the disk is free; None within the year."""
    room = free - SPARE * whole
    held = sum(kind.held for kind in kinds)
    return next((month.first for month in forecast(kinds, today) if month.bytes - held > room), None)
