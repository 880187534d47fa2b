"""What a message says first, and what pages say of what became of it, in plain Vietnamese. Pure."""

from loa.channels.rules.codes import Kind, Purpose, State, Status

LONGEST_SHORT = 320  # characters of a short message: five parts with all marks
KIND_LABELS: dict[str, str] = {
    Kind.SMS: "Tin nhắn SMS",
    Kind.ZALO: "Zalo OA",
    Kind.EMAIL: "Thư điện tử",
    Kind.WEBHOOK: "Phần mềm khác (webhook)",
    Kind.BOARD: "Bảng tin điện tử (webhook)",
}
PURPOSE_LABELS: dict[str, str] = {
    Purpose.ALERT: "Cảnh báo",
    Purpose.CANCEL: "Hủy cảnh báo",
    Purpose.END: "Kết thúc cảnh báo",
    Purpose.DUTY: "Việc cần người trực",
    Purpose.TRIAL: "Tin gửi thử",
}
STATE_LABELS: dict[str, str] = {
    State.WAITING: "Chờ gửi",
    State.SENT: "Đã gửi",
    State.DELIVERED: "Đã tới máy",
    State.FAILED: "Không gửi được",
    State.HELD: "Giữ lại, không gửi",
    State.LAPSED: "Hết hạn, thôi gửi",
}
_FIRST = {Status.EXERCISE: "DIỄN TẬP, KHÔNG PHẢI THẬT.", Status.TEST: "KIỂM TRA HỆ THỐNG, KHÔNG PHẢI CẢNH BÁO."}
_TOLD: dict[str, str] = {
    "number": "Số điện thoại không đúng hoặc không nhận được tin.",
    "no_account": "Số này không dùng Zalo.",
    "address": "Địa chỉ không đúng.",
    "too_long": "Tin quá dài.",
    "limit_person": "Người này đã nhận nhiều tin trong một giờ qua.",
    "limit_channel": "Kênh đã gửi hết số tin của một giờ.",
    "throttled": "Tổng đài báo gửi quá nhanh, hệ thống tự gửi lại.",
    "unreachable": "Không nối được tới nơi nhận tin, hệ thống tự gửi lại.",
    "silent": "Tổng đài không trả lời, hệ thống tự gửi lại.",
    "unbound": "Tổng đài ngắt kết nối, hệ thống tự gửi lại.",
    "credentials": "Tên hoặc mật khẩu của kênh không đúng. Hãy sửa kênh.",
    "token": "Zalo không nhận mã truy cập và không cấp mã mới. Hãy nhập lại mã làm mới.",
    "template": "Zalo không nhận mẫu tin. Hãy xem lại mã mẫu và các ô trống của mẫu.",
    "sealed": "Máy chủ không mở được mật khẩu của kênh vì thiếu khóa. Hãy gọi người quản trị hệ thống.",
    "forbidden": "Địa chỉ này nằm trong mạng riêng nên máy chủ không được gửi tới.",
    "broken": "Tin này làm hỏng phần gửi tin nên được để riêng. Hãy gọi người quản trị hệ thống.",
}


def opened(status: str, words: str) -> str:
    """The words, with what they are before them if they are not real."""
    first = _FIRST.get(Status(status), "")
    return f"{first} {words}".strip()


def shortened(words: str, most: int = LONGEST_SHORT) -> str:
    """At most so many characters, cut between words."""
    words = " ".join(words.split())
    if len(words) <= most:
        return words
    return words[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def told(code: str) -> str:
    """What a code says to people; "" for success."""
    if code in ("", "ok"):
        return ""
    return _TOLD.get(code, f"Nơi nhận trả lời: {code}.")


def masked(address: str) -> str:
    """What a page shows of an address to those who need not know it: "091…678", "l…@xa.vn"."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}…@{host}"
    return f"{address[:3]}…{address[-3:]}" if address.isdecimal() and len(address) > 6 else address
