"""What the platform itself needs a person for: a record that was touched, letters that cannot be sent."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from loa.areas.rules import NOW_ROOT
from loa.audit import queries as audit
from loa.kernel.clock import local
from loa.notifications.models import Letter
from loa.notifications.rules import Need

_LATELY = timedelta(days=1)


def record(now: datetime) -> Iterator[Need]:
    """The last verification of the record found something."""
    verified = audit.last_verified()
    if verified is not None and verified.findings:
        yield Need(
            kind="record",
            key="record",
            area=NOW_ROOT,
            title="Nhật ký hệ thống không còn nguyên vẹn",
            more=f"Lần kiểm tra lúc {local(verified.at):%H:%M ngày %d/%m/%Y} thấy {verified.findings} chỗ bị sửa "
            "hoặc mất. Đừng xóa gì; gọi người quản trị máy chủ.",
            link=reverse("people:record"),
            since=verified.at,
            rows=verified.findings,
        )  # fmt: skip


def letters(now: datetime) -> Iterator[Need]:
    """Letters that were given up within a day: the people themselves cannot be told by letter."""
    lost = list(Letter.objects.filter(state=Letter.State.GIVEN_UP, done_at__gt=now - _LATELY).order_by("done_at"))
    if lost:
        yield Need(
            kind="letters",
            key="letters",
            area=NOW_ROOT,
            title=f"{len(lost)} thư thông báo không gửi được trong 24 giờ qua",
            more=f"Lần cuối gửi tới {lost[-1].address}: {lost[-1].fault}. "
            "Kiểm tra địa chỉ của người nhận và máy chủ thư.",
            link=reverse("people:people"),
            since=lost[0].done_at or now,
            rows=len(lost),
        )  # fmt: skip
