"""What is sent down to communes: how it stands in each, when it may sound, who comes first. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from devicelink.permits import MAX_SLACK_MS, PermitTimes

# Which session a commune puts it into is the commune's; the permit names the days, and on each these hours: those of
# the place are narrower and bind as always.
HOURS = range(4, 23)
MOST_DAYS = 31
# What was put in order, or comes new into a session, needs this long to reach the loudspeakers.
ORDER_UNTIL = timedelta(minutes=5)
REACHES_IN = timedelta(minutes=2)
# The permit's last hour before a start reaches four hours: a start is at most one hour behind it.
MOST_SLACK_S = MAX_SLACK_MS // 1000 - 3600
# An own priority item at a minute of its own is approved to be so much later, so that it can give way.
GIVES_WAY_S = 30 * 60
# A normal one that nobody has answered after this is worth a reminder; so is one whose days run out.
REMIND_AFTER = timedelta(hours=24)
LAST_CALL = timedelta(hours=24)
_PROOFS_TAKE = timedelta(minutes=10)
_DAY = timedelta(days=1)


class Sent(StrEnum):
    """Where a sending is on its way."""

    ASKED = "asked"
    SENT = "sent"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """As people read it."""
        return {"asked": "Chờ duyệt", "sent": "Đã gửi các xã", "ended": "Không gửi"}[self.value]


class Answer(StrEnum):
    """What a commune has answered; what was heard comes from the proofs."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """As people read it."""
        return {"accepted": "Đã nhận", "scheduled": "Đã xếp lịch", "refused": "Từ chối"}[self.value]


class State(StrEnum):
    """How it stands in one commune, for the sender."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    ON_AIR = "on_air"
    PLAYED = "played"
    UNHEARD = "unheard"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """As people read it."""
        return _STATES[self.value][0]

    @property
    def kind(self) -> str:
        """How it looks: amber only where a person has to do something."""
        return _STATES[self.value][1]


_STATES = {
    "accepted": ("Đã nhận, chờ xếp", "next"),
    "scheduled": ("Đã xếp lịch", "next"),
    "on_air": ("Đang phát", "live"),
    "played": ("Đã phát", "ok"),
    "unheard": ("Đến giờ mà chưa loa nào báo đã phát", "person"),
    "refused": ("Từ chối", "person"),
    "expired": ("Hết hạn, chưa phát", "person"),
    "withdrawn": ("Đã thu hồi", "moved"),
}

# Why a commune does not air it; "other" asks for words of its own.
REASONS = {
    "funeral": "Địa phương đang có việc tang",
    "not_here": "Nội dung không liên quan đến địa phương",
    "told": "Xã đã thông báo nội dung này rồi",
    "full": "Các buổi phát đã kín",
    "other": "Lý do khác",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one delivery. `ends`: when it is over in its session; `heard` of `meant` loudspeakers proved it;
    `over`: it was taken back, or what aired it was ended."""

    answer: str
    last_day: date
    over: bool
    starts: datetime | None = None
    ends: datetime | None = None
    heard: int = 0
    begun: int = 0


def state_of(facts: Facts, today: date, now: datetime) -> State:
    """One word for all of it. What was heard was heard, whatever came afterwards."""
    if facts.heard or facts.begun:
        return State.PLAYED
    if facts.answer == Answer.REFUSED:
        return State.REFUSED
    if facts.over:
        return State.WITHDRAWN
    if facts.answer == Answer.SCHEDULED and facts.starts is not None and facts.ends is not None:
        if now < facts.starts:
            return State.SCHEDULED
        return State.ON_AIR if now < facts.ends + _PROOFS_TAKE else State.UNHEARD
    return State.EXPIRED if facts.last_day < today else State.ACCEPTED


def permit_times(first: date, last: date) -> tuple[PermitTimes, ...]:
    """Every hour of these days: the communes choose the session."""
    return (
        PermitTimes(
            weekdays=(1, 2, 3, 4, 5, 6, 7),
            minutes=tuple(hour * 60 for hour in HOURS),
            from_day=first.isoformat(),
            to_day=last.isoformat(),
            slack=MAX_SLACK_MS,
        ),
    )


def period_fault(first: date, last: date, today: date) -> str:
    """Why these days will not do; "" if they do."""
    if last < first:
        return "Ngày cuối phải bằng hoặc sau ngày đầu. Hãy xem lại hai ngày."
    if last < today:
        return "Những ngày này đã qua. Hãy chọn ngày khác."
    if last - first >= MOST_DAYS * _DAY:
        return f"Tin phát xuống có hạn nhiều nhất {MOST_DAYS} ngày. Hãy chọn ngày cuối gần hơn."
    return ""


def order_until(session: datetime) -> datetime:
    """Until when the order of a session may be changed; then what comes from above goes first."""
    return session - ORDER_UNTIL


def is_overdue(made: datetime, last_day_ends: datetime, now: datetime) -> bool:
    """Whether an unanswered one deserves a reminder."""
    return now - made >= REMIND_AFTER or now >= last_day_ends - LAST_CALL
