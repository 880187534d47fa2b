"""What changed between two versions, word by word, for the page of the approver. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORD = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


def words(old: str, new: str) -> list[Piece]:
    """The pieces that turn `old` into `new`; what went stands before what came."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    pieces: list[Piece] = []
    for _, a1, a2, b1, b2 in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if before[a1:a2] == after[b1:b2]:
            pieces.append(Piece("same", "".join(after[b1:b2])))
            continue
        pieces += [Piece("gone", "".join(before[a1:a2]))] if a2 > a1 else []
        pieces += [Piece("new", "".join(after[b1:b2]))] if b2 > b1 else []
    return pieces
