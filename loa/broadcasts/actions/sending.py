"""Phát xuống: a province or the centre sends an approved bulletin to communes, and takes it back."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import transaction
from procrastinate.contrib.django import app

from loa.areas.models import Area
from loa.areas.rules import Level, is_inside
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.deciding import end_all
from loa.broadcasts.actions.proposing import submit
from loa.broadcasts.models import Delivery, Schedule, Sending, State
from loa.broadcasts.queries import sendings
from loa.broadcasts.queries.unheard import StillPlaying, still_playing
from loa.broadcasts.rules import asked
from loa.broadcasts.rules.deliveries import Sent, period_fault
from loa.bulletins import access as bulletin_access
from loa.bulletins import actions as bulletins
from loa.bulletins import queries as bulletin_queries
from loa.bulletins import rules as bulletin_rules
from loa.bulletins.models import Version
from loa.devices import announce
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, NotFound, Refusal
from loa.people.access import require
from loa.people.models import User
from loa.people.rules import same_person

ENTER_TASK = "broadcasts.enter_deliveries"
_WAITING = (bulletin_rules.DRAFT, bulletin_rules.RETURNED)


@transaction.atomic
def ask_sending(
    *,
    actor: User,
    sending_id: UUID,
    bulletin_id: UUID,
    target: Collection[str],
    first_day: date,
    last_day: date,
    now: datetime,
) -> Sending:
    """Ask the own approver to let a bulletin go down to these communes (paths, none = all); one that is still written
    is handed in with it. The same id again gives the one that is there.

    Raises NotFound, Denied, Invalid (`days`, `target_area`, pre-flight), Refusal (`not_above`, `wrong_state`,
    `nobody`, `already_sent`, and those of `submit`).
    """
    bulletin = bulletin_access.bulletin_for(actor, bulletin_id, now, bulletin_access.WRITE, lock=True)
    require(actor, access.WRITE, bulletin.area, now)
    if Sending.objects.filter(pk=sending_id).exists():
        return access.sending_for(actor, sending_id, now, access.WRITE)
    _require_possible(bulletin.area, bulletin.pk, target, first_day, last_day, now)
    sending = Sending.objects.create(
        pk=sending_id, bulletin=bulletin, area=bulletin.area, target=sorted(set(target)), first_day=first_day,
        last_day=last_day, made_by=actor, made_at=now,
    )  # fmt: skip
    if not sendings.communes(sending, now).exists():
        raise Refusal("Những nơi đã chọn không có xã, phường nào. Hãy chọn lại.", code="nobody")
    if bulletin.state == bulletin_rules.WITHDRAWN:
        raise Refusal(bulletin_rules.WHY_NOT[bulletin_rules.WITHDRAWN], code="wrong_state")
    if bulletin.state in _WAITING:
        submit(actor=actor, bulletin_id=bulletin_id, now=now)
    _note(actor, "sending.asked", sending, now)
    _tell("sending.asked", sending)
    return sending


def _require_possible(
    area: Area, bulletin: UUID, target: Collection[str], first: date, last: date, now: datetime
) -> None:
    if area.level >= Level.COMMUNE:
        raise Refusal("Chỉ tỉnh và trung ương phát tin xuống các xã.", code="not_above")
    fault = period_fault(first, last, local(now).date())
    if fault:
        raise Invalid(fault, code="days")
    if any(not is_inside(path, area.path) for path in target):
        raise Invalid("Có nơi nhận không thuộc đơn vị này. Hãy chọn lại.", code="target_area")
    if Sending.objects.filter(bulletin=bulletin, state=Sent.ASKED.value).exists():
        message = "Bản tin này đang chờ duyệt để phát xuống. Muốn đổi nơi nhận, hãy rút đề nghị cũ trước."
        raise Refusal(message, code="already_sent")


@transaction.atomic
def approve_sending(*, actor: User, sending_id: UUID, seen: str, now: datetime) -> Sending:
    """Send it. The permit of this one approval is what each commune airs it on: they approve nothing again.

    Raises NotFound, Denied, Refusal (`wrong_state`, `changed`, `own_bulletin`, and those of bulletins.approve).
    """
    sending = access.sending_for(actor, sending_id, now, access.APPROVE, lock=True)
    version = _judged(sending)
    if sendings.request_of(sending, version, now).digest != seen:
        raise Refusal("Nội dung, nơi nhận hoặc thời hạn đã đổi. Hãy xem lại rồi duyệt.", code="changed")
    grant = require(actor, access.APPROVE, sending.area, now, apart_from={sending.made_by_id})
    if same_person(sending.made_by_id, actor.pk, grant.on_behalf_of):
        message = "Anh/chị (hoặc người ủy quyền) đã chọn nơi nhận tin này nên không được tự duyệt."
        raise Refusal(f"{message} Hãy nhờ người duyệt khác.", code="own_bulletin")
    judged: asked.Asked = sendings.judged(sending, version)
    sending.approval = bulletins.approve(
        actor=actor, bulletin_id=sending.bulletin_id, seen=version.content_hash, area=sending.area.path,
        targets=judged.targets, times=judged.times, now=now, placed_by=sending.made_by_id,
    )  # fmt: skip
    sending.version, sending.state, sending.decided_at = version, Sent.SENT.value, now
    sending.save()
    _deliver(sending, now)
    _note(actor, "sending.sent", sending, now, approval=str(sending.approval.pk), digest=seen)
    _tell("sending.sent", sending)
    return sending


def _judged(sending: Sending) -> Version:
    version = bulletin_queries.submitted(sending.bulletin)
    ready = sending.bulletin.state in (bulletin_rules.SUBMITTED, bulletin_rules.APPROVED)
    if sending.state != Sent.ASKED.value or version is None or not ready:
        raise Refusal("Đề nghị phát xuống này không còn chờ duyệt.", code="wrong_state")
    return version


def _deliver(sending: Sending, now: datetime) -> None:
    """One receipt a commune; what is urgent looks for its sessions as soon as this is committed."""
    Delivery.objects.bulk_create(
        Delivery(pk=uuid5(sending.pk, area.path), sending=sending, area=area, made_at=now)
        for area in sendings.communes(sending, now)
    )
    for path in sendings.communes(sending, now).values_list("path", flat=True):
        announce.event("delivery.came", path, {"sending": str(sending.pk)})
    if sending.version is not None and sending.version.priority == "priority":
        app.configure_task(name=ENTER_TASK, queue="default", priority=5).defer(sending=str(sending.pk))


@transaction.atomic
def return_sending(*, actor: User, sending_id: UUID, reason: str, now: datetime) -> Sending:
    """Not sent, with a reason. A bulletin that waits goes back to its writer, and the wish with it: handed in again it
    asks again. Raises NotFound, Denied, Refusal.
    """
    sending = access.sending_for(actor, sending_id, now, access.APPROVE, lock=True)
    version = _judged(sending)
    reason = _reason(reason)
    if sending.bulletin.state == bulletin_rules.SUBMITTED:
        _return_schedules(sending, reason, now)
        bulletins.return_(
            actor=actor, bulletin_id=sending.bulletin_id, seen=version.content_hash, reason=reason, now=now
        )
    else:
        sending.state, sending.decided_at = Sent.ENDED.value, now
    sending.reason = reason
    sending.save()
    _note(actor, "sending.returned", sending, now, reason=reason)
    _tell("sending.returned", sending)
    return sending


def _return_schedules(sending: Sending, reason: str, now: datetime) -> None:
    """Air times of the same bulletin that wait go back with it."""
    rows = Schedule.objects.filter(bulletin=sending.bulletin_id, state=State.SUBMITTED)
    rows.update(state=State.RETURNED, return_reason=reason, decided_at=now)


@transaction.atomic
def take_back(*, actor: User, sending_id: UUID, reason: str, now: datetime) -> list[StillPlaying]:
    """Whatever has not sounded yet shall not: out of every commune's sessions and lists. Returns the loudspeakers that
    have not confirmed. Raises NotFound, Denied, Refusal (`wrong_state`, `reason_missing`).
    """
    sending = access.sending_for(actor, sending_id, now, lock=True)
    bulletin_access.require_stopping(actor, sending.bulletin, now)
    if sending.state == Sent.ENDED.value or (sending.approval and sending.approval.revoked_at):
        raise Refusal("Tin này đã được thu hồi rồi.", code="wrong_state")
    reason = _reason(reason)
    held: list[Schedule] = []
    if sending.approval is None:
        sending.state, sending.decided_at = Sent.ENDED.value, now
    else:
        bulletins.revoke(actor=actor, approval_id=sending.approval.pk, reason=reason, now=now)
        rows = access.held().select_related("area", "version__sound")
        held = list(rows.filter(delivery__sending=sending).exclude(state=State.ENDED))
        end_all(actor, held, "schedule.withdrawn", now)
    sending.reason = reason
    sending.save()
    _note(actor, "sending.taken_back", sending, now, reason=reason)
    _tell("sending.taken_back", sending)
    return still_playing(held, now)


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("Hãy nêu lý do, để các xã và người soạn biết.", code="reason_missing")
    return text.strip()[:500]


def require_sent(sending: Sending, now: datetime) -> Version:
    """What may still be put into a session. Raises NotFound, Refusal (`withdrawn`, `expired`)."""
    if sending.version is None or sending.approval is None:
        raise NotFound
    if sending.approval.revoked_at is not None:
        raise Refusal("Nơi gửi đã thu hồi tin này nên không phát nữa.", code="withdrawn")
    if sending.last_day < local(now).date():
        message = f"Tin này chỉ phát đến hết ngày {sending.last_day:%d/%m/%Y}, nay đã hết hạn."
        raise Refusal(message, code="expired")
    return sending.version


def _tell(kind: str, sending: Sending) -> None:
    announce.event(kind, sending.area.path, {"sending": str(sending.pk), "id": str(sending.pk)})


def _note(actor: User, verb: str, sending: Sending, now: datetime, **facts: object) -> None:
    days = f"{sending.first_day.isoformat()} {sending.last_day.isoformat()}"
    told = {"bulletin": str(sending.bulletin_id), "days": days, "target": sending.target, **facts}
    record(actor=actor, verb=verb, object=("sending", sending.pk), area=sending.area.path, facts=told, now=now)
