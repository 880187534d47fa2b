"""Who sounded: one word for each loudspeaker over everything it was to play, and the sums of them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """How a loudspeaker stands, the one that needs a person first."""

    SILENT = "silent"
    UNKNOWN = "unknown"
    PARTIAL = "partial"
    ON_AIR = "on_air"
    SO_FAR = "so_far"
    COMING = "coming"
    PROVED = "proved"

    @property
    def label(self) -> str:
        """As people read it."""
        return _WORDS[self.value][0]

    @property
    def kind(self) -> str:
        """How it looks."""
        return _WORDS[self.value][1]


_WORDS = {
    "silent": ("Không phát", "person"),
    "unknown": ("Chưa rõ, loa chưa báo", "person"),
    "partial": ("Phát một phần", "person"),
    "on_air": ("Đang phát", "live"),
    "so_far": ("Đã phát đủ đến lúc này", "ok"),
    "coming": ("Sắp phát", "next"),
    "proved": ("Đã phát đủ", "ok"),
}
ORDER = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Word:
    """What one loudspeaker says of one airing: played | cut | skipped, "" for nothing."""

    outcome: str
    starts: datetime
    ends: datetime


def standing(words: Sequence[Word], now: datetime) -> Standing:
    """Of all that it was to play. What it swore counts, also before the airing was to be over."""
    said = [one for one in words if one.outcome or one.ends <= now]
    open_ones = [one for one in words if not one.outcome and now < one.ends]
    running = any(one.starts <= now for one in open_ones)
    if not said:
        return Standing.ON_AIR if running else Standing.COMING
    outcomes = {one.outcome for one in said}
    if outcomes == {"played"}:
        if running:
            return Standing.ON_AIR
        return Standing.SO_FAR if open_ones else Standing.PROVED
    if outcomes & {"played", "cut"}:
        return Standing.PARTIAL
    return Standing.UNKNOWN if "" in outcomes else Standing.SILENT


@dataclass(frozen=True, slots=True)
class Count:
    """Loudspeakers: expected, and how they stand."""

    expected: int
    by: tuple[tuple[Standing, int], ...]

    def of(self, standing: Standing) -> int:
        """How many stand so."""
        return dict(self.by).get(standing, 0)


def count(found: Iterable[Standing]) -> Count:
    """The sums, those that there are, in the order of `ORDER`."""
    listed = list(found)
    return Count(len(listed), tuple((one, listed.count(one)) for one in ORDER if one in listed))
