"""What a commune makes of a bulletin that came from above: it enters a session, is chosen, ordered, or refused."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.deciding import end_all
from loa.broadcasts.actions.drafting import fill_session
from loa.broadcasts.actions.planning import plan_sets_of, replan
from loa.broadcasts.actions.sending import require_sent
from loa.broadcasts.models import Delivery, Programme, Schedule, State
from loa.broadcasts.queries import inbox, sources
from loa.broadcasts.rules.deliveries import MOST_SLACK_S, REASONS, Answer, order_until
from loa.broadcasts.rules.times import midnight
from loa.devices import announce
from loa.kernel.clock import local, to_ms
from loa.kernel.errors import Invalid, LoaError, NotFound, Refusal
from loa.people.access import require
from loa.people.models import User

TRY_AGAIN_AFTER = timedelta(minutes=20)
AT_ONCE = 60
_UNTRIED = Q(tried_at=None)


def enter_due(*, now: datetime, sending_id: UUID | None = None) -> int:
    """Let priority bulletins that wait enter their next session, those of `sending_id` or all; each commune on its own.
    Returns how many did.
    """
    rows = inbox.waiting_to_enter(now)
    if sending_id is not None:
        rows = rows.filter(sending=sending_id)
    due = rows.filter(_UNTRIED | Q(tried_at__lt=now - TRY_AGAIN_AFTER)).order_by("tried_at", "made_at", "pk")
    names = list(due.values_list("pk", flat=True)[: None if sending_id else AT_ONCE])
    return sum(enter(delivery_id=pk, now=now) for pk in names)


@transaction.atomic
def enter(*, delivery_id: UUID, now: datetime) -> bool:
    """Into the first session ahead that has room, inside the rules of the air. Where none has, it keeps why, and from
    when on one may have; it is tried again."""
    row = access.held_delivery(delivery_id)
    if row is None or row.state != Answer.ACCEPTED.value:
        return False
    row.tried_at, row.next_at = now, None
    try:
        require_sent(row.sending, now)
        _enter_first(row, now)
    except LoaError as refused:
        row.code, row.reason, row.next_at = refused.code[:40], refused.message[:500], _nearest(refused)
        row.save()
        return False
    return True


def _nearest(refused: LoaError) -> datetime | None:
    """When the rules would let it, if they say so."""
    found = refused.facts.get("nearest")
    return datetime.fromisoformat(found) if isinstance(found, str) else None


def _enter_first(row: Delivery, now: datetime) -> None:
    """Raises why the first session ahead does not take it, if none does."""
    first: LoaError | None = None
    for session in inbox.sessions_ahead(row, now):
        try:
            with transaction.atomic():
                _put(row, session.programme, session.day, row.sending.made_by, now)
        except (Refusal, Invalid) as refused:
            first = first or refused
            if refused.code == "no_devices":
                break
            continue
        _note(None, "delivery.scheduled", row, now)
        return
    raise first or Refusal(
        "Xã chưa có buổi phát nào trong những ngày này. Hãy đặt buổi phát, hoặc chọn buổi khi đã có.",
        code="no_session",
    )


@transaction.atomic
def choose(*, actor: User, delivery_id: UUID, programme_id: UUID, day: date, now: datetime) -> Delivery:
    """Into this session of the commune; one that stands in another, or was refused before, comes here.

    Raises NotFound, Denied, Invalid, Refusal (`withdrawn`, `expired`, `outside_days`, `begun`, `session_full`,
    `outside_hours`, `no_devices`).
    """
    row = access.delivery_for(actor, delivery_id, now, access.WRITE, lock=True)
    programme = access.programme_for(actor, programme_id, now, access.WRITE)
    require_sent(row.sending, now)
    if programme.area_id != row.area_id:
        raise NotFound
    if not row.sending.first_day <= day <= row.sending.last_day:
        days = f"từ {row.sending.first_day:%d/%m/%Y} đến {row.sending.last_day:%d/%m/%Y}"
        raise Refusal(f"Tin này chỉ được phát {days}. Hãy chọn buổi trong những ngày đó.", code="outside_days")
    _leave(row, actor, now)
    _put(row, programme, day, actor, now)
    row.answered_by, row.answered_at = actor, now
    row.save()
    _note(actor, "delivery.scheduled", row, now)
    return row


def _put(row: Delivery, programme: Programme, day: date, by: User, now: datetime) -> None:
    """A schedule of the commune on the sender's approval."""
    sending, version = row.sending, require_sent(row.sending, now)
    made = Schedule.objects.filter(delivery=None, bulletin=sending.bulletin_id, area=row.area).count()
    schedule = Schedule(
        pk=uuid5(row.pk, f"{made} {now.isoformat()}"), area=row.area, bulletin=sending.bulletin, version=version,
        approval=sending.approval, programme=programme, state=State.APPROVED, made_by=by, made_at=now,
        submitted_at=now, decided_at=now,
    )  # fmt: skip
    found = fill_session(schedule, day, version, now)
    last = to_ms(midnight(sending.last_day + timedelta(days=1)))
    schedule.spill = [instant for instant in schedule.spill if instant < last]
    schedule.slack_s = min(schedule.slack_s, MOST_SLACK_S)
    schedule.save(force_insert=True)
    row.schedule, row.state, row.moves = schedule, Answer.SCHEDULED.value, list(found.moves)
    row.code = row.reason = ""
    row.next_at = None
    row.ordered_at = None
    row.save()
    replan(plan_sets_of([schedule]), now=now)
    announce.event("schedule.approved", row.area.path, {"schedule": str(schedule.pk)})


def _leave(row: Delivery, actor: User, now: datetime) -> None:
    """Out of the session in which it stands. Raises Refusal `begun`."""
    schedule = row.schedule
    if row.state != Answer.SCHEDULED.value or schedule is None:
        return
    if inbox.has_begun(schedule, now):
        raise Refusal("Tin này đang phát hoặc đã phát rồi. Muốn dừng, hãy bấm Dừng tất cả loa.", code="begun")
    row.schedule, row.state = None, Answer.ACCEPTED.value
    row.save()
    if schedule.state != State.ENDED:
        held = access.held().select_related("area", "version__sound", "approval").get(pk=schedule.pk)
        end_all(actor, [held], "schedule.ended", now)


@transaction.atomic
def refuse(*, actor: User, delivery_id: UUID, code: str, words: str, now: datetime) -> Delivery:
    """A normal one that the commune does not air, and why; the sender reads it. A priority one can only be put into
    another session or order.

    Raises NotFound, Denied, Invalid (`reason`), Refusal (`priority`, `begun`, `withdrawn`, `expired`, `wrong_state`).
    """
    row = access.delivery_for(actor, delivery_id, now, access.WRITE, lock=True)
    version = require_sent(row.sending, now)
    if version.priority == "priority":
        message = "Tin ưu tiên của cấp trên không từ chối được, chỉ đổi được buổi và thứ tự."
        raise Refusal(f"{message} Nếu không phát được, hãy gọi cho nơi gửi.", code="priority")
    if row.state == Answer.REFUSED.value:
        raise Refusal("Tin này đã được từ chối rồi.", code="wrong_state")
    reason = _reason(code, words)
    _leave(row, actor, now)
    row.state, row.code, row.reason = Answer.REFUSED.value, code, reason
    row.answered_by, row.answered_at, row.next_at, row.moves = actor, now, None, []
    row.save()
    _note(actor, "delivery.refused", row, now, reason=reason)
    return row


def _reason(code: str, words: str) -> str:
    if code not in REASONS:
        raise Invalid("Hãy chọn một lý do trong danh sách.", code="reason")
    words = words.strip()[:400]
    if code == "other" and not words:
        raise Invalid("Hãy ghi lý do, để nơi gửi biết.", code="reason")
    if code == "other":
        return words
    return f"{REASONS[code]}. {words}" if words else REASONS[code]


@transaction.atomic
def put_in_order(*, actor: User, programme_id: UUID, day: date, order: Sequence[UUID], now: datetime) -> list[Schedule]:
    """The priority items of this session come in this order (ids of schedules, all of them).

    Raises NotFound, Denied, Refusal (`too_late`, `changed`, `own_minute`).
    """
    programme = access.programme_for(actor, programme_id, now, access.WRITE)
    found = inbox.clash(programme, day, now)
    if found is None:
        raise Refusal("Buổi này không còn hai tin ưu tiên nào phải xếp thứ tự.", code="changed")
    require(actor, access.WRITE, programme.area, now)
    if now > order_until(found.starts):
        message = f"Đã quá {local(order_until(found.starts)):%H:%M} nên không đổi thứ tự được nữa"
        raise Refusal(f"{message}: tin của cấp trên phát trước.", code="too_late")
    known = {item.schedule.pk: item.schedule for item in found.items}
    if set(order) != set(known) or len(order) != len(known):
        raise Refusal("Các tin của buổi vừa thay đổi. Hãy xem lại rồi xếp.", code="changed")
    rows = list(access.held().select_related("area", "approval").filter(pk__in=known))
    places = {pk: position for position, pk in enumerate(order)}
    for row in rows:
        row.position = places[row.pk]
        row.save(update_fields=["position"])
    _require_kept(programme, day, order, now)
    for delivery in Delivery.objects.filter(schedule__in=known).select_related("area", "sending"):
        delivery.ordered_at, delivery.answered_by, delivery.answered_at = now, actor, now
        delivery.save()
        _note(actor, "delivery.ordered", delivery, now, place=places[delivery.schedule_id or UUID(int=0)] + 1)
    replan(plan_sets_of(rows), now=now)
    return sorted(rows, key=lambda row: row.position)


def _require_kept(programme: Programme, day: date, order: Sequence[UUID], now: datetime) -> None:
    """Raises Refusal `own_minute` if an item that may not be so late stands in the way of this order."""
    found = inbox.clash(programme, day, now)
    if found is None:
        return
    heard = [item.schedule.pk for item in found.items if item.starts is not None]
    if heard == [pk for pk in order if pk in heard]:
        return
    fast = next((item for item in found.items if item.minute is not None and not item.gave_way), None)
    if fast is None or fast.minute is None or fast.latest is None:
        return
    message = f"“{fast.title}” của xã đã được duyệt phát lúc {local(fast.minute):%H:%M}"
    limit = f", muộn nhất {local(fast.latest):%H:%M}" if fast.latest > fast.minute else " đúng giờ đó"
    raise Refusal(
        f"{message}{limit}, nên không xếp sau như vậy được. Hãy đổi buổi của tin kia, hoặc xin duyệt lại giờ của tin "
        "này.", code="own_minute",
    )  # fmt: skip


def _note(actor: User | None, verb: str, row: Delivery, now: datetime, **facts: object) -> None:
    """The record, and the pages of both."""
    told: dict[str, object] = {"bulletin": str(row.sending.bulletin_id), **facts}
    if row.schedule is not None:
        told["times"] = [start.isoformat() for start in sources.rule_of(row.schedule).starts(now, _far(row, now))]
    record(actor=actor, verb=verb, object=("delivery", row.pk), area=row.area.path, facts=told, now=now)
    announce.event(verb, row.area.path, {"sending": str(row.sending_id), "delivery": str(row.pk)})


def _far(row: Delivery, now: datetime) -> datetime:
    return midnight(row.sending.last_day + timedelta(days=2)) if row.sending.last_day else now
