"""Spoken text -> the sentences that are spoken one by one, each with the pause a reader makes behind it. Pure.

A line without a mark at its end is a heading or an item of a list: it is followed by a longer rest than a sentence. An
empty line ends a paragraph.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SENTENCE_MS, CLAUSE_MS, LINE_MS, HEADING_MS, PARAGRAPH_MS, BREATH_MS = 450, 300, 550, 800, 750, 150
PAUSE_MS = {".": SENTENCE_MS, "!": SENTENCE_MS, "?": SENTENCE_MS, "…": SENTENCE_MS, ";": CLAUSE_MS, ":": CLAUSE_MS}
MOST_CHARACTERS = 400  # a sentence without an end would tire the voice, and whoever must hear it in one piece
_END = re.compile(r"[.!?…;:]+[\"'”’»)\]]*(?=\s|$)")
_BREATH = re.compile(r"[,–—-]\s|\s(?=(?:và|hoặc|nhưng|để|vì|do|thì|mà|các|những)\s)")
_ITEM = re.compile(r"\s*(?:[-–—*•+]|\(?\w{1,3}[.)])\s")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is spoken in one piece; `pause_ms` is the rest behind it at the normal length of pauses."""

    text: str
    pause_ms: int


def sentences(text: str) -> list[Sentence]:
    """The pieces in order; what has no letter or digit is left out, its rest goes to the piece before it."""
    found: list[Sentence] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        behind = next((one for one in lines[number + 1 :]), None)
        for piece, pause in _of_line(line, paragraph=behind is not None and not behind.strip(), last=behind is None):
            found += [Sentence(part, rest) for part, rest in _bounded(piece, pause)]
    return found


def _of_line(line: str, *, paragraph: bool, last: bool) -> Iterator[tuple[str, int]]:
    pieces = [piece for piece in _cut(line) if any(character.isalnum() for character in piece)]
    for at, piece in enumerate(pieces):
        mark = piece.rstrip("\"'”’»)]")[-1:]
        pause = PAUSE_MS.get(mark, 0)
        if at == len(pieces) - 1 and not last:
            pause = max(pause, _behind_line(line, mark, paragraph=paragraph))
        yield piece, pause


def _cut(line: str) -> Iterator[str]:
    start = 0
    for end in [*(match.end() for match in _END.finditer(line)), len(line)]:
        yield line[start:end].strip()
        start = end


def _behind_line(line: str, mark: str, *, paragraph: bool) -> int:
    if mark in PAUSE_MS:
        return PARAGRAPH_MS if paragraph else LINE_MS
    if _ITEM.match(line):
        return PARAGRAPH_MS if paragraph else LINE_MS
    return HEADING_MS if mark != "," else LINE_MS


def _bounded(piece: str, pause: int) -> Iterator[tuple[str, int]]:
    """A piece that is too long is parted where one may breathe: behind a comma, before a joining word, at any space."""
    while len(piece) > MOST_CHARACTERS:
        window = piece[: MOST_CHARACTERS + 1]
        breaths = [match.end() for match in _BREATH.finditer(window) if match.end() > MOST_CHARACTERS // 3]
        at = breaths[-1] if breaths else window.rfind(" ") + 1 or MOST_CHARACTERS
        yield piece[:at].strip(), BREATH_MS
        piece = piece[at:].strip()
    if piece:
        yield piece, pause
