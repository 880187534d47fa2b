"""Decisions about alerts: pure, the time is an argument, each refusal has a code."""

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from devicelink.limits import MAX_EVENT_LIFE_MS, MAX_KEEP_MS, MAX_VOICE_MS, MIN_REPEAT_MS

from loa.areas.rules import is_inside, lineage
from loa.kernel.errors import Invalid

ESCALATES_AFTER = timedelta(seconds=60)  # then everybody above is asked as well
LAPSES_AFTER = timedelta(minutes=15)  # a wish that nobody has confirmed is none any more
REPORT_WITHIN = timedelta(minutes=5)
MOST_DUTY = timedelta(days=31)
LIVES = (30, 60, 120, 180, 360, 720, 1440)  # minutes that people choose from
REPEATS = (0, 5, 10, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an area, by `path`, has said about one person alone sending an Actual alert."""

    path: str
    allowed: bool


def break_glass(path: str, rulings: Sequence[Ruling]) -> Ruling | None:
    """The answer that holds at this place: that of the nearest area, newest first in `rulings`; None = never asked."""
    above = lineage(path)
    fits = [one for one in rulings if one.path in above]
    return max(fits, key=lambda one: len(one.path), default=None)


def may_confirm_alone(path: str, rulings: Sequence[Ruling], *, status: str) -> bool:
    """Whether the author's word is enough. Exercises and tests need no second person; nobody asked means no."""
    if status != "actual":
        return True
    found = break_glass(path, rulings)
    return found is not None and found.allowed


def is_confirmer(author: int, user: int, *, on_behalf_of: int | None = None) -> bool:
    """Two different people; a deputy does not confirm what the person deputised for has asked."""
    return author not in (user, on_behalf_of)


def check_times(*, life_ms: int, repeat_ms: int, keep_ms: int) -> None:
    """Invalid `alert_life`, `alert_repeat` or `alert_keep`, in words."""
    if not 60_000 <= life_ms <= MAX_EVENT_LIFE_MS:
        raise Invalid("Cảnh báo có hiệu lực từ 1 phút đến 24 giờ. Hãy chọn lại thời hạn.", code="alert_life")
    if repeat_ms and not MIN_REPEAT_MS <= repeat_ms <= life_ms:
        raise Invalid("Nhắc lại không dày hơn mỗi phút một lần và không quá thời hạn.", code="alert_repeat")
    if not 0 <= keep_ms <= MAX_KEEP_MS:
        raise Invalid("Thời gian không được chèn dài nhất 60 giây.", code="alert_keep")


def check_voice(duration_ms: int) -> None:
    """Invalid `voice_long`, with the length said."""
    if duration_ms > MAX_VOICE_MS:
        seconds = -(-duration_ms // 1000)
        raise Invalid(
            f"Lời đọc dài {seconds} giây; cảnh báo dài nhất {MAX_VOICE_MS // 1000} giây. Hãy bớt chữ rồi tạo lại.",
            code="voice_long",
        )


def check_duty(starts: datetime, ends: datetime, now: datetime) -> None:
    """Invalid `duty_dates`."""
    if ends <= starts or ends <= now:
        raise Invalid("Ca trực phải kết thúc sau khi bắt đầu và chưa qua.", code="duty_dates")
    if ends - starts > MOST_DUTY:
        raise Invalid(f"Mỗi ca trực dài nhất {MOST_DUTY.days} ngày.", code="duty_dates")


def is_active(*, state: str, kind: str, expires: datetime | None, ended_at: datetime | None, now: datetime) -> bool:
    """An alert that loudspeakers obey now: sent, not over, not cancelled."""
    return (
        state == "sent" and kind in ("alert", "update") and expires is not None and now < expires
        and (ended_at is None or now < ended_at)
    )  # fmt: skip


def concerns(area: str, places: Collection[str]) -> bool:
    """Whether an alert for `area` touches one of these places, or lies in it."""
    return any(is_inside(place, area) or is_inside(area, place) for place in places)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
