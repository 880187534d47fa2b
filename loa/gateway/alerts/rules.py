"""What may be asked, by whom, and when: pure, the time (ms) is an argument, each refusal has a code."""

import re

import msgspec
from devicelink import contents
from devicelink.audience import inside, is_area_path
from devicelink.jws import decode64, encode64
from devicelink.limits import MAX_ALERT_BYTES
from devicelink.messages import Alert, Cancel
from devicelink.refusals import Reason, Refused
from devicelink.vouching import Part, Word, challenge

from loa.alerts.wishes import Said, State
from loa.devices.tickets import Ticket
from loa.gateway.alerts.meant import area_of
from loa.kernel.errors import Denied, Invalid, LoaError, NotFound, Refusal, Unavailable

AUTHOR, CONFIRM, VIEW = "alert.author", "alert.confirm", "alert.view"
WAITS_MS = 30 * 60_000
ESCALATES_MS = 60_000
WORD_AGE_MS = 5 * 60_000
WORD_AHEAD_MS = 60_000
SHORTEST_MS = 60_000
MOST_WAITING_AREA = 12
MOST_WAITING_USER = 4
MOST_SAID = 256
MOST_REASON = 200
ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

Message = Alert | Cancel


class _ClientData(msgspec.Struct):
    type: str
    challenge: str


def message_in(alert: Alert | None, cancel: Cancel | None) -> Message:
    """The one of the two that is there. Invalid."""
    if (alert is None) == (cancel is None):
        raise Invalid("Yêu cầu không đúng mẫu. Hãy tải lại trang rồi làm lại.", code="wish_form")
    message = alert or cancel
    assert message is not None
    return message


def check_message(message: Message) -> None:
    """May this ever be sent, whoever asks? Invalid with a code of the wire, or wish_form, alert_life, alert_id."""
    if not ID.fullmatch(message.id):
        raise Invalid("Mã cảnh báo không đúng mẫu. Hãy tải lại trang rồi làm lại.", code="alert_id")
    if message.issued != 0 or not is_area_path(area_of(message)):
        raise Invalid("Yêu cầu không đúng mẫu. Hãy tải lại trang rồi làm lại.", code="wish_form")
    if message.expires < SHORTEST_MS:
        raise Invalid("Cảnh báo phải có hiệu lực ít nhất một phút. Hãy chọn lại giờ hết hiệu lực.", code="alert_life")
    if len(msgspec.json.encode(message)) > MAX_ALERT_BYTES:
        raise Invalid("Cảnh báo quá lớn. Hãy bớt nơi nhận hoặc bớt lời.", code="too_large")
    if isinstance(message, Alert) and not message.targets:
        raise Invalid("Cảnh báo chưa có nơi nhận. Hãy chọn nơi nhận.", code="no_target")
    try:
        contents.check_form(message)
        contents.check_limits(message)
    except Refused as error:
        raise Invalid(
            "Nội dung cảnh báo không hợp lệ nên loa sẽ không nhận. Hãy kiểm tra lại nơi nhận, lời đọc và giờ "
            "hết hiệu lực.",
            code=str(error.reason),
            facts={"detail": error.detail},
        ) from error


def check_said(said: tuple[Said, ...], message: Message) -> None:
    """What people read belongs to what is sent."""
    targets = {target.id for target in message.targets}
    if len(said) > MOST_SAID or any(one.target not in targets for one in said):
        raise Invalid("Lời hiển thị không khớp với cảnh báo. Hãy tải lại trang rồi làm lại.", code="said_form")


def check_reach(ticket: Ticket, area: str) -> None:
    """The ticket has to reach over the whole area; what lies elsewhere is as if it were not there."""
    if not inside(ticket.area, area):
        raise NotFound


def check_word(word: Word, message: Message, *, part: Part, user: int, now: int) -> None:
    """Is this the word of this person, in this part, for this content, given just now?

    The signer looks again, and at the passkey itself; here a stale page is told what to do before anybody is asked.
    """
    if word.part != part or word.user != str(user):
        raise Invalid("Chữ ký này không phải của anh/chị. Hãy tải lại trang rồi làm lại.", code="word_other")
    check_fresh(word, now)
    if _asked(word) != encode64(challenge(message, part=part, user=word.user, at=word.at)):
        raise Invalid(
            "Chữ ký không khớp với nội dung cảnh báo. Hãy tải lại trang, đọc lại rồi xác nhận.", code="word_challenge"
        )


def check_fresh(word: Word, now: int) -> None:
    """A word is given within five minutes after the page asked for it."""
    if not now - WORD_AGE_MS <= word.at <= now + WORD_AHEAD_MS:
        raise Refusal("Đã quá lâu từ lúc mở khóa xác nhận. Hãy bấm xác nhận lại.", code="word_stale")


def _asked(word: Word) -> str:
    try:
        raw = word.assertion.client_data
        client = msgspec.json.decode(decode64(raw) if len(raw) <= 4096 else b"", type=_ClientData)
    except (Refused, ValueError, RecursionError) as error:
        raise Invalid("Chữ ký không đọc được. Hãy bấm xác nhận lại.", code="word_form") from error
    if client.type != "webauthn.get":
        raise Invalid("Chữ ký không đúng loại. Hãy bấm xác nhận lại.", code="word_form")
    return client.challenge.rstrip("=")


def check_waiting(area: int, user: int) -> None:
    """So many may wait in one area, so many of one person."""
    if user >= MOST_WAITING_USER:
        raise Refusal(
            f"Anh/chị đang có {user} cảnh báo chờ xác nhận. Hãy rút bớt trước khi gửi thêm.", code="too_many_waiting"
        )
    if area >= MOST_WAITING_AREA:
        raise Refusal(
            f"Nơi này đang có {area} cảnh báo chờ xác nhận. Hãy xử lý bớt trước khi gửi thêm.", code="too_many_waiting"
        )


_OVER: dict[State, str] = {
    "sent": "Cảnh báo này đã được xác nhận và đã phát.",
    "declined": "Cảnh báo này đã bị từ chối hoặc đã được rút lại.",
    "refused": "Cảnh báo này đã bị bộ phận ký từ chối. Hãy soạn lại.",
    "lapsed": "Đã quá 30 phút không ai xác nhận nên yêu cầu hết hạn. Hãy soạn lại.",
}


def has_lapsed(state: State, *, asked_at: int, now: int) -> bool:
    """True for what waited for half an hour in vain."""
    return state == "waiting" and now - asked_at >= WAITS_MS


def check_open(state: State, *, asked_at: int, now: int) -> None:
    """Is there still something to confirm or decline? Refusal with the state that it has reached."""
    reached: State = "lapsed" if has_lapsed(state, asked_at=asked_at, now=now) else state
    if reached != "waiting":
        raise Refusal(_OVER[reached], code=f"alert_{reached}")


def check_confirmer(author: str, user: int) -> None:
    """The author is never the second person."""
    if author == str(user):
        raise Denied(
            "Người soạn không tự xác nhận được. Hãy nhờ người xác nhận khác của xã hoặc trực ban cấp trên.",
            code="own_alert",
        )


def check_decliner(ticket: Ticket, author: str) -> None:
    """Who may confirm may decline; the author may take it back."""
    if CONFIRM not in ticket.may and not (AUTHOR in ticket.may and author == str(ticket.user)):
        raise Denied("Anh/chị không được giao việc này ở đây.")


def check_reason(reason: str) -> str:
    """Why it was declined, in a few words. Invalid."""
    plain = " ".join(reason.replace("\x00", "").split())
    if not plain or len(plain) > MOST_REASON:
        raise Invalid(f"Hãy ghi lý do, tối đa {MOST_REASON} chữ cái.", code="reason")
    return plain


def check_ends(cancel: Cancel, alert: Alert | None, state: State | None, ended: str) -> None:
    """Does this end what was sent? An alert that this gateway does not know may be ended all the same."""
    if alert is None:
        return
    if state != "sent":
        raise Refusal("Cảnh báo này chưa phát nên không có gì để hủy.", code="alert_not_sent")
    if ended:
        raise Refusal("Cảnh báo này đã được hủy hoặc kết thúc.", code="alert_ended")
    if cancel.status != alert.status:
        raise Invalid("Lệnh hủy khác loại với cảnh báo (thực, diễn tập, kiểm tra).", code="cancel_status")
    if not inside(area_of(cancel), area_of(alert)):
        raise Invalid("Lệnh hủy phải phủ hết nơi đã phát cảnh báo.", code="cancel_area")


_SIGNER_SAYS: dict[str, str] = {
    Reason.UNKNOWN_KEY: "Khóa xác nhận này không có trong danh sách người xác nhận của bộ phận ký.",
    Reason.OUTSIDE_SCOPE: "Người ký không được giao xác nhận cảnh báo cho nơi này.",
    Reason.NOT_APPROVED: "Chưa đủ hai người khác nhau xác nhận, hoặc nơi này không cho một người tự phát.",
    Reason.BAD_SIGNATURE: "Chữ ký của khóa xác nhận không đúng.",
    Reason.WRONG_HASH: "Chữ ký không khớp với nội dung cảnh báo.",
    Reason.EXPIRED: "Chữ ký đã cũ. Hãy xác nhận lại, hoặc soạn lại cảnh báo.",
    Reason.NOT_YET_VALID: "Đồng hồ máy chủ và chữ ký lệch nhau. Hãy gọi người quản trị.",
    Reason.KEY_NOT_VALID_NOW: "Khóa xác nhận này đã hết hạn hoặc đã bị thu lại.",
    Reason.WRONG_AUDIENCE: "Chữ ký được làm ở trang khác, không phải trang của hệ thống.",
    Reason.DUPLICATE: "Mã cảnh báo này đã được ký cho một nội dung khác. Hãy soạn lại.",
    Reason.LIMIT_EXCEEDED: "Cảnh báo vượt mức cho phép, hoặc phát quá nhiều lần.",
}


def refused_by_signer(error: Refused) -> LoaError:
    """What people are told when the signer says no; the code is the signer's own."""
    said = _SIGNER_SAYS.get(error.reason, "Bộ phận ký không chấp nhận cảnh báo này.")
    return Refusal(f"{said} Cảnh báo chưa phát.", code=str(error.reason), facts={"detail": error.detail})


def signer_away() -> LoaError:
    """Nothing was signed; the wish waits."""
    return Unavailable(
        "Bộ phận ký không trả lời nên cảnh báo CHƯA phát; yêu cầu vẫn được giữ. Hãy bấm xác nhận lại, "
        "hoặc dùng loa tay và gọi người quản trị.",
        code="signer_away",
    )
