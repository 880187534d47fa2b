"""What comes in before reading: a text from Word, a web page or a telephone -> plain characters that can be spoken.

Pure and linear. Spaces, line ends, kinds of hyphen and the composition of letters are put right without a word; what is
dropped or replaced otherwise is told as findings. Old and new places of tone marks (hoà, hòa) are both right and stay.
"""

import re
from dataclasses import dataclass

from loa.media.reading.clean.characters import in_plain_letters, without_hidden, without_pictures
from loa.media.reading.clean.html import without_html
from loa.media.reading.clean.legacy import is_legacy
from loa.media.reading.clean.source import Finding, Source

_MARKS = re.compile(r"([!?])[!?]{1,60}")
_DOTS = re.compile(r"(?:\.{4,}|…{2,}|(?:\. ){4,}\.?|…\.+|\.+…)[.… ]{0,400}")
_FILLER = re.compile(r"¹+|_{2,}|-{3,}|={3,}|\*{2,}|~{2,}|#{2,}|–{2,}|—{2,}|\^+")
_BARS = re.compile(r" ?\|[| ]*")
_LOOSE_MARK = re.compile("(?:^|(?<=[\\s\\d]))[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]{1,}|[\u0300-\u036f]{3,}")
_ROW = re.compile(r" {2,}")
_LINE_EDGES = re.compile(r" +\n| *\n +|\n{3,}")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`text[i]` stands for `given[starts[i]:ends[i]]`; `dropped` in order of the text as given."""

    text: str
    dropped: tuple[Finding, ...]
    starts: list[int]
    ends: list[int]


def clean(text: str) -> Cleaned:
    """See the module. Takes any text; never raises."""
    found: list[Finding] = []
    source = without_html(Source.of(text), found)
    source = without_hidden(source, found).composed()
    source = in_plain_letters(source, found)
    source = without_pictures(source, found)
    source = _plain_marks(source, found)
    source = source.sub(_ROW, " ", "", found)
    source = source.sub(_LINE_EDGES, lambda match: "\n\n" if match[0].count("\n") > 1 else "\n", "", found)
    if is_legacy(source.text):
        found.append(Finding(0, len(text), text, "legacy_encoding", text))
    dropped = sorted(found, key=lambda finding: (finding.start, finding.end))
    return Cleaned(source.text, tuple(dropped), source.starts, source.ends)


def _plain_marks(source: Source, found: list[Finding]) -> Source:
    source = source.sub(_LOOSE_MARK, "", "combining", found)
    source = source.sub(_MARKS, lambda match: match[1], "repeated", found)
    source = source.sub(_DOTS, _leader, "filler", found)
    source = source.sub(_FILLER, " ", "filler", found)
    return source.sub(_BARS, ", ", "filler", found)


def _leader(match: re.Match[str]) -> str:
    """A row of dots is a blank to be filled in; at the end of a line it trails off."""
    rest = match.string[match.end() : match.end() + 1]
    return "…" if not rest or rest == "\n" else " "
