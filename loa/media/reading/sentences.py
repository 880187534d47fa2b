"""The words that a change puts at the beginning of a sentence begin with a capital, as what they stand for did."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from loa.media.reading.changes import Raw

_BEFORE = " \t\"“”'‘’«»([*•·●"
_ENDS = ".!?…"
# Not the end of a sentence: the initial of a name, "Q.", "TP.", "v.v."
_SHORT = re.compile(r"(?<!\w)(?:[^\W\d_]|[A-ZĐ]{2,3}|[^\W\d_](?:\.[^\W\d_])+)\.$")


def begun(text: str, changes: Iterable[Raw]) -> Iterator[Raw]:
    """`changes`, which are in order, with capitals where a sentence begins with one of them.

    A text that is nothing but one short form ("7h30") is no sentence.
    """
    silent_to = -1
    for change in changes:
        if not change.spoken:
            opens = change.start == silent_to or _opens(text, change.start)
            silent_to = change.end if opens else silent_to
            yield change
            continue
        capital = (text[change.start].isupper() or text[change.start].isdigit()) and not _is_all(text, change)
        begins = (
            capital and change.spoken[0].islower() and (_opens(text, change.start) or _after(text, silent_to, change))
        )
        yield replace(change, spoken=change.spoken[0].upper() + change.spoken[1:]) if begins else change


def _is_all(text: str, change: Raw) -> bool:
    return change.end - change.start == len(text.strip())


def _after(text: str, silent_to: int, change: Raw) -> bool:
    """Whether nothing but blanks stands between the mark of a list and the change."""
    return 0 <= silent_to <= change.start and not text[silent_to : change.start].strip(_BEFORE)


def _opens(text: str, at: int) -> bool:
    line = text.rfind("\n", max(0, at - 40), at) + 1 or max(0, at - 40)
    head = text[line:at].rstrip(_BEFORE)
    if not head.strip(",; "):
        return line == 0 or text[line - 1] == "\n"
    return head[-1] in _ENDS and text[line + len(head)] in _BEFORE and not _SHORT.search(head)
