"""A notice as it is written -> as it is read aloud, with every place that changed and whether the reading is certain.

Deterministic and without time or network. The text is cleaned (clean/), then rules (rules/order.py) and words of the
lexicon take what is read otherwise than it is written; plain words stay as they are, letters, case and punctuation
included. What is left (unknown abbreviations, odd signs) is spelt, or read by sea-g2p, and marked for listening.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from loa.media.reading.changes import Raw, in_given, put_together
from loa.media.reading.clean.source import Finding
from loa.media.reading.clean.text import Cleaned, clean
from loa.media.reading.definitions import defined, in_words
from loa.media.reading.echoes import unechoed
from loa.media.reading.lexicon import Lexicon, Place, national
from loa.media.reading.remainder import is_word_among_capitals, remainder
from loa.media.reading.rules.base import Rule
from loa.media.reading.rules.order import EARLY, LATE
from loa.media.reading.sentences import begun

_NUMBERED = re.compile(r"[-–]\d")


@dataclass(frozen=True, slots=True)
class Change:
    """`text[start:end]`, of the text as given to `read`, is spoken as `spoken`, by `rule`.

    The coordinates are those of the given string itself, before any normalisation: a page may cut its text by them.
    `written` is that very slice. If not `sure`, a person should listen. Changes are in order and never overlap.
    """

    start: int
    end: int
    written: str
    spoken: str
    rule: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole text as it will be spoken, where it differs from what is written, and what cleaning has found."""

    spoken: str
    changes: tuple[Change, ...]
    found: tuple[Finding, ...] = ()

    @property
    def unsure(self) -> tuple[Change, ...]:
        """The places to listen to."""
        return tuple(change for change in self.changes if not change.sure)


def read(text: str, lexicon: Lexicon | None = None) -> Reading:
    """See the module. Raises nothing: what nobody can read is spelt or left out, and marked as unsure.

    `lexicon`: the national list unless given; see Lexicon.with_entries.
    """
    cleaned = clean(text)
    return _reading(text, cleaned, _raw(cleaned.text, lexicon or national()))


def corrected(text: str, own: Mapping[str, str], lexicon: Lexicon | None = None) -> Reading:
    """As `read`, with the places whose written form is in `own` read as a person said; those are certain then."""
    cleaned = clean(text)
    words = {unicodedata.normalize("NFC", written): _in_words(said) for written, said in own.items() if said.strip()}
    raw = []
    for change in _raw(cleaned.text, lexicon or national()):
        written = text[cleaned.starts[change.start] : cleaned.ends[change.end - 1]]
        said = words.get(unicodedata.normalize("NFC", written))
        raw.append(replace(change, spoken=said, sure=True) if said is not None else change)
    return _reading(text, cleaned, raw)


def _reading(text: str, cleaned: Cleaned, raw: list[Raw]) -> Reading:
    spoken = put_together(cleaned.text, raw)
    places = in_given(text, cleaned, raw)
    changes = tuple(Change(*place) for place in places if place.spoken != place.written or not place.sure)
    return Reading(spoken, changes, cleaned.dropped)


def _in_words(said: str) -> str:
    """What a person has typed as a reading may hold figures itself."""
    tidy = " ".join(said.split())
    if all(one.isalpha() or one in " ,.'-" for one in tidy):
        return tidy
    cleaned = clean(tidy).text
    return put_together(cleaned, _within(cleaned, national()))


def _raw(text: str, lexicon: Lexicon) -> list[Raw]:
    return list(begun(text, _within(text, lexicon)))


def _within(text: str, lexicon: Lexicon) -> list[Raw]:
    """The changes, as in the middle of a sentence."""
    taken = bytearray(len(text))
    raw: list[Raw] = []
    places = list(lexicon.places(text))
    raw += _words(text, _whole(text, [place for place in places if place.own]), taken)
    raw += _words(text, [place for place in places if place.entry.has_figures and not place.own], taken)
    raw += defined(text, lexicon, taken)
    for rule in EARLY:
        raw += _by_rule(text, rule, taken)
    raw += _words(text, places, taken)
    for rule in LATE:
        raw += _by_rule(text, rule, taken)
    raw = in_words(text, sorted(raw, key=lambda change: change.start))
    return sorted([*raw, *remainder(text, raw)], key=lambda change: change.start)


def _whole(text: str, own: list[Place]) -> list[Place]:
    """Without words that something longer is made of: UBND in 27/2026/QĐ-UBND, vn in an address, 5 in 5/9."""
    shapes = [0] * (len(text) + 1) if own else []
    untaken = bytearray(len(text))
    for number, shape in enumerate((raw for rule in EARLY for raw in _by_rule(text, rule, untaken)) if own else (), 1):
        shapes[shape.start : shape.end] = [number] * (shape.end - shape.start)
    return [place for place in own if not _is_part(text, place, shapes)]


def _is_part(text: str, place: Place, shapes: list[int]) -> bool:
    """Whether one shape goes on beside the word without a blank."""
    shape = shapes[place.start]
    if not shape or shapes[place.end - 1] != shape:
        return False
    before = place.start > 0 and shapes[place.start - 1] == shape and text[place.start - 1] != " "
    return before or (shapes[place.end] == shape and text[place.end] != " ")


def _words(text: str, places: Iterator[Place] | list[Place], taken: bytearray) -> Iterator[Raw]:
    for place in places:
        if taken.find(1, place.start, place.end) >= 0:
            continue
        if place.entry.written.isupper() and not place.own and is_word_among_capitals(text, place.start, place.end):
            continue
        if not place.own and _is_code(text, place):
            continue
        spoken, sure = place.entry.say(text, place.start, place.end)
        spoken = _in_words(spoken) if place.own else unechoed(text, place.start, place.end, spoken)
        taken[place.start : place.end] = b"\1" * (place.end - place.start)
        yield Raw(place.start, place.end, spoken + _full_stop(text, place), "lexicon", sure)


def _is_code(text: str, place: Place) -> bool:
    """PC-8,5 and M-400 are names of things."""
    written = place.entry.written
    return len(written) < 4 and written.isupper() and bool(_NUMBERED.match(text, place.end))


def _full_stop(text: str, place: Place) -> str:
    """ "v.v." at the end of a sentence holds its full stop."""
    following = text[place.end : place.end + 2].lstrip(" ")
    ends = not following or following[0] == "\n" or (place.entry.written == "v.v." and following[0].isupper())
    return "." if place.entry.written.endswith(".") and ends else ""


def _by_rule(text: str, rule: Rule, taken: bytearray) -> Iterator[Raw]:
    at = 0
    while match := rule.pattern.search(text, at):
        start, end = match.span()
        clash = taken.find(1, start, end)
        if start == end or clash >= 0:
            free = taken.find(0, start) if clash == start else start + 1
            at = max(free, start + 1) if free >= 0 else len(text) + 1
            continue
        said = rule.say(match)
        if said is None:
            at = start + 1
            continue
        found = match[0]
        at, start, end = end, start + len(found) - len(found.lstrip(" ")), start + len(found.rstrip(" "))
        taken[start:end] = b"\1" * (end - start)
        yield Raw(start, end, said[0].strip(), rule.name, said[1])
