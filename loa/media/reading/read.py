"""A notice as it is written -> as it is read aloud, with every place that changed and whether the reading is certain.

Deterministic and without time or network. Our own rules come first; plain words stay as they are, letters, case and
punctuation included; what is left (numbers with units, symbols, unknown abbreviations) is read by sea-g2p piece by
piece, since over whole sentences it loses capitals, full stops after a single letter and "8h-11h".
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sea_g2p import Normalizer

from loa.media.reading import numbers
from loa.media.reading.lexicon import Lexicon, national
from loa.media.reading.patterns import RULES


@dataclass(frozen=True, slots=True)
class Change:
    """`text[start:end]` (of the NFC form) is read as `spoken`, by `rule`; if not `sure`, a person should listen."""

    start: int
    end: int
    written: str
    spoken: str
    rule: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole text as it will be spoken, and where it differs from what is written, in order."""

    spoken: str
    changes: tuple[Change, ...]

    @property
    def unsure(self) -> tuple[Change, ...]:
        """The places to listen to."""
        return tuple(change for change in self.changes if not change.sure)


UNITS = "m|m2|m²|m3|m³|km|km2|km²|cm|mm|ha|g|kg|mg|l|ml|°C|kW|km/h|m/s|%|đ|đồng|VNĐ|VND|tấn|tạ|lít|triệu|tỷ|nghìn"
# Units that the library does not know, or reads letter by letter.
OWN_UNITS = {
    "km/h": "ki lô mét mỗi giờ",
    "m/s": "mét mỗi giây",
    "oC": "độ xê",
    "ºC": "độ xê",
    "V": "vôn",
    "kV": "ki lô vôn",
    "W": "oát",
    "Hz": "héc",
    "µg": "mic rô gam",
    "μg": "mic rô gam",
    "VNĐ": "đồng",
    "VND": "đồng",
}
_UNIT = "|".join(sorted({*UNITS.split("|"), *OWN_UNITS}, key=len, reverse=True))
_NUMBER = rf"[+-]?\d[\d.,]*%?(?:\s?[-–]\s?\d[\d.,]*)?(?:\s?(?:{_UNIT})(?![\w²³]))?"
_FIGURE = re.compile(rf"(?<![\w])(?:{_NUMBER})(?<![.,])(?![\w])")
_OWN_UNIT = re.compile(rf"(?<=[\d\s])(?:{'|'.join(sorted(OWN_UNITS, key=len, reverse=True))})$")
_RANGE = re.compile(r"(?<=[\d%])\s?[-–]\s?(?=\d)")
# 31.5 m is written as on a pocket calculator; 1.500 m has thousands.
_POINT = re.compile(rf"(?<![\d.,])(\d+)\.(\d\d?)(?=\s?(?:[-–%]|{_UNIT}))")
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_EDGE = ".,;:!?…()[]{}\"'“”‘’«»-–—*"
_SILENT = {"-": ",", "–": ",", "—": ",", "*": "", "•": ""}
# A syllable: onset, vowels, coda. What is all capitals and no syllable is an abbreviation.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?[aăâeêioôơuưy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)


def read(text: str, lexicon: Lexicon | None = None) -> Reading:
    """See the module. Raises nothing: what nobody can read stays and is marked as unsure.

    `lexicon`: the national list unless given; see Lexicon.with_entries.
    """
    text = unicodedata.normalize("NFC", text)
    changes = sorted(_by_rules(text, [*_own(text, lexicon or national())]), key=lambda change: change.start)
    changes = sorted([*changes, *_remainder(text, changes)], key=lambda change: change.start)
    return Reading(_spoken(text, changes), tuple(change for change in changes if change.spoken != change.written))


def corrected(text: str, own: Mapping[str, str], lexicon: Lexicon | None = None) -> Reading:
    """As `read`, with the places whose written form is in `own` read as a person said; those are certain then."""
    text = unicodedata.normalize("NFC", text)
    changes = [
        replace(change, spoken=own[change.written].strip(), sure=True)
        if own.get(change.written, "").strip()
        else change
        for change in read(text, lexicon).changes
    ]
    return Reading(_spoken(text, changes), tuple(changes))


def _own(text: str, lexicon: Lexicon) -> Iterator[Change]:
    for place in lexicon.places(text) if lexicon.own else ():
        if place.own:
            spoken, sure = place.entry.say(text, place.start, place.end)
            yield Change(place.start, place.end, text[place.start : place.end], spoken, "lexicon", sure)


def _by_rules(text: str, taken: list[Change]) -> list[Change]:
    for rule in RULES:
        for match in rule.pattern.finditer(text):
            said = rule.say(match) if _free(match, taken) else None
            if said:
                taken.append(Change(match.start(), match.end(), match[0], said[0], rule.name, said[1]))
    return taken


def _free(match: "re.Match[str]", taken: list[Change]) -> bool:
    return match.end() > match.start() and all(match.end() <= c.start or match.start() >= c.end for c in taken)


def _remainder(text: str, changes: list[Change]) -> list[Change]:
    found: list[Change] = []
    at = 0
    for start, end in [*((c.start, c.end) for c in changes), (len(text), len(text))]:
        found += _figures_and_words(text, at, start)
        at = end
    return found


def _figures_and_words(text: str, start: int, end: int) -> list[Change]:
    found: list[Change] = []
    at = start
    for figure in [*_FIGURE.finditer(text, start, end), None]:
        stop = figure.start() if figure else end
        found += [c for token in _TOKEN.finditer(text, at, stop) if (c := _token(text, token.start(), token.end()))]
        if figure:
            found.append(_figure(figure))
            at = figure.end()
    return found


def _figure(match: "re.Match[str]") -> Change:
    written = _POINT.sub(r"\1,\2", match[0])
    unit = _OWN_UNIT.search(written)
    halves = _RANGE.split(written[: unit.start()].rstrip() if unit else written)
    read_halves = [_by_library(half) for half in halves]
    spoken, whole = " đến ".join(half for half, _ in read_halves), all(whole for _, whole in read_halves)
    spoken = f"{spoken} {OWN_UNITS[unit[0]]}" if unit else spoken
    return Change(match.start(), match.end(), match[0], spoken, "number", whole)


def _token(text: str, start: int, end: int) -> Change | None:
    while start < end and text[start] in _EDGE and text[start:end] not in _SILENT:
        start += 1
    while end > start and text[end - 1] in _EDGE and text[start:end] not in _SILENT:
        end -= 1
    written = text[start:end]
    if not written or _plain(written):
        return None
    if written in _SILENT:
        return Change(start, end, written, _SILENT[written], "punctuation", True)
    if _abbreviation(written):
        return Change(start, end, written, numbers.letters(written), "letters", False)
    if not any(character.isalnum() for character in written):
        return Change(start, end, written, "", "symbol", False)
    spoken, _ = _by_library(written)
    return Change(start, end, written, spoken or written, "library", False)


def _plain(token: str) -> bool:
    """Words, also several joined by dashes or apostrophes, none of them an abbreviation in capitals."""
    return bool(_WORD.fullmatch(token)) and not any(_abbreviation(part) for part in re.split(r"['’\-]", token))


def _abbreviation(word: str) -> bool:
    return len(word) > 1 and word.isalpha() and word.isupper() and not _SYLLABLE.fullmatch(_bare(word))


def _bare(word: str) -> str:
    """Lower case without tone marks, the vowels' own marks kept: "KHẨN" -> "khân"."""
    tones = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
    kept = (mark for mark in unicodedata.normalize("NFD", word.lower()) if mark not in tones)
    return unicodedata.normalize("NFC", "".join(kept))


@lru_cache(maxsize=1)
def _normalizer() -> Normalizer:
    return Normalizer(lang="vi")


def _by_library(written: str) -> tuple[str, bool]:
    """sea-g2p's reading, and whether all of it was read: words only, nothing dropped."""
    spoken = re.sub(r"</?en>", "", str(_normalizer().normalize(written))).strip(" .,")
    whole = bool(spoken) and not re.search(r"[^\w\s,]|\d", spoken) and not _normalizer().audit(written)
    return " ".join(spoken.split()), whole


def _spoken(text: str, changes: list[Change]) -> str:
    parts: list[str] = []
    at = 0
    for change in changes:
        parts += [text[at : change.start], f" {change.spoken} "]
        at = change.end
    joined = "".join([*parts, text[at:]])
    lines = (re.sub(r"\s+([,.;:!?…)])", r"\1", " ".join(line.split())) for line in joined.split("\n"))
    return "\n".join(re.sub(r"([(\[“\"])\s+", r"\1", line) for line in lines).strip()
