"""The patterns behind the questions: words as whole words in either case, numbers, names of people."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

Span = tuple[int, int]

# National mobile numbers (ten digits) and identity numbers: 12 digits (province, century and sex, year, serial) or 9.
MOBILE = re.compile(
    r"(?<![\d.,])(?:(?:\(\+?84\)|\+84)[ .-]?|0)[35789](?:[ .-]?\d){8}(?![\d]|[.,]\d)|(?<![\d.,])84[35789]\d{8}(?!\d)"
)
CITIZEN_ID = re.compile(
    r"(?<![\d.,])0\d{2}[ .]?\d[ .]?\d{2}[ .]?\d{6}(?!\d|[.,]\d)|(?<![\d.,])0\d{2}(?: ?\d{3}){3}(?!\d)"
)
OLD_ID = re.compile(r"(?<![\d.,])\d{3} ?\d{3} ?\d{3}(?![\d]|[.,]\d|\s?(?:đ|đồng|VNĐ|tấn|kg|m2|m³)\b)")
# Whatever number follows the name of such a paper, dotted like an amount of money too.
NAMED_ID = re.compile(
    r"(?i:CMND|CMTND|CCCD|chứng minh(?: nhân dân| thư)?|căn cước(?: công dân)?)[^\d\n]{0,20}(\d[\d .]{7,14}\d)"
)
AGE = re.compile(r"\b(\d{1,2})\s+(?:tuổi|tháng tuổi)\b")
AGE_BEFORE = re.compile(r"\b(\d{1,2})\s+(?:tuổi|tháng tuổi)\s+tên(?: là)?\s+\Z")
SECRET_STAMP = re.compile(r"(?<!\w)(?:TUYỆT MẬT|TỐI MẬT|MẬT)(?!\w)(?!\s+(?:ONG|ĐỘ|KHẨU|MÃ|THIẾT))")
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?\n]+|$)")
_MARKED = "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐ"
_CAPITAL = f"[A-Z{_MARKED}]"
_SYLLABLE = rf"{_CAPITAL}[a-z{_MARKED.lower()}]+"
_MORE = rf"\s+{_CAPITAL}[a-z{_MARKED.lower()}]*"  # Giàng A Páo
_LOUD = rf"\s+{_CAPITAL}+"  # GIÀNG A PÁO


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
    titled = rf"(?:(?i:{titles})\s+(?:(?i:ông|bà)\s+)?)(?P<titled>{_SYLLABLE}(?:{_MORE}){{0,3}})"
    full = rf"(?P<full>(?:{surnames})(?:{_MORE}){{1,3}})"
    loud = rf"(?P<loud>(?:{surnames.upper()})(?:{_LOUD}){{1,3}})(?!{_LOUD})"  # a longer row of capitals is a heading
    return re.compile(rf"(?<!\w)(?:{titled}|{full}|{loud})(?!\w)")


def names(text: str) -> Iterator[Span]:
    """Where people seem to be named: after a title, or a surname with one to three more syllables."""
    for match in _name().finditer(text):
        start, end = match.span(match.lastgroup or 0)
        if not (_is_no_person(text[start:end]) or _called_so().search(text, max(0, start - 20), start)):
            yield start, end


@lru_cache(maxsize=1)
def _called_so() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?i:{'|'.join(words()['called_so'])})\s+\Z")


def in_office(text: str, end: int) -> bool:
    """Whether an office follows the name that ends there: "Nguyễn Văn Thành, Phó Chủ tịch ..."."""
    return bool(_office().match(text, end))


@lru_cache(maxsize=1)
def _office() -> re.Pattern[str]:
    return re.compile(rf"\s*[,(–-]\s*(?:{'|'.join(words()['offices'])})(?!\w)")


def _is_no_person(name: str) -> bool:
    name = name.title() if name.isupper() else name
    return any(name.startswith(other) or other.endswith(name) for other in words()["not_people"]) or bool(
        any_of("organisation").match(name)
    )


def end_of_list(text: str, start: int, end: int) -> int:
    """Where the list that the sentence [start, end) announces ends: with the text, or at an empty line, but not one
    right below a heading with a colon.
    """
    heading = text[start:end].rstrip()
    gap = re.compile(r"\n[ \t]*\n").search(text, end if heading.endswith(":") else start + len(heading))
    return gap.start() if gap else len(text)


def sentences(text: str) -> Iterator[Span]:
    """The spans of sentences; a line is a sentence too."""
    for match in SENTENCE.finditer(text):
        yield match.span()
