"""The hours in which an area's loudspeakers may sound, from the rules on the way down to it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import reduce
from typing import TypedDict
from zoneinfo import ZoneInfo

from airtime.hours import MINUTES_A_DAY, Hours, Window, between, narrow

from loa.kernel.clock import LOCAL
from loa.kernel.errors import Invalid

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
DEFAULT_DOCUMENT = "khung giờ mặc định khi xã chưa ban hành quy chế"
DEFAULT_WINDOWS = between(EVERY_DAY, 5 * 60, 21 * 60)
_SHORT_DAYS = ("", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")

WindowText = TypedDict("WindowText", {"weekdays": list[int], "from": str, "to": str})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent; None = not limited."""

    sessions_per_day: int | None = None
    minutes_per_session: int | None = None
    minutes_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class AreaHours(Hours):
    """Allowed hours of an area on a day, and why: refusals name `document`; `set_by` is whose rule is nearest.

    `bound`: what bound these rules themselves, and so those below where `children_may_widen`; None = nobody above.
    """

    document: str = DEFAULT_DOCUMENT
    set_by: str = ""
    limits: Limits = Limits()
    children_may_widen: bool = True
    bound: "AreaHours | None" = None

    @property
    def binds_below(self) -> "AreaHours | None":
        """What no rule below may exceed: these, or if they let it, what they may not exceed themselves."""
        return self.bound if self.children_may_widen else self


@dataclass(frozen=True, slots=True)
class Ruling:
    """One area's own rules, as they stand in its document."""

    windows: tuple[Window, ...]
    document: str
    set_by: str
    limits: Limits
    children_may_widen: bool


def in_force(rulings: Sequence[Ruling], tz: ZoneInfo = LOCAL) -> AreaHours:
    """What holds under `rulings`, outermost area first: each may only narrow the one above, unless that one lets it;
    and nobody lets others go beyond what binds it.

    Without any ruling the default holds: 05:00 to 21:00 every day.
    """
    if not rulings:
        return AreaHours(tz=tz, windows=DEFAULT_WINDOWS)
    return reduce(_below, rulings[1:], _own(rulings[0], tz))


def _own(ruling: Ruling, tz: ZoneInfo) -> AreaHours:
    return AreaHours(
        tz=tz,
        windows=ruling.windows,
        document=ruling.document,
        set_by=ruling.set_by,
        limits=ruling.limits,
        children_may_widen=ruling.children_may_widen,
    )


def _below(above: AreaHours, ruling: Ruling) -> AreaHours:
    own = _own(ruling, above.tz)  # type: ignore[arg-type]
    bound = above.binds_below
    limits = below(above.limits, bound.limits if bound else Limits(), ruling.limits, open_above=bound is not above)
    windows = own.windows if bound is None else narrow(bound, own).windows
    return replace(own, windows=windows, limits=limits, bound=bound)


def below(above: Limits, bound: Limits, own: Limits, *, open_above: bool) -> Limits:
    """The numbers of an area from those above it, what binds those, and its own; a number not given is inherited."""
    return _stricter(bound, _or(own, above) if open_above else _stricter(above, own))


def _or(own: Limits, above: Limits) -> Limits:
    pairs = zip(astuple(own), astuple(above), strict=True)
    return Limits(*(one if one is not None else other for one, other in pairs))


def _stricter(above: Limits, own: Limits) -> Limits:
    return Limits(
        sessions_per_day=_least(above.sessions_per_day, own.sessions_per_day),
        minutes_per_session=_least(above.minutes_per_session, own.minutes_per_session),
        minutes_per_day=_least(above.minutes_per_day, own.minutes_per_day),
    )


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def fits(above: Hours, windows: tuple[Window, ...]) -> bool:
    """True if `windows` lie inside `above` on every weekday."""
    wanted = Hours(tz=above.tz, windows=windows)
    return _minutes(narrow(above, wanted).windows) == _minutes(narrow(wanted, wanted).windows)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far windows go: `limit` is what holds without a second person, `forbidden` the rule above that says no."""

    windows: tuple[Window, ...]
    limit: AreaHours
    wider: bool
    forbidden: AreaHours | None


def reach(texts: Sequence[WindowText], above: AreaHours | None, ceiling: tuple[Window, ...]) -> Reach:
    """What these windows need under the rules above (None: nobody above has set any). Raises Invalid."""
    windows = parse_windows(texts)
    limit = above or AreaHours(tz=LOCAL, windows=ceiling)
    bound = limit.binds_below
    forbidden = bound if bound is not None and not fits(bound, windows) else None
    return Reach(windows, limit, not fits(limit, windows), forbidden)


def _minutes(windows: Iterable[Window]) -> dict[int, list[tuple[int, int]]]:
    return {
        day: sorted((w.start, w.end) for w in windows if day in w.weekdays and w.start < w.end) for day in EVERY_DAY
    }


def parse_windows(texts: Sequence[WindowText]) -> tuple[Window, ...]:
    """Windows from their stored form; "to" earlier than "from" runs into the next day. Raises Invalid."""
    if not texts:
        raise Invalid("Hãy ghi ít nhất một khung giờ được phát.")
    return tuple(window for text in texts for window in _parse(text))


def _parse(text: WindowText) -> tuple[Window, ...]:
    days = text["weekdays"]
    if not days or not set(days) <= set(EVERY_DAY):
        raise Invalid("Hãy chọn ngày trong tuần cho mỗi khung giờ.")
    start, end = minute(text["from"]), minute(text["to"])
    if start == end:
        raise Invalid(f"Khung giờ {text['from']}–{text['to']} không có phút nào: giờ kết thúc phải khác giờ bắt đầu.")
    return between(days, start, end)


def minute(text: str) -> int:
    """Minutes after midnight of "HH:MM"; "24:00" is the end of the day. Raises Invalid."""
    parts = text.split(":")
    if len(parts) == 2 and all(len(part) == 2 and part.isdecimal() and part.isascii() for part in parts):
        found = int(parts[0]) * 60 + int(parts[1])
        if int(parts[1]) < 60 and found <= MINUTES_A_DAY:
            return found
    raise Invalid(f"Giờ “{text}” không đúng; hãy ghi như 05:00 hoặc 21:30.")


def spoken(hours: Hours) -> str:
    """The windows in words for a screen: "05:00–21:00 hằng ngày; ..."."""
    return "; ".join(f"{clock(window.start)}–{clock(window.end)} {_days(window)}" for window in hours.windows)


def clock(minute: int) -> str:
    """ "05:00"; the end of the day is "24:00"."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(window: Window) -> str:
    if tuple(sorted(window.weekdays)) == EVERY_DAY:
        return "hằng ngày"
    days = sorted(window.weekdays)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{_SHORT_DAYS[days[0]]} đến {_SHORT_DAYS[days[-1]]}"
    return ", ".join(_SHORT_DAYS[day] for day in days)
