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
class Sum:
    """How often and how long, of what (`name`)."""

    name: str
    airings: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class Sums:
    """A period in numbers: how much was proved, by where it came from, what it was about and in which language.

    `full` airings were proved by every loudspeaker meant, `partly` by some, `silent` by none.
    """

    days: int
    airings: int
    length_ms: int
    full: int
    partly: int
    silent: int
    by_source: tuple[Sum, ...]
    by_category: tuple[Sum, ...]
    by_language: tuple[Sum, ...]


def sums(lines: Sequence[Line]) -> Sums:
    """Of all lines; airings that nobody proved are counted as silent and lend no minutes."""
    proved = [line for line in lines if line.proved]
    return Sums(
        days=len({line.day for line in proved}),
        airings=len(proved),
        length_ms=sum(line.length_ms for line in proved),
        full=sum(line.proved == line.expected for line in proved),
        partly=sum(line.proved < line.expected for line in proved),
        silent=len(lines) - len(proved),
        by_source=_grouped(proved, lambda line: line.source),
        by_category=_grouped(proved, lambda line: line.category),
        by_language=_grouped(proved, lambda line: line.language),
    )


def _grouped(lines: Iterable[Line], name: Callable[[Line], str]) -> tuple[Sum, ...]:
    found: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        found[name(line) or "Chưa ghi"].append(line.length_ms)
    rows = (Sum(key, len(lengths), sum(lengths)) for key, lengths in found.items())
    return tuple(sorted(rows, key=lambda row: (-row.length_ms, row.name)))


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
