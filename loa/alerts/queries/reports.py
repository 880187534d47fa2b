"""The final report of an alert: what was reported beside what loudspeakers have signed; only the signed counts."""

from datetime import datetime, timedelta

from loa.alerts import hazards
from loa.alerts.models import AlertRecord, PlaceNote
from loa.alerts.queries.alerts import Board
from loa.areas.rules import Level
from loa.broadcasts.models import PlayProof
from loa.kernel.clock import local
from loa.ui.prints.sheet import Cell, Column, Sheet, Signature, Table

PROOFS_LATE = timedelta(days=8)  # a loudspeaker without a line brings its proofs later


def proved(alert: AlertRecord) -> set[str]:
    """Devices that have signed that this alert sounded there. One query in the parts of its days."""
    since = (alert.issued or alert.asked_at) - timedelta(hours=1)
    until = (alert.expires or since) + PROOFS_LATE
    rows = PlayProof.objects.filter(airing=alert.pk, planned__range=(since, until), outcome__in=("played", "cut"))
    return set(rows.values_list("device_id", flat=True))


def sheet_of(alert: AlertRecord, board: Board, now: datetime) -> Sheet:
    """The paper, one line a commune; notes of what people did where it was silent."""
    signed = proved(alert)
    rows: list[tuple[Cell, ...]] = []
    sums = [0] * 6
    for number, one in enumerate(sorted(board.communes, key=lambda row: row.area.sort_key), 1):
        swore = sum(line.seen.device in signed for line in one.lines)
        count = one.count
        figures = [count.expected, count.received, count.sounding, count.late, count.silent, swore]
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
        rows.append((number, one.area.full_name, *figures, "; ".join(note.text for note in one.notes)))
    columns = (
        Column("TT", 0.4, "center"),
        Column("Xã, phường", 2),
        Column("Phải kêu", 0.8, "right"),
        Column("Báo nhận", 0.8, "right"),
        Column("Báo kêu", 0.8, "right"),
        Column("Trễ", 0.7, "right"),
        Column("Im lặng", 0.8, "right"),
        Column("Chứng thực", 0.9, "right"),
        Column("Ghi chú", 2.4),
    )
    total: tuple[Cell, ...] = ("", "Tổng", *sums, "")
    area = alert.area
    office = area.full_name if area else ""
    parent = area.parent if area and area.level > Level.PROVINCE else None
    return Sheet(
        title=_title(alert), subtitle=_subtitle(alert), above=f"UBND {parent.full_name}".upper() if parent else "",
        office=f"UBND {office}".upper(), place=area.name if area else "", day=local(now).date(),
        tables=(Table(columns, tuple(rows), sums=total if rows else ()),), notes=_notes(alert, now),
        signatures=(Signature("NGƯỜI LẬP"), Signature("LÃNH ĐẠO UBND", "(ký, ghi rõ họ tên, đóng dấu)")),
        empty="Không có cụm loa nào thuộc nơi nhận.", landscape=True,
    )  # fmt: skip


def _title(alert: AlertRecord) -> str:
    return {
        "exercise": "BÁO CÁO DIỄN TẬP CẢNH BÁO QUA LOA", "test": "BÁO CÁO KIỂM TRA ĐƯỜNG CẢNH BÁO QUA LOA"
    }.get(alert.status, "BÁO CÁO CẢNH BÁO KHẨN CẤP QUA LOA")  # fmt: skip


def _subtitle(alert: AlertRecord) -> str:
    at = local(alert.issued or alert.asked_at)
    return f"{hazards.book().name_of(alert.event)}, phát lúc {at:%H:%M:%S} ngày {at:%d/%m/%Y}"


def _notes(alert: AlertRecord, now: datetime) -> tuple[str, ...]:
    second = alert.confirmer_name or ("không có, một người phát" if alert.alone else "không cần")
    lines = [f"Người ra lệnh: {alert.author_name}. Người xác nhận: {second}."]
    if alert.ended_at:
        lines.append(f"Kết thúc hoặc hủy lúc {local(alert.ended_at):%H:%M:%S %d/%m/%Y}.")
    lines.append(
        "Cột Báo nhận, Báo kêu là do loa báo ngay lúc đó. Cột Chứng thực đếm loa đã gửi bản ghi có chữ ký; chỉ cột này "
        f"là căn cứ. Số liệu đến {local(now):%H:%M %d/%m/%Y}; loa mất mạng gửi bản ghi sau."
    )
    for note in PlaceNote.objects.filter(record=alert).select_related("area", "by").order_by("at"):
        lines.append(f"{local(note.at):%H:%M %d/%m} {note.area.full_name}: {note.text} ({note.by.full_name})")
    return tuple(lines)
