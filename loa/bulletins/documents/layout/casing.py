"""TẠM NGỪNG CẤP NƯỚC XÃ QUY MÔNG into "Tạm ngừng cấp nước xã Quy Mông".

Names are those that the document itself writes with capitals in its running text.
"""

import re
from collections.abc import Iterable

from loa.bulletins.documents.layout.patterns import is_capitals
from loa.bulletins.documents.legacy.syllables import is_syllable

_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_SENTENCE = re.compile(r"(?:^|[.!?:;…\n\"“”(\-–]\s*|^[\d.)a-z]+\s)$")
_MARKER = re.compile(r"^(?:[IVXLC]+|\d+(?:\.\d+)*|[A-ZĐ])[.)/]\s+")
LONGEST = 5  # words in a name
# In capitals they could be words, but are none here.
SHORT = {"UBND", "HĐND", "MTTQ", "TDTT", "THCS", "THPT", "TP", "TX", "TT", "QĐ", "NĐ", "CP", "TW", "BCH", "BCĐ", "CLB"}
_WRITTEN = {"việt nam": "Việt Nam", "covid": "Covid", "tết nguyên đán": "Tết Nguyên đán"}


class Names:
    """Names and abbreviations as a document writes them in its running text."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.known: dict[str, str] = dict(_WRITTEN)
        for text in texts:
            if text.strip() and not is_capitals(text):
                self._learn(text)

    def _learn(self, text: str) -> None:
        run: list[re.Match[str]] = []
        for word in _WORD.finditer(text):
            joined = bool(run) and text[run[-1].end() : word.start()] == " "
            if not _is_name_like(word[0]) or not joined:
                self._keep(run, text)
                run = []
            if _is_name_like(word[0]):
                run.append(word)
        self._keep(run, text)

    def _keep(self, run: list[re.Match[str]], text: str) -> None:
        """A run of capitalised words; the first word of a sentence alone says nothing."""
        if not run:
            return
        begins = bool(_SENTENCE.search(text[: run[0].start()])) or run[0].start() == 0
        if begins and len(run) == 1:
            return
        for start in range(len(run)):
            for end in range(start + 1, min(start + LONGEST, len(run)) + 1):
                if begins and start == 0 and end == 1:
                    continue
                words = text[run[start].start() : run[end - 1].end()]
                self.known.setdefault(words.lower(), words)

    def lowered(self, text: str) -> str:
        """Small letters, but for names, abbreviations and what the words of the document write with capitals."""
        words = list(_WORD.finditer(text))
        out, at, index = "", 0, 0
        while index < len(words):
            shown, used = self._next(text, words, index)
            out += text[at : words[index].start()] + shown
            at = words[index + used - 1].end()
            index += used
        return out + text[at:]

    def _next(self, text: str, words: list[re.Match[str]], index: int) -> tuple[str, int]:
        for count in range(min(LONGEST, len(words) - index), 0, -1):
            stretch = text[words[index].start() : words[index + count - 1].end()]
            if " " in stretch or count == 1:
                known = self.known.get(stretch.lower())
                if known is not None and (count > 1 or not is_syllable(stretch)):
                    return known, count
        word = words[index][0]
        return (word if _is_abbreviation(text, words[index]) else word.lower()), 1

    def sentence(self, text: str) -> str:
        """Capitals throughout become a sentence; anything else stays."""
        if not is_capitals(text):
            return text
        marker = _MARKER.match(text)
        start = marker.end() if marker else 0
        return text[:start] + first_up(self.lowered(text[start:]))


def _is_name_like(word: str) -> bool:
    return word[0].isupper() and word[1:].islower()


def _is_abbreviation(text: str, word: re.Match[str]) -> bool:
    """No syllable, a Roman numeral, or part of a code such as DN200 or 27/QĐ-UBND."""
    around = text[max(0, word.start() - 1) : word.start()] + text[word.end() : word.end() + 1]
    if word[0] in SHORT or not is_syllable(word[0]) or any(sign.isdigit() or sign in "&/" for sign in around):
        return True
    return bool(re.fullmatch(r"[IVX]+", word[0]))


def first_up(text: str) -> str:
    """The first letter a capital."""
    for index, letter in enumerate(text):
        if letter.isalnum():
            return text[:index] + letter.upper() + text[index + 1 :]
    return text


def first_down(text: str) -> str:
    """The first letter small, unless the word is an abbreviation or begins a name ("Quy Mông")."""
    words = text.split(maxsplit=2)
    if not words or not _is_name_like(words[0]) or (len(words) > 1 and words[1][:1].isupper()):
        return text
    return text[0].lower() + text[1:]
