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


_BEFORE_MARK = re.compile(r" +(?=[,.;:!?…)”»])")
_AFTER_OPEN = re.compile(r"(?<=[(“«]) +")
_COMMAS = re.compile(r",(?: ?,)+")
_COMMA_AFTER = re.compile(r"(?<=[:;.!?…]) ?,")
_COMMA_BEFORE = re.compile(r"[,;:]+ ?(?=[.!?…;:])")
_EDGE_COMMA = re.compile(r"^[ ,;]+|[ ,]+$")
_EMPTY = re.compile(r"\([ ,.;:]{0,9}\)")
_SPACES = re.compile(r" {2,}")


def put_together(text: str, changes: list[Raw]) -> str:
    """The spoken text: words parted by spaces, marks where they were, one space, no empty brackets."""
    parts: list[str] = []
    at = 0
    for change in changes:
        parts += [text[at : change.start], _apart(text, change)]
        at = change.end
    joined = "".join([*parts, text[at:]])
    return "\n".join(_tidy(line) for line in joined.split("\n")).strip()


def _apart(text: str, change: Raw) -> str:
    left = " " if change.start > 0 and (text[change.start - 1].isalnum() or text[change.start - 1] in ".,;:!?") else ""
    right = " " if change.end < len(text) and text[change.end].isalnum() else ""
    if change.spoken[:1] in (",", "."):
        left = ""
    return f"{left}{change.spoken}{right or ('' if change.spoken else left)}"


def _tidy(line: str) -> str:
    line = _SPACES.sub(" ", _EMPTY.sub(" ", line))
    line = _AFTER_OPEN.sub("", _BEFORE_MARK.sub("", line))
    line = _COMMA_BEFORE.sub("", _COMMA_AFTER.sub("", _COMMAS.sub(",", line)))
    return _EDGE_COMMA.sub("", line).strip()


def in_given(text: str, cleaned: Cleaned, raw: list[Raw]) -> list[Spot]:
    """Places of the given text, in order, without overlaps; what cleaning did outside of them is among them."""
    spots: list[Spot] = []
    for change in raw:
        start, end = cleaned.starts[change.start], cleaned.ends[change.end - 1]
        if spots and start < spots[-1].end:  # two from one character, such as a squared unit
            last = spots.pop()
            spoken = f"{last.spoken} {change.spoken}".strip()
            end = max(end, last.end)
            spots.append(Spot(last.start, end, text[last.start : end], spoken, last.rule, last.sure and change.sure))
        else:
            spots.append(Spot(start, end, text[start:end], change.spoken, change.rule, change.sure))
    return sorted([*spots, *_outside(cleaned.dropped, spots)])


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
