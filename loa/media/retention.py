"""How long the file of a sound is kept: the rules as a table, and what follows from them for one sound. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

# Files as they were sent (originals) have their own time: settings.LOA_KEEP_ORIGINALS_DAYS.
DAYS: Mapping[str, int] = {"unused": 90, "aired": 730}
MONTHS: Mapping[int, str] = {6: "6 tháng", 12: "1 năm", 24: "2 năm", 60: "5 năm"}
DAYS_A_YEAR = 365
NIGHT = timedelta(days=1)  # what is kept until a day goes in the night after it


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides: all days are local.

    `used` is the day it was made or a bulletin with it was last changed, `aired` when it last stood in a plan.
    `lasting`: shared, or a building block. `needed`: something that may still air, or an edit, starts from it.
    `wanted` is the day somebody asked for.
    """

    used: date
    aired: date | None = None
    lasting: bool = False
    needed: bool = False
    wanted: date | None = None


def kept_until(facts: Facts) -> date | None:
    """The last day on which its file is surely there; None while it is kept without an end."""
    if facts.lasting or facts.needed:
        return None
    by_rule = facts.used + timedelta(days=DAYS["unused"])
    if facts.aired is not None:
        by_rule = max(by_rule, facts.aired + timedelta(days=DAYS["aired"]))
    return max(by_rule, facts.wanted) if facts.wanted else by_rule


def is_over(facts: Facts, today: date) -> bool:
    """Whether the file may go."""
    last = kept_until(facts)
    return last is not None and last < today


def in_words(facts: Facts) -> str:
    """What the page of a sound says."""
    last = kept_until(facts)
    if last is not None:
        return f"Giữ đến {last:%d/%m/%Y}"
    return "Giữ lâu dài" if facts.lasting else "Giữ vì đang được dùng"


def why(facts: Facts) -> str:
    """The rule in words."""
    if facts.needed:
        return "Còn bản tin chờ duyệt, lịch phát hoặc bản cắt ghép cần tiếng này."
    if facts.lasting:
        return "Tiếng dùng chung và tiếng hiệu không bị xóa."
    if facts.wanted and facts.wanted == kept_until(facts):
        return "Đơn vị đã xin giữ thêm."
    if facts.aired is not None:
        return "Tiếng đã phát được giữ 2 năm kể từ lần phát cuối."
    return "Tiếng chưa phát được giữ 90 ngày kể từ lần dùng cuối."


def prolonged(today: date, months: int) -> date:
    """The day until which it is kept `months` from today."""
    return today + timedelta(days=months * DAYS_A_YEAR // 12)
