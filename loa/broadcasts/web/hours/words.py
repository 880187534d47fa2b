"""What a change of hours means, in words: what is added, what is taken away, on which days."""

from collections.abc import Iterable

from airtime.hours import Window
from devicelink.messages import HoursWindow
from devicelink.widening import WEEK, minutes, normal

from loa.areas import hours
from loa.areas.hours import AreaHours
from loa.kernel.clock import LOCAL


def spoken(windows: Iterable[Window]) -> str:
    """ "05:00–21:00 hằng ngày; ...", whatever way they were cut."""
    return _spoken(normal(_wire(windows)))


def difference(before: Iterable[Window], after: Iterable[Window]) -> tuple[str, str]:
    """What is added and what is taken away; "" for nothing."""
    old, new = _wire(before), _wire(after)
    return _spoken(_beyond(new, old)), _spoken(_beyond(old, new))


def _beyond(one: tuple[HoursWindow, ...], other: tuple[HoursWindow, ...]) -> tuple[HoursWindow, ...]:
    found: list[HoursWindow] = []
    for day in WEEK:
        bits = minutes(one, day) & ~minutes(other, day)
        found += [HoursWindow(weekdays=(day,), start=start, end=end) for start, end in spans(bits)]
    return normal(found)


def spans(bits: int) -> list[tuple[int, int]]:
    """Runs of set bits: the minutes of one day as from-to."""
    found, start = [], None
    for minute in range(bits.bit_length() + 1):
        there = bits >> minute & 1
        if there and start is None:
            start = minute
        elif not there and start is not None:
            found.append((start, minute))
            start = None
    return found


def _wire(windows: Iterable[Window]) -> tuple[HoursWindow, ...]:
    return tuple(HoursWindow(weekdays=one.weekdays, start=one.start, end=one.end) for one in windows)


def _spoken(windows: Iterable[HoursWindow]) -> str:
    made = tuple(Window(one.weekdays, one.start, one.end) for one in windows)
    return hours.spoken(AreaHours(tz=LOCAL, windows=made))
