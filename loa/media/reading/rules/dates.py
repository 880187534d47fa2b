"""Days, months, years and spans of them.

Days one to ten are "mùng", also behind "ngày", as the radio says them; the fourth month and weekday are "tư"; a date
without the word "ngày" before it gets one. 3/4 is a day among words of time and a fraction among words of amount.
"""

import calendar
import re

from loa.media.reading.numbers import count, number
from loa.media.reading.rules.base import DASH, END, START, YEAR, Match, Rule, Spoken, head, rule, tail, year
from loa.media.reading.rules.feasts import CALLED_AFTER_A_DAY, DAY_OF, DAYS_OF_NAMES, HOLIDAY_NAME, HOLIDAYS

D = r"(?:3[01]|[12]\d|0?[1-9])"
MO = r"(?:1[0-2]|0?[1-9])"
_DAY_BEFORE = re.compile(r"(ngày|mùng|mồng|rằm|mùng|hôm) $", re.IGNORECASE)
_DATE_BEFORE = re.compile(
    r"\b(ngày|mùng|mồng|rằm|từ|đến|tới|hết|trước|sau|hôm|sáng|trưa|chiều|tối|đêm|dịp|lễ|nay|mai|kia|tết|nhật|CN"
    r"|(?:thứ|Thứ) (?:hai|ba|tư|năm|sáu|bảy|[2-7])|T[2-7]|lúc|vào|hạn|giờ|phút|\dh|h\d\d|sinh|mất|giỗ|ký|cấp"
    r"|bắt đầu|kết thúc"
    r"|chót|chậm nhất|muộn nhất|hạn cuối|khai mạc|diễn ra|tổ chức|nhận|nộp)[,:(]* ?\(?$",
    re.IGNORECASE,
)
_AFTER_DATE = re.compile(
    r" ?(?:[,(] ?)?(?:thứ |chủ nhật|CN\b|âm lịch|dương lịch|ÂL|AL|DL|đến \d|đến ngày|đến hết|tới ngày|tới đây"
    r"|hằng năm|hàng năm"
    r"|năm nay|năm \d{4}|này"
    r"|[-–] ?\d\d?/|lúc|là ngày|vừa qua|sắp tới|và \d\d?/)"
)
_GRADE = (
    r"hạng|thương binh|bệnh binh|TB|BB|loại|thương tật|trình độ|văn hóa|văn hoá|học vấn|học hết|hết lớp|tốt nghiệp|hệ"
    r"|lớp|phòng|xóm|(?<!giỗ )tổ|căn|bài|câu|nhà|ngõ|ngách|hẻm|kiệt|SN|huyết áp|thị lực|tầng|dãy|thửa"
)
_GRADED = re.compile(
    rf"((tỷ|tỉ) (lệ|số) (\w+ )?|\b(?:{_GRADE}):? (?:(?:từ|đạt|là|hết|tối thiểu|ít nhất|lớp|hạng|loại|trên"
    rf"|dưới) ){{0,2}})$",
    re.IGNORECASE,
)
_GRADES = re.compile(rf"\b(?:{_GRADE})[^.;:]{{0,20}} \d/\d{{1,2}}(?:,| và| hoặc) $", re.IGNORECASE)
_RATIO_BEFORE = re.compile(rf"\b({_GRADE}|tỷ lệ|tỉ lệ|bản đồ|số nhà|điểm|tỷ số|đạt)\W*(\w+ )?$", re.IGNORECASE)
_MOMENT_BEFORE = re.compile(
    r"\b(sáng|trưa|chiều|tối|đêm|nhật|CN|T[2-7]|(?:thứ|Thứ) (?:hai|ba|tư|năm|sáu|bảy|[2-7]))[, (]{0,3}$", re.IGNORECASE
)
_DAY_WITH_HYPHEN = re.compile(
    r"(?:sáng|trưa|chiều|tối|đêm|hôm|mai|nay|kia|nhật|CN|T[2-7]|thứ (?:[2-7]|hai|ba|tư|năm|sáu"
    r"|bảy)),? \(?$",
    re.IGNORECASE,
)
_LUNAR = re.compile(
    r" ?[(,]? ?(?:âm lịch|ÂL|AL|dương lịch|DL|năm (?:Giáp|Ất|Bính|Đinh|Mậu|Kỷ|Canh|Tân|Nhâm|Quý)"
    r" (?:Tý|Tí|Sửu|Dần|Mão|Mẹo|Thìn|Tỵ|Tị|Ngọ|Mùi|Thân|Dậu|Tuất|Hợi))\b"
)
_DAY_AND_WEEKDAY_BEFORE = re.compile(r"\bngày (?:chủ nhật|thứ \w{1,4}) $", re.IGNORECASE)
_AMOUNT_BEFORE = re.compile(
    r"\b(khoảng|hơn|gần|đạt|tối thiểu|ít nhất|nhất|chiếm|quá|bằng|giảm|tăng|còn|được|uống|có|với|mất|trên|dưới"
    r"|thêm|hết|bỏ|tiêm|liều|tới"
    r"|lên|chỉ|là|trong)( \w{1,8})?$",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    r" (số|tổng|diện tích|dân số|quãng|chiều|thể tích|khối lượng|trọng lượng|thời gian|thu nhập|quân số|giá|mức"
    r"|viên|thìa|muỗng|cốc"
    r"|ly|bát|chén|lít|kg|cân|sào|ha|ngày|năm|tháng|nhiệm kỳ|đoạn|chặng|suất|lượng|nửa|vốn|kinh phí|chi phí|tiền"
    r"|hộp|gói|ống|lương|bề)\b"
)
_COUNTED = re.compile(
    r" (hộ|thôn|bản|xã|phường|người|học sinh|em|cháu|chỉ tiêu|tiêu chí|đại biểu|trẻ|trường|lớp|tổ|khu|huyện|tỉnh"
    r"|đồng chí|thành viên"
    r"|ý kiến|phiếu|điểm|câu|bài|hồ sơ|đơn|cơ sở|trạm|công trình|nội dung|nhiệm vụ|chi bộ|đảng viên|cụm|loa"
    r"|cử tri|ủy viên|cán bộ"
    r"|hội viên|sản phẩm|hộ dân|gia đình|doanh nghiệp|dự án|chi hội|nhà|đường|tuyến|mẫu|ca|trường hợp|con|cây"
    r"|máy|thí sinh|môn|HTX|HS|CLB|TDP|KDC|KP|ĐV|DN|đơn vị|cơ quan|chỉ số|mục tiêu|đoàn|đội|giáo viên|CBGV|ấp|xóm"
    r"|khối|nhóm|cặp"
    r"|phòng|ban|ngành|giống|khoản|mũi|điểm trường|nguyện vọng|ngày công|xe|thửa|lô|ca)\b"
)
_HALVES = frozenset({(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5), (4, 5), (1, 10)})
_HOLIDAY_BEFORE = re.compile(
    r"(kỷ niệm|mừng|chào mừng|nghỉ|tết|quốc khánh|lễ|thống nhất|phụ nữ|liệt sĩ|thiếu nhi|nhà giáo|dịp|và|quốc tế"
    r"|lao động|ngày)[ (,]*$",
    re.IGNORECASE,
)


def full_year(written: str | None) -> int | None:
    """ "2026" and "26" -> 2026, "85" -> 1985."""
    if not written:
        return None
    value = int(written)
    return value if len(written) == 4 else value + (2000 if value < 40 else 1900)


def month_name(month: int) -> str:
    """ "tháng tư" is the fourth."""
    return "tư" if month == 4 else number(month)


def day_name(day: int) -> str:
    """ "mùng" up to the tenth."""
    return f"{'mùng ' if day <= 10 else ''}{number(day)}"


def exists(day: int, month: int, in_year: int | None) -> bool:
    """Whether the calendar has such a day; 29/2 in some year."""
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(in_year or 2024, month)[1]


def day_and_month(day: int, month: int, in_year: int | None) -> str | None:
    """Such as "mùng một tháng chín", "mười lăm tháng tám năm hai nghìn"; None if no such day exists."""
    if not exists(day, month, in_year):
        return None
    words = f"{day_name(day)} tháng {month_name(month)}"
    return f"{words} năm {number(in_year)}" if in_year else words


def _named(match: Match, words: str) -> str:
    """With "ngày" before it, unless it stands there; "mùng" only once."""
    if _DAY_AND_WEEKDAY_BEFORE.search(head(match)):
        return words
    before = _DAY_BEFORE.search(head(match))
    if not before:
        return f"ngày {words}"
    return words if before[1].lower() in ("ngày", "hôm") else words.removeprefix("mùng ")


def _full_date(match: Match) -> Spoken:
    words = day_and_month(int(match["d"]), int(match["mo"]), full_year(match["y"]))
    if words is None:
        return None
    certain = len(match["y"]) == 4 or bool(_DATE_BEFORE.search(head(match)))
    return _named(match, words), certain


def _iso(match: Match) -> Spoken:
    words = day_and_month(int(match["d"]), int(match["mo"]), int(match["y"]))
    return (_named(match, words), True) if words else None


def _short_date(match: Match) -> Spoken:
    """Day and month alone: nothing but the neighbours tells it from a fraction."""
    day, month = int(match["d"]), int(match["mo"])
    words = day_and_month(day, month, None)
    before, after = head(match), tail(match)
    padded = match["d"][0] == "0" or match["mo"][0] == "0"
    if _LUNAR.match(after):
        lunar = f"{day_name(day)} tháng {month_name(month)}" if 1 <= day <= 30 and month <= 12 else None
        return (_named(match, lunar), True) if lunar else None
    if _is_grade(before):
        return None
    if (day, month) in DAYS_OF_NAMES and CALLED_AFTER_A_DAY.search(before) and not padded:
        return f"{number(day)} tháng {month_name(month)}", True
    if words and (((day, month) in HOLIDAYS and HOLIDAY_NAME.search(before)) or DAY_OF.search(before)):
        return words, True
    certain = bool(_DATE_BEFORE.search(before) or _AFTER_DATE.match(after)) or padded
    amount = bool(_PART_OF.match(after) or _COUNTED.match(after))
    holiday = (day, month) in HOLIDAYS and bool(_HOLIDAY_BEFORE.search(before))
    if words is None or (
        amount and not padded and not (_DAY_BEFORE.search(before) or _MOMENT_BEFORE.search(before) or holiday)
    ):
        return None
    if certain or holiday:
        return _named(match, words), True
    if (day, month) in HOLIDAYS and not _AMOUNT_BEFORE.search(before):
        return _named(match, words), True
    if day < month and (_AMOUNT_BEFORE.search(before) or (day, month) in _HALVES):
        return None
    return _named(match, words), day > month and day > 12


def _is_grade(before: str) -> bool:
    """Behind "hạng", "trình độ" and the like; in a row what the first of them is."""
    if before.endswith((", ", "và ", "hoặc ")) and _GRADES.search(before):
        return True
    return _GRADED.search(before[-32:]) is not None


def _fraction(match: Match) -> Spoken:
    above, below = int(match["a"]), int(match["b"])
    if below == 0 or _is_ratio(match):
        return f"{count(match['a'])} trên {count(match['b'])}", below != 0
    if _COUNTED.match(tail(match)) and (above, below) not in _HALVES - {(2, 5), (3, 5), (4, 5), (1, 10)}:
        return f"{number(above)} trên {number(below)}", True
    part = bool(_PART_OF.match(tail(match)))
    if above < below and (part or (below <= 20 and (above == 1 or below <= 5 or (above, below) in _HALVES))):
        sure = part or ((above, below) in _HALVES and bool(_AMOUNT_BEFORE.search(head(match))))
        return f"{number(above)} phần {month_name(below) if below == 4 else number(below)}", sure
    return f"{number(above)} trên {number(below)}", above == below


def _hyphen_day(match: Match) -> Spoken:
    """ "chiều 3-8" is a day, "3-8 tuổi" a span."""
    day, month = int(match["d"]), int(match["mo"])
    words = day_and_month(day, month, None)
    if words and (day, month) in DAYS_OF_NAMES and CALLED_AFTER_A_DAY.search(head(match)):
        return f"{number(day)} tháng {month_name(month)}", True
    moment = _DAY_WITH_HYPHEN.search(head(match)) or (day > month and _DATE_BEFORE.search(head(match)))
    return (_named(match, words), True) if words and moment else None


def _is_ratio(match: Match) -> bool:
    before = head(match)
    near = _is_grade(before) or _RATIO_BEFORE.search(before)
    return bool(near) and not _PART_OF.match(tail(match))


def _dates(match: Match) -> Spoken:
    """01/9-15/9/2026; a span ends later than it begins."""
    first = day_and_month(int(match["d1"]), int(match["mo1"]), full_year(match["y1"]))
    last = day_and_month(int(match["d2"]), int(match["mo2"]), full_year(match["y2"]))
    if first is None or last is None:
        return None
    return f"{_named(match, first)} đến ngày {last}", True


def _days(match: Match) -> Spoken:
    """06-15/7, and 1, 3 và 5/9."""
    in_year = full_year(match["y"])
    last = day_and_month(int(match["d2"]), int(match["mo"]), in_year)
    if last is None or not 1 <= int(match["d1"]) < int(match["d2"]):
        return None
    return f"{_named(match, day_name(int(match['d1'])))} đến ngày {last}", True


def _days_alone(match: Match) -> Spoken:
    days = re.sub(D, lambda day: day_name(int(day[0])), match["list"])
    return re.sub(r", ?", ", ", days).replace("&", "và"), True


def _days_of_month(match: Match) -> Spoken:
    return f"{day_name(int(match['d1']))} đến ngày {day_name(int(match['d2']))}", True


def _list_of_days(match: Match) -> Spoken:
    last = day_and_month(int(match["d"]), int(match["mo"]), full_year(match["y"]))
    if last is None:
        return None
    days = re.sub(D, lambda day: day_name(int(day[0])), match["list"])
    return re.sub(r", ?", ", ", days).replace("&", "và") + last, True


def _half_days(match: Match) -> Spoken:
    """ "sáng 10 và 11/9"."""
    said = _list_of_days(match)
    return (f"{match['w']} ngày {said[0]}", True) if said else None


def _month(match: Match) -> Spoken:
    return f"{match['w']} {month_name(int(match['mo']))} {year(match['y'])}", True


def _bare_month(match: Match) -> Spoken:
    if match["mo"] == "1" and re.search(r"(tỷ lệ|tỉ lệ|bản đồ)\b[^.]{0,30}$", head(match), re.IGNORECASE):
        return f"một trên {count(match['y'])}", True
    return f"tháng {month_name(int(match['mo']))} {year(match['y'])}", True


def _months(match: Match) -> Spoken:
    first = f"tháng {month_name(int(match['m1']))}" + (f" {year(match['y1'])}" if match["y1"] else "")
    last = f"tháng {month_name(int(match['m2']))}" + (f" {year(match['y2'])}" if match["y2"] else "")
    return f"{first} đến {last}", True


def _list_of_months(match: Match) -> Spoken:
    names = re.sub(r"\d\d?", lambda month: month_name(int(month[0])), match["list"])
    return f"{match['w']} {names.replace('-', ' đến ').replace('–', ' đến ')}" + (
        f" {year(match['y'])}" if match["y"] else ""
    ), True


def _number_of_year(match: Match) -> Spoken:
    return f"{match['w']} {count(match['n'])} {year(match['y'])}", True


def _years(match: Match) -> Spoken:
    return f"{count(match['y1'])} đến {count(match['y2'])}", int(match["y1"]) < int(match["y2"])


_FEW = re.compile(
    r" (lần|buổi|ca|lượt|bữa|giờ|tiếng|viên|lít|kg|đồng|triệu|nghìn|ngàn|người|ngày|đêm|phút|công|bát|cốc|muỗng"
    r"|thìa|liều|gói)\b"
)
_NO_DAY = re.compile(r"(\d|mỗi|một|hằng|hàng|vài|mấy|nửa|/|[Ss]ố|công|suốt) $")
_SURE_DAY = re.compile(
    r"\b([Tt]ừ|[Đđ]ến|[Tt]rước|[Ss]au|[Vv]ào|[Hh]ết|[Tt]ới|[Cc]ác|sáng|chiều|tối|đêm|[Kk]ể từ|bảy|nhật|hai|ba|tư"
    r"|năm|sáu|giờ|qua|và) $"
)


def _day(match: Match) -> Spoken:
    if _NO_DAY.search(head(match)) or _FEW.match(tail(match)):
        return None
    if re.match(r"(?:(?:, ?| và )\d{1,2})* (?:hằng|hàng|trong|mỗi) tuần", tail(match)):
        return None  # weekdays by their numbers
    day = int(match["d"])
    after = re.match(r" (tháng|hằng|hàng|này|tới|đến|và|âm|dương|tết|Tết)\b|[.,;:)]|$", tail(match))
    known = bool(after) or match["d"][0] == "0" or bool(_SURE_DAY.search(head(match)))
    return (f"{match['w']} {day_name(day)}", True) if known else None


def _lunar_days(match: Match) -> Spoken:
    return f"{match['w']} {number(int(match['d1']))} đến {day_name(int(match['d2']))}", True


def _lunar_day(match: Match) -> Spoken:
    return f"{match['w']} {number(int(match['d']))}", True


_Y = rf"(?:[/.-](?P<y>{YEAR}))?"
_BETWEEN = r"(?:, ?| và | hoặc | hay | & )"
_LAST = r"(?!\w|[.,/:]\d)"

RULES: tuple[Rule, ...] = (
    rule("years", r"(?<!\w)(?:[sS][/.]?[nN]|SN)\.?:? ?(?=(?:19|20)\d\d(?![\d/.-]))", lambda match: ("sinh năm", True)),
    rule(
        "date",
        r"(?<!\w)(?:[sS][/.]?[nN]|[nN][sS])\.?:? ?(?=(?:0?[1-9]|[12]\d|3[01])[/.-]\d{1,2}[/.-](?:19|20)\d\d(?!\d))",
        lambda match: ("sinh", True),
    ),
    rule("date", START + r"(?P<y>(?:19|20)\d\d)-(?P<mo>0[1-9]|1[0-2])-(?P<d>[0-3]\d)" + END, _iso),
    rule(
        "dates",
        START
        + rf"(?P<d1>{D})/(?P<mo1>{MO})(?:/(?P<y1>{YEAR}))?(?:{DASH}| đến )(?P<d2>{D})/(?P<mo2>{MO})(?:/(?P<y2>{YEAR}))?"
        + _LAST,
        _dates,
    ),
    rule(
        "dates",
        START
        + rf"(?P<d1>{D})[.-](?P<mo1>{MO})[.-](?P<y1>{YEAR}) [-–—] (?P<d2>{D})[.-](?P<mo2>{MO})[.-](?P<y2>{YEAR})"
        + _LAST,
        _dates,
    ),
    rule("days", START + rf"(?P<d1>{D}){DASH}(?P<d2>{D})/(?P<mo>{MO}){_Y}" + _LAST, _days),
    rule(
        "days",
        rf"(?:(?<=[Nn]gày )|(?<=[Nn]gày: )"
        rf"|(?<=[Nn]gày \())(?P<list>{D}{_BETWEEN}(?:{D}{_BETWEEN}){{0,6}})(?P<d>{D})/(?P<mo>{MO}){_Y}" + _LAST,
        _list_of_days,
    ),
    rule(
        "days",
        rf"\b(?P<w>(?i:sáng|trưa|chiều|tối|đêm)) (?P<list>{D}{_BETWEEN}(?:{D}{_BETWEEN}){{0,6}})(?P<d>{D})"
        rf"/(?P<mo>{MO}){_Y}" + _LAST,
        _half_days,
    ),
    rule(
        "date", START + rf"(?P<d>{D}) ?(?P<sep>[/.-]) ?(?P<mo>{MO}) ?(?P=sep) ?(?P<y>{YEAR})(?!\w|[.,/:]\d)", _full_date
    ),
    rule("date", START + rf"(?P<d>{D})(?P<sep>[/-])(?P<mo>{MO})(?P=sep)(?P<y>\d\d)" + END, _full_date),
    rule(
        "month",
        r"\b(?P<w>[Tt]háng|THÁNG) (?P<list>(?:1[0-2]|0?[1-9])(?:(?:, ?| và |[-–])(?:1[0-2]"
        r"|0?[1-9])){1,5})/(?P<y>(?:19|20)\d\d)" + _LAST,
        _list_of_months,
    ),
    rule(
        "months",
        START + rf"(?<!tháng )(?P<m1>{MO})(?:/(?P<y1>{YEAR}))?{DASH}(?P<m2>{MO})/(?P<y2>{YEAR})" + _LAST,
        _months,
    ),
    rule("month", rf"\b(?P<w>[Tt]háng|THÁNG) (?P<mo>{MO}) ?[/-] ?(?P<y>{YEAR})" + _LAST, _month),
    rule(
        "number_of_year",
        rf"\b(?P<w>(?i:quý|đợt|lần|lần thứ|kỳ|số|tuần|khóa|khoá|vụ|bão số|học kỳ"
        rf"|phiên)) (?P<n>\d{{1,3}}) ?/ ?(?P<y>{YEAR})" + _LAST,
        _number_of_year,
    ),
    rule("month", START + rf"(?P<mo>{MO})/(?P<y>{YEAR})(?!\w|[.,/:]\d)", _bare_month),
    rule("years", START + rf"(?P<y1>{YEAR})(?: ?[-–—/] ?)(?P<y2>{YEAR})" + END, _years),
    rule("days", rf"(?<=[Nn]gày )(?P<d1>{D})[-–](?P<d2>{D})(?= (?:hằng|hàng|mỗi|tháng|của))", _days_of_month),
    rule("date", rf"(?<![\w/.,-])(?P<d>{D})-(?P<mo>{MO})(?!\w|[.,/:-]\d| tuổi)", _hyphen_day),
    rule("date", rf"(?<=[Nn]gày )(?P<d>{D})[.-](?P<mo>{MO})(?!\w|[.,/:-]\d)", _short_date),
    rule("date", START + rf"(?P<d>{D})/(?P<mo>{MO})(?!\w|[/:]\d|[.,]\d|%)", _short_date),
    rule("fraction", START + r"(?P<a>\d{1,6})/(?P<b>\d{1,6})(?![\w/]|[.,]\d)", _fraction),
    rule(
        "days",
        rf"(?<=[Nn]gày )(?P<list>{D}(?:{_BETWEEN}{D}){{1,6}})(?= (?:hằng tháng|hàng tháng|mỗi tháng"
        rf"|tháng|âm|ÂL|AL))",
        _days_alone,
    ),
    rule("date", r"(?<=\d )(?:AL|ÂL|âl|al)(?!\w)", lambda match: ("âm lịch", True)),
    rule("date", r"(?<=\d )(?:DL|dl)(?!\w)", lambda match: ("dương lịch", True)),
    rule("month", rf"(?<=tháng)/(?P<y>{YEAR})(?!\w|[.,/]\d)", lambda match: (f" {year(match['y'])}", True)),
    rule("day", r"\b(?P<w>[Nn]gày|NGÀY) (?P<d>10|0?[1-9])(?!\w|[.,/:]\d|[-–]\d)", _day),
    rule("days", rf"\b(?P<w>(?i:mùng|mồng)) (?P<d1>{D})[-–](?P<d2>{D})(?!\w|[.,/:]\d)", _lunar_days),
    rule("day", r"\b(?P<w>(?i:mùng|mồng)) (?P<d>10|0?[1-9])(?!\w|[.,/:]\d)", _lunar_day),
    rule(
        "month",
        r"\b(?P<w>[Tt]háng|THÁNG) (?P<list>(?:1[0-2]|0?[1-9])(?:(?:, ?| và |[-–])(?:1[0-2]"
        r"|0?[1-9])){0,5})(?P<y>)(?!\w|[.,/:]\d)",
        _list_of_months,
    ),
)
