"""The languages of a bulletin and its readings, laid in a row: the parts of an airing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from devicelink.messages import Part

from loa.areas.languages import FIRST

BETWEEN_READINGS_MS = 2_000
AROUND_A_LINK_MS = BETWEEN_READINGS_MS // 2


@dataclass(frozen=True, slots=True)
class Spoken:
    """One language of a bulletin; `duration` in ms."""

    language: str
    sha256: str
    size: int
    duration: int


def aired(spoken: Sequence[Spoken], order: Sequence[str]) -> tuple[Spoken, ...]:
    """The languages that air where `order` is aired (none: Vietnamese first, then all there is), no sound twice.

    If the area airs none of them, the main one airs: who cannot be told in their language is told all the same.
    """
    if not order:
        found = sorted(spoken, key=lambda one: one.language != FIRST)
    else:
        found = [one for code in order for one in spoken if one.language == code] or list(spoken[:1])
    return tuple({one.sha256: one for one in reversed(found)}.values())[::-1]


def row_of(spoken: Sequence[Spoken], readings: int = 1, link: Spoken | None = None) -> tuple[tuple[Part, ...], int]:
    """The parts of an airing and its length (ms): one language after the other, and the row again for each further
    reading. A short silence stands between any two; where `link` ("Xin nhắc lại") is said, half of it on either side.
    """
    row: list[tuple[Spoken, int]] = []
    for reading in range(readings):
        linked = reading > 0 and link is not None
        if linked and link is not None:
            row.append((link, AROUND_A_LINK_MS))
        for at, one in enumerate(spoken):
            row.append((one, AROUND_A_LINK_MS if linked and not at else BETWEEN_READINGS_MS if row else 0))
    parts = tuple(Part(sha256=one.sha256, gap=gap) for one, gap in row)
    return parts, sum(one.duration + gap for one, gap in row)
