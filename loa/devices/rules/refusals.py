"""What a loudspeaker's refusal of a message means to a technician: an attempt from outside, or an ordinary mishap.

The code is the wire's (devicelink.refusals.Reason); whatever else a device says is kept as OTHER, so that a hostile one
cannot fill a table with words of its own.
"""

from dataclasses import dataclass
from datetime import timedelta

from devicelink.refusals import Reason

OTHER = "other"
QUIET = timedelta(hours=1)  # a pause this long ends a burst
KINDS = frozenset(
    {"keyset", "placement", "plan", "volume", "command", "hold", "time", "welcome", "changed", "receipt", "alert"}
    | {"release"}
)
# Nothing that the platform itself sends is refused for these: somebody else is speaking, or changed what we said.
THREATS = frozenset(
    {
        Reason.BAD_SIGNATURE,
        Reason.UNKNOWN_KEY,
        Reason.WRONG_ROLE,
        Reason.OUTSIDE_SCOPE,
        Reason.CONFLICTING_REVISION,
        Reason.NOT_APPROVED,
        Reason.WRONG_HASH,
        Reason.UNKNOWN_TYPE,
        Reason.MALFORMED,
    }
)
_CODES = frozenset(str(reason) for reason in Reason)
_WHY = {
    Reason.BAD_SIGNATURE: "Chữ ký không đúng: không do khóa của hệ thống ký.",
    Reason.UNKNOWN_KEY: "Ký bằng khóa lạ, không có trong danh sách khóa mà loa tin.",
    Reason.WRONG_ROLE: "Khóa ký không được dùng cho loại lệnh này.",
    Reason.OUTSIDE_SCOPE: "Khóa ký không có quyền ở xã này.",
    Reason.CONFLICTING_REVISION: "Nội dung khác nhưng mang cùng số hiệu với bản loa đang giữ.",
    Reason.NOT_APPROVED: "Nội dung chưa được duyệt.",
    Reason.WRONG_HASH: "Tệp nhận được không đúng với tệp đã duyệt.",
    Reason.UNKNOWN_TYPE: "Loại lệnh lạ, loa không biết.",
    Reason.MALFORMED: "Lệnh hỏng hoặc không đúng dạng.",
    Reason.KEY_NOT_VALID_NOW: "Khóa ký đã hết hạn hoặc chưa đến ngày dùng.",
    Reason.NO_PLACEMENT: "Loa chưa được đặt chỗ nên chưa nhận lệnh.",
    Reason.NO_VALID_TIME: "Đồng hồ của loa chưa đúng nên chưa nhận lệnh.",
    Reason.NOT_YET_VALID: "Lệnh ghi giờ ở tương lai.",
    Reason.EXPIRED: "Lệnh đã quá hạn khi tới loa.",
    Reason.OLDER_REVISION: "Lệnh cũ hơn bản loa đang giữ.",
    Reason.TOO_LARGE: "Lệnh dài quá mức cho phép.",
    Reason.UNKNOWN_VERSION: "Lệnh của phiên bản mà phần mềm loa chưa biết. Hãy cập nhật phần mềm loa.",
    Reason.LIMIT_EXCEEDED: "Lệnh vượt quá mức được phép ra lệnh.",
}
_WHAT = {
    "keyset": "Danh sách khóa",
    "placement": "Vị trí của loa",
    "plan": "Lịch phát",
    "volume": "Âm lượng",
    "command": "Lệnh gửi tới loa",
    "hold": "Lệnh dừng tất cả",
    "time": "Giờ",
    "welcome": "Lời chào của hệ thống",
    "changed": "Tin báo có thay đổi",
    "release": "Lệnh cập nhật phần mềm",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What was refused, why, and whether somebody outside is behind it."""

    what: str
    why: str
    threat: bool


def code_of(code: str) -> str:
    """One of the wire's codes, or OTHER."""
    return code if code in _CODES else OTHER


def kind_of(name: str) -> str:
    """The kind of message that an acknowledgement names ("plan:17"), or OTHER."""
    kind = name.partition(":")[0]
    return kind if kind in KINDS else OTHER


def is_threat(code: str) -> bool:
    """Somebody else is speaking to the loudspeaker."""
    return code in THREATS


def words(code: str, kind: str) -> Words:
    """For the page of the device."""
    why = {str(reason): text for reason, text in _WHY.items()}.get(code, "Loa không nhận lệnh này.")
    return Words(_WHAT.get(kind, "Lệnh không rõ loại"), why, is_threat(code))
