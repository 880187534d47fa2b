"""Whether a word can be Vietnamese: onset, rhyme and tone of its spelling."""

import unicodedata
from functools import lru_cache

_TONES = "\u0300\u0309\u0303\u0301\u0323"
_ONSETS = {
    "", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh", "nh", "p", "ph", "qu",
    "r", "s", "t", "th", "tr", "v", "x",
}  # fmt: skip
_OPEN = {
    "a", "ai", "ao", "au", "ay", "âu", "ây", "e", "eo", "ê", "êu", "i", "ia", "iu", "iêu", "o", "oa", "oai", "oao",
    "oay", "oe", "oeo", "oi", "ô", "ôi", "ơ", "ơi", "u", "ua", "uê", "ui", "uy", "uya", "uyu", "uơ", "uôi", "uây",
    "ư", "ưa", "ưi", "ưu", "ươi", "ươu", "y", "yêu", "ya", "ue",
}  # fmt: skip
_NASAL = {
    "a": "m n ng nh", "ă": "m n ng", "â": "m n ng", "e": "m n ng", "ê": "m n nh", "i": "m n nh", "iê": "m n ng",
    "yê": "m n ng", "o": "m n ng", "oa": "m n ng nh", "oă": "m n ng", "oe": "n", "oo": "ng", "ô": "m n ng",
    "ôô": "ng", "ơ": "m n", "u": "m n ng", "uâ": "n ng", "uê": "n nh", "uô": "m n ng", "uy": "n nh", "uyê": "n",
    "uơ": "n", "ư": "m n ng", "ươ": "m n ng", "y": "m n nh", "ie": "ng",
}  # fmt: skip
_STOP = {
    "a": "p t c ch", "ă": "p t c", "â": "p t c", "e": "p t c", "ê": "p t ch", "i": "p t ch", "iê": "p t c",
    "yê": "t", "o": "p t c", "oa": "p t c ch", "oă": "p t c", "oe": "t", "oo": "c", "ô": "p t c", "ơ": "p t",
    "u": "p t c", "uâ": "t", "uê": "ch", "uô": "p t c", "uy": "p t ch", "uyê": "t", "ư": "t c", "ươ": "p t c",
    "y": "t ch",
}  # fmt: skip
_STOPPED = {nucleus + coda for nucleus, codas in _STOP.items() for coda in codas.split()}
_RHYMES = _OPEN | {n + coda for n, codas in _NASAL.items() for coda in codas.split()} | _STOPPED
_SHARP = {"\u0301", "\u0323"}  # sắc and nặng: the only tones before p, t, c, ch


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """Whether one written syllable is spelled as Vietnamese can be."""
    letters = [mark for mark in unicodedata.normalize("NFD", word.lower()) if mark not in _TONES]
    tones = [mark for mark in unicodedata.normalize("NFD", word.lower()) if mark in _TONES]
    plain = unicodedata.normalize("NFC", "".join(letters))
    return len(tones) <= 1 and len(plain) <= 7 and any(_fits(plain, cut, tones) for cut in range(len(plain[:3]) + 1))


def _fits(plain: str, cut: int, tones: list[str]) -> bool:
    onset, rhyme = plain[:cut], plain[cut:]
    if onset not in _ONSETS or not (rhyme in _RHYMES or (onset == "gi" and not rhyme)):
        return False
    return rhyme not in _STOPPED or bool(_SHARP & set(tones))
