"""iCalendar (RFC 5545): sessions and air times out, sessions in. Pure: no rule is ever unrolled here.

Out: what repeats is said as a rule (RRULE with EXDATE), what moves with the moon or the season as a list of days
(RDATE). In: only what a session can be, and only from a file that is small: everything else is refused with its reason
before the parser sees it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneStandard
from icalendar.prop import vRecur

PRODUCT = "-//Loa//Lich phat//VI"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_BYTES = 512 * 1024
MOST_EVENTS = 200
MOST_LINES = 20_000
MOST_LINE = 4_000
MOST_DEPTH = 4
_KNOWN = frozenset({"FREQ", "BYDAY", "INTERVAL", "WKST", "UNTIL", "COUNT"})


class BadCalendar(ValueError):
    """A file that is not taken at all; the message is complete Vietnamese."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """Something that is said in a calendar: `starts` is its first start.

    `weekdays` (ISO) repeat it weekly, () = `dates` are all its starts. `until` is its last local day, `without` starts
    that are left out, `other` single starts that became another span.
    """

    uid: str
    title: str
    start: datetime
    length: timedelta
    weekdays: tuple[int, ...] = ()
    until: date | None = None
    dates: tuple[datetime, ...] = ()
    without: tuple[datetime, ...] = ()
    other: tuple[tuple[datetime, datetime, timedelta], ...] = ()
    place: str = ""


def written(name: str, rows: Iterable[Repeats], now: datetime) -> bytes:
    """The calendar as a file."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", ZONE.key)
    calendar.add_component(_zone())
    for row in rows:
        for event in _events(row, now):
            calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _zone() -> Timezone:
    """Viet Nam: seven hours ahead, no summer time."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", ZONE.key)
    standard.add("dtstart", datetime(1975, 6, 13))  # noqa: DTZ001  what RFC 5545 asks for here has no zone
    standard.add("tzoffsetfrom", timedelta(hours=7))
    standard.add("tzoffsetto", timedelta(hours=7))
    standard.add("tzname", "+07")
    zone.add_component(standard)
    return zone


def _events(row: Repeats, now: datetime) -> Iterable[Event]:
    event = _event(row, row.start, row.length, now)
    if row.weekdays:
        rule: dict[str, object] = {"FREQ": ["WEEKLY"], "BYDAY": [DAYS[day - 1] for day in row.weekdays]}
        if row.until is not None:
            rule["UNTIL"] = [datetime.combine(row.until + timedelta(days=1), time(), ZONE) - timedelta(seconds=1)]
        event.add("rrule", rule)
    elif len(row.dates) > 1:
        event.add("rdate", [_local(start) for start in row.dates if start != row.start])
    if row.without:
        event.add("exdate", [_local(start) for start in row.without])
    yield event
    for was, start, length in row.other:
        single = _event(row, start, length, now)
        single.add("recurrence-id", _local(was))
        yield single


def _event(row: Repeats, start: datetime, length: timedelta, now: datetime) -> Event:
    event = Event()
    event.add("uid", row.uid)
    event.add("dtstamp", now)
    event.add("summary", row.title)
    event.add("dtstart", _local(start))
    event.add("dtend", _local(start + max(length, timedelta(minutes=1))))
    if row.place:
        event.add("location", row.place)
    return event


def _local(instant: datetime) -> datetime:
    return instant.astimezone(ZONE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session that a file asks for, or `why` it cannot be one."""

    name: str
    starts: time = time()
    minutes: int = 0
    weekdays: tuple[int, ...] = ()
    why: str = ""


def read(content: bytes) -> list[Wanted]:
    """The sessions of a file, each fit or with the reason why not. BadCalendar if the file is not taken at all."""
    _check(content)
    try:
        calendar = Calendar.from_ical(_without_zones(content.decode("utf-8")))
    except (RecursionError, ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise BadCalendar("Tệp này không phải tệp lịch iCalendar (.ics) đúng cách.") from error
    found = [_wanted(event) for event in calendar.walk("VEVENT") if isinstance(event, Event)]
    if not found:
        raise BadCalendar("Trong tệp không có mục lịch nào.")
    return found


def _check(content: bytes) -> None:
    """What a look at the bytes tells, so that no parser works long for nothing."""
    if len(content) > MOST_BYTES:
        raise BadCalendar(f"Tệp lịch quá lớn. Chỉ nhận tệp tới {MOST_BYTES // 1024} KB.")
    if b"\x00" in content or b"BEGIN:VCALENDAR" not in content[:2000].upper():
        raise BadCalendar("Tệp này không phải tệp lịch iCalendar (.ics).")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise BadCalendar("Chữ trong tệp không đọc được. Hãy xuất lại tệp ở dạng UTF-8.") from None
    lines = content.splitlines()
    events = sum(line.strip().upper() == b"BEGIN:VEVENT" for line in lines)
    rules = sum(line[:5].upper() in (b"RRULE", b"RDATE", b"EXRUL") for line in lines)
    if len(lines) > MOST_LINES or max(events, rules) > MOST_EVENTS:
        raise BadCalendar(f"Tệp có quá nhiều mục. Một lần nhận tối đa {MOST_EVENTS} mục lịch.")
    if any(len(line) > MOST_LINE for line in lines):
        raise BadCalendar("Tệp có dòng dài bất thường nên không đọc.")


def _without_zones(text: str) -> str:
    """Zones are known by name. One that a file describes itself would be unrolled by the parser, to the year 9999 and
    for every second if it says so.
    """
    kept, inside, depth = [], False, 0
    for line in text.splitlines():
        word = line.strip().upper()
        inside = inside or word == "BEGIN:VTIMEZONE"
        if not inside:
            depth += word.startswith("BEGIN:") - word.startswith("END:")
            kept.append(line)
        inside = inside and word != "END:VTIMEZONE"
        if depth > MOST_DEPTH:
            raise BadCalendar("Tệp lồng quá nhiều lớp nên không đọc.")
    return "\r\n".join(kept)


def _wanted(event: Event) -> Wanted:
    name = str(event.get("summary", "")).strip()[:80] or "Buổi chưa đặt tên"
    try:
        return _session(name, event)
    except _Unfit as unfit:
        return Wanted(name, why=str(unfit))
    except (ValueError, TypeError, AttributeError, OverflowError, KeyError):
        return Wanted(name, why="Ngày giờ của mục này không đọc được.")


class _Unfit(Exception):
    """Why something cannot be a session of the week."""


def _session(name: str, event: Event) -> Wanted:
    start, rule = event.decoded("dtstart"), event.get("rrule")
    if not isinstance(start, datetime):
        raise _Unfit("Mục cả ngày không có giờ bắt đầu.")
    if event.get("rdate") is not None or event.get("exrule") is not None or isinstance(rule, list):
        raise _Unfit("Mục lặp lại theo danh sách ngày riêng, không theo thứ trong tuần.")
    if not isinstance(rule, vRecur):
        raise _Unfit("Mục chỉ có một lần, không phải buổi hằng tuần.")
    local = start.replace(tzinfo=ZONE) if start.tzinfo is None else start.astimezone(ZONE)
    shifted = (local.date() - start.date()).days
    minutes = _minutes(event, start)
    return Wanted(name, local.time().replace(second=0, microsecond=0), minutes, _weekdays(rule, local, shifted))


def _minutes(event: Event, start: datetime) -> int:
    if "duration" in event:
        length = event.decoded("duration")
    elif "dtend" in event:
        length = event.decoded("dtend") - start
    else:
        raise _Unfit("Mục không ghi giờ kết thúc.")
    minutes = int(length // timedelta(minutes=1))
    if not 1 <= minutes <= 240:
        raise _Unfit("Buổi phải dài từ 1 phút đến 4 tiếng.")
    return minutes


def _weekdays(rule: vRecur, local: datetime, shifted: int) -> tuple[int, ...]:
    """ISO weekdays in Viet Nam; a start in another zone may lie on the day before or after."""
    freq = str(rule.get("FREQ", [""])[0]).upper()
    if freq not in ("DAILY", "WEEKLY") or not {str(key).upper() for key in rule} <= _KNOWN:
        raise _Unfit("Cách lặp lại này không phải hằng ngày hay hằng tuần.")
    if int(rule.get("INTERVAL", [1])[0]) != 1:
        raise _Unfit("Mục lặp cách tuần; buổi phát lặp mỗi tuần.")
    if "COUNT" in rule or "UNTIL" in rule:
        raise _Unfit("Mục có ngày kết thúc; buổi phát không có ngày kết thúc. Hãy bỏ phần này hoặc đặt theo mùa.")
    named = [str(day).upper() for day in rule.get("BYDAY", [])]
    if not named:
        return tuple(range(1, 8)) if freq == "DAILY" else (local.isoweekday(),)
    if not set(named) <= set(DAYS):
        raise _Unfit("Mục lặp theo thứ của tháng, không theo thứ trong tuần.")
    return tuple(sorted({(DAYS.index(day) + shifted) % 7 + 1 for day in named}))


def fit(rows: Sequence[Wanted]) -> list[Wanted]:
    """Those that can be sessions."""
    return [row for row in rows if not row.why]
