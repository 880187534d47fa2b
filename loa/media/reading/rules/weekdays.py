"""Weekdays, spans and rows of them: thứ 2-6, thứ 2-4-6, T2 đến T6, CN; and other ordinals."""

import re

from loa.media.reading.numbers import WEEKDAYS, count
from loa.media.reading.rules.base import DASH, Match, Rule, Spoken, head, joined, rule

_MARKS = {"-": ",", "–": ",", "—": ",", "/": ",", "+": ",", "&": "và"}
_DAYS = "[2-7]|hai|ba|tư|năm|sáu|bảy|Hai|Ba|Tư|Năm|Sáu|Bảy"
_T = r"T\.?[2-7]"


def _weekdays(match: Match) -> Spoken:
    names = re.sub(r"[2-7]", lambda day: WEEKDAYS[day[0]], match["list"])
    names = re.sub(r" ?[-–—] ?(?:[Tt]hứ )?", " đến thứ ", names)
    names = re.sub(
        r"(?:đến )thứ (?=[Cc]hủ)|(?:đến )thứ CN", lambda found: "đến chủ nhật" if "CN" in found[0] else "đến ", names
    )
    names = re.sub(r"đến thứ (hai|ba|tư|năm|sáu|bảy)", r"đến thứ \1", names, flags=re.IGNORECASE)
    return f"{match['w']} {_lower_weekday(names)}", True


def _lower_weekday(names: str) -> str:
    return re.sub(r"\b(Hai|Ba|Tư|Năm|Sáu|Bảy|Chủ)\b", lambda name: name[0].lower(), names).replace("CN", "chủ nhật")


def _short_weekdays(match: Match) -> Spoken:
    found = re.findall(r"[2-7]|CN|[-–—/+]|,|và|hoặc|hay|&", match[0])
    days = [one for one in found if one == "CN" or one.isdecimal()]
    marks = [one for one in found if one not in days]
    between = ["đến"] if marks and len(days) == 2 and marks[0] in "-–—" else [_MARKS.get(one, one) for one in marks]
    names = ["chủ nhật" if one == "CN" else f"thứ {WEEKDAYS[one]}" for one in days]
    words = names[0] + "".join(
        f"{'' if mark == ',' else ' '}{mark} {name}" for mark, name in zip(between, names[1:], strict=True)
    )
    near = re.search(r"(sáng|trưa|chiều|tối|đêm|từ|các|ngày|vào|và|,|:|\() ?$", head(match), re.IGNORECASE)
    return words, len(days) > 1 or bool(near)


def _row_of_weekdays(match: Match) -> Spoken:
    """ "thứ 2-4-6": three and more are no span."""
    days = re.findall(r"(T\.?|[Tt]hứ )?([2-7]|CN)", match["list"])
    names = ["chủ nhật" if day == "CN" else f"{'thứ ' if word else ''}{WEEKDAYS[day]}" for word, day in days]
    return joined(match["w"], ", ".join(names)), True


def _ordinal(match: Match) -> Spoken:
    words = {"1": "nhất", "4": "tư"}.get(match["n"].lstrip("0"), count(match["n"]))
    return f"{match['w']} {words}", True


def _days_by_number(match: Match) -> Spoken:
    """ "các ngày 2-4-6 hằng tuần"."""
    days = re.findall("[2-7]", match["list"])
    return (", ".join(f"thứ {WEEKDAYS[day]}" for day in days), True) if days == sorted(set(days)) else None


RULES: tuple[Rule, ...] = (
    rule(
        "weekdays",
        r"(?i:(?<=ngày )|(?<=sáng )|(?<=chiều )|(?<=tối )|(?<=buổi )|(?<=tuần \()|(?<=tuần: )|(?<=tuần, )|(?<=buổi \())"
        r"(?P<list>[2-7](?:[-–] ?[2-7]){2,5})(?!\w|[.,/:-]\d| (?:tháng|âm|hằng tháng|hàng tháng|AL|ÂL))",
        _days_by_number,
    ),
    rule(
        "weekdays",
        r"(?:(?<=các tối )|(?<=các sáng )|(?<=các chiều )"
        r"|(?<=các buổi ))(?P<list>[2-7](?:, ?[2-7]){1,5}(?: và [2-7])?)(?!\w|[.,/:-]\d)",
        _days_by_number,
    ),
    rule(
        "weekdays",
        r"(?<=ngày )(?P<list>[2-7](?:[-–,] ?[2-7]){1,5}(?: và [2-7])?)(?= (?:hằng|hàng|trong|mỗi) tuần)",
        _days_by_number,
    ),
    rule(
        "weekdays",
        r"\b(?P<w>[Tt]hứ|THỨ) (?P<list>[2-7](?: ?[-–,/+&] ?(?:[Tt]hứ )?[2-7]){2,5}(?: ?[-–,/+&] ?CN)?)(?!\w|[.,/:-]\d)",
        _row_of_weekdays,
    ),
    rule(
        "weekdays",
        rf"(?<!\w)(?P<w>)(?P<list>{_T}(?: ?[-–,/+&] ?T?[2-7]){{2,5}}(?: ?[-–,/+&] ?CN)?)(?!\w|[.,/:-]\d)",
        _row_of_weekdays,
    ),
    rule(
        "weekdays",
        rf"\b(?P<w>[Tt]hứ|THỨ) (?P<list>(?:{_DAYS})(?:, ?(?:{_DAYS})"
        rf"| và (?:{_DAYS})){{0,5}}(?:{DASH}(?:[Tt]hứ )?(?:{_DAYS}|[Cc]hủ [Nn]hật|CN)))"
        r"(?!\w|[.,/:]\d)",
        _weekdays,
    ),
    rule(
        "weekdays",
        r"\b(?P<w>[Tt]hứ|THỨ) (?P<list>[2-7](?:(?:, ?| và )[2-7](?!\w|[.,/:]\d)){1,5}(?:(?:, ?| và )CN)?)(?!\w"
        r"|[.,/:]\d)",
        _weekdays,
    ),
    rule("ordinal", r"\b(?P<w>[Tt]hứ|THỨ) (?P<n>\d{1,3})(?!\w|[.,/:]\d)", _ordinal),
    rule("weekday", rf"(?<!\w)(?:{_T}|CN)(?:(?:{DASH}|, ?| và | & )(?:{_T}|CN)){{1,6}}(?!\w)", _short_weekdays),
    rule("weekday", r"(?<!\w)T\.?[2-7](?![\w/.-]\w|\w)", _short_weekdays),
)
