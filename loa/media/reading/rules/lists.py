"""Marks of lists and tables, which are seen and not said, and dashes, which are a pause."""

import re

from loa.media.reading.numbers import count, letters, number, roman
from loa.media.reading.rules.base import Match, Rule, Spoken, rule


def _silent(match: Match) -> Spoken:
    return "", True


def _number(match: Match) -> Spoken:
    return " chấm ".join(count(part) for part in match["n"].split(".")) + (match["mark"] or ""), True


def _letter(match: Match) -> Spoken:
    return letters(match["l"]), True


def _marked_letter(match: Match) -> Spoken:
    return f"{letters(match['l'])},", True


def _marked_number(match: Match) -> Spoken:
    return f"{count(match['n'])},", True


def _marked_roman(match: Match) -> Spoken:
    value = roman(match["n"].upper())
    return (f"{number(value)},", True) if value and value < 13 else None


def _row(match: Match) -> Spoken:
    """ "thôn 1,2 và 5", "tổ 1,3-5": names by their numbers, where there are no decimals."""
    if "," not in match["list"]:
        return None
    words = re.sub(
        r"\d{1,2}", lambda one: count(one[0]), re.sub(r" ?[-–] ?", " đến ", match["list"].replace("&", "và"))
    )
    words = re.sub(r"(?<=[^\W\d_ ])(?=[A-ZĐ])", " ", words)
    return f"{match['w']} {_SPACED.sub(', ', re.sub('[A-ZĐ]', lambda one: letters(one[0]), words))}", True


_SPACED = re.compile(r" ?, ?")
_NUMBERED = (
    "thôn|bản|xóm|tổ|tổ dân phố|khu phố|khu|ấp|buôn|khóm|đội|cụm|lớp|khối|khối lớp|phường|quận|đợt|mũi|điều|khoản|câu"
    "|trang|kênh|dãy|tầng|phòng|chi hội|chi bộ|liên gia|bàn|tuyến|KP|TDP|làng|loa số|các số"
)
_MEASURED = "kg|g|m|m2|m3|m²|m³|cm|mm|km|ha|lít|ml|tấn|tạ|điểm|triệu|tỷ|nghìn|đồng|lần|phần|độ|mét|sào|giờ"
_N = r"[1-9]\d?[A-EĐ]?"
_OR = r"(?: ?, ?| và | & | đến | ?[-–] ?)"

RULES: tuple[Rule, ...] = (
    rule("list", r"^ ?(?:[-–—+*•·●○■□▪▫◆◇►▶➢➤✓✔☑✦★☆»›>o](?= )|[-–—+*•·●■▪►](?=[^\W\d_]))[ ]?", _silent, re.MULTILINE),
    rule("list", r"^ ?[-–—•●](?=\d)(?!\d{1,3}°)", _silent, re.MULTILINE),
    rule(
        "list",
        r"^(?P<n>\d{1,2}(?:\.\d{1,2}){1,3})(?:(?P<mark>[.)])(?= [^\W\d_])"
        r"|(?= [A-ZĐÀ-Ỹ]))",
        _number,
        re.MULTILINE,
    ),
    rule(
        "list",
        r"(?:^|(?<=[:;] ))(?P<n>\d{1,2})/(?= [^\W\d_])",
        lambda match: (f"{count(match['n'])},", True),
        re.MULTILINE,
    ),
    rule(
        "clause",
        r"\b(?P<w>(?i:mục|tiểu mục|phần|khoản|bảng|hình|chương|tiết|tiêu chí|bước|phiên bản|phụ lục|biểu|chỉ tiêu"
        r"|nội dung))"
        r" (?P<n>\d{1,2}(?:\.\d{1,2}){1,3})(?!\w|[.,]\d|[%°]| ?(?:ha|kg|m|km|triệu|tỷ|tấn)(?!\w))",
        lambda match: (f"{match['w']} {' chấm '.join(count(one) for one in match['n'].split('.'))}", True),
    ),
    rule("list", r"^(?P<n>\d{1,2})(?P<mark>[.)])(?=[^\W\d_])", _number, re.MULTILINE),
    rule("list", r"^(?P<l>[a-eđghiklm])/(?= )", lambda match: (f"{letters(match['l'])},", True), re.MULTILINE),
    rule("list", r"(?:^|(?<=[:;,.] ))(?P<l>[a-zđ])\)(?= ?[^\W_])", _marked_letter, re.MULTILINE),
    rule("list", r"(?:^|(?<=[:;,.] ))(?P<n>\d{1,2})\)(?= ?[^\W_])", _marked_number, re.MULTILINE),
    rule("list", r"\((?P<n>[ivx]{1,4})\)(?= ?[^\W_])", _marked_roman),
    rule("list", r"\((?P<l>[a-eđghiklm])\)(?= [^\W_])", _marked_letter),
    rule("list", r"^(?P<l>[a-eđg])\.(?= [A-ZĐÀ-Ỹ])", lambda match: (f"{letters(match['l'])}.", True), re.MULTILINE),
    rule(
        "list",
        rf"(?<!\w)(?P<w>(?i:{_NUMBERED})) (?P<list>{_N}(?:{_OR}{_N}){{1,9}})(?!\w|[.,/:]\d|[-–]\d|[%°]"
        rf"| ?(?:{_MEASURED})(?!\w))",
        _row,
    ),
)
