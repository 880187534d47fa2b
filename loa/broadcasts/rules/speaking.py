"""Speaking live: what a permit may say, whether it lets somebody speak now and until when. Pure.

The signer judges the same once more from the database (`signer.live`); here it is said in words, before anybody speaks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loa.kernel.clock import local

ASK_LIFE = timedelta(minutes=5)
USE_WITHIN = timedelta(minutes=10)  # of a single yes
MOST_ONCE = 30
MOST_MINUTES = 60
MOST_DAYS = 366
LEAST = timedelta(seconds=20)  # less is not worth a count-in
SPARE = timedelta(seconds=10)  # of each session: from its signature to its first word, and to its end
ALL_DAY = 24 * 60
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
DAY_WORDS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


class End(StrEnum):
    """How a session ended."""

    STOPPED = "stopped"
    HANDED_OVER = "handed_over"
    SILENT = "silent"
    LOST = "lost"
    FULL = "full"
    HELD = "held"
    PREEMPTED = "preempted"
    SIGNED_OUT = "signed_out"
    MISUSE = "misuse"
    GATEWAY = "gateway"


END_WORDS: dict[str, str] = {
    End.STOPPED: "Người nói bấm kết thúc",
    End.HANDED_OVER: "Trao micrô cho người khác",
    End.SILENT: "Im lặng quá lâu",
    End.LOST: "Mất kết nối với máy của người nói",
    End.FULL: "Hết thời lượng được phép",
    End.HELD: "Có lệnh dừng tất cả loa",
    End.PREEMPTED: "Nhường micrô cho việc khẩn cấp",
    End.SIGNED_OUT: "Người nói đã đăng xuất hoặc hết quyền",
    End.MISUSE: "Máy của người nói gửi dữ liệu không hợp lệ",
    End.GATEWAY: "Máy chủ dừng hoặc khởi động lại",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why not: a code, and the sentence for the screen."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What one permit allows. `place` is a full name; minutes of the local day; `by` the approver's name."""

    place: str
    weekdays: tuple[int, ...]
    opens: int
    closes: int
    minutes: int
    day_minutes: int
    starts: datetime
    ends: datetime
    by: str = ""


def wish_fault(terms: Terms, now: datetime) -> Fault | None:
    """Why nobody can be asked for this; None if it is fine."""
    if not terms.weekdays or not set(terms.weekdays) <= set(EVERY_DAY):
        return Fault("live_days", "Hãy chọn ít nhất một ngày trong tuần.")
    if not 0 <= terms.opens < terms.closes <= ALL_DAY:
        return Fault("live_hours", "Giờ kết thúc phải sau giờ bắt đầu, trong cùng một ngày.")
    if not 1 <= terms.minutes <= MOST_MINUTES:
        return Fault("live_minutes", f"Mỗi lần nói từ 1 đến {MOST_MINUTES} phút.")
    if not terms.minutes <= terms.day_minutes <= ALL_DAY:
        return Fault("live_minutes", "Số phút mỗi ngày không được ít hơn số phút mỗi lần.")
    if terms.ends <= terms.starts or terms.ends <= now:
        return Fault("live_span", "Ngày hết hạn phải sau ngày bắt đầu và chưa qua.")
    if terms.ends - terms.starts > timedelta(days=MOST_DAYS):
        return Fault("live_span", "Giấy phép có hạn nhiều nhất một năm; hết hạn thì xin lại.")
    return None


def until(terms: Terms, used: timedelta, now: datetime) -> datetime | Fault:
    """When a session that begins now has to end, or why it may not begin. `used`: spoken today by this permit."""
    moment = local(now)
    minute = moment.hour * 60 + moment.minute + moment.second / 60
    whose = f"Giấy phép phát trực tiếp tại {terms.place}" + (f" ({terms.by} duyệt)" if terms.by else "")
    if now < terms.starts:
        return Fault("live_not_yet", f"{whose} có hiệu lực từ {local(terms.starts):%H:%M ngày %d/%m/%Y}.")
    if now >= terms.ends:
        return Fault("live_over", f"{whose} đã hết hạn lúc {local(terms.ends):%H:%M ngày %d/%m/%Y}.")
    if moment.isoweekday() not in terms.weekdays or not terms.opens <= minute < terms.closes:
        return Fault("live_outside_permit", f"{whose} chỉ dùng {hours_words(terms)}. Có thể xin nói một lần ngay.")
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    left = timedelta(minutes=terms.day_minutes) - used
    ends = min(
        now + timedelta(minutes=terms.minutes), now + left, midnight + timedelta(minutes=terms.closes), terms.ends
    )
    if left < LEAST:
        return Fault(
            "live_day_is_full", f"{whose}: hôm nay đã nói hết {terms.day_minutes} phút. Xin nói một lần nếu cần."
        )
    if ends - now < LEAST:
        return Fault("live_too_late", f"{whose} còn chưa tới {LEAST.seconds} giây, không kịp nói.")
    return ends


def counted(spoken: Collection[timedelta]) -> timedelta:
    """What the sessions of a day count together."""
    return sum((one + SPARE for one in spoken), timedelta())


def hours_words(terms: Terms) -> str:
    """từ 05:00 đến 20:00, thứ Hai đến thứ Sáu"""
    return f"từ {clock_words(terms.opens)} đến {clock_words(terms.closes)}, {days_words(terms.weekdays)}"


def level_of(path: str) -> str:
    """Who speaks for a place, by how deep it lies: "vn" is the centre, "vn.15" a province (see `signer.live`)."""
    return ("centre", "province", "commune")[min(path.count("."), 2)]


def days_words(weekdays: Collection[int]) -> str:
    """mọi ngày; thứ Hai đến thứ Sáu; thứ Hai, thứ Tư"""
    days = sorted(weekdays)
    if tuple(days) == EVERY_DAY:
        return "mọi ngày"
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{DAY_WORDS[days[0] - 1]} đến {DAY_WORDS[days[-1] - 1]}"
    return ", ".join(DAY_WORDS[day - 1] for day in days)


def clock_words(minute: int) -> str:
    """05:00"""
    return f"{minute // 60:02}:{minute % 60:02}"


def is_waiting(asked_at: datetime, now: datetime, *, once: bool) -> bool:
    """Whether an unanswered request still counts: a single yes is needed now or not at all."""
    return not once or now < asked_at + ASK_LIFE
