"""A text under repair that knows of each of its characters which part of the text as given it came from."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`text[start:end]` of the text as given is not spoken as it stands; `became` is what stands for it.

    Codes: html, zero_width, bidi, control, soft_hyphen, private_use, emoji, combining, repeated, filler, fancy_letters,
    look_alike, unpaired; legacy_encoding covers the whole text and drops nothing.
    """

    start: int
    end: int
    written: str
    code: str
    became: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """`text[i]` stands for `given[starts[i]:ends[i]]`."""

    given: str
    text: str
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, given: str) -> "Source":
        """Untouched."""
        return cls(given, given, list(range(len(given))), list(range(1, len(given) + 1)))

    def sub(
        self, pattern: re.Pattern[str], by: str | Callable[[re.Match[str]], str], code: str, found: list[Finding]
    ) -> "Source":
        """Replace what the pattern matches; with a code, what changed is added to `found`."""
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            new = by(match) if callable(by) else by
            if new == match[0] or match.start() == match.end():
                continue
            parts += [self.text[at : match.start()], new]
            starts += self.starts[at : match.start()]
            ends += self.ends[at : match.start()]
            first, last = self.starts[match.start()], self.ends[match.end() - 1]
            same = len(new) == len(match[0])
            starts += self.starts[match.start() : match.end()] if same else [first] * len(new)
            ends += self.ends[match.start() : match.end()] if same else [last] * len(new)
            at = match.end()
            if code:
                found.append(Finding(first, last, self.given[first:last], code, new))
        if not parts:
            return self
        text = "".join([*parts, self.text[at:]])
        return Source(self.given, text, starts + self.starts[at:], ends + self.ends[at:])

    def composed(self) -> "Source":
        """In NFC, cluster by cluster: a letter with the marks that follow it."""
        if unicodedata.is_normalized("NFC", self.text):
            return self
        return self.sub(_CLUSTER, lambda match: unicodedata.normalize("NFC", match[0]), "", [])


# A character and up to 16 marks behind it; the marks of all scripts that combine with what precedes.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    "\u0e31\u0e34-\u0e3a\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
)
_CLUSTER = re.compile(rf".[{_MARKS}]{{1,16}}|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[^\x00-\u02ff]", re.DOTALL)
