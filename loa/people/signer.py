"""What the pages about hours ask the signer: its ceiling, who may confirm, and whether it takes a confirmation."""

from dataclasses import dataclass, field

from airtime.hours import Window
from devicelink.messages import Hours
from devicelink.refusals import Reason, Refused
from devicelink.signing import Bound, SignerClient, SignerUnavailable
from devicelink.widening import Confirmed
from django.conf import settings

from loa.areas import codes
from loa.areas.extensions import Permits
from loa.areas.rules import is_inside
from loa.kernel.errors import Refusal, Unavailable
from loa.people.models import User

_AWAY = "Bộ phận ký lệnh đang tạm nghỉ nên chưa xác nhận được. Chưa có gì thay đổi. Hãy thử lại sau một phút."
_WORDS = {
    Reason.UNKNOWN_KEY: "Bộ phận ký chưa biết khóa này. Hãy nhờ người quản lý máy ký thêm khóa của anh/chị "
    "(loa keys confirmers add); dấu khóa xem ở trang Tài khoản.",
    Reason.KEY_NOT_VALID_NOW: "Quyền xác nhận của khóa này đã hết hạn ở bộ phận ký. Hãy nhờ người quản lý máy ký.",
    Reason.OUTSIDE_SCOPE: "Ở bộ phận ký, khóa này không được xác nhận cho địa bàn này.",
    Reason.WRONG_AUDIENCE: "Khóa được dùng ở một địa chỉ trang web mà bộ phận ký không biết. "
    "Hãy mở đúng địa chỉ của hệ thống, hoặc nhờ người quản lý máy ký (loa keys hours --site).",
    Reason.NOT_APPROVED: "Khóa chưa hỏi vân tay, khuôn mặt hoặc mã mở máy. Hãy bấm lại và xác nhận trên máy.",
    Reason.WRONG_HASH: "Đề nghị đã thay đổi so với lúc anh/chị mở trang. Hãy tải lại trang rồi xem lại.",
    Reason.BAD_SIGNATURE: "Chữ ký của khóa không đúng. Hãy thử lại.",
    Reason.EXPIRED: "Đề nghị này đã quá ngày. Hãy ghi đề nghị mới.",
}
_KEEPER = "Người quản lý máy chủ"
_OTHERWISE = "Bộ phận ký không nhận xác nhận này. Chưa có gì thay đổi."


@dataclass(frozen=True, slots=True)
class Host:
    """What the signer's host has set. `confirmers`: user id and area of everybody whose key may confirm now; `nights`:
    how far extended hours may go, whatever a province permits."""

    ceiling: tuple[Window, ...]
    confirmers: tuple[tuple[str, str], ...]
    nights: Permits = field(default_factory=lambda: nights_of(Bound()))

    def knows(self, user: User, path: str) -> bool:
        """Whether a key of this person may confirm hours of this area."""
        return any(one == str(user.pk) and is_inside(path, scope) for one, scope in self.confirmers)


def host() -> Host:
    """Ask the signer. Unavailable when it does not answer."""
    try:
        with SignerClient(settings.ENV.signer_socket) as client:
            status = client.status()
    except SignerUnavailable as error:
        raise Unavailable(_AWAY, code="signer_away") from error
    return Host(windows_of(status.ceiling), status.confirmers, nights_of(status.extension))


def nights_of(bound: Bound) -> Permits:
    """The bound of the host in the words of the rules."""
    return Permits(
        bound.days, bound.earliest, bound.latest, frozenset(codes.Reason), "mức đặt sẵn cho mọi nơi", _KEEPER
    )


def windows_of(hours: Hours) -> tuple[Window, ...]:
    """Windows of the wire as ours."""
    return tuple(Window(window.weekdays, window.start, window.end) for window in hours.windows)


def judge(confirmed: Confirmed) -> None:
    """None once the signer has taken and noted it. Refusal in words for the screen, Unavailable."""
    try:
        with SignerClient(settings.ENV.signer_socket) as client:
            client.confirm(confirmed)
    except SignerUnavailable as error:
        raise Unavailable(_AWAY, code="signer_away") from error
    except Refused as error:
        raise Refusal(
            _WORDS.get(error.reason, _OTHERWISE), code=f"signer_{error.reason}", facts={"detail": error.detail}
        ) from error
