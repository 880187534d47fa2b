"""The difference between two states of the air in words people read: what happens on several days is one line. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from devicelink.canonical import canonical

from loa.broadcasts.rules import words
from loa.broadcasts.rules.projection import AirTime, Row, Rows

NOTHING = "không phát"
_WHY = {
    "outside_hours": "ngoài giờ được phát",
    "preempted": "nhường mục khác",
    "no_room": "không còn chỗ trống",
    "held": "loa đang dừng",
    "expired": "đã quá giờ",
}


@dataclass(frozen=True, slots=True)
class Listeners:
    """Loudspeakers that stand alike: `name` is their group ("Trung tâm"), `area` the path of their commune."""

    area: str
    commune: str
    name: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The same change of one item on `days`: "05:00–05:03" becomes "03:15–03:18".

    `why`: in words, why it will not sound; "" if it does or was taken out. `where` names the groups, `devices` counts.
    """

    title: str
    was: str
    becomes: str
    why: str
    days: tuple[date, ...]
    where: tuple[Listeners, ...]
    refused: bool = False

    @property
    def devices(self) -> int:
        """How many loudspeakers."""
        return sum(len(one.devices) for one in self.where)

    @property
    def on(self) -> str:
        """ "7 ngày, 21/8–27/8", "thứ Hai 24/08/2026"."""
        first, last = self.days[0], self.days[-1]
        if first == last:
            return f"{words.weekday(first)} {first:%d/%m/%Y}"
        return f"{len(self.days)} ngày, {first.day}/{first.month}–{last.day}/{last.month}"

    @property
    def places(self) -> str:
        """ "Trung tâm, Ven sông"; with several communes their names."""
        communes = {one.area: one.commune for one in self.where}
        if len(communes) > MOST_NAMED:
            return f"{len(communes)} xã, phường"
        if len(communes) > 1:
            return ", ".join(sorted(communes.values()))
        return ", ".join(sorted({one.name for one in self.where}))

    def __str__(self) -> str:
        why = f" ({self.why})" if self.why else ""
        return f"{self.title}: {self.was} → {self.becomes}{why}, {self.on}"


MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """`lines` in order of the first day and time; `airings` as people count them, on however many loudspeakers;
    `before` and `after` are the digests of what is heard otherwise.
    """

    lines: tuple[Line, ...]
    airings: int
    devices: int
    before: str
    after: str

    @property
    def nothing(self) -> bool:
        """Nobody hears anything otherwise."""
        return not self.lines


Found = tuple[Listeners, Sequence[Rows]]


def difference(found: Iterable[Found]) -> Difference:
    """Everything that loudspeakers hear otherwise, as lines."""
    kept = [(listeners, rows) for listeners, rows in found if any(one.rows for one in rows)]
    folded = _folded(kept)
    return Difference(
        lines=fold(folded),
        airings=_times(folded),
        devices=len({device for listeners, _ in kept for device in listeners.devices}),
        before=_digest(folded, after=False),
        after=_digest(folded, after=True),
    )


def _times(folded: "_Folded") -> int:
    """As people count: one item at one time of a commune is one, on however many groups it sounds alike."""
    days: dict[tuple[str, _Shape], set[int]] = {}
    for listeners, shapes in folded:
        for shape, on in shapes.items():
            days.setdefault((listeners.area, shape), set()).update(on)
    return sum(map(len, days.values()))


class _Shape(NamedTuple):
    """What happens to one item on a day, in ms after its local midnight; -1: it does not sound."""

    title: str
    was: tuple[int, int]
    becomes: tuple[int, int]
    later: int
    why: str


_SILENT = (-1, -1)
_LOCAL_MS, _DAY_MS = 7 * 3_600_000, 86_400_000
_Folded = list[tuple[Listeners, dict[_Shape, list[int]]]]


def _folded(found: Iterable[Found]) -> _Folded:
    """Per group what happens, and on which days (numbers since 1970)."""
    kept: _Folded = []
    for listeners, rows in found:
        days: dict[_Shape, list[int]] = {}
        for one in rows:
            for row in one.rows:
                shape, day = _shape(row)
                days.setdefault(shape, []).extend(day + shift for shift in one.shifts)
        kept.append((listeners, days))
    return kept


def _shape(row: Row) -> tuple[_Shape, int]:
    first = row.was or row.becomes
    assert first is not None
    day = (first.start + _LOCAL_MS) // _DAY_MS
    was, becomes = _clocks(row.was), _clocks(row.becomes)
    later = (row.becomes.start + _LOCAL_MS) // _DAY_MS - day if row.becomes is not None else 0
    title = (row.becomes or first).title
    return _Shape(title, was, becomes, later, "" if becomes != _SILENT else why(row.becomes)), day


def _clocks(one: AirTime | None) -> tuple[int, int]:
    if one is None or one.silent:
        return _SILENT
    begin = (one.start + _LOCAL_MS) % _DAY_MS
    return begin, begin + one.end - one.start


def _digest(found: _Folded, *, after: bool) -> str:
    """Of who hears what when; ids of airings and schedules are left out, they differ between a preview and the deed.
    So is the title of what sounds anew: it may still be typed while its air times stand on the page."""
    facts = sorted(
        (
            listeners.devices,
            sorted(
                (
                    _known(one),
                    one.becomes if after else one.was,
                    one.later if after else 0,
                    one.why * after,
                    sorted(days),
                )
                for one, days in shapes.items()
            ),
        )
        for listeners, shapes in found
    )
    return hashlib.sha256(canonical(facts)).hexdigest()[:32]


def _known(one: _Shape) -> str:
    return one.title if one.was != _SILENT else ""


def fold(found: _Folded) -> tuple[Line, ...]:
    """Shapes of several groups as lines."""
    lines: dict[tuple[_Shape, tuple[int, ...]], list[Listeners]] = {}
    for listeners, shapes in found:
        for shape, days in shapes.items():
            lines.setdefault((shape, tuple(sorted(set(days)))), []).append(listeners)
    made = (_line(shape, days, tuple(where)) for (shape, days), where in lines.items())
    return tuple(sorted(made, key=lambda line: (line.days[0], _clock(line), line.title)))


def _line(shape: _Shape, days: Sequence[int], where: tuple[Listeners, ...], *, refused: bool = False) -> Line:
    on = tuple(_EPOCH + timedelta(days=day) for day in days)
    becomes = _span(shape.becomes)
    if shape.later and shape.becomes != _SILENT:
        there = on[0] + timedelta(days=shape.later)
        becomes += f", {words.weekday(there)} {there:%d/%m/%Y}"
    return Line(shape.title, _span(shape.was), becomes, shape.why, on, where, refused)


_EPOCH = date(1970, 1, 1)


def wished(rows: Sequence[Row]) -> tuple[Line, ...]:
    """What was wanted and is refused: the same lines, without places."""
    nowhere = Listeners("", "", "", ())
    made = (
        _line(shape, sorted(set(days)), (), refused=True)
        for _, shapes in _folded([(nowhere, [Rows(rows)])])
        for shape, days in shapes.items()
    )
    return tuple(sorted(made, key=lambda line: (line.days[0], _clock(line), line.title)))


def _clock(line: Line) -> str:
    return min((text for text in (line.was, line.becomes) if text != NOTHING), default="")


def why(one: AirTime | None) -> str:
    """Why it does not sound, in words; "" for what is not planned."""
    if one is None:
        return ""
    return f"nhường “{one.by}”" if one.by else _WHY.get(one.why, one.why)


def _span(clocks: tuple[int, int]) -> str:
    if clocks == _SILENT:
        return NOTHING
    first, last = (f"{minute // 60 % 24:02}:{minute % 60:02}" for minute in (at // 60_000 for at in clocks))
    return f"{first}–{last}" if first != last else first
