"""What may stand in the lexicon of an area: one written form, and the words that are said for it. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from loa.areas.rules import Level
from loa.kernel.errors import Invalid

MOST_WRITTEN, MOST_SPOKEN = 60, 200
MOST_ENTRIES = 2_000  # far more than the officers of a commune will ever teach
KEEPERS = (Level.PROVINCE, Level.COMMUNE)  # who has a lexicon of its own; a hamlet reads as its commune does

_JOINING = " ,'’-"
MESSAGES = {
    "written_empty": "Hãy ghi chữ viết trong bản tin, có ít nhất một chữ cái hoặc chữ số. Ví dụ: HTX.",
    "written_long": f"Chữ viết dài quá {MOST_WRITTEN} ký tự. Mỗi mục chỉ ghi một chữ viết tắt hoặc một cụm từ ngắn.",
    "written_signs": "Chữ viết không dùng dấu < và >. Hãy ghi đúng như trong bản tin, ví dụ: TH&THCS.",
    "spoken_empty": "Hãy ghi cách đọc. Ví dụ: hợp tác xã.",
    "spoken_long": f"Cách đọc dài quá {MOST_SPOKEN} ký tự. Hãy ghi ngắn lại.",
    "spoken_signs": "Cách đọc chỉ ghi bằng chữ cái, đúng như khi nói. Số cũng ghi bằng chữ: “hai mươi” thay cho 20.",
    "lexicon_full": "Từ điển của một đơn vị có nhiều nhất 2.000 từ. Hãy xóa bớt những từ không dùng.",
    "no_lexicon": "Từ điển đọc lập cho xã, phường, đặc khu và cho tỉnh, thành phố. Thôn dùng từ điển của xã.",
}


@dataclass(frozen=True, slots=True)
class Word:
    """A written form and how it is said, both tidy."""

    written: str
    spoken: str


def word(written: str, spoken: str) -> Word:
    """What a person typed, without stray blanks and invisible signs. Raises Invalid with a code of MESSAGES."""
    return Word(_written(tidy(written)), _spoken(tidy(spoken)))


def tidy(text: str) -> str:
    """In composed letters (NFC), on one line, without what cannot be seen."""
    seen = (" " if mark.isspace() else mark for mark in text if unicodedata.category(mark) != "Cf")
    printable = (mark for mark in seen if unicodedata.category(mark) != "Cc")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", "".join(printable))).strip()


def refusal(code: str) -> Invalid:
    """The words for a code of MESSAGES."""
    return Invalid(MESSAGES[code], code=code)


def teachable(written: str) -> bool:
    """Whether a form may be read alike for good: a name or an abbreviation, not a date or a figure."""
    return len(tidy(written)) <= MOST_WRITTEN and any(mark.isalpha() for mark in written) and not set("<>") & {*written}


def _written(text: str) -> str:
    if not any(mark.isalnum() for mark in text):
        raise refusal("written_empty")
    if len(text) > MOST_WRITTEN:
        raise refusal("written_long")
    if "<" in text or ">" in text:
        raise refusal("written_signs")
    return text


def _spoken(text: str) -> str:
    if not text:
        raise refusal("spoken_empty")
    if len(text) > MOST_SPOKEN:
        raise refusal("spoken_long")
    if not any(mark.isalpha() for mark in text) or not all(mark.isalpha() or mark in _JOINING for mark in text):
        raise refusal("spoken_signs")
    return text
