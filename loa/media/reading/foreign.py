"""Words of a language for which there are no rules of reading: said as they are written, and what of them a voice may
say wrongly. Pure.
"""

import re
from collections.abc import Iterator

from loa.media.reading.clean.text import clean
from loa.media.reading.read import Reading

_WORD = re.compile(r"\S+")
_EDGE = ".,;:!?…()[]{}“”\"'‘’«»-–—"
_SIGNS = frozenset("%&@+=/°€$₫#")


def as_written(text: str) -> Reading:
    """Without what nobody can say, else letter by letter as it stands there."""
    cleaned = clean(text)
    return Reading(cleaned.text, (), cleaned.dropped)


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
