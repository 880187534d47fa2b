"""When is a plan in trouble, and how is that said to the officer?"""

from datetime import date, datetime, timedelta

from devicelink.refusals import Reason

from loa.broadcasts.rules.times import midnight
from loa.kernel.clock import local

# The worker looks every ten seconds and signs a province in ten; what waits longer waits for something.
PATIENCE = timedelta(minutes=3)
# Every plan of the day is issued by then (plans.reissue_due).
DAILY_ISSUE_ENDS = timedelta(hours=4, minutes=15)

_SIGNER = {
    Reason.NOT_APPROVED: "có mục không được lần duyệt nào cho phép",
    Reason.WRONG_HASH: "lần duyệt lưu trong máy chủ không còn nguyên vẹn",
    Reason.OUTSIDE_SCOPE: "khóa ký không dành cho đơn vị này",
    Reason.NO_PLACEMENT: "chưa có cụm loa nào được ghép nối vào nhóm",
    Reason.MALFORMED: "nội dung kế hoạch không đúng mẫu",
}


def plan(*, refused: str, detail: str, touched: datetime | None, day: date | None, now: datetime) -> str:
    """One Vietnamese sentence, or nothing when all is well. `detail` of `limit_exceeded` is a sentence already."""
    if refused == Reason.LIMIT_EXCEEDED:
        return detail
    if refused:
        return f"Bộ phận ký không nhận kế hoạch mới: {_words(refused)}."
    if touched is not None and now - touched > PATIENCE:
        return f"Thay đổi lúc {local(touched):%H:%M ngày %d/%m} chưa tới loa vì bộ phận ký chưa trả lời."
    today = local(now).date()
    if day is not None and day < today and now > midnight(today) + DAILY_ISSUE_ENDS:
        return f"Kế hoạch ngày {today:%d/%m} chưa phát hành được."
    return ""


def _words(code: str) -> str:
    known = code in set(Reason) and _SIGNER.get(Reason(code))
    return known or f"mã {code}"


def left(title: str, start: datetime, reason: Reason) -> str:
    """One airing that was left out of the plan."""
    why = "không nằm trong phạm vi đã duyệt" if reason is Reason.NOT_APPROVED else _words(reason)
    return f"“{title}” lúc {local(start):%H:%M ngày %d/%m} không được đưa vào kế hoạch: {why}."
