"""Short forms that a text explains itself: "Dịch tả lợn Châu Phi (DTLCP)", "UBND (Ủy ban nhân dân)".

The bracket is not said, since it would say the same twice; where the short form stands again, it is read as the words.
"""

import re
from collections.abc import Iterator

from loa.media.reading.capitals import compiled
from loa.media.reading.changes import Raw
from loa.media.reading.lexicon import Lexicon
from loa.media.reading.numbers import toneless

_BRACKET = compiled(
    r" ?\((?:(?:sau đây |dưới đây )?(?:gọi|viết) tắt(?: là)?:? |sau đây gọi là:? )?"
    r"[\"“'‘]?(?P<short>[A-ZĐÀ-Ỹ](?:[A-ZĐÀ-Ỹ]|&(?=[A-Z])|\.(?=[A-Z])){1,13})[\"”'’]?\)"
)
_TURNED = compiled(r"(?<!\w)(?P<short>[A-ZĐÀ-Ỹ](?:[A-ZĐÀ-Ỹ]|&(?=[A-Z])){1,11}) \((?P<words>[^\W\d_][^()\d\n]{4,90})\)")
_IN_WORDS = re.compile(r" ?\((?:(?:viết )?bằng chữ:? ?)?(?P<words>[^\W\d][^()\d\n]{5,180})\)", re.IGNORECASE)
_PLAIN = re.compile(r"[^\W\d_]+(?:,? (?:- )?[^\W\d_]+)*")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL = frozenset(("và", "của", "cho", "về", "các", "ở", "trong", "với", "những"))
_FAR = 160


def defined(text: str, lexicon: Lexicon, taken: bytearray) -> Iterator[Raw]:
    """The brackets that are not said, and the short forms that they explain; all that is given back is taken."""
    if "(" not in text:
        return
    own = set(lexicon.layers)
    meant: dict[str, tuple[int, str]] = {}
    for match in _BRACKET.finditer(text):
        words = _explained(match["short"], text[max(0, match.start() - _FAR) : match.start()], lexicon)
        if words and match["short"] not in own:
            meant.setdefault(match["short"], (match.end(), words))
            yield from _take(match.start(), match.end(), "", taken)
    for match in _TURNED.finditer(text):
        if match["short"] not in own and _is_word(match, lexicon):
            yield from _take(match.start("words") - 2, match.end(), "", taken)
        elif (
            match["short"] not in own
            and _PLAIN.fullmatch(match["words"])
            and _fits(match["short"], _WORD.findall(match["words"])) == 0
        ):
            meant.setdefault(match["short"], (match.end(), match["words"]))
            yield from _take(match.start("short"), match.end("short"), match["words"], taken)
            yield from _take(match.end("short"), match.end(), "", taken)
    for short, (at, words) in meant.items():
        for again in re.compile(rf"(?<![\w/&.-]){re.escape(short)}(?![\w/&-]|\.\w)").finditer(text, at):
            yield from _take(again.start(), again.end(), words, taken)


def _is_word(match: re.Match[str], lexicon: Lexicon) -> bool:
    entry = lexicon.entries.get(match["short"])
    return entry is not None and _plain(entry.spoken) == _plain(match["words"])


def in_words(text: str, changes: list[Raw]) -> list[Raw]:
    """`changes`, which are in order, without a bracket that writes out the amount before it."""
    ends = {change.end: change.spoken for change in changes}
    twice = [
        Raw(match.start(), match.end(), "", "defined", True)
        for match in _IN_WORDS.finditer(text)
        if match.start() in ends and _plain(match["words"]).removesuffix(" chẵn") == _plain(ends[match.start()])
    ]
    if not twice:
        return changes
    outside = [one for one in changes if not any(bracket.start <= one.start < bracket.end for bracket in twice)]
    return sorted([*outside, *twice], key=lambda change: change.start)


def _take(start: int, end: int, words: str, taken: bytearray) -> Iterator[Raw]:
    if taken.find(1, start, end) < 0:
        taken[start:end] = b"\1" * (end - start)
        yield Raw(start, end, words, "defined", True)


def _explained(short: str, before: str, lexicon: Lexicon) -> str | None:
    """The words right before the bracket, on its line, that `short` stands for."""
    line = before.rsplit("\n", 1)[-1]
    entry = lexicon.entries.get(short)
    known = [entry.spoken, *(sense.spoken for sense in entry.senses)] if entry else []
    for spoken in known:
        if _plain(line).endswith(" " + _plain(spoken)) or _plain(line) == _plain(spoken):
            return spoken
    words = list(_WORD.finditer(line))
    first = _fits(short, [word[0] for word in words])
    said = None if first is None else line[words[first].start() :].strip()
    return said if said and _PLAIN.fullmatch(said) else None


def _plain(words: str) -> str:
    return " ".join(_WORD.findall(words.casefold()))


def _fits(short: str, words: list[str]) -> int | None:
    """From which of the words on their first letters are `short`, small words left out; None if they are not."""
    letters = [_letter(one) for one in short if one.isalpha()]
    at = len(words)
    while letters:
        at -= 1
        if at < 0 or len(words) - at > 16:
            return None
        if _letter(words[at]) == letters[-1]:
            letters.pop()
        elif words[at].casefold() not in _SMALL:
            return None
    return at


def _letter(word: str) -> str:
    """The first letter without its marks; Đ is D."""
    bare = toneless(word[0].upper())
    return {"Ă": "A", "Â": "A", "Ê": "E", "Ô": "O", "Ơ": "O", "Ư": "U", "Đ": "D"}.get(bare, bare)
