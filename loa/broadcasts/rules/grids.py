"""Khung phát mẫu: ready weeks as data (`broadcasts/data/grids.yaml`), and what they would be by the clock. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from pathlib import Path

import yaml

from loa.broadcasts.rules.rundowns import Kind, Over, Under

FILE = Path(__file__).parent.parent / "data" / "grids.yaml"


@dataclass(frozen=True, slots=True)
class GridItem:
    """One part of a session; see rules.rundowns."""

    kind: Kind
    title: str
    minutes: int
    over: Over
    under: Under


@dataclass(frozen=True, slots=True)
class GridSession:
    """One session of the week."""

    name: str
    starts: time
    minutes: int
    weekdays: tuple[int, ...]
    items: tuple[GridItem, ...]

    @property
    def rows(self) -> tuple[tuple[str, str, GridItem], ...]:
        """From, until and what, as the clock has it when everything keeps its minutes."""
        return tuple(self._rows())

    def _rows(self) -> Iterator[tuple[str, str, GridItem]]:
        at = 0
        for item in self.items:
            yield self._clock(at), self._clock(at + item.minutes), item
            at += item.minutes

    def _clock(self, after: int) -> str:
        hours, minutes = divmod(self.starts.hour * 60 + self.starts.minute + after, 60)
        return f"{hours % 24:02}:{minutes:02}"

    @property
    def ends(self) -> str:
        """ "06:15"."""
        return self._clock(self.minutes)


@dataclass(frozen=True, slots=True)
class Grid:
    """A ready week."""

    key: str
    name: str
    hint: str
    sessions: tuple[GridSession, ...]


@lru_cache(maxsize=1)
def grids() -> tuple[Grid, ...]:
    """All of them, in the order of the file."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(Grid(row["key"], row["name"], row["hint"], tuple(map(_session, row["sessions"]))) for row in rows)


def _session(row: dict[str, object]) -> GridSession:
    items, days = row["items"], row["weekdays"]
    assert isinstance(items, list)
    assert isinstance(days, list)
    starts, minutes = time.fromisoformat(str(row["starts"])), int(str(row["minutes"]))
    return GridSession(str(row["name"]), starts, minutes, tuple(days), tuple(map(_item, items)))


def _item(row: dict[str, object]) -> GridItem:
    over, under = Over(str(row.get("over", "push"))), Under(str(row.get("under", "early")))
    return GridItem(Kind(str(row["kind"])), str(row["title"]), int(str(row["minutes"])), over, under)


def grid(key: str) -> Grid | None:
    """One of them."""
    return next((one for one in grids() if one.key == key), None)
