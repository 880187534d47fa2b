"""Our own rules for what is read aloud otherwise than it is written: hours, dates, telephone numbers and the like.

A rule is a pattern and a function from its match to the spoken words and whether they are certain, or to None when the
match is something else after all. Earlier rules win. What no rule takes goes to sea-g2p (`remainder`).
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass

from loa.media.reading import numbers
from loa.media.reading.lexicon import lexicon
from loa.media.reading.numbers import digits, letters, number

Spoken = tuple[str, bool] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """`say(match)` gives (words, sure), or None to leave the text to the later rules."""

    name: str
    pattern: re.Pattern[str]
    say: Callable[["re.Match[str]"], Spoken]


UNIT_WORDS = {
    "kg": "ki lô gam",
    "ha": "héc ta",
    "m2": "mét vuông",
    "m²": "mét vuông",
    "m3": "mét khối",
    "m³": "mét khối",
}
HOUR = r"(?:[01]?\d|2[0-4])"
MINUTE = r"[0-5]?\d"
DASH = r"\s?[-–—]\s?"
_BEFORE = r"(?<![\w.,/:-])"
_AFTER = r"(?![\w]|[.,/:]\d)"
_DAY_BEFORE = re.compile(r"(ngày|mùng|mồng|rằm)\s+$", re.IGNORECASE)
_TIME_WORDS = re.compile(r"\b(lúc|từ|đến|tới|hồi|vào|trước|sau|khoảng|giờ|và|sáng|chiều|tối)\s+$", re.IGNORECASE)
_DATE_WORDS = re.compile(
    r"\b(ngày|mùng|mồng|từ|đến|tới|hết|trước|sau|hôm|sáng|trưa|chiều|tối|đêm|dịp|lễ|và|nay|mai|kia|hai|ba|tư|năm|sáu|bảy|nhật)"
    r",?\s+$",
    re.IGNORECASE,
)
HOLIDAYS = frozenset({(8, 3), (30, 4), (1, 5), (19, 5), (1, 6), (27, 7), (19, 8), (2, 9), (20, 10), (20, 11), (22, 12)})
_CALL_WORDS = re.compile(r"(gọi|đt:|tổng đài|đường dây nóng|điện thoại|báo cháy|cấp cứu|số máy)", re.IGNORECASE)


def clock(hour: str, minute: str | None) -> str:
    """ "7", "30" -> "bảy giờ ba mươi"; full hours have no minutes, and "05" is "năm phút"."""
    words = f"{number(int(hour))} giờ"
    if not minute or int(minute) == 0:
        return words
    return f"{words} {number(int(minute))}" + (" phút" if int(minute) < 10 else "")


def _hours(match: "re.Match[str]") -> Spoken:
    return f"{clock(match['h1'], match['m1'])} đến {clock(match['h2'], match['m2'])}", True


def _hour(match: "re.Match[str]") -> Spoken:
    return clock(match["h"], match["m"]) + _each(match["per"]), True


def _colon_hour(match: "re.Match[str]") -> Spoken:
    return clock(match["h"], match["m"]), bool(_TIME_WORDS.search(match.string, 0, match.start()))


def _each(per: str | None) -> str:
    return f" mỗi {UNIT_WORDS.get(per[1:], per[1:])}" if per else ""


def day_and_month(day: int, month: int, year: int | None) -> str | None:
    """Such as "mùng một tháng chín", "mười lăm tháng tám năm hai nghìn"; None if no such day exists."""
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year or 2024, month)[1]:
        return None
    words = f"{'mùng ' if day <= 10 else ''}{number(day)} tháng {'tư' if month == 4 else number(month)}"
    return f"{words} năm {number(year)}" if year else words


def _date(match: "re.Match[str]") -> Spoken:
    day, month, year = int(match["d"]), int(match["mo"]), _year(match["y"])
    words = day_and_month(day, month, year)
    if words is None:
        return None
    named = _DAY_BEFORE.search(match.string, 0, match.start())
    if named and named[1].lower() != "ngày":
        words = words.removeprefix("mùng ")
    certain = year is not None or (day, month) in HOLIDAYS or bool(_DATE_WORDS.search(match.string, 0, match.start()))
    if not certain and not match["d"].startswith("0") and day < month:
        return f"{number(day)} phần {number(month)}", False  # 3/4 of the households
    return (words if named else f"ngày {words}"), certain and len(match["y"] or "") != 2


def _year(written: str | None) -> int | None:
    return int(written) + (2000 if len(written) == 2 else 0) if written else None


def _dates(match: "re.Match[str]") -> Spoken:
    first = day_and_month(int(match["d1"]), int(match["mo1"]), _year(match["y1"]))
    last = day_and_month(int(match["d2"]), int(match["mo2"]), _year(match["y2"]))
    if first is None or last is None:
        return None
    head = "" if _DAY_BEFORE.search(match.string, 0, match.start()) else "ngày "
    return f"{head}{first} đến ngày {last}", True


def _fraction(match: "re.Match[str]") -> Spoken:
    return " trên ".join(number(int(part)) for part in match[0].split("/")), False


def _days(match: "re.Match[str]") -> Spoken:
    year = int(match["y"]) if match["y"] else None
    last = day_and_month(int(match["d2"]), int(match["mo"]), year)
    if last is None or not 1 <= int(match["d1"]) < int(match["d2"]):
        return None
    first = ("mùng " if int(match["d1"]) <= 10 else "") + number(int(match["d1"]))
    head = "" if _DAY_BEFORE.search(match.string, 0, match.start()) else "ngày "
    return f"{head}{first} đến ngày {last}", True


def _month(match: "re.Match[str]") -> Spoken:
    month = int(match["mo"])
    if not 1 <= month <= 12:
        return None
    name = "tư" if month == 4 else number(month)
    return f"{match['w']} {name}" + (f" năm {number(int(match['y']))}" if match["y"] else ""), True


def _number_of_year(match: "re.Match[str]") -> Spoken:
    return f"{match['w']} {number(int(match['n']))} năm {number(int(match['y']))}", True


def _day_of_month(match: "re.Match[str]") -> Spoken:
    day = int(match["d"])
    if not 1 <= day <= 31:
        return None
    return f"{match['w']} {'mùng ' if day <= 10 else ''}{number(day)}", True


def _weekdays(match: "re.Match[str]") -> Spoken:
    first, last = (numbers.WEEKDAYS.get(match[name], match[name].lower()) for name in ("d1", "d2"))
    return f"{match['w']} {first} đến {last if last.startswith('chủ') else f'thứ {last}'}", True


def _padded(match: "re.Match[str]") -> Spoken:
    """ "05 hộ", "(02 bộ)": a nought that keeps forgers away; "cụm loa số 07" is a name and keeps it."""
    return number(int(match[0])), True


def _telephone(match: "re.Match[str]") -> Spoken:
    groups = re.findall(r"\d+", match[0])
    if len("".join(groups)) != (11 if groups[0].startswith("02") else 10):
        return None
    if len(groups) == 1:
        only = groups[0]
        groups = [only[:4], only[4:7], only[7:]]
    return ", ".join(map(digits, groups)), True


def _abroad(match: "re.Match[str]") -> Spoken:
    return "cộng tám bốn, " + ", ".join(digits(group) for group in re.findall(r"\d+", match["rest"])), True


def _hotline(match: "re.Match[str]") -> Spoken:
    return f"{digits(match['head'])}, {digits(match['rest'])}", True


def _emergency_number(match: "re.Match[str]") -> Spoken:
    sentence_start = max(match.string.rfind(mark, 0, match.start()) for mark in ".!?\n")
    called = _CALL_WORDS.search(match.string, sentence_start + 1, match.start())
    return (digits(match[0]), True) if called else None


def _party_document(match: "re.Match[str]") -> Spoken:
    known = lexicon().documents
    return f"{number(int(match['n']))}, {known[match['kind']]} {known[match['by']]}", True


def _document(match: "re.Match[str]") -> Spoken:
    known = lexicon().documents
    parts = match["kind"].split("-")
    words = " ".join(known.get(part) or letters(part) for part in parts)
    year = f" năm {number(int(match['y']))}" if match["y"] else ""
    return f"{number(int(match['n']))}{year}, {words}", all(part in known for part in parts)


def _roman(match: "re.Match[str]") -> Spoken:
    value = numbers.roman(match["r"])
    if value and match["y"]:
        return f"{match['w']} {number(value)} năm {number(int(match['y']))}", True
    pause = "," if re.match(r"\s+\d", match.string[match.end() :]) else ""
    return (f"{match['w']} {number(value)}{pause}", True) if value else None


def _heading(match: "re.Match[str]") -> Spoken:
    value = numbers.roman(match["r"])
    return (number(value), True) if value else None


def _flood_level(match: "re.Match[str]") -> Spoken:
    value = numbers.roman(match["r"]) if match["r"].isalpha() else int(match["r"])
    pause = "," if re.match(r"\s+\d", match.string[match.end() :]) else ""
    return (f"báo động {number(value)}{pause}", True) if value else None


def _road(match: "re.Match[str]") -> Spoken:
    kind, before = lexicon().roads[match["kind"]], match.string[: match.start()].rstrip().lower()
    return _label(match["n"]) if before.endswith(kind) else f"{kind} {_label(match['n'])}", False


def _kilometre_stone(match: "re.Match[str]") -> Spoken:
    words = f"ki lô mét {number(int(match['km']))}"
    return f"{words} cộng {number(int(match['m']))}" if match["m"] else words, True


def _code(match: "re.Match[str]") -> Spoken:
    return f"{letters(match['letters'])} {_label(match['n'], limit=4)}", False


def _label(text: str, limit: int = 2) -> str:
    """A road's or a part's number: up to `limit` digits as a number, more digit by digit, letters by name."""
    figures, tail = re.fullmatch(r"(\d+)(.*)", text).groups()  # type: ignore[union-attr]
    plain = len(figures) <= limit and not figures.startswith("0")
    return " ".join(filter(None, [number(int(figures)) if plain else digits(figures), letters(tail).lower()]))


def _long_digits(match: "re.Match[str]") -> Spoken:
    return digits(match[0]), False


def _address(match: "re.Match[str]") -> Spoken:
    text = re.sub(r"^(https?://)?(www\.)?", "", match[0]).rstrip("/")
    for mark, word in ((".", "chấm"), ("@", "a còng"), ("/", "gạch chéo"), ("-", "gạch ngang"), ("_", "gạch dưới")):
        text = text.replace(mark, f" {word} ")
    return " ".join(text.split()), False


def _per(match: "re.Match[str]") -> Spoken:
    return f" mỗi {UNIT_WORDS.get(match['per'], match['per'])}", True


def _sure(match: "re.Match[str]") -> Spoken:
    return lexicon().entries[match[0]].spoken, True


def _unsure(match: "re.Match[str]") -> Spoken:
    return lexicon().entries[match[0]].spoken, False


def _rule(name: str, pattern: str, say: Callable[["re.Match[str]"], Spoken], flags: int = 0) -> Rule:
    return Rule(name, re.compile(pattern, flags), say)


def _of(table: str) -> str:
    known = {entry.written for entry in lexicon().entries.values() if entry.sure == (table == "sure")}
    known = known if table in ("sure", "unsure") else set(getattr(lexicon(), table))
    return "|".join(re.escape(key) for key in sorted(known, key=len, reverse=True))


_EACH = "ngày|tuần|tháng|năm|người|hộ|lần|giờ|phút|nhà|khẩu|suất|buổi|công|sào|cây|con|em|lớp|ha|kg|lít|tấn|m2|m²|m3|m³"
_PER = rf"(?P<per>/(?:{_EACH}))?"
_DAYS = "[2-7]|hai|ba|tư|năm|sáu|bảy|Hai|Ba|Tư|Năm|Sáu|Bảy"
_YEAR = r"(?:[/.-](?P<y>(?:19|20)\d\d))?"

RULES: tuple[Rule, ...] = (
    _rule(
        "address",
        r"https?://\S*\w|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w-]+(?:\.[\w-]+)*\.(?:vn|com|net|org)\b(?:/\S*\w)?",
        _address,
    ),
    _rule(
        "document",
        _BEFORE + r"(?P<n>\d{1,5})(?:/(?P<y>(?:19|20)\d\d))?/(?P<kind>[A-ZĐ][A-ZĐa-z0-9]*(?:-[A-ZĐ]\w*)*)\b",
        _document,
    ),
    _rule(
        "document",
        _BEFORE + r"(?P<n>\d{1,4})-(?P<kind>NQ|CT|KL|QĐ|HD|TB|KH|QC|BC)/(?P<by>TW|TU|ĐU|HU)\b",
        _party_document,
    ),
    _rule(
        "hours",
        _BEFORE + rf"(?P<h1>{HOUR})(?:\s?h(?P<m1>{MINUTE})?)?{DASH}(?P<h2>{HOUR})\s?h(?P<m2>{MINUTE})?" + _AFTER,
        _hours,
        re.IGNORECASE,
    ),
    _rule("hour", _BEFORE + rf"(?P<h>{HOUR})\s?[hH](?P<m>{MINUTE})?(?:ph?|')?{_PER}(?![\w])", _hour),
    _rule(
        "hours",
        _BEFORE + rf"(?P<h1>{HOUR}):(?P<m1>[0-5]\d){DASH}(?P<h2>{HOUR}):(?P<m2>[0-5]\d)" + _AFTER,
        _hours,
    ),
    _rule("hour", _BEFORE + rf"(?P<h>{HOUR}):(?P<m>[0-5]\d)" + _AFTER, _colon_hour),
    _rule(
        "dates",
        _BEFORE + rf"(?P<d1>\d\d?)/(?P<mo1>\d\d?)(?:/(?P<y1>(?:19|20)\d\d))?{DASH}"
        rf"(?P<d2>\d\d?)/(?P<mo2>\d\d?)(?:/(?P<y2>(?:19|20)\d\d))?" + _AFTER,
        _dates,
    ),
    _rule("days", _BEFORE + rf"(?P<d1>\d\d?){DASH}(?P<d2>\d\d?)/(?P<mo>\d\d?){_YEAR}" + _AFTER, _days),
    _rule("date", _BEFORE + r"(?P<d>\d\d?)[/.-](?P<mo>\d\d?)[/.-](?P<y>(?:19|20)\d\d)" + _AFTER, _date),
    _rule("date", _BEFORE + r"(?P<d>\d\d?)/(?P<mo>\d\d?)/(?P<y>\d\d)" + _AFTER, _date),
    _rule("date", _BEFORE + r"(?P<d>\d\d?)/(?P<mo>\d\d?)(?P<y>)(?!/)" + _AFTER, _date),
    _rule("month", r"\b(?P<w>[Tt]háng)\s+(?P<mo>\d\d?)(?:[/-](?P<y>(?:19|20)\d\d))" + _AFTER, _month),
    _rule("month", r"\b(?P<w>[Tt]háng)\s+(?P<mo>0?4)(?P<y>)" + _AFTER, _month),
    _rule(
        "number_of_year",
        r"\b(?P<w>[Qq]uý|[Đđ]ợt|[Ll]ần|[Kk]ỳ)\s+(?P<n>\d\d?)/(?P<y>(?:19|20)\d\d)" + _AFTER,
        _number_of_year,
    ),
    # "mỗi ngày 2 đến 3 lần" is no date
    _rule(
        "day",
        r"\b(?P<w>[Nn]gày)\s+(?P<d>[1-9](?=\s+tháng\s+\d)|(?<=[Tt]ừ ngày )[1-9](?=\s+đến))" + _AFTER,
        _day_of_month,
    ),
    _rule(
        "day",
        r"(?<!mỗi )(?<!một )\b(?P<w>[Nn]gày)\s+(?P<d>0[1-9])" + _AFTER + r"(?!\s+(?:lần|buổi|ca|lượt|bữa|giờ)\b)",
        _day_of_month,
    ),
    _rule(
        "weekdays",
        rf"\b(?P<w>[Tt]hứ)\s+(?P<d1>{_DAYS}){DASH}(?:[Tt]hứ\s+)?(?P<d2>{_DAYS}|[Cc]hủ [Nn]hật)" + _AFTER,
        _weekdays,
    ),
    _rule("weekday", r"\bT(?P<d>[2-7])\b", lambda match: (f"thứ {numbers.WEEKDAYS[match['d']]}", False)),
    _rule("weekday", r"\b(?P<w>[Tt]hứ)\s+4" + _AFTER, lambda match: (f"{match['w']} tư", True)),
    _rule(
        "hotline", _BEFORE + r"(?P<head>1[89]00)[ .-]?(?P<rest>\d{4}|\d{2}[ .-]\d{2}|\d{3}[ .-]?\d{3})(?!\d)", _hotline
    ),
    # mobile numbers have ten digits, fixed lines (02...) eleven
    _rule("telephone", _BEFORE + r"(?:0[35789](?:[ .-]?\d){8}|\(?02\d{1,2}\)?(?:[ .-]?\d){7,8})(?!\d)", _telephone),
    _rule("telephone", r"\+84[ .-]?(?P<rest>\d{1,3}(?:[ .-]?\d{2,4}){2,3})(?!\d)", _abroad),
    _rule("emergency_number", _BEFORE + r"11[1-5](?!\d|[.,]\d)", _emergency_number),
    _rule("long_digits", _BEFORE + r"\d{7,}(?![\w.,]\d)", _long_digits),
    _rule("lexicon", rf"(?<![\w/&-])(?:{_of('sure')})(?![\w&])", _sure),
    _rule(
        "roman",
        r"\b(?P<w>[Cc]ấp|[Bb]áo động|[Qq]uý|[Kk]hóa|[Kk]hoá|[Kk]ỳ|[Ll]ần thứ|[Hh]ạng|[Ll]oại|[Đđ]ợt|[Gg]iai đoạn"
        r"|[Tt]hế kỷ|[Cc]hương|[Mm]ục|[Pp]hần|[Kk]hu|[Vv]òng|[Mm]ức|[Bb]ậc)"
        r"\s+(?P<r>[IVX]+)(?:/(?P<y>(?:19|20)\d\d))?\b",
        _roman,
    ),
    _rule("roman", r"^[ \t]*(?P<r>[IVX]+)(?=[.)]\s)", _heading, re.MULTILINE),
    _rule("flood_level", r"\bBĐ\s?(?P<r>I{1,3}|[123])\b", _flood_level),
    _rule("kilometre_stone", r"\b[Kk][Mm]\s?(?P<km>\d{1,4})(?:\s?\+\s?(?P<m>\d{1,3}))?" + _AFTER, _kilometre_stone),
    _rule("road", rf"\b(?P<kind>{_of('roads')})\.?\s?(?P<n>\d{{1,3}}[A-Z]?)\b", _road),
    _rule("code", r"\b(?P<letters>[A-ZĐ]{1,4})[-.]?(?P<n>\d{1,5})\b(?![/.,]\d)", _code),
    _rule(
        "lexicon",
        rf"(?<![\w/&-])(?:{_of('unsure')})(?![\w&])",
        _unsure,
    ),
    _rule("latitude", r"(?<=\d)\s?[°º]\s?N\b", lambda match: (" độ vĩ bắc", True)),
    _rule("longitude", r"(?<=\d)\s?[°º]\s?E\b", lambda match: (" độ kinh đông", True)),
    _rule("times", r"(?<=\d)\s[x×]\s(?=\d)", lambda match: (" nhân ", True)),
    _rule("padded", r"(?<![\w.,/:+-])(?<![Ss]ố )(?<![Mm]ã )0[1-9](?=\s+[^\W\d_]{2,}|\s*$)", _padded, re.MULTILINE),
    _rule("per", rf"(?<=[\wđ%²³])/(?P<per>{_EACH})\b", _per),
    _rule("fraction", _BEFORE + r"\d{1,4}(?:/\d{1,4}){1,2}(?![\w/])", _fraction),
    _rule("either", r"(?<=[^\W\d_])/(?=[^\W\d_]{2})", lambda match: (" hoặc ", False)),
)
