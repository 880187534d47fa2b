"""Which languages an area airs, in which order: dated, inherited; the nearest area that has said so decides. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from loa.areas.rules import lineage

FIRST = "vi"


@dataclass(frozen=True, slots=True)
class Order:
    """The languages (codes) of an area from `starts` to `ends` (last day; None = open). Later written ones come later
    in a list of them."""

    path: str
    starts: date
    ends: date | None
    languages: tuple[str, ...]

    def holds(self, day: date) -> bool:
        """Whether it is in force."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders of many areas, in the order of `starts`."""

    _by_path: dict[str, list[Order]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Order]) -> "Orders":
        """From rows as they are kept."""
        found: dict[str, list[Order]] = {}
        for row in rows:
            found.setdefault(row.path, []).append(row)
        return cls(found)

    def on(self, path: str, day: date) -> tuple[str, ...]:
        """What the area airs on the day; () where nobody has said so: Vietnamese first, then all there is."""
        row = self.row(path, day)
        return row.languages if row else ()

    def row(self, path: str, day: date) -> Order | None:
        """The one that holds in the area on the day, its own or that of the nearest area above."""
        for above in reversed(lineage(path)):
            held = [row for row in self._by_path.get(above, ()) if row.holds(day)]
            if held:
                return held[-1]
        return None

    def since(self, path: str, day: date) -> set[tuple[str, ...]]:
        """Every one that holds in the area on the day or later."""
        rows = [row for above in lineage(path) for row in self._by_path.get(above, ())]
        turns = {turn for row in rows for turn in (row.starts, row.ends and row.ends + timedelta(days=1)) if turn}
        return {self.on(path, turn) for turn in {day, *(turn for turn in turns if turn > day)}}
