"""What people type when they mean a unit: kinds written short, places behind the name, slips. Pure.

"x. quy mông", "P.1, q3", "tphcm", "tan lap thai nguyen", "hanoi", "qui mong": all of these are understood.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from loa.areas.rules import LABELS, Kind, fold

MOST = 100  # no name of a unit has half as many letters
_KINDS_SHORT = {
    "x": "xa", "p": "phuong", "tt": "thi tran", "dk": "dac khu", "q": "quan", "h": "huyen", "tx": "thi xa",
    "tp": "thanh pho", "t": "tinh", "tdp": "to dan pho", "kp": "khu pho",
}  # fmt: skip
_SHORT = {"hcm": "ho chi minh", "hn": "ha noi", "tphcm": "thanh pho ho chi minh", "tphn": "thanh pho ha noi"}
_FOLDED = {kind: fold(label) for kind, label in LABELS.items()}
_LABELS = sorted(set(_FOLDED.values()), key=len, reverse=True)
_DOTTED = re.compile(rf"(?<![a-z0-9'])({'|'.join(sorted(_KINDS_SHORT, key=len, reverse=True))})\s*\.\s*(?=\S)")
_NUMBERED = re.compile(r"(?<![a-z0-9'])([pq])\s*(?=\d)")
_AROUND = re.compile(r"""["“”„«»()\[\]{}<>|;:!?]""")
_APOSTROPHES = str.maketrans("’‘ʼ`´′", "''''''")
_SOUND = str.maketrans({"y": "i", "k": "c", " ": "", "'": "", "-": "", ".": "", "/": "", "(": "", ")": ""})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for, folded.

    `whole` is the name as typed; `kinds` and `bare` are set when it begins with a kind; every one of `places` has to be
    somewhere above the unit.
    """

    whole: str
    kinds: tuple[Kind, ...] = ()
    bare: str = ""
    places: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The name with its first word or words, and without if these are a kind."""
        return (self.whole, self.bare) if self.kinds else (self.whole,)


def read(text: str) -> Wanted | None:
    """What is wanted; None when nothing is left that a name could have."""
    name, *places = (_expanded(part) for part in clean(text).split(","))
    if not name:
        return None
    kinds, bare = _split_kind(name)
    return Wanted(name, kinds, bare if kinds else "", tuple(_without_kind(place) for place in places if place))


def clean(text: str) -> str:
    """One line of plain signs, at most 100: no control signs, no brackets and quotation marks, one kind of apostrophe.

    Composed and decomposed letters, wide ones and those with invisible joiners become the same.
    """
    shown = "".join(_plain(sign) for sign in unicodedata.normalize("NFKC", text[: 4 * MOST]))
    return " ".join(_AROUND.sub(" ", shown.translate(_APOSTROPHES)).split())[:MOST].strip()


def _plain(sign: str) -> str:
    category = unicodedata.category(sign)
    return "" if category in ("Cf", "Co", "Cs", "Cn") else " " if category[0] in "CZ" or category == "So" else sign


def _expanded(part: str) -> str:
    """Folded, kinds with a dot or before a number written out: "P.1" -> "phuong 1", "tp.hcm" -> "thanh pho ho..."."""
    folded = _DOTTED.sub(lambda short: _KINDS_SHORT[short[1]] + " ", fold(part))
    folded = _NUMBERED.sub(lambda short: _KINDS_SHORT[short[1]] + " ", folded)
    return " ".join(_SHORT.get(word, word) for word in folded.split())


def _split_kind(name: str) -> tuple[tuple[Kind, ...], str]:
    """ "xa quy mong", "x quy mong" -> (the kinds called "Xã", "quy mong"); no kinds if it does not begin with one."""
    first, _, rest = name.partition(" ")
    written = f"{_KINDS_SHORT[first]} {rest}" if rest and first in _KINDS_SHORT else name
    for label in _LABELS:
        if written.startswith(label + " "):
            return tuple(kind for kind, own in _FOLDED.items() if own == label), written[len(label) + 1 :]
    return (), name


def _without_kind(name: str) -> str:
    """ "tinh lao cai" -> "lao cai"."""
    return _split_kind(name)[1]


def bare_name(full_name: str) -> str:
    """Folded name of "Tỉnh Lào Cai": "lao cai"."""
    return _without_kind(fold(full_name))


@lru_cache(maxsize=4096)
def _forms(full_name: str) -> tuple[str, str]:
    """How a unit is written behind another: "yen bai", "tinh yen bai"."""
    return bare_name(full_name), fold(full_name)


def sound(folded: str) -> str:
    """How a folded name sounds to somebody who is not sure of its letters or its spaces; the index agrees.

    "qui mong" and "quymong" are "quimong", "dac lac" and "dak lak" are "daclac".
    """
    return folded.translate(_SOUND)


def splits(name: str) -> Iterator[tuple[str, str]]:
    """Ways to read a line without a comma as a name and what stands behind it, the longest name first."""
    words = name.split(" ")
    for end in range(len(words) - 1, 0, -1):
        yield " ".join(words[:end]), " ".join(words[end:])


def lies_in(rest: str, above: Sequence[str]) -> bool:
    """True if the words behind a name tell the units above it, nearest first; the last may still be unfinished.

    `above` are full names, "Huyện Trấn Yên", "Tỉnh Yên Bái"; some may be left out in `rest`.
    """
    if not rest:
        return True
    first, _, tail = rest.partition(" ")
    if tail and first in _KINDS_SHORT and lies_in(f"{_KINDS_SHORT[first]} {tail}", above):
        return True
    for number, full_name in enumerate(above):
        for form in _forms(full_name):
            if form.startswith(rest) and len(rest) > 1:
                return True
            if rest.startswith(form + " ") and lies_in(rest[len(form) + 1 :], above[number + 1 :]):
                return True
    return False
