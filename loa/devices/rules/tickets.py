"""Repair tickets: what may happen to one in which state, when it is late. Pure."""

from datetime import date, timedelta

from loa.devices.rules.diagnosis import Fault
from loa.kernel.errors import Invalid, Refusal

USUAL = timedelta(days=7)
CAUSES: dict[str, str] = {
    Fault.SOUND: "Không ra tiếng (âm-li, dây, loa)",
    Fault.LINE: "Mất liên lạc (ăng-ten, SIM, nguồn)",
    Fault.POWER: "Nguồn điện tại cột",
    Fault.CLOCK: "Đồng hồ",
    Fault.STORAGE: "Bộ nhớ",
    Fault.SWITCHED_OFF: "Bị tắt tại cột",
    "other": "Việc khác",
}
STEPS = {
    "opened": "Lập phiếu",
    "changed": "Sửa phiếu",
    "note": "Ghi chú",
    "photo": "Thêm ảnh",
    "repaired": "Báo đã sửa",
    "failed": "Vẫn hỏng, sửa tiếp",
    "closed": "Loa đã kêu, phiếu tự đóng",
    "cancelled": "Bỏ phiếu",
}
OPEN, REPAIRED = "open", "repaired"


def cause_of(fault: str) -> str:
    """The cause that a new ticket begins with, from what the diagnosis found."""
    return fault if fault in CAUSES else Fault.LINE


def check(*, cause: str, hands: str, vendor: str, due: date, today: date) -> None:
    """Raises Invalid."""
    if cause not in CAUSES:
        raise Invalid("Hãy chọn hỏng ở đâu.", code="cause_unknown")
    if hands == "vendor" and not vendor.strip():
        raise Invalid("Hãy ghi tên đơn vị sửa.", code="vendor_missing")
    if due < today:
        raise Invalid("Hạn sửa đã qua. Hãy chọn từ hôm nay trở đi.", code="due_over")


def require_live(state: str) -> None:
    """Raises Refusal: what is closed stays as it is."""
    if state not in (OPEN, REPAIRED):
        raise Refusal("Phiếu này đã đóng nên không đổi được nữa.", code="ticket_closed")


def is_late(state: str, due: date, today: date) -> bool:
    """Nobody has said yet that it is repaired, and the day is over."""
    return state == OPEN and due < today
