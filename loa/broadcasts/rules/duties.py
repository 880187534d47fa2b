"""Publication obligations: "N consecutive days, M times a day"; what is planned, proved, late. Pure.

The definition, which docs/how-to/duties.md tells people:

- A sounding is one airing of the bulletin. The loudspeakers *meant* by it are those whose signed plan named it.
- A loudspeaker has *proved* a sounding if its own signed record says that it played it to the end.
- A day is *proved* if every loudspeaker that was meant on that day has proved at least M soundings of that day, and M
  were planned. If only some have, the day is *partial* and the others are named.
- The obligation is *proved* by N proved days in a row, the first of them not before the first day. A day that failed is
  made good by a later run of N; a proof that arrives late counts for the day on which it sounded.
- A day that is over without being proved makes it *late* until such a run stands. *Lacking*: the days that are planned
  do not make such a run even if everything sounds.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

CONSECUTIVE_DAYS, TIMES_A_DAY = 3, 1
BASIS = "Luật Thực hiện dân chủ ở cơ sở, khoản 3 Điều 13"
# Groups of the essential information under which what a commune has to make public is told.
ASKED_OF = frozenset({"policy", "development"})
MOST_DAYS, MOST_TIMES = 30, 6
_DAY = timedelta(days=1)


class DayState(StrEnum):
    """How one day stands."""

    NONE = "none"  # nothing, or too little, is planned
    PLANNED = "planned"
    PARTIAL = "partial"  # over, and some loudspeakers owe their proof
    SILENT = "silent"  # over, and nobody has proved anything
    PROVED = "proved"


class State(StrEnum):
    """How the whole stands, what needs a person first."""

    LATE = "late"
    LACKING = "lacking"
    PLANNED = "planned"
    PROVED = "proved"
    ENDED = "ended"


WORDS: Mapping[State, str] = {
    State.LATE: "Chậm",
    State.LACKING: "Chưa xếp đủ",
    State.PLANNED: "Đã xếp đủ",
    State.PROVED: "Đã phát đủ",
    State.ENDED: "Thôi theo dõi",
}


@dataclass(frozen=True, slots=True)
class Sounding:
    """One airing on a local day; `over` tells past from plan."""

    day: date
    meant: frozenset[str]
    proved: frozenset[str]
    over: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day: how many soundings there are, how many loudspeakers proved enough of them, and which did not."""

    on: date
    state: DayState
    planned: int
    meant: int
    proved: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """`run` are the days that make the obligation good: proved ones, else those that are still planned to."""

    state: State
    days: tuple[Day, ...]
    run: tuple[date, ...] = ()
    failed: tuple[Day, ...] = field(default=())

    @property
    def missing(self) -> tuple[str, ...]:
        """Loudspeakers that owe a proof of a day that is over."""
        return tuple(sorted({name for day in self.failed for name in day.missing}))


def judge(first: date, days: int, times_a_day: int, soundings: Iterable[Sounding], today: date) -> Judged:
    """How an obligation stands on `today`."""
    by_day: dict[date, list[Sounding]] = {}
    for one in soundings:
        if one.day >= first:
            by_day.setdefault(one.day, []).append(one)
    last = max([first + (days - 1) * _DAY, *by_day])
    listed = [first + number * _DAY for number in range((last - first).days + 1)]
    judged = tuple(_day(on, by_day.get(on, ()), times_a_day, today) for on in listed)
    failed = tuple(day for day in judged if day.on < today and day.state is not DayState.PROVED)
    proved = _run(judged, days, {DayState.PROVED})
    if proved:
        return Judged(State.PROVED, judged, proved, _before(failed, proved[-1]))
    hoped = _run([day for day in judged if day.on >= today or day.state is DayState.PROVED], days, _STILL)
    wanted = [day for day in judged if day.on < first + days * _DAY]
    late = any(day.on < today and day.state is not DayState.PROVED for day in wanted)
    if late:
        return Judged(State.LATE, judged, hoped, failed)
    return Judged(State.PLANNED if hoped else State.LACKING, judged, hoped, failed)


_STILL = {DayState.PROVED, DayState.PLANNED}


def _before(failed: Iterable[Day], last: date) -> tuple[Day, ...]:
    return tuple(day for day in failed if day.on <= last)


def _run(judged: Sequence[Day], days: int, states: Collection[DayState]) -> tuple[date, ...]:
    """The first `days` consecutive days in one of these states."""
    found: list[date] = []
    for day in judged:
        follows = not found or day.on - found[-1] == _DAY
        if day.state not in states:
            found = []
            continue
        found = [*found, day.on] if follows else [day.on]
        if len(found) == days:
            return tuple(found)
    return ()


def _day(on: date, soundings: Sequence[Sounding], times_a_day: int, today: date) -> Day:
    meant = frozenset[str]().union(*(one.meant for one in soundings))
    counts = {name: sum(name in one.proved for one in soundings) for name in meant}
    done = {name for name, count in counts.items() if count >= times_a_day}
    planned = _least(soundings, meant)
    state = _state(on, planned, len(meant), len(done), any(counts.values()), times_a_day, today)
    over = on < today or (soundings and all(one.over for one in soundings))
    missing = tuple(sorted(meant - done)) if over else ()
    return Day(on, state, planned, len(meant), len(done), missing)


def _least(soundings: Sequence[Sounding], meant: Collection[str]) -> int:
    """How often it is planned where it is planned least; soundings of plans that are yet to be made reach all."""
    ahead = sum(not one.meant for one in soundings)
    if not meant:
        return ahead
    return ahead + min(sum(name in one.meant for one in soundings) for name in meant)


def _state(on: date, planned: int, meant: int, done: int, some: int, times_a_day: int, today: date) -> DayState:
    if meant and done == meant and planned >= times_a_day:
        return DayState.PROVED
    if on >= today:
        return DayState.PLANNED if planned >= times_a_day else DayState.NONE
    if not meant:
        return DayState.NONE
    return DayState.PARTIAL if some else DayState.SILENT


def short(planned: Iterable[date], days: int, times_a_day: int) -> str:
    """What air times on these local days (one entry each) lack of "N consecutive days, M times a day", as the officer
    and the approver read it; "" if nothing."""
    counts = Counter(planned)
    enough = sorted(day for day, count in counts.items() if count >= times_a_day)
    longest = run = 0
    for before, day in zip([None, *enough], enough, strict=False):
        run = run + 1 if before is not None and day - before == _DAY else 1
        longest = max(longest, run)
    if longest >= days:
        return ""
    often = f", mỗi ngày {times_a_day} lần" if times_a_day > 1 else ""
    return f"Nội dung phải công khai {days} ngày liên tiếp{often}: giờ đã chọn mới đủ {longest} ngày."


ASK = (
    f"Nội dung này có bắt buộc công khai trên loa không? Nếu có, đánh dấu ở mục Loại tin để phát đủ {CONSECUTIVE_DAYS} "
    "ngày liên tiếp."
)


def in_words(day: Day, times_a_day: int) -> str:
    """What a day says to people."""
    if day.state is DayState.PROVED:
        return f"Đã phát đủ ở cả {day.meant} cụm"
    if day.state is DayState.PLANNED:
        return f"Đã xếp {day.planned} lần"
    if day.state is DayState.NONE:
        return f"Mới xếp {day.planned} trên {times_a_day} lần" if day.planned else "Chưa xếp lần nào"
    if day.state is DayState.SILENT:
        return f"Chưa cụm nào có bằng chứng, trên {day.meant} cụm"
    return f"Đủ ở {day.proved} trên {day.meant} cụm"
