"""The papers of a station: what each says in which column. Pure; how they look is `loa.ui.prints`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from loa.broadcasts.rules.books import UNIT_WORDS, WORK_WORDS, Fee, Line, Sum, Sums, day_sums, sums
from loa.ui.format import WEEKDAYS, day, number, short_day
from loa.ui.prints.sheet import Cell, Column, Length, Money, Sheet, Signature, Table

LEADER = Signature("LÃNH ĐẠO UBND", "(ký, ghi rõ họ tên, đóng dấu)")


@dataclass(frozen=True, slots=True)
class Office:
    """Whose paper it is: "UBND TỈNH LÀO CAI", "UBND XÃ QUY MÔNG", "Quy Mông"; who made it out, when."""

    above: str
    name: str
    place: str
    writer: str
    today: date


@dataclass(frozen=True, slots=True)
class Slot:
    """One air time of a week that is planned: local "05:10", what it is, how long, for whom."""

    day: date
    time: str
    title: str
    programme: str
    source: str
    length_ms: int
    target: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What had to be made public: what of it, what was asked for, how it stands, on which days it was proved, and whose
    proof is missing."""

    title: str
    asked: str
    state: str
    proved: str
    missing: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one commune made of a bulletin from above."""

    place: str
    state: str
    when: str
    proved: int
    meant: int
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class Called:
    """What one loudspeaker proved of what it was to play."""

    place: str
    device: str
    standing: str
    proved: int
    expected: int
    why: str


def period(first: date, last: date) -> str:
    """Ngày 20/8/2026; Từ ngày 17/8/2026 đến ngày 23/8/2026."""
    return f"Ngày {day(first)}" if first == last else f"Từ ngày {day(first)} đến ngày {day(last)}"


def logbook(office: Office, lines: Sequence[Line], first: date, last: date) -> Sheet:
    """Sổ nhật ký phát thanh."""
    columns = (
        Column("TT", 0.45, "center"),
        Column("Ngày", 0.8, "center"),
        Column("Giờ", 0.65, "center"),
        Column("Chương trình, nội dung", 2.4),
        Column("Nguồn", 0.95),
        Column("Chuyên mục", 2.9),
        Column("Ngôn ngữ", 0.95),
        Column("Thời lượng", 0.85, "right"),
        Column("Biên tập", 1.15),
        Column("Người đọc", 1.15),
        Column("Người duyệt", 1.2),
        Column("Người phát", 1.15),
        Column("Ghi chú", 1.3),
    )
    rows = tuple(_log_row(number, line) for number, line in enumerate(lines, 1))
    found = sums(day_sums(lines))
    total: tuple[Cell, ...] = ("", "", "", "Cộng", "", "", "", Length(found.length_ms), "", "", "", "", "")
    note = f"Cộng {number(found.airings)} lượt phát có bằng chứng của loa trong {found.days} ngày."
    if found.partly or found.silent:
        note += f" {number(found.partly)} lượt có cụm không phát, {number(found.silent)} lượt không có bằng chứng nào."
    return _sheet(
        office,
        "SỔ NHẬT KÝ PHÁT THANH",
        period(first, last),
        (Table(columns, rows, sums=total if rows else ()),),
        notes=(note,) if rows else (),
        empty="Trong thời gian này không phát mục nào.",
        landscape=True,
    )


def _log_row(number_of: int, line: Line) -> tuple[Cell, ...]:
    heard = f"{line.proved}/{line.expected} cụm"
    return (
        number_of,
        short_day(line.day),
        line.time,
        f"{line.programme}: {line.title}" if line.programme else line.title,
        line.source,
        line.category,
        line.language,
        Length(line.length_ms),
        line.editor,
        line.reader or "Giọng máy",
        line.approver,
        line.operator,
        f"{heard}. {line.note}" if line.note else heard,
    )


def week(office: Office, slots: Sequence[Slot], monday: date, last: date) -> Sheet:
    """Lịch phát tuần, a table for each day that has something."""
    columns = (
        Column("Giờ", 0.7, "center"),
        Column("Nội dung", 3.4),
        Column("Chương trình", 1.4),
        Column("Nguồn", 1),
        Column("Thời lượng", 0.9, "right"),
        Column("Nơi phát", 1.8),
    )
    days = sorted({slot.day for slot in slots})
    tables = tuple(
        Table(columns, tuple(_slot_row(slot) for slot in slots if slot.day == one), _named(one)) for one in days
    )
    empty = "Tuần này chưa xếp mục nào."
    return _sheet(office, "LỊCH PHÁT THANH TUẦN", period(monday, last), tables or (Table(columns, ()),), empty=empty)


def _slot_row(slot: Slot) -> tuple[Cell, ...]:
    return (slot.time, slot.title, slot.programme, slot.source, Length(slot.length_ms), slot.target)


def _named(one: date) -> str:
    return f"{WEEKDAYS[one.weekday()]}, ngày {day(one)}"


def report(office: Office, found: Sums, first: date, last: date, owed: Sequence[Owed] = ()) -> Sheet:
    """Báo cáo tháng, quý: how much was aired and proved, of what; what had to be made public."""
    title = _report_title(first, last)
    overview = Table(
        (Column("Chỉ tiêu", 4), Column("Kết quả", 1, "right")),
        (
            ("Số ngày có phát", found.days),
            ("Số lượt phát có bằng chứng", found.airings),
            ("Tổng thời lượng đã phát (một cụm loa)", Length(found.length_ms)),
            ("Số lượt mọi cụm loa đều phát", found.full),
            ("Số lượt có cụm không phát", found.partly),
            ("Số lượt không có bằng chứng nào", found.silent),
        ),
        "I. Kết quả chung",
    )
    parts = (
        _shares("II. Theo nguồn", "Nguồn", found.by_source, found.length_ms),
        _shares("III. Theo chuyên mục", "Chuyên mục", found.by_category, found.length_ms),
        _shares("IV. Theo ngôn ngữ", "Ngôn ngữ", found.by_language, found.length_ms),
        *([_owed(owed)] if owed else []),
    )
    note = "Số liệu lấy từ bằng chứng phát có ký số của từng cụm loa; mục không có bằng chứng không tính thời lượng."
    return _sheet(office, title, period(first, last), (overview, *parts), notes=(note,))


def _owed(rows: Sequence[Owed]) -> Table:
    columns = (
        Column("Nội dung", 2.2),
        Column("Phải phát", 1.6),
        Column("Kết quả", 0.9),
        Column("Ngày đã phát đủ", 1.2),
        Column("Cụm còn thiếu bằng chứng", 1.6),
    )
    shown = tuple((row.title, row.asked, row.state, row.proved, row.missing) for row in rows)
    return Table(columns, shown, "V. Nội dung phải công khai trên loa")


def _report_title(first: date, last: date) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"BÁO CÁO HOẠT ĐỘNG TRUYỀN THANH THÁNG {first.month}/{first.year}"
    if first.month % 3 == 1 and (last.year, last.month) == (first.year, first.month + 2):
        return f"BÁO CÁO HOẠT ĐỘNG TRUYỀN THANH QUÝ {first.month // 3 + 1}/{first.year}"
    return "BÁO CÁO HOẠT ĐỘNG TRUYỀN THANH"


def _shares(caption: str, name: str, rows: Sequence[Sum], whole_ms: int) -> Table:
    columns = (
        Column(name, 3),
        Column("Lượt phát", 0.8, "right"),
        Column("Thời lượng", 1, "right"),
        Column("Tỷ lệ", 0.7, "right"),
    )
    shown = tuple((row.name, row.airings, Length(row.length_ms), _percent(row.length_ms, whole_ms)) for row in rows)
    return Table(columns, shown, caption)


def _percent(part: int, whole: int) -> str:
    return f"{number(100 * part / whole, 1)}%" if whole else ""


def fees(office: Office, rows: Sequence[Fee], first: date, last: date) -> Sheet:
    """Bảng kê nhuận bút, thù lao."""
    columns = (
        Column("TT", 0.4, "center"),
        Column("Họ và tên", 1.8),
        Column("Công việc", 1.6),
        Column("Số lượng", 0.8, "right"),
        Column("Đơn vị", 0.8),
        Column("Mức (đồng)", 1, "right"),
        Column("Thành tiền (đồng)", 1.2, "right"),
        Column("Ký nhận", 1.2),
    )
    body = tuple(_fee_row(number, fee) for number, fee in enumerate(rows, 1))
    whole = sum(fee.dong for fee in rows)
    total: tuple[Cell, ...] = ("", "Cộng", "", "", "", "", Money(whole), "")
    documents = ", ".join(dict.fromkeys(fee.rate.document for fee in rows))
    notes = (f"Mức chi theo {documents}.",) if documents else ()
    return _sheet(
        office,
        "BẢNG KÊ NHUẬN BÚT, THÙ LAO",
        period(first, last),
        (Table(columns, body, sums=total if body else ()),),
        notes=notes,
        empty="Không có khoản nào: chưa có tin, bài của xã được loa phát, hoặc chưa đặt mức chi.",
    )


def _fee_row(number_of: int, fee: Fee) -> tuple[Cell, ...]:
    return (
        number_of,
        fee.person,
        WORK_WORDS[fee.rate.work],
        fee.count,
        UNIT_WORDS[fee.rate.unit],
        Money(fee.rate.dong),
        Money(fee.dong),
        "",
    )


def _sheet(
    office: Office,
    title: str,
    subtitle: str,
    tables: tuple[Table, ...],
    *,
    notes: tuple[str, ...] = (),
    empty: str = "",
    landscape: bool = False,
) -> Sheet:
    return Sheet(
        title=title,
        subtitle=subtitle,
        above=office.above,
        office=office.name,
        place=office.place,
        day=office.today,
        tables=tables,
        notes=notes,
        signatures=(Signature("NGƯỜI LẬP", name=office.writer), LEADER),
        empty=empty,
        landscape=landscape,
    )


def answers(office: Office, title: str, lines: Sequence[Told]) -> Sheet:
    """Tình hình phát của một tin gửi xuống các xã."""
    columns = (
        Column("TT", 0.4, "center"),
        Column("Xã, phường", 1.6),
        Column("Trạng thái", 1.3),
        Column("Buổi, giờ", 1.5),
        Column("Loa đã phát", 0.8, "right"),
        Column("Loa được giao", 0.8, "right"),
        Column("Lý do, ghi chú", 2.2),
        Column("Người trả lời", 1.2),
    )
    rows = tuple(
        (number, one.place, one.state, one.when, one.proved, one.meant, one.note, one.by)
        for number, one in enumerate(lines, 1)
    )
    return _sheet(
        office,
        "TÌNH HÌNH PHÁT TIN GỬI XUỐNG CÁC XÃ",
        title,
        (Table(columns, rows),),
        empty="Tin này chưa tới xã nào.",
        landscape=True,
    )


def rollcall(office: Office, title: str, lines: Sequence[Called]) -> Sheet:
    """Loa nào đã phát một buổi, một bản tin."""
    columns = (
        Column("TT", 0.4, "center"),
        Column("Xã, phường", 1.5),
        Column("Cụm loa", 1.8),
        Column("Kết quả", 1.2),
        Column("Mục đã phát", 0.8, "right"),
        Column("Mục được giao", 0.8, "right"),
        Column("Lý do", 2.4),
    )
    rows = tuple(
        (number, one.place, one.device, one.standing, one.proved, one.expected, one.why)
        for number, one in enumerate(lines, 1)
    )
    return _sheet(
        office, "LOA ĐÃ PHÁT", title, (Table(columns, rows),), empty="Không có cụm loa nào được giao.", landscape=True
    )
