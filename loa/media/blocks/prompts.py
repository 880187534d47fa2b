"""Sentences with blanks: how they are written, filled in, and taken apart into what is recorded and what is not. Pure.

"Mời bà con [thôn] đến họp lúc [giờ]." has the fixed pieces "Mời bà con" and "đến họp lúc". Ready ones: prompts.yaml.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import yaml

from loa.areas.rules import fold
from loa.media import rules

PROMPTS = Path(__file__).parent / "prompts.yaml"
MOST_TEXT, MOST_NAME, MOST_BLANKS, MOST_VALUE, MOST_LABEL = 600, 80, 12, 120, 40
TIME, DATE, NUMBER, WORDS = "time", "date", "number", "words"
_KINDS: Mapping[str, str] = {"gio": TIME, "ngay": DATE, "so": NUMBER}
_BLANK = re.compile(r"\[([^\[\]]*)\]")
_CLOCK = re.compile(r"(\d{1,2})\s*(?:h|g|giờ|:|\.)\s*(\d{2})?", re.IGNORECASE)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?")
_NUMBER = re.compile(r"\d{1,12}([.,]\d{1,6})?")
EDGES = " ,.;:!?–-“”\"'"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of them; `text` has its blanks in square brackets."""

    key: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """What is filled in each time; `kind` is TIME, DATE, NUMBER or WORDS, by the first word of `label`."""

    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Run:
    """Words that are said in one go; `recorded`: a person has said them already."""

    text: str
    recorded: bool


@lru_cache(maxsize=1)
def ready() -> Mapping[str, Sentence]:
    """Those that everybody has, by key."""
    rows = yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))
    return {row["key"]: Sentence(row["key"], row["name"], row["text"]) for row in rows}


def checked(name: str, text: str) -> tuple[str, str]:
    """Name and text of a sentence that somebody writes. Raises rules.Unfit `prompt_...`."""
    name, text = " ".join(name.split()), " ".join(text.split())
    if not name or len(name) > MOST_NAME:
        raise rules.Unfit("prompt_name")
    if not text or len(text) > MOST_TEXT or not any(letter.isalnum() for letter in _BLANK.sub("", text)):
        raise rules.Unfit("prompt_text")
    parts = taken_apart(text)
    blanks = [part for part in parts if isinstance(part, Blank)]
    if not 0 < len(blanks) <= MOST_BLANKS or any("[" in part or "]" in part for part in parts if isinstance(part, str)):
        raise rules.Unfit("prompt_blanks")
    if not all(0 < len(blank.label) <= MOST_LABEL for blank in blanks):
        raise rules.Unfit("prompt_blanks")
    return name, text


def taken_apart(text: str) -> tuple[str | Blank, ...]:
    """Fixed text and blanks in their order."""
    return tuple(
        _blank(part) if number % 2 else part for number, part in enumerate(_BLANK.split(text)) if part or number % 2
    )


def fixed(text: str) -> list[str]:
    """The pieces that are always the same, as they are recorded, each once."""
    parts = (piece(part) for part in taken_apart(text) if isinstance(part, str))
    return list(dict.fromkeys(part for part in parts if part))


def piece(text: str) -> str:
    """Words as they are looked for among what was recorded: no capitals, no signs at the edges."""
    return " ".join(text.lower().split()).strip(EDGES)


def filled(text: str, values: Sequence[str]) -> tuple[str, ...]:
    """Fixed text and values in their order. Raises rules.Unfit `prompt_blank` with the label of a wrong one."""
    left, found = list(values), []
    for part in taken_apart(text):
        found.append(part if isinstance(part, str) else _value(part, left.pop(0) if left else ""))
    return tuple(found)


def runs(parts: Collection[str], recorded: Collection[str]) -> list[Run]:
    """What is said in one go: each recorded piece by itself, everything between them together.

    A machine reads a whole sentence better than its words, so it is cut only where a person's voice takes over.
    """
    told = [(part, piece(part) in recorded) for part in parts]
    found: list[Run] = []
    for by_person, some in groupby(told, key=lambda one: one[1]):
        texts = [part for part, _ in some]
        found += [Run(piece(part), True) for part in texts] if by_person else [Run("".join(texts).strip(), False)]
    return [run for run in _glued(found) if piece(run.text)]


def _glued(found: Sequence[Run]) -> Iterator[Run]:
    """What begins with a comma behind a recorded piece begins with its words."""
    for run in found:
        yield Run(run.text.lstrip(EDGES), run.recorded)


def _blank(label: str) -> Blank:
    label = " ".join(label.split())
    first = fold(label).split(" ")[0].strip(",")
    return Blank(label, _KINDS.get(first, WORDS))


def _value(blank: Blank, value: str) -> str:
    value = " ".join(value.split())
    if not _fits(blank.kind, value):
        raise rules.Unfit("prompt_blank", {"label": blank.label, "like": LIKE[blank.kind]})
    return value


LIKE: Mapping[str, str] = {TIME: "7h30", DATE: "25/8/2026", NUMBER: "12", WORDS: "nhà văn hóa thôn 5"}


def _fits(kind: str, value: str) -> bool:
    if kind == TIME:
        found = _CLOCK.fullmatch(value)
        return found is not None and int(found[1]) < 25 and int(found[2] or 0) < 60
    if kind == DATE:
        return _is_day(value)
    if kind == NUMBER:
        return _NUMBER.fullmatch(value) is not None
    return any(letter.isalnum() for letter in value) and len(value) <= MOST_VALUE and not set(value) & set("[]<>")


def _is_day(value: str) -> bool:
    found = _DAY.fullmatch(value)
    try:
        return found is not None and bool(date(int(found[3] or 2028), int(found[2]), int(found[1])))
    except ValueError:
        return False
