"""The difference between two states of the air in words people read: what happens on several days is one line. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from airtime.spans import from_ms
from devicelink.canonical import canonical

from loa.broadcasts.rules import words
from loa.broadcasts.rules.projection import AirTime, Row
from loa.kernel.clock import local

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
    """`lines` in order of the first day and time; `before` and `after` are the digests of what is heard otherwise."""

    lines: tuple[Line, ...]
    airings: int
    devices: int
    before: str
    after: str

    @property
    def nothing(self) -> bool:
        """Nobody hears anything otherwise."""
        return not self.lines


Found = tuple[Listeners, Sequence[Row]]
_Said = tuple[str, str, str, str]  # title, was, becomes, why


def difference(found: Iterable[Found]) -> Difference:
    """Everything that loudspeakers hear otherwise, as lines."""
    kept = [(listeners, rows) for listeners, rows in found if rows]
    return Difference(
        lines=fold(kept),
        airings=sum(len(rows) for _, rows in kept),
        devices=len({device for listeners, _ in kept for device in listeners.devices}),
        before=_digest((listeners.devices, [row.was for row in rows]) for listeners, rows in kept),
        after=_digest((listeners.devices, [row.becomes for row in rows]) for listeners, rows in kept),
    )


def _digest(found: Iterable[tuple[Sequence[str], Sequence[AirTime | None]]]) -> str:
    """Of who hears what when; ids of airings and schedules are left out, they differ between a preview and the deed."""
    facts = sorted((sorted(devices), sorted(_said(one) for one in rows if one)) for devices, rows in found)
    return hashlib.sha256(canonical(facts)).hexdigest()[:32]


def _said(one: AirTime) -> tuple[int, int, str, str]:
    return one.start, one.end, one.title, one.why


def fold(found: Iterable[Found]) -> tuple[Line, ...]:
    """Rows of several days and groups as lines."""
    lines: dict[tuple[_Said, tuple[date, ...]], list[Listeners]] = {}
    for listeners, rows in found:
        days: dict[_Said, list[date]] = {}
        for row in rows:
            days.setdefault(_change(row), []).append(_day(row))
        for said, on in days.items():
            lines.setdefault((said, tuple(sorted(set(on)))), []).append(listeners)
    made = (Line(*said, days=days, where=tuple(where)) for (said, days), where in lines.items())
    return tuple(sorted(made, key=lambda line: (line.days[0], _clock(line), line.title)))


def wished(rows: Sequence[Row]) -> tuple[Line, ...]:
    """What was wanted and is refused: the same lines, without places."""
    days: dict[_Said, list[date]] = {}
    for row in rows:
        days.setdefault(_change(row), []).append(_day(row))
    made = (Line(*said, days=tuple(sorted(set(on))), where=(), refused=True) for said, on in days.items())
    return tuple(sorted(made, key=lambda line: (line.days[0], _clock(line), line.title)))


def _clock(line: Line) -> str:
    return min((text for text in (line.was, line.becomes) if text != NOTHING), default="")


def _change(row: Row) -> _Said:
    """Title, was, becomes, why."""
    first = row.becomes or row.was
    assert first is not None
    was = _span(row.was) if row.was is not None and not row.was.silent else NOTHING
    if row.becomes is None or row.becomes.silent:
        return first.title, was, NOTHING, why(row.becomes)
    becomes = _span(row.becomes)
    if row.was is not None and _on(row.was) != _on(row.becomes):
        becomes += f", {words.weekday(_on(row.becomes))} {_on(row.becomes):%d/%m/%Y}"
    return first.title, was, becomes, ""


def why(one: AirTime | None) -> str:
    """Why it does not sound, in words; "" for what is not planned."""
    if one is None:
        return ""
    return f"nhường “{one.by}”" if one.by else _WHY.get(one.why, one.why)


def _span(one: AirTime) -> str:
    first, last = words.clock(from_ms(one.start)), words.clock(from_ms(one.end))
    return f"{first}–{last}" if first != last else first


def _day(row: Row) -> date:
    first = row.was or row.becomes
    assert first is not None
    return _on(first)


def _on(one: AirTime) -> date:
    return local(from_ms(one.start)).date()
