"""A sentence -> the symbols that a Piper voice was trained with: IPA of espeak-ng with the punctuation between.

espeak-ng drops the punctuation, but a Piper voice hears it (a question rises, a comma takes breath), so the sentence is
cut into clauses here, each is pronounced alone, and its mark is put behind it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

# What Piper's training puts at the end of a clause.
MARKS = {".": ". ", "!": "! ", "?": "? ", ",": ", ", ":": ": ", ";": "; ", "…": ". "}
_CLAUSE = re.compile(r"([^.!?,:;…]*(?:[.!?,:;…](?![\s.!?,:;…]|$)[^.!?,:;…]*)*)([.!?,:;…]*)\s*")
_LANGUAGE_SWITCH = re.compile(r"\([^()]*\)")  # "(en)" where espeak-ng takes a foreign word for its language

Pronounce = Callable[[str], str]


def symbols(sentence: str, pronounce: Pronounce) -> str:
    """The symbols of one sentence; `pronounce` gives the IPA of a clause. "" if there is nothing to say."""
    parts = [_LANGUAGE_SWITCH.sub("", pronounce(words)).strip() + mark for words, mark in clauses(sentence)]
    return unicodedata.normalize("NFD", "".join(parts).strip())


def letters(sentence: str) -> str:
    """The symbols for a voice that was trained with plain letters (`phoneme_type: text`)."""
    return unicodedata.normalize("NFD", " ".join(sentence.split()))


def clauses(sentence: str) -> Iterator[tuple[str, str]]:
    """Words and the mark behind them; a sentence without a mark at its end is closed as a statement."""
    pieces = [(words.strip(), marks[:1]) for words, marks in _CLAUSE.findall(sentence)]
    said = [(words, mark) for words, mark in pieces if any(character.isalnum() for character in words)]
    for at, (words, mark) in enumerate(said):
        yield words, MARKS.get(mark, ". " if at == len(said) - 1 else " ")
