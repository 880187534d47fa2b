"""Characters that are not meant to be read: hidden ones, pictures, letters that only look like others."""

import re
import unicodedata

from loa.media.reading.clean.source import Finding, Source

_ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060-\u2064\ufeff\u180e\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]+")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u206f\u061c]+")
_SOFT_HYPHEN = re.compile("\u00ad+")
_LINES = re.compile("\r\n?|[\v\f\u0085\u2028\u2029]")
_SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufff0-\uffff\U000e0000-\U000e0fff]+|[\ud800-\udfff]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]+")
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3")
_DASHES = re.compile("[\u2010-\u2012\u2212\ufe58\ufe63\uff0d\u00af]")
# Letters in fancy type, full width, circles, squared units, ligatures; not raised figures, which mean "square".
_FANCY = re.compile(
    "[\uff01-\uff5e\U0001d400-\U0001d7ff\u2100-\u2109\u210a-\u2115\u2116-\u211e\u2124-\u2138\u2160-\u217f\u2460-\u24ff\u3371-\u337a"
    "\u3380-\u33df\ufb00-\ufb06\u2153-\u215f\u00bc-\u00be\u2074-\u2079\u2070\u2080-\u2089\U0001f130-\U0001f149\U0001f150-\U0001f189]"
)
_OTHER_DIGITS = re.compile(r"[^\W\d_]?[^\x00-\x7f]")
# What looks like a Latin letter: Cyrillic, Greek, and the Icelandic eth that is typed for Đ.
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУҮаесіјорѕхуһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονɑɡıƖ",
    "ABESIJKMHOPCTXYYaecijopsxyhdqwABEZHIKMNOPTYXovagiI",
)  # fmt: skip
_FOREIGN = "".join(map(chr, LOOK_ALIKES))
_FOREIGN_WORD = re.compile(rf"[^\W\d_]{{0,40}}[{re.escape(_FOREIGN)}][^\W\d_]{{0,40}}")
_ETH = re.compile("[ÐðƉ]")
MEANT = frozenset("°%‰+<>=~^$€£¥₫¢|&§№™®©☎☏✆📞📱→⇒➔➜➝⟶±×÷≥≤≈≠∼√∞∑²³µΩØø⌀•·●○■□▪▫◆◇►▶➢➤✓✔☑✦★☆⁰¹′″`´¨˚")


def without_hidden(source: Source, found: list[Finding]) -> Source:
    """Nothing that has no shape of its own; one kind of space, of line end and of hyphen."""
    source = source.sub(_LINES, "\n", "", found)
    source = source.sub(_ZERO_WIDTH, "", "zero_width", found)
    source = source.sub(_BIDI, "", "bidi", found)
    source = source.sub(_SOFT_HYPHEN, "", "soft_hyphen", found)
    source = source.sub(_CONTROL, "", "control", found)
    source = source.sub(_PRIVATE, " ", "private_use", found)
    source = source.sub(_DASHES, "-", "", found)
    return source.sub(_SPACES, " ", "", found)


def in_plain_letters(source: Source, found: list[Finding]) -> Source:
    """Fancy type and foreign digits as plain ones, look-alikes as what they look like."""
    source = source.sub(_KEYCAP, lambda match: f"{match[1]}.", "emoji", found)
    source = source.sub(_FANCY, lambda match: _plain(match[0]), "fancy_letters", found).composed()
    source = source.sub(_OTHER_DIGITS, _digit, "", found)
    source = source.sub(_ETH, lambda match: "đ" if match[0] == "ð" else "Đ", "look_alike", found)
    return source.sub(_FOREIGN_WORD, _latin, "look_alike", found)


def _plain(character: str) -> str:
    if "①" <= character <= "⓿":
        return re.sub(r"[()]", "", unicodedata.normalize("NFKC", character)) + ("." if character <= "⒛" else "")
    if unicodedata.category(character) == "No" and "⁄" in unicodedata.normalize("NFKC", character):
        return unicodedata.normalize("NFKC", character).replace("⁄", "/")
    if "⁰" <= character <= "₉":
        return unicodedata.normalize("NFKC", character)
    if character == "№":
        return "số "
    if character == "℃":
        return "°C"
    return unicodedata.normalize("NFKC", character)


def _digit(match: re.Match[str]) -> str:
    return "".join(
        str(unicodedata.decimal(one)) if not one.isascii() and unicodedata.category(one) == "Nd" else one
        for one in match[0]
    )


def _latin(match: re.Match[str]) -> str:
    """Only where the word is Latin otherwise, or has nothing but look-alikes: "Мосва" in Russian stays."""
    others = [one for one in match[0] if one not in _FOREIGN]
    latin = all("LATIN" in unicodedata.name(one, "") for one in others)
    return match[0].translate(LOOK_ALIKES) if latin and len(match[0]) > 1 else match[0]


_SYMBOL = re.compile(
    "[\u2190-\u23ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\u2e80-\u2eff\u3000-\u303f\u4dc0-\u4dff\ufe00-\ufe0f\ufffc\ufffd"
    "\U0001f000-\U0001fbff\u20d0-\u20ff\u2600-\u26ff\u2300-\u23ff\u2b50\u00a6\u00a4\u00b6]+"
)


def without_pictures(source: Source, found: list[Finding]) -> Source:
    """No emoji; those that say something stay for the rules."""
    return source.sub(_SYMBOL, lambda match: _kept(match[0]), "emoji", found)


def _kept(row: str) -> str:
    kept = "".join(one for one in row if one in MEANT)
    return kept or " "
