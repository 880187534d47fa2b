"""Months and quarters as offices shorten them: T11/2026, lương T12, Q1/2027. T2 to T7 alone are weekdays."""

import re

from loa.media.reading import numbers
from loa.media.reading.numbers import number
from loa.media.reading.rules.base import YEAR, Match, Rule, Spoken, head, rule, year
from loa.media.reading.rules.dates import MO, month_name

_NO_MONTH_BEFORE = re.compile(r"\b(tòa|toà|nhà|cột|trạm|cổng|lô|căn|thép|cầu thang|tầng|xe|cấp|loại) $", re.IGNORECASE)
_MONTH_BEFORE = re.compile(
    r"(\b(lương|hưu|trợ cấp|kỳ|từ|đến|trong|hết|cuối|đầu|giữa|và|điện|nước|phí|báo cáo|bản tin|số)|[,(]) ?$",
    re.IGNORECASE,
)
_LAST = r"(?!\w|[.,/:]\d)"


def _month(match: Match) -> Spoken:
    return f"tháng {month_name(int(match['mo']))} {year(match['y'])}", True


def _short_month(match: Match) -> Spoken:
    """T8 to T12 are no weekdays; a staircase may be called so."""
    before = head(match)
    if _NO_MONTH_BEFORE.search(before):
        return None
    return f"tháng {month_name(int(match['mo']))}", bool(_MONTH_BEFORE.search(before))


def _quarter(match: Match) -> Spoken:
    value = int(match["n"]) if match["n"].isdecimal() else numbers.roman(match["n"])
    return (f"quý {number(value)} {year(match['y'])}", True) if value else None


RULES: tuple[Rule, ...] = (
    rule("month", rf"(?<![\w./-])T\.?(?P<mo>{MO})/(?P<y>{YEAR})" + _LAST, _month),
    rule("month", r"(?<![\w./-])T(?P<mo>1[0-2]|[89])(?!\w|[.,/-]\w)", _short_month),
    rule("number_of_year", rf"(?<![\w./-])Q\.?(?P<n>III|II|IV|I|[1-4])/(?P<y>{YEAR})" + _LAST, _quarter),
)
