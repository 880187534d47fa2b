"""What no rule and no word of the lexicon has taken: unknown abbreviations, dashes, odd signs, foreign letters."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from loa.media.reading.capitals import compiled
from loa.media.reading.changes import Raw
from loa.media.reading.numbers import count, letters, toneless
from loa.media.reading.syllables import is_syllable

_TOKEN = re.compile(r"[^\W\d_]+(?:['’ʼ\-][^\W\d_]+)*|\d+| ?[-–—] ?|[^\w\s]|_")
_SPOKEN_MARKS = frozenset(".,;:!?…")
_PAUSES = frozenset("()[]")
_QUOTES = frozenset("\"“”'‘’«»„")
_SILENT = frozenset("*#_^~|\\•·●○■□▪▫◆◇►▶➢➤✓✔☑✦★☆§©®™¨´`<>{}¹′″+☎☏✆📞📱→⇒➔➜➝⟶")
_NAMES = {
    "@": "a còng",
    "=": "bằng",
    "²": "bình phương",
    "³": "lập phương",
    "$": "đô la",
    "€": "ơ rô",
    "%": "phần trăm",
    "°": "độ",
}
_TIMES = frozenset(
    {"hour", "hours", "date", "dates", "days", "day", "month", "months", "money", "number", "weekday", "years"}
)
_CALLS = frozenset({"telephone", "hotline", "emergency_number"})
_FIGURES = frozenset({"number", "money", "range", "code", "class"})
# Syllables of other languages of the country and of foreign names, between other words in capitals: KRÔNG, PLEIKU.
_FOREIGN_SYLLABLES = re.compile(r"(?:[bcdđfghjklmnpqrstvwxz]{0,3}[aăâeêioôơuưy]{1,3}){1,4}[bcdđfghjklmnpqrstvwxz]{0,2}")
# A name such as those of storms, which is spoken as a word anywhere: YAGI, BUALOI, WIPHA.
_NAME = re.compile(r"(?=.{4})(?:(?:ph|th|kh|nh|ch|[bcdghjklmnprstvwxz])?[aeiouy]{1,3}){2,5}[nmtpk]?")
# A letter by itself is said by its name; "H Hen Niê" and "K'Brơi" are names of people.
_LONE = compiled(r"(?<![\w'’ʼ.-])[BCDĐGHKLMNPQRSTVXZW](?![\w'’ʼ.&]|-\w| [A-ZĐÀ-Ỹ][a-zà-ỹ])")
_VIETNAMESE = frozenset("aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz")


def remainder(text: str, changes: list[Raw]) -> Iterator[Raw]:
    """Changes for the gaps between `changes`, which are in order."""
    at = 0
    for index in range(len(changes) + 1):
        end = changes[index].start if index < len(changes) else len(text)
        before = changes[index - 1] if index else None
        after = changes[index] if index < len(changes) else None
        if at < end:
            yield from _gap(text, at, end, before, after)
        at = changes[index].end if index < len(changes) else end


def _gap(text: str, start: int, end: int, before: Raw | None, after: Raw | None) -> Iterator[Raw]:
    for token in _TOKEN.finditer(text, start, end):
        written = token[0]
        if written in _SPOKEN_MARKS:
            continue
        if written in _PAUSES:  # a voice cannot say a bracket
            yield Raw(token.start(), token.end(), ",", "punctuation", True)
        elif written in _QUOTES:
            yield Raw(token.start(), token.end(), "", "punctuation", True)
        elif written.strip() in ("-", "–", "—") and written.strip():
            left = before if before and before.end == token.start() else None
            right = after if after and after.start == token.end() else None
            said = _dash(left, right) or ("" if _tight(text, token.start(), token.end()) else ",")
            yield Raw(token.start(), token.end(), said, "punctuation", True)
        elif written[0].isdecimal():
            yield Raw(
                token.start(), token.end(), count(written), "number", text[token.start() - 1 : token.start()] == "-"
            )
        elif len(written) > 1 or written.isalpha():
            yield from _word(text, token.start(), token.end())
        elif unicodedata.category(written)[0] != "M":
            yield _sign(text, token.start(), written, _next_to(text, token.start(), token.end(), before, after))


def _dash(left: Raw | None, right: Raw | None) -> str:
    """ "đến" between two times or amounts."""
    return "đến" if left and right and left.rule in _TIMES and right.rule in _TIMES else ""


def _tight(text: str, start: int, end: int) -> bool:
    """A hyphen inside a name (QR-code) is no pause."""
    return end - start == 1 and text[start - 1 : start].isalpha() and text[end : end + 1].isalnum()


def _next_to(text: str, start: int, end: int, before: Raw | None, after: Raw | None) -> frozenset[str]:
    """The rules of the changes that a sign stands between, with at most a space on either side."""
    if before is None or after is None:
        return frozenset()
    close = text[before.end : start] in ("", " ") and text[end : after.start] in ("", " ")
    return frozenset({before.rule, after.rule}) if close else frozenset()


def _sign(text: str, start: int, written: str, between: frozenset[str]) -> Raw:
    end = start + 1
    if written == "/" and between and between <= _CALLS:
        return Raw(start, end, "hoặc", "either", True)
    if written == "/" and between and between <= _FIGURES:
        return Raw(start, end, "trên", "either", False)
    if written == "/":
        words = text[start - 1 : start].isalpha() and text[end : end + 1].isalpha()
        return Raw(start, end, "hoặc" if words else ",", "either", False)
    if written in _SILENT:
        return Raw(start, end, "", "symbol", True)
    said = _NAMES.get(written) or _by_library(written)
    return Raw(start, end, said, "symbol", False)


def _word(text: str, start: int, end: int) -> Iterator[Raw]:
    """A word, or several joined by hyphens; only what cannot be read as it stands changes."""
    at = start
    for part in re.split(r"(['’ʼ\-])", text[start:end]):
        if len(part) == 1 and _LONE.match(text, at):
            yield Raw(at, at + 1, letters(part), "letter", True)
        elif len(part) > 1 or (part and not part.isascii()):
            said = _spelt(text, at, at + len(part))
            if said is not None:
                yield Raw(at, at + len(part), *said)
        at += len(part)


def _spelt(text: str, start: int, end: int) -> tuple[str, str, bool] | None:
    word = text[start:end]
    if any(unicodedata.category(one)[0] == "N" for one in word):
        return (
            " ".join(
                _NAMES.get(one, one) for one in re.findall(r"[^²³¹]+|[²³]", word) if _NAMES.get(one) or one.isalpha()
            ),
            "symbol",
            False,
        )
    bare = toneless(word.lower())
    if not _VIETNAMESE.issuperset(bare):
        return word, "foreign", False
    if word.isupper() and is_abbreviation(word, capitals=_among_capitals(text, start, end)):
        return letters(word), "letters", False
    if len(word) > 1 and word != "vn" and not re.search(r"[aăâeêioôơuưy]", bare):
        return letters(word), "letters", False
    return None


def is_abbreviation(word: str, *, capitals: bool) -> bool:
    """Whether a word in capitals is to be spelt: no syllable, no tone mark, among capitals no foreign one."""
    bare = toneless(word.lower())
    if len(word) < 2 or is_syllable(bare) or bare != unicodedata.normalize("NFC", word.lower()):
        return False
    if _NAME.fullmatch(bare):
        return False
    marked = len(word) > 2 and bool(re.search("[ăâêôơư]", bare))
    return not ((marked or (capitals and len(word) > 3)) and _FOREIGN_SYLLABLES.fullmatch(bare))


def is_word_among_capitals(text: str, start: int, end: int) -> bool:
    """ "DO BÃO": what looks like an abbreviation is a plain syllable in a line of capitals."""
    word = text[start:end]
    return word.isalpha() and is_syllable(toneless(word.lower())) and _among_capitals(text, start, end)


def _among_capitals(text: str, start: int, end: int) -> bool:
    left, right = text[:start].rstrip(" ,:-–")[-12:].split(" ")[-1], text[end : end + 14].lstrip(" ,:-–").split(" ")[0]
    return any(len(word) > 1 and word.isupper() and not is_abbreviation(word, capitals=False) for word in (left, right))


@lru_cache(maxsize=256)
def _by_library(written: str) -> str:
    """The reading of sea-g2p, if it is words only."""
    from sea_g2p import Normalizer  # 0.1 s to load, and hardly any notice needs it

    spoken = " ".join(str(Normalizer(lang="vi").normalize(written)).replace("<en>", "").replace("</en>", "").split())
    return spoken if re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", spoken) else ""
