"""How Loa writes times, lengths and sizes for people: Vietnamese order, 24 hours, decimal comma."""

from datetime import date, datetime

from loa.kernel import clock

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def _local(moment: datetime | date) -> datetime | date:
    return clock.local(moment) if isinstance(moment, datetime) else moment


def hm(moment: datetime) -> str:
    """05:10"""
    return f"{clock.local(moment):%H:%M}"


def day(moment: datetime | date) -> str:
    """20/8/2026"""
    at = _local(moment)
    return f"{at.day}/{at.month}/{at.year}"


def short_day(moment: datetime | date) -> str:
    """20/8"""
    at = _local(moment)
    return f"{at.day}/{at.month}"


def weekday(moment: datetime | date) -> str:
    """Thứ Năm"""
    return WEEKDAYS[_local(moment).weekday()]


def long_day(moment: datetime | date) -> str:
    """Thứ Năm, 20/8/2026"""
    return f"{weekday(moment)}, {day(moment)}"


def length(milliseconds: float) -> str:
    """0:52, 12:05, 1:02:09: minutes and seconds, hours when there are some."""
    seconds = round(milliseconds / 1000)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: float, places: int = 0) -> str:
    """15.000 and 3,1: a dot between thousands, a comma before decimals."""
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def size(octets: int) -> str:
    """640 KB, 4,8 MB, 1,2 GB"""
    for unit, name, places in ((1_000_000_000, "GB", 1), (1_000_000, "MB", 1), (1_000, "KB", 0)):
        if octets >= unit:
            return f"{number(octets / unit, places)} {name}"
    return f"{octets} byte"
