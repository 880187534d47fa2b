"""Old Vietnamese encodings into Unicode: by the fonts of a file, and where these say nothing, by how the text reads."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from loa.bulletins.documents.legacy.syllables import is_syllable
from loa.bulletins.documents.legacy.tables import TCVN3, VISCII, VNI, VPS, WINDOWS_1258
from loa.bulletins.documents.lines import Line, Run


class Encoding(StrEnum):
    """Which one."""

    TCVN3 = "tcvn3"
    VNI = "vni"
    VISCII = "viscii"
    VPS = "vps"


NAMES = {
    Encoding.TCVN3: "TCVN3 (phông .VnTime)",
    Encoding.VNI: "VNI (phông VNI-Times)",
    Encoding.VISCII: "VISCII (phông VI Times)",
    Encoding.VPS: "VPS (phông VPS Times)",
}
FEWEST = 3  # marked words, below which a text says nothing about its encoding
GOOD = 0.8  # of the marked words are Vietnamese syllables once converted
BAD = 0.5  # of them at most are so as they stand: a few always are
BETTER = 0.2  # VISCII and VPS share many letters with Western text: so many words at least must gain
MARKED = 0.25  # of all words at least: Vietnamese without marks is rare, French and English have few
_TCVN3_FONT = re.compile(r"^\.?Vn(?=[A-Z0-9])")
_FONTS = {
    Encoding.VNI: re.compile(r"^VNI[-\s]", re.IGNORECASE),
    Encoding.VISCII: re.compile(r"^(?:VI (?=[A-Z])|VISCII)"),
    Encoding.VPS: re.compile(r"^VPS[-\s]"),
}
_CAPITALS = re.compile(r"H(?:[\s,-].*)?$")
# Letters of words in either form: the octets of TCVN3 are signs in Western text (µ, ¸, ­), so all of them count.
_WORD = re.compile(r"[A-Za-z\u00a1-\u024f\u0300-\u036f\u1ea0-\u1eff]+")
_VNI_MARK = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))
# Signs of Western Windows that are capitals in VISCII and VPS: within a word in capitals only.
_SIGNS = "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u2026"
_CAPITAL = r"[A-Z\u00c0-\u00de]"
_SIGN = re.compile(rf"(?<={_CAPITAL})[{_SIGNS}]|[{_SIGNS}](?={_CAPITAL}{{2}})")
_PROPER = re.compile(r"[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1eff]")


def from_tcvn3(text: str) -> str:
    """The text in Unicode; letters that the encoding does not have stay."""
    return unicodedata.normalize("NFC", "".join(TCVN3.get(letter, letter) for letter in text))


def from_vni(text: str) -> str:
    """The text in Unicode."""
    return unicodedata.normalize("NFC", _VNI_MARK.sub(lambda found: VNI[found[0]], text))


def _from_octets(table: Mapping[str, str], text: str) -> str:
    said = _SIGN.sub(lambda found: table.get(found[0], found[0]), text)
    letters = (letter if letter in _SIGNS else table.get(letter, letter) for letter in said)
    return unicodedata.normalize("NFC", "".join(letters))


def from_viscii(text: str) -> str:
    """The text in Unicode."""
    return _from_octets(VISCII, text)


def from_vps(text: str) -> str:
    """The text in Unicode."""
    return _from_octets(VPS, text)


CONVERT: dict[Encoding, Callable[[str], str]] = {
    Encoding.TCVN3: from_tcvn3, Encoding.VNI: from_vni, Encoding.VISCII: from_viscii, Encoding.VPS: from_vps
}  # fmt: skip


def of_font(name: str) -> Encoding | None:
    """The encoding of a font of that time, by its name: ".VnTimeH", "VNI-Times", "VPS Times"."""
    if _TCVN3_FONT.match(name):
        return Encoding.TCVN3
    return next((encoding for encoding, font in _FONTS.items() if font.match(name)), None)


def _shares(text: str) -> tuple[int, float, float]:
    """How many different words have letters beyond ASCII, which share of all words, how many of them are syllables."""
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    marked = {word for word in words if not word.isascii()}
    if not marked:
        return 0, 0.0, 0.0
    good = sum(is_syllable(word) for word in marked)
    return len(marked), sum(not word.isascii() for word in words) / len(words), good / len(marked)


def reads_well(text: str) -> bool:
    """Whether a text is Vietnamese in Unicode, beyond doubt."""
    count, share, good = _shares(text)
    return count >= FEWEST and share >= MARKED and good >= GOOD


def recognise(text: str) -> Encoding | None:
    """The old encoding of a text that nobody has converted; None for Unicode and for other languages."""
    if _is_proper(text):
        return None
    good, best, found = _shares(text)[2], GOOD, None
    for encoding in Encoding:
        count, share, made = _shares(CONVERT[encoding](text))
        most = BAD if encoding in (Encoding.TCVN3, Encoding.VNI) else made - BETTER
        if count >= FEWEST and share >= MARKED and good <= most and made > best - (found is None) * 1e-9:
            best, found = made, encoding
    return found


def _is_proper(text: str) -> bool:
    """Letters that only Unicode has; one or two may have strayed into an old text."""
    return len(_PROPER.findall(unicodedata.normalize("NFC", text))) > 0.02 * len(text)


def convert_lines(lines: Sequence[Line]) -> tuple[list[Line], Encoding | None]:
    """Lines in Unicode, each with its `original` if it was converted, and the encoding that most of them had."""
    fonts = [_by_fonts(line) for line in lines]
    found = [of_font(run.font) for line, new in zip(lines, fonts, strict=True) if new.original for run in line.runs]
    named = [encoding for encoding in found if encoding]
    rest = "\n".join(line.text for line in fonts if line.original is None)
    spoken = recognise(rest)
    if spoken is not None:
        fonts = [_by_reading(line, spoken) if line.original is None else line for line in fonts]
    return fonts, (max(named, key=named.count) if named else spoken)


def convert_text(text: str) -> tuple[str, Encoding] | None:
    """The text in Unicode and what it was in; None if it is nothing of the old."""
    encoding = recognise(text)
    if encoding is None:
        return None
    parts = text.split("\n")
    return "\n".join(part if _is_proper(part) else CONVERT[encoding](part) for part in parts), encoding


def _by_fonts(line: Line) -> Line:
    runs = tuple(_run(run) for run in line.runs)
    text = "".join(run.text for run in runs)
    return line if text == line.text else replace(line, runs=runs, original=line.text)


def _run(run: Run) -> Run:
    """By its font, unless its letters say that somebody typed Unicode with that font."""
    encoding = of_font(run.font)
    if encoding is None or not run.text.strip():
        return run
    plain = "".join(WINDOWS_1258.get(letter, letter) for letter in run.text)
    text = CONVERT[encoding](plain)
    if _shares(text)[2] < _shares(run.text)[2] or re.search("[\u1ea0-\u1eff]", run.text):
        text = unicodedata.normalize("NFC", run.text)
    if encoding is Encoding.TCVN3 and _CAPITALS.search(run.font):
        text = text.upper()
    return Run(text, run.font)


def _by_reading(line: Line, encoding: Encoding) -> Line:
    text = CONVERT[encoding](line.text)
    return line if text == line.text or _is_proper(line.text) else replace(line, runs=(Run(text),), original=line.text)
