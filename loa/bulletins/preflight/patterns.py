"""The patterns behind the questions: words as whole words in either case, numbers, names of people."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

Span = tuple[int, int]

# National mobile numbers (ten digits) and identity numbers: 12 digits (province, century and sex, year, serial) or 9.
MOBILE = re.compile(r"(?<![\d.,])(?:\+84[ .-]?|0)[35789](?:[ .-]?\d){8}(?![\d]|[.,]\d)")
CITIZEN_ID = re.compile(
    r"(?<![\d.,])0\d{2}[ .]?\d[ .]?\d{2}[ .]?\d{6}(?!\d|[.,]\d)|(?<![\d.,])0\d{2}(?: ?\d{3}){3}(?!\d)"
)
OLD_ID = re.compile(r"(?<![\d.,])\d{3} ?\d{3} ?\d{3}(?![\d]|[.,]\d|\s?(?:đ|đồng|VNĐ|tấn|kg|m2|m³)\b)")
AGE = re.compile(r"\b(\d{1,2})\s+(?:tuổi|tháng tuổi)\b")
SECRET_STAMP = re.compile(r"(?<!\w)(?:TUYỆT MẬT|TỐI MẬT|MẬT)(?!\w)(?!\s+(?:ONG|ĐỘ|KHẨU|MÃ|THIẾT))")
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?\n]+|$)")
_MARKED = "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐ"
_SYLLABLE = rf"[A-Z{_MARKED}][a-z{_MARKED.lower()}]+"


@lru_cache(maxsize=1)
def words() -> Mapping[str, Sequence[str]]:
    """The lists of words.yaml."""
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    lists: Mapping[str, Sequence[str]] = yaml.safe_load(text)
    return lists


@lru_cache(maxsize=32)
def any_of(name: str) -> re.Pattern[str]:
    """One pattern for a list; organisations as they are written, all others in either case."""
    ordered = sorted(words()[name], key=len, reverse=True)
    flags = 0 if name == "organisation" else re.IGNORECASE
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)", flags)


@lru_cache(maxsize=1)
def _name() -> re.Pattern[str]:
    titles, surnames = "|".join(words()["person_titles"]), "|".join(words()["surnames"])
    titled = rf"(?:(?i:{titles})\s+(?:(?i:ông|bà)\s+)?)(?P<titled>{_SYLLABLE}(?:\s+{_SYLLABLE}){{0,3}})"
    full = rf"(?P<full>(?:{surnames})(?:\s+{_SYLLABLE}){{1,3}})"
    return re.compile(rf"(?<!\w)(?:{titled}|{full})(?!\w)")


def names(text: str) -> Iterator[Span]:
    """Where people seem to be named: after a title, or a surname with one to three more syllables."""
    for match in _name().finditer(text):
        group = "titled" if match["titled"] else "full"
        if not _is_no_person(match[group]):
            yield match.span(group)


def _is_no_person(name: str) -> bool:
    return any(name.startswith(other) or other.endswith(name) for other in words()["not_people"]) or bool(
        any_of("organisation").match(name)
    )


def sentences(text: str) -> Iterator[Span]:
    """The spans of sentences; a line is a sentence too."""
    for match in SENTENCE.finditer(text):
        yield match.span()
