"""What loudspeakers that stand alike will sound in the days ahead, by the timeline they resolve themselves. Pure.

Airings that cannot touch each other are resolved apart, so that two states of a province are compared in the time of
what differs between them. All instants are Unix ms.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter, itemgetter
from typing import NamedTuple

from airtime.hours import Hours, inside
from airtime.rank import Level, Rank, Urgency
from airtime.reasons import Fate
from airtime.spans import from_ms, span_from_ms, to_ms
from airtime.timeline import Item, resolve
from devicelink.messages import Airing

from loa.broadcasts.rules.plans import Left

Spans = tuple[tuple[int, int], ...]


class AirTime(NamedTuple):
    """One airing as it is heard: from `start` to `end`; `why` (a code of airtime) it does not sound, then both are when
    it should have begun. `thread` is the schedule, or the one that it takes the place of; `by` the title it yields to.
    """

    airing: str
    thread: str
    title: str
    start: int
    end: int
    why: str = ""
    by: str = ""

    @property
    def silent(self) -> bool:
        """It is planned and does not sound."""
        return self.end == self.start


class Piece(NamedTuple):
    """Airings that may meet each other, and no others; `start` to `end` is as far as any of them reaches."""

    start: int
    end: int
    airings: tuple[Airing, ...]


@dataclass(frozen=True)
class Stand:
    """What loudspeakers that stand alike are told, and when they may sound (`allowed`, merged).

    `schedules` names that of each airing, `replaced` which schedule another takes the place of, `left` what their plan
    may not hold.
    """

    airings: tuple[Airing, ...]
    allowed: Spans
    schedules: Mapping[str, str]
    replaced: Mapping[str, str] = field(default_factory=dict)
    left: tuple[Left, ...] = ()

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """In order of time."""
        found: list[list[Airing]] = []
        bounds: list[list[int]] = []
        for airing in sorted(self.airings, key=_BY_TIME):
            end = max(airing.latest, airing.start) + airing.duration
            if bounds and airing.start < bounds[-1][1]:
                found[-1].append(airing)
                bounds[-1][1] = max(bounds[-1][1], end)
            else:
                found.append([airing])
                bounds.append([airing.start, end])
        return tuple(Piece(start, end, tuple(row)) for (start, end), row in zip(bounds, found, strict=True))

    def clear(self, piece: Piece) -> Spans:
        """The allowed time inside this piece."""
        found: list[tuple[int, int]] = []
        for number in range(bisect_right(self.allowed, piece.start, key=itemgetter(1)), len(self.allowed)):
            start, end = self.allowed[number]
            if start >= piece.end:
                break
            found.append((max(start, piece.start), min(end, piece.end)))
        return tuple(found)

    def air_times(self, pieces: Iterable[Piece] | None = None) -> list[AirTime]:
        """What is heard of these pieces (None: all), in order of time."""
        rows = self.pieces if pieces is None else pieces
        return sorted((one for piece in rows for one in self._of(piece)), key=lambda one: (one.start, one.airing))

    def _of(self, piece: Piece) -> list[AirTime]:
        if self._undisturbed(piece):
            return [
                AirTime(one.id, self._thread(one.id), one.title, one.start, one.start + one.duration)
                for one in piece.airings
            ]
        return self._resolved(piece)

    def _undisturbed(self, piece: Piece) -> bool:
        """Nothing is wished where something else is, nor where sound is not allowed: then everybody has their wish."""
        free = 0
        for one in piece.airings:
            end = one.start + one.duration
            if one.start < free or not inside(self.allowed, one.start, end):
                return False
            free = end
        return True

    def _thread(self, airing: str) -> str:
        schedule = self.schedules[airing]
        return self.replaced.get(schedule, schedule)

    def _resolved(self, piece: Piece) -> list[AirTime]:
        return [self._air_time(piece, one) for one in outcome(_shape(piece, self.clear(piece)))]

    def _air_time(self, piece: Piece, one: "Outcome") -> AirTime:
        airing = piece.airings[one.at]
        begins = airing.start if one.why else piece.start + one.start
        ends = airing.start if one.why else piece.start + one.end
        by = piece.airings[one.by].title if one.by is not None else ""
        return AirTime(airing.id, self._thread(airing.id), airing.title, begins, ends, one.why, by)


class Outcome(NamedTuple):
    """What becomes of the airing number `at` of a piece: heard from `start` to `end` (ms after the piece begins), or
    silent because of `why` and the number `by`."""

    at: int
    start: int
    end: int
    why: str = ""
    by: int | None = None


# A piece with its instants counted from its beginning: the same on every morning on which the same is planned.
Shape = tuple[tuple[tuple[int, int, int, int, str, str, int, bool, int], ...], Spans]


def _shape(piece: Piece, clear: Spans) -> Shape:
    """Of an id only its order is kept, among those that are alike in everything else that decides."""
    begin = piece.start
    order = _by_id(piece.airings) if _some_alike(piece.airings) else {}
    rows = tuple(
        (
            one.start - begin, one.duration, max(one.latest, one.start) - begin, one.issued, one.priority, one.level,
            one.rank, one.filling, order.get(one.id, 0),
        )
        for one in piece.airings
    )  # fmt: skip
    return rows, _counted_from(begin, clear)


def _some_alike(airings: Sequence[Airing]) -> bool:
    """Whether only their ids decide between some of them, which are others on every day."""
    return len({_rank(one) for one in airings}) < len(airings)


def _by_id(airings: Sequence[Airing]) -> dict[str, int]:
    return {one.id: at for at, one in enumerate(sorted(airings, key=lambda one: (_rank(one), one.id)))}


def _order(airings: Sequence[Airing]) -> tuple[int, ...]:
    order = _by_id(airings)
    return tuple([order[one.id] for one in airings])


def _rank(one: Airing) -> tuple[str, str, int, int, bool]:
    return one.priority, one.level, one.rank, one.issued, one.filling


@lru_cache(maxsize=20_000)
def outcome(shape: Shape) -> tuple[Outcome, ...]:
    """By the timeline that the loudspeaker resolves; see `_shape`."""
    rows, clear = shape
    items = [_item(at, *row) for at, row in enumerate(rows)]
    end = max(latest + duration for _, duration, latest, *_ in rows)
    hours = Hours(UTC, (), tuple(span_from_ms(*span) for span in clear))
    timeline = resolve(items, hours, (), span_from_ms(0, end))
    sounding = (Outcome(_number(one.item), to_ms(one.start), to_ms(one.end)) for one in timeline.segments)
    silent = (
        Outcome(_number(row.item), 0, 0, str(row.reason.value), _number(row.by) if row.by else None)
        for row in timeline.displaced
        if row.fate is Fate.DROPPED
    )
    return (*sounding, *silent)


def _number(name: str) -> int:
    return int(name.rpartition("|")[2])


def _item(
    at: int, start: int, duration: int, latest: int, issued: int, priority: str, level: str, position: int,
    filling: bool, order: int,
) -> Item:  # fmt: skip
    """The airing in the words of the timeline, exactly as the loudspeaker reads it."""
    rank = Rank(
        id=f"{order:06}|{at}", issued=from_ms(issued), urgency=Urgency(priority), level=Level(level), position=position
    )
    return Item(rank, from_ms(start), timedelta(milliseconds=duration), from_ms(latest), filling)


_BY_TIME = attrgetter("start", "id")


class Row(NamedTuple):
    """One air time that is moved, dropped (`becomes` None or silent) or new (`was` None or silent)."""

    was: AirTime | None
    becomes: AirTime | None


class Rows(NamedTuple):
    """What differs, and how many days later (0: as they stand) the very same comes again."""

    rows: Sequence[Row]
    shifts: Sequence[int] = (0,)


def compare(before: Stand, after: Stand, since: int, until: int) -> list[Rows]:
    """What is heard otherwise in [since, until)."""
    if before.airings != after.airings:
        return [_compared(before, after, _differing(before, after), since, until)]
    if before.allowed == after.allowed:
        return []
    return _other_hours(before, after, since, until)


def _other_hours(before: Stand, after: Stand, since: int, until: int) -> list[Rows]:
    """Both are told the same, so each piece is compared with itself: every morning of the same form once."""
    shifts: dict[_Form, list[int]] = {}
    first: dict[_Form, Piece] = {}
    edges: list[Piece] = []
    alike: dict[tuple[str, ...], bool] = {}
    for piece in before.pieces:
        was, becomes = before.clear(piece), after.clear(piece)
        if was == becomes:
            continue
        if piece.start < since or piece.end > until:
            edges.append(piece)
            continue
        schedules = tuple([before.schedules[one.id] for one in piece.airings])
        if schedules not in alike:
            alike[schedules] = _some_alike(piece.airings)
        order = _order(piece.airings) if alike[schedules] else ()
        form = _form(piece, schedules, order, was, becomes)
        days = (piece.start - first.setdefault(form, piece).start) // _DAY_MS
        shifts.setdefault(form, []).append(days)
    alone = [Rows(_compared(before, after, ([piece], [piece]), since, until).rows) for piece in edges]
    again = [
        Rows(_compared(before, after, ([piece], [piece]), since, until).rows, shifts[form])
        for form, piece in first.items()
    ]
    return [one for one in (*alone, *again) if one.rows]


# A piece counted from its beginning, the time of day of which belongs to it.
_Form = tuple[int, tuple[str, ...], tuple[int, ...], tuple[tuple[int, int, int], ...], Spans, Spans]


def _form(piece: Piece, schedules: tuple[str, ...], order: tuple[int, ...], was: Spans, becomes: Spans) -> _Form:
    """An airing is known by its schedule: all else that decides is the same whenever that sounds, save for the `order`
    of the ids where nothing else does."""
    begin = piece.start
    rows = tuple([(one.start - begin, one.duration, one.latest and one.latest - begin) for one in piece.airings])
    clear = _counted_from(begin, was), _counted_from(begin, becomes)
    return (begin + _LOCAL_MS) % _DAY_MS, schedules, order, rows, *clear


def _counted_from(begin: int, spans: Spans) -> Spans:
    return tuple((start - begin, end - begin) for start, end in spans)


def _compared(
    before: Stand, after: Stand, pieces: tuple[Sequence[Piece], Sequence[Piece]], since: int, until: int
) -> Rows:
    was = [one for one in before.air_times(pieces[0]) if since <= one.start < until]
    becomes = [one for one in after.air_times(pieces[1]) if since <= one.start < until]
    return Rows(_paired(was, becomes))


def _differing(before: Stand, after: Stand) -> tuple[list[Piece], list[Piece]]:
    """Pieces that are not in the other state too with the same allowed time."""
    known = {piece.start: piece for piece in after.pieces}
    old, same = [], set()
    for piece in before.pieces:
        twin = known.get(piece.start)
        if twin is not None and twin.airings == piece.airings and before.clear(piece) == after.clear(twin):
            same.add(piece.start)
        else:
            old.append(piece)
    return old, [piece for piece in after.pieces if piece.start not in same]


def _paired(was: Sequence[AirTime], becomes: Sequence[AirTime]) -> list[Row]:
    kept = {_heard(one) for one in was} & {_heard(one) for one in becomes}
    old = [one for one in was if _heard(one) not in kept]
    new = [one for one in becomes if _heard(one) not in kept]
    rows: list[Row] = []
    for key in (_by_airing, _by_day, _by_thread):
        found, old, new = _matched(old, new, key)
        rows += found
    rows += [Row(one, None) for one in old if not one.silent]
    rows += [Row(None, one) for one in new]
    return sorted(rows, key=_when)


def _when(row: Row) -> tuple[int, str]:
    first = row.was or row.becomes
    assert first is not None
    return first.start, first.title


def _heard(one: AirTime) -> tuple[object, ...]:
    return one.thread, one.title, one.start, one.end


def _by_airing(one: AirTime) -> object:
    return one.airing


def _by_day(one: AirTime) -> object:
    return one.thread, (one.start + _LOCAL_MS) // _DAY_MS


def _by_thread(one: AirTime) -> object:
    return one.thread


_LOCAL_MS = 7 * 3_600_000
_DAY_MS = 86_400_000


def _matched(
    old: Sequence[AirTime], new: Sequence[AirTime], key: Callable[[AirTime], object]
) -> tuple[list[Row], list[AirTime], list[AirTime]]:
    """Those of the same key in their order, when there are as many of them on both sides."""
    left, right = _grouped(old, key), _grouped(new, key)
    both = {name for name in left.keys() & right.keys() if len(left[name]) == len(right[name])}
    rows = [Row(*pair) for name in both for pair in zip(left[name], right[name], strict=True)]
    rest_old = [one for one in old if key(one) not in both]
    return rows, rest_old, [one for one in new if key(one) not in both]


def _grouped(rows: Iterable[AirTime], key: Callable[[AirTime], object]) -> dict[object, list[AirTime]]:
    found: dict[object, list[AirTime]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
