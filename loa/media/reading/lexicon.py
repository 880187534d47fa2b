"""Words that are read otherwise than they are written: the national list, and what a province and a commune add to it.

    lexicon = national().with_entries(entries_of_the_province).with_entries(entries_of_the_commune)
    read(text, lexicon)

Pure and immutable. A later layer wins over an earlier one, also over the rules; at one place the longest
written form wins.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from loa.media.reading.numbers import toneless
from loa.media.reading.senses import Sense, sense
from loa.media.reading.syllables import is_syllable

WORDS = Path(__file__).with_name("words")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Entry:
    """`written` is read as `spoken`. A whole word or several; upper and lower case count, unless `written` is all
    lower case. `sure` False: people read it in several ways, so somebody should listen. `source`: where the expansion
    is spelt out."""

    written: str
    spoken: str
    sure: bool = True
    source: str = ""
    senses: tuple[Sense, ...] = ()

    def __post_init__(self) -> None:
        for name in ("written", "spoken"):
            tidy = _SPACES.sub(" ", unicodedata.normalize("NFC", getattr(self, name))).strip()
            object.__setattr__(self, name, tidy)
        if not self.written:
            raise ValueError("an entry without a written form")

    @property
    def any_case(self) -> bool:
        """Whether it is found in capitals too."""
        return self.written == self.written.lower()

    @property
    def has_figures(self) -> bool:
        """Whether rules for figures would take it apart."""
        return any(map(str.isdecimal, self.written))

    def fits(self, text: str, start: int, end: int) -> bool:
        """Whether its neighbours ask for one of several readings, or there is only one."""
        return not self.senses or any(one.fits(text, start, end) for one in self.senses)

    def say(self, text: str, start: int, end: int) -> tuple[str, bool]:
        """The words for it at this place of the text, and whether they are certain."""
        for one in self.senses:
            if one.fits(text, start, end):
                return one.spoken, one.sure
        return self.spoken, self.sure


@dataclass(frozen=True, slots=True)
class Place:
    """`text[start:end]` is what `entry` says; `own`: a province or a commune has said so."""

    start: int
    end: int
    entry: Entry
    own: bool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries by written form, each with its layer (0 national), and tables that rules use (see words/)."""

    entries: Mapping[str, Entry]
    layers: Mapping[str, int] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    roads: Mapping[str, str] = field(default_factory=dict)
    _by_token: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def with_entries(self, entries: Iterable[Entry]) -> "Lexicon":
        """A lexicon in which these entries win over all that is known so far; of two alike the later wins."""
        added = {entry.written: entry for entry in entries}
        if not added:
            return self
        layer = max(self.layers.values(), default=0) + 1
        layers = {**self.layers, **dict.fromkeys(added, layer)}
        by_token: dict[str, list[str]] = {}
        for written in added:
            by_token.setdefault(_first(written), []).append(written)
        merged = dict(self._by_token)
        for token, forms in by_token.items():
            merged[token] = _ordered({*forms, *merged.get(token, ())}, layers)
        return Lexicon({**self.entries, **added}, layers, self.documents, self.roads, merged)

    @property
    def own(self) -> bool:
        """Whether somebody has added to the national list."""
        return bool(self.layers)

    def places(self, text: str) -> Iterator[Place]:
        """Where entries stand in `text` as whole words, from left to right, without overlaps."""
        at = 0
        for token in _TOKEN.finditer(text):
            if token.start() < at:
                continue
            for written in self._by_token.get(token[0].lower(), ()):
                end = token.start() + len(written)
                if self._stands(written, text, token.start(), end):
                    yield Place(token.start(), end, self.entries[written], self.layers.get(written, 0) > 0)
                    at = end
                    break

    def _stands(self, written: str, text: str, start: int, end: int) -> bool:
        found = text[start:end]
        if found != written and not self._alike(written, found):
            return False
        if written.endswith(".") and not self.entries[written].fits(text, start, end):
            return False
        return not (_inside(text, start) or _inside(text, end))

    def _alike(self, written: str, found: str) -> bool:
        """Small letters in capitals; and of the national list the other way round, in hasty writing."""
        if self.entries[written].any_case:
            return found.lower() == written
        hasty = found.islower() and found.upper() == written and not self.layers.get(written)
        return hasty and self.entries[written].sure and _no_word(found)


def _inside(text: str, at: int) -> bool:
    """Whether a word goes on across this place."""
    return 0 < at < len(text) and _wordlike(text[at - 1]) and _wordlike(text[at])


@lru_cache(maxsize=1024)
def _no_word(found: str) -> bool:
    """Whether small letters are more than two and no syllable: bhyt, csgt; not can, tan, dt."""
    return len(found) > 2 and found.isalpha() and not is_syllable(toneless(found))


def _wordlike(character: str) -> bool:
    return character.isalnum() or character == "_"


def _first(written: str) -> str:
    found = _TOKEN.search(written)
    return found[0].lower() if found else written


def _ordered(forms: Iterable[str], layers: Mapping[str, int]) -> tuple[str, ...]:
    """Longest first; of one length the later layer, then the form that minds upper case."""
    return tuple(sorted(forms, key=lambda form: (-len(form), -layers.get(form, 0), form == form.lower(), form)))


@lru_cache(maxsize=1)
def national() -> Lexicon:
    """The list that is shipped."""
    files = [_loaded(path) for path in sorted(WORDS.glob("*.yaml"))]
    whole = Lexicon({}).with_entries(entry for file in files for group in file["groups"] for entry in _entries(group))
    tables: dict[str, dict[str, str]] = {"documents": {}, "roads": {}}
    for name, table in tables.items():
        for file in files:
            table.update(file.get(name, {}))
    return Lexicon(whole.entries, {}, tables["documents"], tables["roads"], whole._by_token)


def _loaded(path: Path) -> Mapping[str, Any]:
    with path.open(encoding="utf-8") as file:
        loaded: Mapping[str, Any] = yaml.load(file, Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one
    return loaded


def _entries(group: Mapping[str, Any]) -> Iterator[Entry]:
    """The words of one source: `sure` ones, `unsure` ones, and those of `several` meanings."""
    for kind in ("sure", "unsure"):
        for written, spoken in group.get(kind, {}).items():
            yield Entry(written, spoken, kind == "sure", group["source"])
    for forms, (first, *rest) in group.get("several", {}).items():
        spoken, sure = first.removesuffix("!"), first.endswith("!")
        for written in forms.split(" | "):
            yield Entry(written, spoken, sure, group["source"], tuple(map(sense, rest)))
