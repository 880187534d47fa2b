"""Asking a loudspeaker what it wrote down about itself, keeping the answer for a week."""

import gzip
import uuid
import zlib
from datetime import datetime, timedelta

from devicelink import messages
from devicelink.jws import decode64
from devicelink.limits import MAX_LOG_BYTES, MAX_LOG_LINES
from devicelink.messages import LogUpload
from devicelink.redaction import redacted
from devicelink.refusals import Reason, Refused
from django.db import transaction

from loa.audit.actions import record
from loa.devices.actions.commands import send_event
from loa.devices.models import Device, LogRequest
from loa.devices.rules.reporting import DAILY, KEPT, LIFE, unpacked
from loa.kernel.clock import to_ms
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

ASK = "device.manage"


@transaction.atomic
def ask_log(
    *, actor: User, device: Device, reason: str, now: datetime, lines: int = 500, since: datetime | None = None
) -> LogRequest:
    """Ask for its last `lines`, none older than `since`. NotFound, Denied, Invalid, Refusal."""
    require(actor, ASK, device.area, now)
    if not reason.strip():
        raise Invalid("Hãy ghi vì sao cần xem, ví dụ: loa hay mất liên lạc buổi tối.", code="reason")
    if not 1 <= lines <= MAX_LOG_LINES:
        raise Invalid(f"Số dòng từ 1 đến {MAX_LOG_LINES}.", code="log_lines")
    if device.state != Device.State.PLACED:
        raise Refusal(f"{device.name} chưa được ghép nối xong nên chưa nhận lệnh.", code="not_placed")
    _check_pace(device, now)
    request = LogRequest.objects.create(
        device=device, by=actor, reason=reason.strip()[:200], asked_at=now, lines=lines, since=since
    )
    send_event(_command(request, now), area=device.area.path, now=now)
    facts = {"reason": request.reason, "lines": lines, "since": since and since.isoformat()}
    record(
        actor=actor, verb="device.log_asked", object=("device", device.pk), area=device.area.path, facts=facts, now=now
    )
    return request


def _check_pace(device: Device, now: datetime) -> None:
    Device.objects.select_for_update().get(pk=device.pk)
    today = LogRequest.objects.filter(device=device, asked_at__gt=now - timedelta(days=1))
    if today.filter(answered_at=None, asked_at__gt=now - LIFE).exists():
        raise Refusal("Đã xin rồi và loa chưa trả lời. Hãy đợi loa trả lời hoặc đợi lệnh hết hạn.", code="log_waits")
    if today.count() >= DAILY:
        raise Refusal(f"Mỗi loa chỉ xin được {DAILY} lần trong 24 giờ, để không tốn dung lượng SIM.", code="log_daily")


def _command(request: LogRequest, now: datetime) -> messages.Command:
    return messages.Command(
        audience=messages.Audience(device=request.device_id),
        id=str(request.pk),
        issued=to_ms(now),
        expires=to_ms(now + LIFE),
        action="log",
        lines=request.lines,
        since=to_ms(request.since) if request.since else 0,
    )


@transaction.atomic
def take_log(*, upload: LogUpload, now: datetime) -> None:
    """The answer of a loudspeaker, once. Refused missing_file (nobody asked, or it answered before), malformed,
    too_large.
    """
    asked = _asked(upload, now)
    lines = [redacted(line) for line in _text(upload.text).splitlines()[-asked.lines :]]
    asked.text = gzip.compress("\n".join(lines).encode(), mtime=0)
    asked.count, asked.answered_at = len(lines), now
    asked.save(update_fields=["text", "count", "answered_at"])


def _asked(upload: LogUpload, now: datetime) -> LogRequest:
    try:
        identifier = uuid.UUID(upload.id)
    except ValueError as error:
        raise Refused(Reason.MALFORMED, "id") from error
    rows = LogRequest.objects.select_for_update().filter(pk=identifier, device=upload.device, answered_at=None)
    found = rows.filter(asked_at__gt=now - LIFE).first()
    if found is None:
        raise Refused(Reason.MISSING_FILE, "not asked for, or answered already")
    return found


def _text(packed: str) -> str:
    data = decode64(packed)
    if len(data) > MAX_LOG_BYTES:
        raise Refused(Reason.TOO_LARGE, f"{len(data)} bytes")
    try:
        return unpacked(data)
    except (ValueError, zlib.error) as error:
        raise Refused(Reason.MALFORMED, "not gzip of so much text") from error


@transaction.atomic
def read_log(*, actor: User, request: LogRequest, now: datetime) -> list[str]:
    """The lines, for somebody who may; that he read them is written down. NotFound, Denied."""
    require(actor, ASK, request.device.area, now)
    if request.text is None:
        return []
    facts = {"request": str(request.pk), "lines": request.count}
    path = request.device.area.path
    record(actor=actor, verb="device.log_read", object=("device", request.device_id), area=path, facts=facts, now=now)
    return unpacked(bytes(request.text)).splitlines()


def forget_logs(*, now: datetime) -> int:
    """Delete what is older than a week; how many."""
    gone, _ = LogRequest.objects.filter(asked_at__lte=now - KEPT).delete()
    return gone
