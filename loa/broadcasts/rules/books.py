"""What the books of a station say: lines of the log, sums of a period, what is owed for the work. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

OWN = "Của xã"
LONGEST = timedelta(days=92)  # a quarter: what a report of a commune is ever asked for at once


@dataclass(frozen=True, slots=True)
class Line:
    """One airing as the book has it. `length_ms` is what sounded where it was proved, 0 where nobody proved it.

    `version` is what was made once, however often it aired; `reader` is empty where a machine spoke.
    """

    day: date
    time: str
    version: int
    title: str
    programme: str
    source: str
    category: str
    language: str
    length_ms: int
    editor: str
    reader: str
    approver: str
    operator: str
    expected: int
    proved: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class DaySum:
    """What was aired on one day of one source, category and language.

    `full` of the `airings` were proved by every loudspeaker meant, `partly` by some; `silent` ones, which nobody
    proved, are none of them and lend no minutes.
    """

    day: date
    source: str
    category: str
    language: str
    airings: int
    length_ms: int
    full: int
    partly: int
    silent: int


def day_sums(lines: Iterable[Line]) -> tuple[DaySum, ...]:
    """The lines summed up, in order of the day; what is left of them after two years."""
    found: dict[tuple[date, str, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found[line.day, line.source, line.category, line.language].append(line)
    return tuple(_day_sum(*key, rows) for key, rows in sorted(found.items()))


def _day_sum(day: date, source: str, category: str, language: str, lines: Sequence[Line]) -> DaySum:
    proved = [line for line in lines if line.proved]
    full = sum(line.proved == line.expected for line in proved)
    return DaySum(
        day=day,
        source=source,
        category=category,
        language=language,
        airings=len(proved),
        length_ms=sum(line.length_ms for line in proved),
        full=full,
        partly=len(proved) - full,
        silent=len(lines) - len(proved),
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """How often and how long, of what (`name`)."""

    name: str
    airings: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class Sums:
    """A period in numbers; the fields as in `DaySum`. `days`: on which something was proved."""

    days: int
    airings: int
    length_ms: int
    full: int
    partly: int
    silent: int
    by_source: tuple[Sum, ...]
    by_category: tuple[Sum, ...]
    by_language: tuple[Sum, ...]


def sums(rows: Sequence[DaySum]) -> Sums:
    """All days together."""
    return Sums(
        days=len({row.day for row in rows if row.airings}),
        airings=sum(row.airings for row in rows),
        length_ms=sum(row.length_ms for row in rows),
        full=sum(row.full for row in rows),
        partly=sum(row.partly for row in rows),
        silent=sum(row.silent for row in rows),
        by_source=_grouped(rows, lambda row: row.source),
        by_category=_grouped(rows, lambda row: row.category),
        by_language=_grouped(rows, lambda row: row.language),
    )


def _grouped(rows: Iterable[DaySum], name: Callable[[DaySum], str]) -> tuple[Sum, ...]:
    found: dict[str, list[DaySum]] = defaultdict(list)
    for row in rows:
        if row.airings:
            found[name(row) or "Chưa ghi"].append(row)
    together = (
        Sum(key, sum(row.airings for row in own), sum(row.length_ms for row in own)) for key, own in found.items()
    )
    return tuple(sorted(together, key=lambda row: (-row.length_ms, row.name)))


KEPT_MONTHS = 24


def kept_since(today: date) -> date:
    """The first day of which every single proof is kept: the month of today and the 24 before it."""
    months = today.year * 12 + today.month - 1 - KEPT_MONTHS
    return date(months // 12, months % 12 + 1, 1)


class Work(StrEnum):
    """What is paid for."""

    WRITING = "writing"
    READING = "reading"
    OPERATING = "operating"


class Unit(StrEnum):
    """By what it is counted."""

    ITEM = "item"
    MINUTE = "minute"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Rate:
    """đồng for one `unit` of `work`, from `starts` to `ends` (last day; None = open), by `document`."""

    work: Work
    unit: Unit
    dong: int
    starts: date
    ends: date | None
    document: str

    def holds(self, day: date) -> bool:
        """Whether it is in force."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Fee:
    """What one person is owed for one kind of work at one rate. `count` is in its unit, minutes begun count whole."""

    person: str
    rate: Rate
    count: int

    @property
    def dong(self) -> int:
        """The amount."""
        return self.count * self.rate.dong


def fees(lines: Sequence[Line], rates: Sequence[Rate], aired_before: frozenset[int]) -> tuple[Fee, ...]:
    """For what the commune itself made and loudspeakers proved, by person and work.

    Writing and reading are paid once, when an item is first proved: not for `aired_before` (versions). Operating is
    paid by the day on which something of the person's was proved, or by the item or minute if the rate says so. A
    machine's reading is paid to nobody. Of several rates the one that began last counts.
    """
    own = [line for line in lines if line.proved and line.source == OWN]
    first = {line.version: line for line in reversed(own) if line.version not in aired_before}
    once = sorted(first.values(), key=lambda line: (line.day, line.time))
    counts: dict[tuple[str, Rate], int] = defaultdict(int)
    days: set[tuple[str, Rate, date]] = set()
    jobs = [
        *((Work.WRITING, line.editor, line) for line in once),
        *((Work.READING, line.reader, line) for line in once),
        *((Work.OPERATING, line.operator, line) for line in own),
    ]
    for work, person, line in jobs:
        rate = _rate(rates, work, line.day)
        if rate is None or not person:
            continue
        if rate.unit is Unit.DAY:
            days.add((person, rate, line.day))
        else:
            counts[person, rate] += 1 if rate.unit is Unit.ITEM else -(-line.length_ms // 60_000)
    for person, rate, _ in days:
        counts[person, rate] += 1
    rows = (Fee(person, rate, count) for (person, rate), count in counts.items())
    return tuple(sorted(rows, key=lambda row: (row.person, list(Work).index(row.rate.work), row.rate.starts)))


def _rate(rates: Sequence[Rate], work: Work, day: date) -> Rate | None:
    held = [rate for rate in rates if rate.work is work and rate.holds(day)]
    return max(held, key=lambda rate: rate.starts, default=None)


WORK_WORDS: Mapping[Work, str] = {
    Work.WRITING: "Biên tập tin, bài",
    Work.READING: "Đọc, thể hiện",
    Work.OPERATING: "Trực phát thanh",
}
UNIT_WORDS: Mapping[Unit, str] = {Unit.ITEM: "tin, bài", Unit.MINUTE: "phút", Unit.DAY: "ngày"}
