"""What a rule is, and the few things that most rules ask of the text around them.

Rules see cleaned text (see clean.py): NFC, one space between words, hyphens and dashes only as - – —. Every pattern is
bounded in length, so that the whole is linear in the text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from loa.media.reading.capitals import compiled
from loa.media.reading.numbers import count

Match = re.Match[str]
Spoken = tuple[str, bool] | None

# Nothing that a number could be the end of stands before; nothing that it could go on with stands behind.
START = r"(?<![\w/])(?<!\d[.,:-])(?<!\w[-–@])"
END = r"(?!\w|[.,/:]\d|[-–]\w)"
DASH = r" ?[-–—] ?"
YEAR = r"(?:1[89]|20|21)\d\d"
# What follows a slash after an amount, "15.000đ/kg": said "mỗi".
EACH = (
    "ngày đêm|ngày|đêm|tuần|tháng|quý|năm|vụ|mùa|người|hộ|gia đình|lần|giờ|phút|giây|nhà|khẩu|nhân khẩu|suất"
    "|buổi|công|sào|mẫu"
    "|cây|con|em|cháu|trẻ|học sinh|sinh viên|lớp|đợt|ca|chuyến|lượt|vé|xe|chiếc|cái|bộ|bao|gói|hộp|chai|thùng"
    "|cuốn|quyển|tờ|bài"
    "|giải|tiết|mét|tấn|tạ|yến|lít|cân|thôn|xã|huyện|tỉnh|tổ|đội|trường|hồ sơ|trường hợp|liều|mũi|viên|số|kwh"
    "|đối tượng|đồng chí"
    "|thành viên|đại biểu|phòng|căn|khối|khóm|bông|gốc|luống|cá thể|tiêu chí|bữa|phần|đơn vị|trang|lá|quả|trái"
    "|sản phẩm|giường|héc ta|mũi tiêm|trục|điểm|môn|ki lô gam|bàn|máy|tổ máy|chỉ|lứa|đàn|mâm|suất ăn|kíp|đơn hàng"
    "|đơn|chậu|khay|bầu|bát|cốc|ô|lô|thửa|kỳ|học kỳ|khóa|khoá"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`say(match)` gives (words, sure), or None to leave the place to the later rules."""

    name: str
    pattern: re.Pattern[str]
    say: Callable[[Match], Spoken]


def rule(name: str, pattern: str, say: Callable[[Match], Spoken], flags: int = 0) -> Rule:
    """A rule from the source of its pattern."""
    return Rule(name, compiled(pattern, flags), say)


def head(match: Match, length: int = 48) -> str:
    """What stands before the match on its line, at most `length` characters."""
    start = max(match.string.rfind("\n", 0, match.start()) + 1, match.start() - length)
    return match.string[start : match.start()]


def tail(match: Match, length: int = 48) -> str:
    """What follows the match on its line, at most `length` characters."""
    return match.string[match.end() : match.end() + length].split("\n", 1)[0]


def sentence_before(match: Match, length: int = 200) -> str:
    """As `head`, but only from the last end of a sentence on."""
    return re.split(r"[.!?] ", head(match, length))[-1]


def year(written: str) -> str:
    """ "2026" -> "năm hai nghìn không trăm hai mươi sáu"."""
    return f"năm {count(written)}"


def joined(*parts: str) -> str:
    """The parts that are not empty, with spaces."""
    return " ".join(part for part in parts if part)
