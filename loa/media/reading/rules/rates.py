"""Slashes behind amounts (20.000đ/lao động, 6 tháng/lần, tỷ lệ nam/nữ) and units without a figure of their own."""

import re

from loa.media.reading.numbers import count
from loa.media.reading.rules.base import Match, Rule, Spoken, head, rule, tail
from loa.media.reading.rules.units import ONLY_UNIT, PER, UNITS, WITH_UNIT, per

_PRICED = re.compile(
    r"(?:\d|/) ?(?:nghìn|ngàn|triệu|tỷ|k|K|tr)? ?(?:đồng|đ|k|K|tr|nghìn|triệu|kg|g|ml|l|lít|mg|m|m2|m²|m3|m³|ha|km|kWh"
    r"|%|tấn|tạ|h|s|giờ|ngày|tháng|năm|vụ|lần|ca|buổi|người|hộ|xe)$"
)
_COUNTED = re.compile(r"\d[\d.,]{0,12} [^\W\d_]{1,8}(?: [^\W\d_]{1,8})?$")
_ROUNDS = "lần|chuyến|lượt|đợt|kỳ|ca|phiên|buổi|tối|sáng|chiều|đêm|trưa"
_PLACES = "xã|phường|thị trấn|đặc khu|thôn|bản|xóm|ấp|tổ dân phố|tổ|khu phố|khu|buôn|làng|khóm|huyện|tỉnh|thành phố"
_IN_WORD = re.compile(r"[^\W\d_]\d+$")
_PAID = re.compile(r"\d ?(?:đồng|đ|k|K|tr|nghìn|ngàn|triệu|tỷ)$")
_A_WHILE = re.compile(r"\d{1,3} ?(?:ngày|tháng|tuần|năm|phút|giờ|h|p|buổi|['’′])(?!\w)")
_MEASURED = re.compile(r"\d ?(?:W|kW|V|kV|A|Hz|mA|Ah)$")
_COUNTABLE = re.compile(
    r"(?:đồng|đ|VNĐ|nghìn|triệu|tỷ|kg|gam|g|lít|l|ml|m|m2|m²|m3|m³|km|tấn|tạ|yến|sào|ha|kWh|%|người|hộ|lần|suất|con"
    r"|cây|công|buổi|ngày|giờ"
    r"|tháng|năm|tiết|lượt|phần|bao|mức|tiền|giá|viên|liều|phiếu|trang|thu nhập|bình quân|học sinh|em|trẻ)$"
)
_RATE = re.compile(r"\b(tỷ lệ|tỉ lệ|tỷ số|tỉ số|tỷ suất|tỷ trọng)\b[^.;:]{0,30}$", re.IGNORECASE)
_TIME_OF = re.compile(r"\d ?(?:tháng|tuần|năm|ngày|ngày đêm|giờ|phút|quý|tiếng|h|p|'|’|′|vụ|buổi|tiết|bài)(?: rưỡi)?$")


def _unit(match: Match) -> Spoken:
    """Not of figures that are part of a word: "p0T" is no amount."""
    return None if _IN_WORD.search(head(match)) else (UNITS[match[0].strip()], True)


def _of_people(match: Match) -> Spoken:
    """Behind an amount, or what is counted or paid; "cán bộ/người dân" is one or the other."""
    before = head(match, 40)
    meant = any(map(str.isdecimal, before)) or _COUNTABLE.search(before)
    return (f" {per(match[0])}", True) if meant else None


def _of_things(match: Match) -> Spoken:
    """ "20.000đ/lao động", "2-3 dảnh/khóm": so much for each; "nam/nữ" is left."""
    before = head(match, 32)
    if _PRICED.search(before):
        return " mỗi ", True
    return (" mỗi ", False) if _COUNTED.search(before) else None


def _every(match: Match) -> Spoken:
    """ "6 tháng/lần" is once in six months, "3h/tối" three hours each evening."""
    before = head(match, 32)
    if match["w"] in ("tối", "sáng", "chiều", "trưa") and not _TIME_OF.search(before):
        return None
    if match["w"] in ("lần", "chuyến", "lượt", "đợt", "kỳ", "phiên") and _TIME_OF.search(before):
        return f" một {match['w']} ", True
    return (f" mỗi {match['w']} ", True) if _TIME_OF.search(before) or _PRICED.search(before) else None


def _over(match: Match) -> Spoken:
    """ "15k/1kg" and "150k/90 phút" have no word for the stroke; "50W/220V" says two things."""
    before = head(match, 12)
    if re.match(r"1 ?[^\W\d_]", tail(match)) or (_PAID.search(before) and _A_WHILE.match(tail(match))):
        return " ", True
    return (", ", True) if _MEASURED.search(before) else (" trên ", True)


# Units and slashes without a figure of their own.
RULES: tuple[Rule, ...] = (
    rule("unit", rf"(?<=\d)(?:{WITH_UNIT})", _unit),
    rule("unit", rf"(?<![\w/.°]){ONLY_UNIT}(?!\.\w)", _unit),
    rule("unit", r"(?<=độ )[CF](?!\w)", lambda match: ("xê" if match[0] == "C" else "ép", True)),
    rule(
        "per",
        r"(?<=[^\W\d_%])/(?P<n>\d{1,3}) ?(?:h|giờ"
        r"|H)(?!\w)",
        lambda match: (f" trong {count(match['n'])} giờ", True),
    ),
    rule(
        "per",
        r"(?<=[^\W\d_]) ?/ ?(?=[^\W\d_]{2})",
        lambda match: (" trên ", True) if _RATE.search(head(match)) else None,
    ),
    rule("per", rf"(?<!\w)(?P<a>{_PLACES})/(?=(?:{_PLACES})(?!\w))", lambda match: (f"{match['a']},", True)),
    rule("per", rf"(?<=[\w'’′]) ?/ ?(?P<w>{_ROUNDS})(?!\w)", _every),
    rule("per", rf"(?<=[\w%²³)'’\"]){PER}", _of_people),
    rule("per", r"(?<=[\w%]) ?/ ?(?=[^\W\d_]{2})", _of_things),
    rule("per", r"(?<=[2-6]G)/(?=[2-6]G)", lambda match: (",", True)),
    rule("per", r"(?<=[^\W\d_]) ?/ ?(?=\d)", _over),
)
