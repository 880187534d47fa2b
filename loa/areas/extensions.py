"""Extended hours: what the level above permits, and whether a wish lies within. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from loa.areas.codes import Reason
from loa.areas.rules import Level, inside
from loa.kernel.clock import LOCAL, local

LONGEST = timedelta(hours=24)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Permits:
    """What may be asked for beyond the hours: days a year, between which minutes of the local day (`latest` may pass
    1440, into the night), for which reasons; by which document of whom."""

    days: int
    earliest: int
    latest: int
    reasons: frozenset[str]
    document: str
    set_by: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What one area's rules permit below it; `level` as in `rules.Level`."""

    level: int
    permits: Permits


@dataclass(frozen=True, slots=True)
class Wish:
    """An extension that somebody wants. `place` is the full name."""

    place: str
    starts: datetime
    ends: datetime
    reason: str

    @property
    def day(self) -> date:
        """The local day it counts for."""
        return local(self.starts).date()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why not, in one Vietnamese sentence with the nearest way out; `code` for programs."""

    code: str
    message: str


def in_force(grants: Iterable[Grant]) -> Permits | None:
    """What holds under these, outermost first: the first is that of a province or above, the others only narrow."""
    found: Permits | None = None
    for grant in grants:
        if found is not None:
            found = narrower(found, grant.permits)
        elif grant.level < Level.COMMUNE:
            found = grant.permits
    return found


def narrower(above: Permits, own: Permits) -> Permits:
    """What both permit, told as `own`."""
    return Permits(
        days=min(above.days, own.days),
        earliest=max(above.earliest, own.earliest),
        latest=min(above.latest, own.latest),
        reasons=above.reasons & own.reasons,
        document=own.document,
        set_by=own.set_by,
    )


def span_allowed(permits: Permits, day: date) -> tuple[datetime, datetime]:
    """Between which instants an extension of this day must lie."""
    midnight = datetime.combine(day, time(), LOCAL)
    return midnight + timedelta(minutes=permits.earliest), midnight + timedelta(minutes=permits.latest)


def fault(
    wish: Wish, permits: Permits | None, used: Collection[date], now: datetime, host: Permits | None = None
) -> Fault | None:
    """Why this wish cannot be, None if it can. `used` are the days of that year that were extended before; `host` is
    how far the machine that signs lets anybody go."""
    if wish.ends <= wish.starts or wish.ends - wish.starts > LONGEST:
        return Fault("extension_span", "Giờ kết thúc phải sau giờ bắt đầu, và mỗi lần gia hạn dài nhất 24 giờ.")
    if wish.ends <= now:
        return Fault("extension_over", "Khoảng giờ này đã qua. Hãy chọn từ bây giờ trở đi.")
    if permits is None or not permits.days or not permits.reasons or (host is not None and not host.days):
        return Fault(
            "extension_not_permitted",
            f"Cấp trên chưa cho phép {inside(wish.place)} gia hạn giờ phát. "
            "Hãy đề nghị tỉnh, thành phố ghi việc này vào quy chế, hoặc chọn giờ trong khung giờ đang có.",
        )
    found = _reason_fault(wish, permits) or _clock_fault(wish, permits) or _days_fault(wish, permits, used)
    if found is None and host is not None:
        return _clock_fault(wish, host) or _days_fault(wish, host, used)
    return found


def _reason_fault(wish: Wish, permits: Permits) -> Fault | None:
    if wish.reason in permits.reasons:
        return None
    named = "; ".join(one.label.lower() for one in Reason if one in permits.reasons)
    return Fault("extension_reason", f"{_rule(permits)} chỉ cho gia hạn vì: {named}. Hãy chọn một trong các lý do đó.")


def _clock_fault(wish: Wish, permits: Permits) -> Fault | None:
    first, last = span_allowed(permits, wish.day)
    if wish.starts < first:
        return Fault(
            "extension_early",
            f"{_rule(permits)} không cho {inside(wish.place)} phát trước {_clock(first, wish.day)}. "
            f"Sớm nhất: {_clock(first, wish.day)} ngày {wish.day:%d/%m/%Y}.",
        )
    if wish.ends > last:
        return Fault(
            "extension_late",
            f"{_rule(permits)} không cho {inside(wish.place)} phát sau {_clock(last, wish.day)}. "
            f"Muộn nhất: {_latest(last, wish.day)}.",
        )
    return None


def _days_fault(wish: Wish, permits: Permits, used: Collection[date]) -> Fault | None:
    others = {day for day in used if day.year == wish.day.year} - {wish.day}
    if len(others) < permits.days:
        return None
    return Fault(
        "extension_days_used",
        f"{_rule(permits)} cho {inside(wish.place)} gia hạn {permits.days} ngày một năm, năm {wish.day.year} đã dùng "
        f"hết. Sớm nhất: ngày 01/01/{wish.day.year + 1}, hoặc đề nghị {inside(permits.set_by)} cho thêm ngày.",
    )


def _rule(permits: Permits) -> str:
    return f"{permits.set_by} ({permits.document})"


def _clock(instant: datetime, day: date) -> str:
    there = local(instant)
    if there.date() == day + _DAY and there.time() == time():
        return "24:00"
    return f"{there:%H:%M}" if there.date() == day else f"{there:%H:%M} hôm sau"


def _latest(last: datetime, day: date) -> str:
    """ "23:30 ngày 05/02/2027"; the end of a day belongs to it."""
    ends_the_day = _clock(last, day) == "24:00"
    return f"24:00 ngày {day:%d/%m/%Y}" if ends_the_day else f"{local(last):%H:%M ngày %d/%m/%Y}"
