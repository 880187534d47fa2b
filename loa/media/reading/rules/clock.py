"""Hours of the day and what is measured in hours: 7h30, 8h-11h30, 7:30, 14 giờ 00, 24/24.

Full hours have no minutes; minutes below ten are "năm phút", since "bảy giờ năm" would be half a sentence.
"""

import re

from loa.media.reading.numbers import count
from loa.media.reading.rules.base import DASH, END, START, YEAR, Match, Rule, Spoken, head, rule, tail
from loa.media.reading.rules.dates import MO, D, day_and_month

HOUR = r"(?:2[0-4]|[01]?\d)"
MINUTE = r"[0-5]?\d"
_MARK = r"(?: ?(?:[hH]|giờ|[gG](?=\d\d(?!\d)))|:)"
_MINUTES = r"(?P<m{0}>[0-5]\d(?!\d)|\d(?=[p'’]))?(?: ?(?:phút|ph|p)(?!\w)|['’′])?"
_ONE = rf"(?P<h{{0}}>{HOUR}){_MARK} ?" + _MINUTES
_TIME_WORDS = re.compile(
    r"\b(lúc|từ|đến|tới|hồi|vào|trước|sau|khoảng|giờ|và|hoặc|sáng|trưa|chiều|tối|đêm|ngày|nay|mai|hết|nhật|hai"
    r"|ba|tư|năm|sáu|bảy)"
    r"[ :,(]*$",
    re.IGNORECASE,
)
_TIME_AFTER = re.compile(
    r" ?(sáng|trưa|chiều|tối|đêm|ngày|hôm|thứ|hằng|hàng|mỗi|các|T[2-7]|CN|[,(] ?(?:ngày|thứ|sáng|chiều))"
)
_DAY_BEFORE = re.compile(
    r"\b(ngày|từ|đến|tới|hết|trước|sau|hôm|sáng|trưa|chiều|tối|đêm|vào|nhật|CN|dịp|(?:thứ|Thứ) \w{1,4}|T[2-7]"
    r"|(?:giờ|\dh|h\d\d)|\d{1,2}/7(?: và| đến| ?[-–,]))[,:( ]{1,3}$",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r"\b(suốt|cả|liên tục|thông)( \w{1,5}){0,3}[ (]{1,2}$", re.IGNORECASE)
_LASTING = re.compile(
    r"\b(trong|cách|mỗi|kéo dài|khoảng|mất|sau|suốt|vòng|nhịn|ủ|ngâm|sốt|chờ)( \w+)? $", re.IGNORECASE
)
_LASTING_AFTER = re.compile(
    r" (tới|qua|nữa|liền|liên tục|đầu|trước khi|sau khi|sau sinh|sau tiêm|mỗi ngày|đồng hồ|một lần|/)|/(?:ngày|tuần"
    r"|ca|lần)"
)
_RATIO = re.compile(r"\b(tỷ lệ|tỉ lệ|tỷ số|tỉ số|thắng|thua|hòa|hoà|pha|trộn)\b[^.,;]{0,30}$", re.IGNORECASE)


def clock(hour: str, minute: str | None) -> str:
    """ "7", "30" -> "bảy giờ ba mươi"."""
    words = f"{count(hour)} giờ"
    if not minute or int(minute) == 0:
        return words
    return f"{words} {count(minute)}" + (" phút" if int(minute) < 10 else "")


def _with_minutes(match: Match, which: str) -> str:
    """The clock, with "phút" where it is written out."""
    words = clock(match[f"h{which}"], match[f"m{which}"])
    written = match[0][match.start(f"h{which}") - match.start() :]
    spelt = re.match(rf"{HOUR}{_MARK} ?[0-5]?\d ?phút", written)
    return f"{words} phút" if spelt and " phút" not in words and int(match[f"m{which}"] or 0) else words


def _hours(match: Match) -> Spoken:
    return f"{_with_minutes(match, '1')} đến {_with_minutes(match, '2')}", True


def _hour(match: Match) -> Spoken:
    return _with_minutes(match, "1"), True


def _short_range(match: Match) -> Spoken:
    if not match["m2"] and (
        (int(match["h2"]) <= 6 and _LASTING.search(head(match)))
        or _LASTING_AFTER.match(tail(match))
        or re.search(r"\b(trong|cách|mỗi|kéo dài|suốt)( vòng)? $", head(match), re.IGNORECASE)
    ):
        return f"{count(match['a'])} đến {clock(match['h2'], None)}", True
    return f"{clock(match['a'], None)} đến {_with_minutes(match, '2')}", True


def _many_hours(match: Match) -> Spoken:
    """24-48h is no time of the day."""
    return (f"{count(match['a'])} đến {count(match['b'])} giờ", True) if int(match["b"]) > 24 else None


def _colon(match: Match) -> Spoken:
    if _RATIO.search(head(match)):
        return None
    sure = bool(
        _TIME_WORDS.search(head(match))
        or _TIME_AFTER.match(match.string, match.end())
        or match["h"][0] == "0"
        or match["half"]
    )
    return clock(match["h"], match["m"]) + _half(match, int(match["h"])), sure


def _half(match: Match, hour: int) -> str:
    half = (match["half"] or "").lower().replace(".", "")
    if not half:
        return ""
    if half == "am":
        return " sáng"
    return " chiều" if hour in (12, 1, 2, 3, 4, 5) else " tối"


def _half_day(match: Match) -> Spoken:
    return clock(match["h"], None) + _half(match, int(match["h"])), True


def _colons(match: Match) -> Spoken:
    return f"{clock(match['h1'], match['m1'])} đến {clock(match['h2'], match['m2'])}", not _RATIO.search(head(match))


def _seconds(match: Match) -> Spoken:
    return f"{count(match['h'])} giờ {count(match['m'])} phút {count(match['s'])} giây", True


def _hour_of_day(match: Match) -> Spoken:
    """ "01h/08/9": the hour, then the day."""
    day = day_and_month(int(match["d"]), int(match["mo"]), int(match["y"]) if match["y"] else None)
    return (f"{clock(match['h'], match['m'])} ngày {day}", True) if day else None


def _duration(match: Match) -> Spoken:
    return f"{count(match['n'])} giờ", True


def _gio(match: Match) -> Spoken:
    """ "7g" after "lúc" is an hour in the south; else grams."""
    timely = _TIME_WORDS.search(head(match)) or _TIME_AFTER.match(match.string, match.end())
    return (clock(match["h"], None), True) if timely else None


def _round_the_clock(match: Match) -> Spoken:
    """ "trực 24/7"; but "sáng 24/7" is a day."""
    plain = match["of"] == "7" and not (match["h"] or match["h1"] or match["word"])
    if plain and _DAY_BEFORE.search(head(match)) and not _ALWAYS.search(head(match)):
        return None
    unit = " giờ" if match["h"] else ""
    return f"hai mươi tư{unit if match['h1'] else ''} trên {count(match['of'])}{unit}{match['word'] or ''}", True


_HALF = r"(?: ?(?P<half>[aApP]\.?[mM]\b\.?))"

RULES: tuple[Rule, ...] = (
    rule(
        "round_the_clock",
        START + r"24(?P<h1>[hH])?/(?P<of>24|7)(?P<h>[hH])?(?P<word> ?giờ)?(?!\w|[.,/]\d)",
        _round_the_clock,
    ),
    rule(
        "hour",
        START + r"(?P<h>[01]?\d|2[0-4])[hH:](?P<m>[0-5]\d)['’:](?P<s>[0-5]\d)(?:''|’’|″|\"|s|giây)?" + END,
        _seconds,
    ),
    rule(
        "hour",
        START + rf"(?P<h>{HOUR})[hHgG:](?P<m>[0-5]\d)? ?/ ?(?P<d>{D})[/-](?P<mo>{MO})(?:[/-](?P<y>{YEAR}))?(?!\w"
        rf"|[.,/-]\d)",
        _hour_of_day,
    ),
    # 7h30-9h; then 8-11h, whose first hour is bare
    rule("hours", START + _ONE.format(1) + DASH + _ONE.format(2) + r"(?!\w)(?!:\d)", _hours),
    rule("hours", START + rf"(?P<a>{HOUR}){DASH}(?P<h2>{HOUR}) ?[hH] ?" + _MINUTES.format(2) + r"(?!\w)", _short_range),
    rule("hours", START + rf"(?P<a>\d{{1,3}}){DASH}(?P<b>\d{{2,3}}) ?[hH](?![\w'’])", _many_hours),
    rule("hours", START + rf"(?P<h1>{HOUR}):(?P<m1>[0-5]\d){DASH}(?P<h2>{HOUR}):(?P<m2>[0-5]\d)" + END, _colons),
    rule("hour", START + rf"(?P<h>{HOUR}):(?P<m>[0-5]\d){_HALF}?" + r"(?!\w|[.,/:]\d)", _colon),
    rule("hour", START + rf"(?P<h>1[0-2]|0?[1-9]){_HALF}", _half_day),
    rule(
        "hour",
        START + rf"(?P<h1>{HOUR}) ?(?:[hHgG]|(?<! )giờ)(?P<m1>[0-5]\d)(?: ?(?:phút|ph|p)(?!\w)"
        rf"|['’′])?(?!\w)",
        _hour,
    ),
    rule("hour", START + rf"(?P<h1>{HOUR}) ?(?:[hH]|giờ) ?(?P<m1>{MINUTE})(?: ?(?:phút|ph|p)(?!\w)|['’′])", _hour),
    rule("hour", START + rf"(?P<h1>{HOUR}) ?giờ (?P<m1>0\d)(?!\w|[.,/]\d)", _hour),
    rule("hour", START + rf"(?P<h1>{HOUR}) ?[hH](?P<m1>)(?![\w'’])", _hour),
    rule("hour", START + rf"(?P<h>{HOUR})g(?!\w)", _gio),
    rule("hour", START + r"(?P<n>\d{1,3}) ?[hH](?![\w'’])", _duration),
)
