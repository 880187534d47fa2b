"""Words of a language for which there are no rules of reading: what a voice may say wrongly. Pure."""

import re
from collections.abc import Iterator

_WORD = re.compile(r"\S+")
_EDGE = ".,;:!?…()[]{}“”\"'‘’«»-–—"
_SIGNS = frozenset("%&@+=/°€$₫#")


def unread(text: str) -> tuple[str, ...]:
    """Figures, signs and short forms, each once, in their order; a line in capitals is a heading and no short form."""
    return tuple(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[str]:
    for line in text.splitlines():
        heading = line.isupper() and len(line.split()) > 2
        for match in _WORD.finditer(line):
            word = match[0].strip(_EDGE)
            short = word.isupper() and len(word) > 1 and not heading
            if short or any(letter.isdigit() or letter in _SIGNS for letter in word):
                yield word
