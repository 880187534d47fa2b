"""From places in the cleaned text to one spoken text, and to places in the text as it was given."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from loa.media.reading.clean.source import Finding
from loa.media.reading.clean.text import Cleaned


@dataclass(frozen=True, slots=True)
class Raw:
    """As a Change, in coordinates of the cleaned text."""

    start: int
    end: int
    spoken: str
    rule: str
    sure: bool


class Spot(NamedTuple):
    """As a Change, in coordinates of the text as given."""

    start: int
    end: int
    written: str
    spoken: str
    rule: str
    sure: bool


_BEFORE_MARK = re.compile(r" +(?=[,.;:!?…])")
_COMMAS = re.compile(r",(?: ?,)+")
_COMMA_AFTER = re.compile(r"(?<=[:;.!?…]) ?,")
_COMMA_BEFORE = re.compile(r"[,;:]+ ?(?=[.!?…;:])")
_EDGE_COMMA = re.compile(r"^[ ,;]+|[ ,]+$")
_SPACES = re.compile(r" {2,}")


def put_together(text: str, changes: list[Raw]) -> str:
    """The spoken text: words parted by spaces, marks where they were, one space."""
    parts: list[str] = []
    at = 0
    for change in changes:
        _add(parts, text[at : change.start])
        _add(parts, change.spoken, drop=not change.spoken)
        at = change.end
    _add(parts, text[at:])
    return "\n".join(_tidy(line) for line in "".join(parts).split("\n")).strip()


def _add(parts: list[str], piece: str, *, drop: bool = False) -> None:
    """With a space where two words, or a mark and a word, would run together."""
    if drop:
        parts.append(" ")
    elif piece:
        last = parts[-1][-1] if parts else " "
        parts += [" ", piece] if piece[0].isalnum() and (last.isalnum() or last in ",.;:!?…") else [piece]


def _tidy(line: str) -> str:
    line = _BEFORE_MARK.sub("", _SPACES.sub(" ", line))
    line = _COMMA_BEFORE.sub("", _COMMA_AFTER.sub("", _COMMAS.sub(",", line)))
    return _EDGE_COMMA.sub("", line).strip()


def in_given(text: str, cleaned: Cleaned, raw: list[Raw]) -> list[Spot]:
    """Places of the given text, in order, without overlaps; what cleaning did outside of them is among them."""
    groups: list[list[Raw]] = []
    reached = 0
    for change in raw:
        if groups and cleaned.starts[change.start] < reached:  # two from one character, such as a squared unit
            groups[-1].append(change)
        else:
            groups.append([change])
        reached = max(reached, cleaned.ends[change.end - 1])
    spots = [_spot(text, cleaned, group) for group in groups]
    return sorted([*spots, *_outside(cleaned.dropped, spots)])


def _spot(text: str, cleaned: Cleaned, group: list[Raw]) -> Spot:
    start, end = cleaned.starts[group[0].start], max(cleaned.ends[one.end - 1] for one in group)
    spoken = " ".join(one.spoken for one in group if one.spoken)
    return Spot(start, end, text[start:end], spoken, group[0].rule, all(one.sure for one in group))


def _outside(findings: tuple[Finding, ...], spots: list[Spot]) -> Iterator[Spot]:
    at, reached = 0, 0
    for finding in findings:
        if finding.code == "legacy_encoding" or finding.start < reached:
            continue
        while at < len(spots) and spots[at].end <= finding.start:
            at += 1
        if at == len(spots) or finding.end <= spots[at].start:
            reached = finding.end
            yield Spot(finding.start, finding.end, finding.written, finding.became, finding.code, True)
