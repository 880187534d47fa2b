"""Which of several readings a written form has, by the words around it.

A sense is one line of words/*.yaml: the reading, then what has to stand `<` before it, `>` after it, or `~` anywhere
near it on the same line; several conditions hold together.

    Tây Nam < gió|hướng          tai nạn < vụ|gây > giao thông          môi trường ~ rác|ô nhiễm

A reading that ends in "?" is taken there, and asked about. The alternatives are regular expressions of whole words, in
which upper case does not count and in which

    9   is a figure         Aa  a word with one capital, at its beginning
    *   any end of a word   AA  a word in capitals
"""

import re
from dataclasses import dataclass
from functools import cache

from loa.media.reading.capitals import CAPITALS

_PART = re.compile(r"\s([<>~]) ")
_SHORTHAND = re.compile(r"(?<!\w)(?:9|Aa|AA)(?!\w)|\*(?=\||\)|$)")
_CAPITAL = f"(?-i:[A-ZĐ{CAPITALS}])"
_MEANT = {"Aa": rf"{_CAPITAL}(?!{_CAPITAL})\w*", "AA": rf"{_CAPITAL}{{2,}}", "*": r"\w*"}
_AMOUNT = r"\d[\d.,]*"  # a figure, and nothing that goes on with letters
_BEGUN = r"\d[\w.,/]*"  # a figure with whatever hangs on it: 15/8, 7h30, 200m
_BESIDE = 60
_NEAR = 160


@dataclass(frozen=True, slots=True)
class Sense:
    """One reading of an ambiguous form, and what its neighbours are then, in the words of words/*.yaml."""

    spoken: str
    before: str = ""
    after: str = ""
    near: str = ""
    sure: bool = True

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether the neighbours of `text[start:end]` ask for this reading; only the same line counts."""
        line = text.rfind("\n", 0, start) + 1
        if self.before and not _before(self.before).search(_cut(text, line, start)):
            return False
        tail = text[end : end + _NEAR].split("\n", 1)[0]
        if self.after and not _after(self.after).match(tail[:_BESIDE]):
            return False
        return not self.near or any(map(_near(self.near).search, (text[max(line, start - _NEAR) : start], tail)))


def sense(line: str) -> Sense:
    """A Sense from its line."""
    spoken, *rest = _PART.split(line)
    given = dict(zip(rest[::2], rest[1::2], strict=True))
    before, after, near = (given.get(sign, "").strip() for sign in "<>~")
    return Sense(spoken.strip().removesuffix("?"), before, after, near, not spoken.strip().endswith("?"))


def _cut(text: str, line: int, start: int) -> str:
    """What stands before; a sign that is no word takes the place of what is left out, so that ^ stays the beginning."""
    return text[line:start] if start - line <= _BESIDE else "…" + text[start - _BESIDE : start]


@cache
def _before(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_spelt_out(alternatives, _AMOUNT)}) ?[:(“\"]? ?$", re.IGNORECASE)


@cache
def _after(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf" ?[)”\"]? ?(?:{_spelt_out(alternatives, _BEGUN)})(?!\w)", re.IGNORECASE)


@cache
def _near(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_spelt_out(alternatives, _AMOUNT)})(?!\w)", re.IGNORECASE)


def _spelt_out(alternatives: str, figure: str) -> str:
    return _SHORTHAND.sub(lambda found: _MEANT.get(found[0], figure), alternatives)
