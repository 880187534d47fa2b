"""Telephone numbers, service numbers, numbers of accounts and papers: digit by digit, the leading nought included.

Groups of digits are kept as they are written, with a breath between them; a mobile number in one piece is read 4-3-3.
"""

import re

from loa.media.reading.numbers import count, digits, letters
from loa.media.reading.rules.base import START, Match, Rule, Spoken, head, rule, sentence_before, tail

CALL = re.compile(
    r"\b(gọi|gọi điện|đt|alo|a lô|tổng đài|đường dây nóng|điện thoại|hotline|số máy|liên hệ|báo cháy|cấp cứu"
    r"|cứu hỏa|cứu hoả|cứu thương"
    r"|cảnh sát|phản ứng nhanh|sđt|tel|fax|đầu số|bấm số|bấm|quay số|zalo|nhắn tin|gửi|cứu nạn|cứu hộ|báo ngay"
    r"|báo tin|trình báo|số điện thoại)\b",
    re.IGNORECASE,
)
_CALLED_AFTER = re.compile(
    r" ?(?:là (?:số|tổng đài|đường dây)|\((?:công an|cảnh sát|cứu|báo cháy|cấp cứu|tổng đài|bảo vệ|tìm kiếm)"
    r"|[-–:] ?(?:công an|cảnh sát|cứu|báo cháy|cấp cứu))",
    re.IGNORECASE,
)
_AN_AMOUNT = re.compile(
    r" ?(?:hộ|người|trường hợp|triệu|nghìn|tỷ|đồng|cây|con|ha|m\b|m2|km|kg|tấn|lượt|suất|vụ|ca |học sinh|xã|thôn"
    r"|phường|cơ sở|gia đình|công dân"
    r"|hồ sơ|cuộc|%|tuổi|ngày|giờ|phút|tin nhắn|đơn)"
)
_OF_HELPERS = re.compile(
    r"\b(công an|cảnh sát|CA|CSGT|PCCC|cứu hộ|cứu thương|y tế|trực ban)( \w+){0,2}: $", re.IGNORECASE
)
_OR_A_NUMBER = re.compile(r" ?(?:hoặc|hay|,|/|-|–) ?\(?0\d{2}")
_PAPERS = re.compile(
    r"\b(tài khoản|stk|tk|mã số|mã|mst|cccd|cmnd|căn cước|định danh|số hiệu|số thẻ|thẻ|seri|sê ri|vận đơn"
    r"|hộ chiếu|biên lai|hóa đơn|hợp đồng"
    r"|bhxh|bhyt|số đăng ký|imei|khách hàng|chứng minh|sổ)\b[^.;]{0,30}$",
    re.IGNORECASE,
)
_NOTHING_COUNTED = re.compile(
    r" ?(?:[.,;:!?)(/–-]|$|(?:để|hoặc|và|khi|nếu|hay|trong|ngay|miễn|theo|gặp|của|từ|vào|trước|là)\b)"
)
_GROUP = re.compile(r"[\dxX*]+")


def called(match: Match) -> bool:
    """Whether the sentence speaks of calling somebody."""
    return bool(CALL.search(sentence_before(match)) or _CALLED_AFTER.match(tail(match)))


def _groups(written: str) -> str:
    return ", ".join(_figures(group) for group in _GROUP.findall(written))


def _figures(group: str) -> str:
    return " ".join("ích" if character in "xX*" else digits(character) for character in group)


def _telephone(match: Match) -> Spoken:
    groups = _GROUP.findall(match[0])
    joined = "".join(groups)
    masked = not joined.isdecimal()
    right = len(joined) == (11 if joined.startswith("02") else 10)
    if not right and not masked and not (9 <= len(joined) <= 11 and (len(groups) > 1 or called(match))):
        return None
    if len(groups) == 1:
        groups = _in_threes(joined)
    return ", ".join(map(_figures, groups)), right and not masked


def _in_threes(figures: str) -> list[str]:
    """A number in one piece with room to breathe: the first four, or the three of Hà Nội and Thành phố Hồ Chí Minh."""
    first = 3 if figures.startswith(("024", "028")) else 4
    middle = first + (4 if len(figures) == 11 else 3)
    return [figures[:first], figures[first:middle], figures[middle:]]


def _abroad(match: Match) -> Spoken:
    rest = re.sub(r"\(0\)|[()]", " ", match["rest"])
    groups = _GROUP.findall(rest)
    if len(groups) == 1 and len(groups[0]) == 9:
        groups = [groups[0][:3], groups[0][3:6], groups[0][6:]]
    return "cộng tám bốn, " + ", ".join(map(_figures, groups)), True


def _hotline(match: Match) -> Spoken:
    return f"{digits(match['head'])}, {_groups(match['rest'])}", match["rest"].lower().find("x") < 0


def _emergency_numbers(match: Match) -> Spoken:
    return ", ".join(map(digits, re.findall(r"\d+", match[0]))), True


def _emergency_number(match: Match) -> Spoken:
    meant = called(match) or _OF_HELPERS.search(head(match)) or _OR_A_NUMBER.match(tail(match))
    return (digits(match[0]), True) if meant and not _AN_AMOUNT.match(tail(match)) else None


def _service(match: Match) -> Spoken:
    """1022, 1080, 9090 and short local numbers, only right behind a word of calling, and nothing counted behind."""
    return (_groups(match["n"]), True) if _NOTHING_COUNTED.match(tail(match)) else None


def _paper(match: Match) -> Spoken:
    if re.fullmatch(r"\d{1,2}([ .-])\d{1,2}\1(?:19|20)\d\d", match[0]):
        return None
    return (_groups(match[0]), True) if _PAPERS.search(head(match)) else None


def _file(match: Match) -> Spoken:
    """The number of a file with dots, hyphens and letters."""
    groups = (re.findall(r"\d+|[A-ZĐ]+", group) for group in re.split(r"[.-]", match[0]))
    return ", ".join(
        " ".join(digits(one) if one.isdecimal() else letters(one) for one in group) for group in groups
    ), True


def _number_of_paper(match: Match) -> Spoken:
    """ "No. 0012345"."""
    return f"số {count(match['n']) if len(match['n']) < 4 and match['n'][0] != '0' else digits(match['n'])}", True


def _long_digits(match: Match) -> Spoken:
    return (digits(match[0]), False) if not _AN_AMOUNT.match(tail(match)) else None


_RIGHT_BEFORE = (
    r"(?i:(?<=gọi )|(?<=gọi số )|(?<=tổng đài )|(?<=tổng đài: )|(?<=đầu số )|(?<=hotline )|(?<=hotline: )"
    r"|(?<=đt: )|(?<=đt )"
    r"|(?<=sđt: )|(?<=sđt )|(?<=điện thoại )|(?<=điện thoại: )|(?<=điện thoại số )|(?<=số máy )|(?<=fax: )"
    r"|(?<=fax )|(?<=tel: )"
    r"|(?<=máy lẻ )|(?<=máy nhánh )|(?<=gửi )|(?<=gửi đến )|(?<=gửi tới )|(?<=đường dây nóng )"
    r"|(?<=đường dây nóng: )|(?<=liên hệ )|(?<=bấm )"
    r"|(?<=bấm phím ))"
)
# Two numbers may stand on either side of a stroke.
_START = r"(?<!\w)(?<!\d[.,:])"
_NO_MORE = r"(?![\dxX]|[.,]\d)(?![^\W\d_])"

RULES: tuple[Rule, ...] = (
    rule(
        "papers",
        r"(?i:(?<=số )|(?<=hiệu )|(?<=seri )|(?<=sêri )|(?<=seri: )|(?<=số: )|(?<=sổ đỏ )|(?<=chứng nhận )"
        r"|(?<=thẻ )|(?<=phôi ))"
        r"[A-ZĐ]{1,3} ?\d{5,9}(?!\w|[.,/]\d)",
        _file,
    ),
    rule(
        "papers",
        START + r"\d{2,6}(?:[ .-]\d{2,6}){1,5}(?!\w|[.,]\d)",
        lambda match: _paper(match) if sum(map(str.isdecimal, match[0])) >= 8 else None,
    ),
    rule("papers", START + r"\d{6,20}(?!\w|[.,]\d)", _paper),
    rule(
        "papers",
        r"(?i:(?<=mã hồ sơ )|(?<=mã hồ sơ: )|(?<=mã số )|(?<=mã số: ))(?=[A-Z0-9.-]{0,39}\d)"
        r"[A-Z0-9]{1,12}(?:[.-][A-Z0-9]{1,12}){1,6}(?!\w)",
        _file,
    ),
    rule("papers", r"(?i:(?<=đuôi )|(?<=mã pin )|(?<=mã otp )|(?<=mã otp: ))\d{3,8}(?!\w|[.,]\d)", _file),
    rule(
        "telephone",
        r"(?<![\w+])(?:\(?\+84\)?|\(84\))[ .-]?(?P<rest>(?:\(0\))?[ ]?\d{1,3}(?:[ .-]?\d{2,4}){2,4})" + _NO_MORE,
        _abroad,
    ),
    rule(
        "hotline",
        START + r"(?P<head>1[89]00)[ .-]?(?P<rest>[\dxX]{2}[ .-][\dxX]{2}[ .-][\dxX]{2}|[\dxX]{2}[ .-][\dxX]{2}"
        r"|[\dxX]{3}[ .-]?[\dxX]{3}"
        r"|[\dxX]{4})(?![\dxX])(?!/\d)",
        _hotline,
    ),
    rule(
        "telephone",
        _START + r"(?:0[35789](?:[ .-]?\d){8}|\(?02\d{1,2}\)?(?:[ .-]{0,2}\d){7,8})" + _NO_MORE,
        _telephone,
    ),
    rule(
        "telephone",
        _START + r"\(?0[2-9]\d{1,3}\)?(?:[ .-]{0,2}[\dxX*]){5,8}(?!\w|[.,]\d)",
        _telephone,
    ),
    rule(
        "telephone",
        r"(?<![\w*#])\*\d{2,5}(?:\*[\dxX]{1,15}){0,3}#",
        lambda match: (
            " ".join(
                {"*": "sao", "#": "thăng"}.get(one) or _figures(one) for one in re.findall(r"\d+|[*#xX]", match[0])
            ),
            True,
        ),
    ),
    rule("papers", r"(?<!\w)(?:No|NO|N°|Nº|№)(?:\. ?| ?:? ?)(?P<n>\d{1,12})(?![\w/]|[.,]\d)", _number_of_paper),
    rule("emergency_number", START + r"11[1-5](?: ?[/,-] ?11[1-5]){1,4}(?!\w|[.,/-]\d)", _emergency_numbers),
    rule("emergency_number", START + r"11[1-5](?!\w|[.,/]\d)", _emergency_number),
    rule("telephone", _RIGHT_BEFORE + r"(?P<n>[1-9]\d{2}(?:[ .]?\d{1,4}){0,2})(?!\w|[.,/]\d)", _service),
    rule("long_digits", START + r"\d{7,40}(?![\w.,]\d|\w| ?(?:đồng|đ\b|VN|triệu|nghìn|tỷ))", _long_digits),
)
