"""Refusals and times in complete Vietnamese: rule, place and time are named, and the nearest way out. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from airtime.hours import Hours, allowed_spans
from airtime.limits import Rule

from loa.areas import rules as areas
from loa.bulletins.rules import LANGUAGES
from loa.kernel.clock import local

_WEEKDAYS = ("", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_DAY = timedelta(days=1)
inside = areas.inside


def languages(codes: Sequence[str]) -> str:
    """ "Tiếng Mông, rồi tiếng Việt"."""
    names = [LANGUAGES.get(code, code) for code in codes]
    return ", rồi ".join([*names[:1], *(f"{name[0].lower()}{name[1:]}" for name in names[1:])])


def clock(instant: datetime) -> str:
    """ "05:00" local."""
    return f"{local(instant):%H:%M}"


def day(instant: datetime, now: datetime) -> str:
    """ "hôm nay", "ngày mai" or "thứ Hai 24/08/2026", local."""
    there, here = local(instant).date(), local(now).date()
    if there == here:
        return "hôm nay"
    if there - here == _DAY:
        return "ngày mai"
    return f"{weekday(there)} {there:%d/%m/%Y}"


def weekday(on: date) -> str:
    """ "thứ Hai", "Chủ nhật"."""
    return _WEEKDAYS[on.isoweekday()]


def moment(instant: datetime, now: datetime) -> str:
    """ "05:00 ngày mai"."""
    return f"{clock(instant)} {day(instant, now)}"


def length(duration: timedelta) -> str:
    """ "52 giây", "2 phút", "1 giờ 5 phút"; minutes are rounded up from a minute on."""
    seconds = -(-duration // timedelta(seconds=1))
    if seconds < 60:
        return f"{seconds} giây"
    hours, minutes = divmod(-(-seconds // 60), 60)
    if not hours:
        return f"{minutes} phút"
    return f"{hours} giờ {minutes} phút" if minutes else f"{hours} giờ"


def away(hours: int) -> str:
    """ "quá 24 giờ", "quá 7 ngày": how long a loudspeaker was away when it no longer plays an item."""
    days, rest = divmod(hours, 24)
    return f"quá {hours} giờ" if rest or days < 2 else f"quá {days} ngày"


def outside_hours(
    place: str,
    document: str,
    hours: Hours,
    start: datetime,
    duration: timedelta,
    nearest: datetime | None,
    now: datetime,
) -> str:
    """ "Xã Quy Mông không phát sau 21:00 (Quy chế ...). Sớm nhất: 05:00 ngày mai." """
    limit = _limit(hours, start, start + duration)
    rule = f"{place} không phát {limit} ({document})."
    if nearest is None:
        return f"{rule} Mục này dài {length(duration)}, không vừa khung giờ nào. Hãy cắt ngắn hoặc chia nhỏ."
    return f"{rule} Sớm nhất: {_nearest(nearest, start, now)}."


def day_off(
    place: str, name: str, document: str, start: datetime, nearest: datetime | None, now: datetime, *, music: bool
) -> str:
    """ "Xã Quy Mông không phát nhạc hôm nay, Quốc tang (Thông báo 5). Sớm nhất: 05:00 ngày mai." """
    what = "không phát nhạc" if music else "không phát gì"
    return f"{place} {what} {_on(start, now)}, {name} ({document}). {_way_out(nearest, start, now)}"


_TOO_MUCH = {
    Rule.TOO_MANY_SESSIONS: ("mỗi ngày chỉ được phát {most} buổi", "{day} đã đủ."),
    Rule.SESSION_TOO_LONG: (
        "mỗi buổi chỉ được phát {most} phút",
        "thêm mục này thì buổi {clock} {day} thành {found} phút.",
    ),
    Rule.DAY_TOO_LONG: ("mỗi ngày chỉ được phát {most} phút", "thêm mục này thì {day} thành {found} phút."),
}
# Where a whole session is asked for, not an item in one.
_SESSION_TOO_MUCH = {
    Rule.TOO_MANY_SESSIONS: "{day} đã đủ buổi.",
    Rule.SESSION_TOO_LONG: "buổi {clock} dài {found} phút.",
    Rule.DAY_TOO_LONG: "thêm buổi {clock} thì {day} thành {found} phút.",
}


def too_much(
    rule: Rule,
    place: str,
    document: str,
    most: int,
    found: int,
    start: datetime,
    nearest: datetime | None,
    now: datetime,
    *,
    session: bool = False,
) -> str:
    """ "Xã Quy Mông mỗi ngày chỉ được phát 2 buổi (Quy chế ...), hôm nay đã đủ. Sớm nhất: 05:00 ngày mai."

    `session`: what is wanted is a session of the week. Shorter is the only way out where it is too long by itself.
    """
    limit, so_far = _TOO_MUCH[rule]
    if session:
        so_far = _SESSION_TOO_MUCH[rule]
    told = so_far.format(day=_on(start, now), clock=clock(start), found=found)
    if session and rule is Rule.SESSION_TOO_LONG:
        return f"{place} {limit.format(most=most)} ({document}), {told} Hãy rút buổi còn {most} phút hoặc chia làm hai."
    return f"{place} {limit.format(most=most)} ({document}), {told} {_way_out(nearest, start, now)}"


def _on(start: datetime, now: datetime) -> str:
    told = day(start, now)
    return told if told.startswith(("hôm", "ngày")) else f"ngày {local(start):%d/%m/%Y}"


def _way_out(nearest: datetime | None, start: datetime, now: datetime) -> str:
    if nearest is None:
        return "Hai tuần tới không có lúc nào vừa. Hãy cắt ngắn, chia nhỏ hoặc chọn ngày khác."
    return f"Sớm nhất: {_nearest(nearest, start, now)}."


def _nearest(nearest: datetime, start: datetime, now: datetime) -> str:
    """On the day that was asked for, the hour alone says enough."""
    same_day = local(nearest).date() == local(start).date()
    return clock(nearest) if same_day else moment(nearest, now)


def _limit(hours: Hours, start: datetime, end: datetime) -> str:
    """Which edge of the day's allowed time was crossed."""
    midnight = local(start).replace(hour=0, minute=0, second=0, microsecond=0)
    spans = allowed_spans(hours, midnight, midnight + _DAY)
    if not spans:
        return f"vào {day(start, start - 9 * _DAY)}"
    if start < spans[0].start:
        return f"trước {clock(spans[0].start)}"
    before = [span for span in spans if span.start <= start]
    after = [span for span in spans if span.start >= before[-1].end]
    if after and start < after[0].start:
        return f"từ {clock(before[-1].end)} đến {clock(after[0].start)}"
    return f"sau {_end_clock(before[-1].end, midnight)}"


def _end_clock(end: datetime, midnight: datetime) -> str:
    return "24:00" if end - midnight == _DAY else clock(end)


def outside_validity(first: date | None, last: date | None) -> str:
    """ "Bản tin chỉ có hiệu lực từ 24/11/2026 đến hết 30/11/2026"; at least one day is given."""
    since = f" từ {first:%d/%m/%Y}" if first else ""
    until = f" đến hết {last:%d/%m/%Y}" if last else ""
    return f"Bản tin chỉ có hiệu lực{since}{until}"


def session_full(session: str, left: timedelta, needed: timedelta, following: str) -> str:
    """ "Buổi chiều 20/08 chỉ còn 1 phút, mục này dài 2 phút. Buổi gần nhất còn chỗ: ..." """
    room = f"chỉ còn {length(left)}" if left > timedelta(0) else "đã kín"
    way_out = f" Buổi gần nhất còn chỗ: {following}." if following else " Hai tuần tới không còn buổi nào đủ chỗ."
    return f"{session} {room}, mục này dài {length(needed)}.{way_out}"
