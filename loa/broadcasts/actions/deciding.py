"""The approver's part: allow, give back, take off the air. And what time does by itself: ask the deputy."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from loa.broadcasts import access
from loa.broadcasts.actions.drafting import note, require_own, step
from loa.broadcasts.actions.planning import plan_sets_of, replan
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.queries import asked, checks, sources
from loa.broadcasts.queries.asked import Request
from loa.broadcasts.queries.known import Known
from loa.broadcasts.queries.unheard import StillPlaying, still_playing
from loa.broadcasts.rules import states
from loa.bulletins import actions as bulletins
from loa.bulletins import queries as bulletin_queries
from loa.bulletins.models import State as BulletinState
from loa.devices import announce
from loa.kernel.errors import NotFound, Refusal
from loa.people.access import may, require
from loa.people.models import User
from loa.people.rules import same_person

ESCALATE_AFTER = timedelta(minutes=15)


@transaction.atomic
def approve(*, actor: User, seen: Mapping[UUID, str], now: datetime) -> list[Schedule]:
    """Approve these schedules, all or none: one bulletin, a session or a week in one go.

    `seen` gives for each schedule the digest of what was on the approver's screen (`queries.asked`). Raises NotFound,
    Denied, Refusal (`changed`, `own_bulletin`, `wrong_state`, `nothing_ahead`, `outside_hours`, `incomplete`,
    `unheard`).
    """
    if not seen:
        raise Refusal("Hãy chọn ít nhất một mục để duyệt.", code="nothing_chosen")
    schedules = access.schedules_for(actor, seen.keys(), now, access.APPROVE)
    _require_all_versions(schedules, set(seen))
    touched = plan_sets_of(schedules)
    for schedule in schedules:
        touched |= _approve_one(actor, schedule, seen[schedule.pk], now)
    replan(touched, now=now)
    return schedules


def _require_all_versions(schedules: Iterable[Schedule], chosen: Collection[UUID]) -> None:
    """A new version ends the approvals of the old one, so all air times of the bulletin are judged together."""
    for bulletin in {schedule.bulletin_id for schedule in schedules}:
        left = [row for row in asked.outdated(bulletin) if row.pk not in chosen]
        if left:
            raise Refusal(
                "Bản tin có nội dung mới nên phải duyệt lại mọi giờ phát của nó cùng một lúc. Hãy mở lại trang duyệt.",
                code="incomplete",
                facts={"schedules": [str(row.pk) for row in left]},
            )


def _approve_one(actor: User, schedule: Schedule, seen: str, now: datetime) -> set[str]:
    """Returns plan sets touched besides its own."""
    request = _judged(actor, schedule, seen, now)
    replaced = schedule.replaces if schedule.moved_at is None else None
    before = (replaced.approval_id if replaced is not None else None, schedule.approval_id)
    schedule.approval = bulletins.approve(
        actor=actor,
        bulletin_id=schedule.bulletin_id,
        seen=request.version.content_hash,
        area=sources.commune_or_above(schedule.area.path),
        targets=request.asked.targets,
        times=request.asked.times,
        now=now,
        replaces=[pk for pk in before if pk is not None],
        placed_by=schedule.made_by_id,
    )
    schedule.version, schedule.decided_at, schedule.state = request.version, now, State.APPROVED
    schedule.save()
    note(actor, "schedule.approved", schedule, now, digest=seen, approval=str(schedule.approval_id))
    announce.event("schedule.approved", schedule.area.path, {"schedule": str(schedule.pk)})
    return _take_over(actor, schedule, now)


def _judged(actor: User, schedule: Schedule, seen: str, now: datetime) -> Request:
    version = bulletin_queries.submitted(schedule.bulletin)
    again = schedule.state == State.APPROVED and version is not None and schedule.version_id != version.pk
    if version is None or not (again or states.after(schedule.state, "approve")):
        raise Refusal(f"Lịch phát này {states.in_words(schedule.state)}.", code="wrong_state")
    _require_another_person(actor, schedule, now)
    known = Known()
    request = asked.request_of(schedule, version, now, known)
    if request.digest != seen:
        raise Refusal("Nội dung, nơi phát hoặc giờ phát đã đổi. Hãy xem lại rồi duyệt.", code="changed")
    checks.require_allowed(asked.findings_of(schedule, version, now, known))
    return request


def _require_another_person(actor: User, schedule: Schedule, now: datetime) -> None:
    """Nobody approves air times that they chose themselves, nor in the place of one who chose them."""
    involved = {schedule.made_by_id, *bulletin_queries.authors(schedule.bulletin)}
    grant = require(actor, access.APPROVE, schedule.area, now, apart_from=involved)
    if same_person(schedule.made_by_id, actor.pk):
        message = "Anh/chị đã xếp giờ phát này nên không được tự duyệt. Hãy nhờ người duyệt khác."
        raise Refusal(message, code="own_bulletin")
    if same_person(schedule.made_by_id, actor.pk, grant.on_behalf_of):
        message = (
            "Người ủy quyền cho anh/chị đã xếp giờ phát này, nên anh/chị không được duyệt thay. "
            "Hãy nhờ người duyệt khác."
        )
        raise Refusal(message, code="own_bulletin")


def _take_over(actor: User, schedule: Schedule, now: datetime) -> set[str]:
    """What this one replaces ends, or gives up its one air time."""
    old = schedule.replaces
    if old is None or old.state != State.APPROVED:
        return set()
    last = old.last_beside(schedule)
    if last is not None:
        old.last_day = last
    elif schedule.moved_at is None:
        old.state, old.ended_at = State.ENDED, now
    else:
        old.dropped = sorted({*old.dropped, schedule.moved_at})
    old.save()
    note(actor, "schedule.replaced", old, now, by=str(schedule.pk))
    return plan_sets_of([old])


@transaction.atomic
def return_(*, actor: User, schedule_id: UUID, reason: str, now: datetime) -> list[Schedule]:
    """Give it back with a reason. If its bulletin waits too, all of the bulletin goes back. Raises NotFound, Denied,
    Refusal (`wrong_state`, `reason_missing`, `own_bulletin`).
    """
    schedule = access.schedule_for(actor, schedule_id, now, access.APPROVE, lock=True)
    if states.after(schedule.state, "return") is None and schedule.bulletin.state != BulletinState.SUBMITTED:
        raise Refusal(f"Lịch phát này {states.in_words(schedule.state)} nên không trả lại được.", code="wrong_state")
    if not reason.strip():
        raise Refusal("Hãy nêu lý do, để người soạn biết cần sửa gì.", code="reason_missing")
    given_back = [schedule]
    if schedule.bulletin.state == BulletinState.SUBMITTED:
        version = bulletin_queries.submitted(schedule.bulletin)
        if version is None:
            raise NotFound
        bulletins.return_(
            actor=actor, bulletin_id=schedule.bulletin_id, seen=version.content_hash, reason=reason, now=now
        )
        rows = access.held().select_related("area")
        given_back = list(rows.filter(bulletin=schedule.bulletin_id, state=State.SUBMITTED))
    for row in given_back:
        step(row, "return")
        row.return_reason, row.decided_at = reason.strip()[:500], now
        row.save()
        note(actor, "schedule.returned", row, now, reason=reason)
        announce.event("schedule.returned", row.area.path, {"schedule": str(row.pk)})
    return given_back


@transaction.atomic
def withdraw(*, actor: User, bulletin_id: UUID, reason: str, now: datetime) -> list[StillPlaying]:
    """Take a bulletin off the air for good. Returns the loudspeakers that have not confirmed, and until when each could
    still play it (ask again with `queries.unheard.still_playing`). Raises NotFound, Denied, Refusal.
    """
    bulletins.withdraw(actor=actor, bulletin_id=bulletin_id, reason=reason, now=now)
    rows = access.held().select_related("area", "version__sound")
    schedules = list(rows.filter(bulletin=bulletin_id).exclude(state=State.ENDED))
    end_all(actor, schedules, "schedule.withdrawn", now)
    return still_playing(schedules, now)


@transaction.atomic
def end(*, actor: User, schedule_id: UUID, reason: str, now: datetime) -> list[StillPlaying]:
    """Take one schedule off the calendar; the bulletin's others go on. Returns as `withdraw`. Raises NotFound, Denied,
    Refusal.
    """
    schedule = access.schedule_for(actor, schedule_id, now, lock=True)
    if not may(actor, access.WRITE, schedule.area, now):
        require(actor, access.APPROVE, schedule.area, now)
    require_own(schedule)
    if states.after(schedule.state, "end") is None:
        raise Refusal("Lịch phát này đã thôi phát rồi.", code="wrong_state")
    if schedule.state == State.APPROVED and schedule.approval is not None and schedule.approval.revoked_at is None:
        bulletins.revoke(actor=actor, approval_id=schedule.approval.pk, reason=reason, now=now)
    end_all(actor, [schedule], "schedule.ended", now)
    return still_playing([schedule], now)


def end_all(actor: User | None, schedules: Collection[Schedule], verb: str, now: datetime) -> None:
    """Off the calendar, and out of the plans."""
    concerned = plan_sets_of(schedule for schedule in schedules if schedule.state == State.APPROVED)
    for schedule in schedules:
        schedule.state, schedule.ended_at = State.ENDED, now
        schedule.save()
        note(actor, verb, schedule, now)
        announce.event("schedule.ended", schedule.area.path, {"schedule": str(schedule.pk)})
    replan(concerned, now=now)


@transaction.atomic
def end_revoked(*, now: datetime) -> int:
    """Schedules whose approval was ended by other ways (a withdrawn bulletin): off the calendar. Returns how many."""
    rows = access.held(skip_locked=True).select_related("area", "version__sound")
    found = list(rows.filter(state=State.APPROVED, approval__revoked_at__isnull=False))
    end_all(None, found, "schedule.ended", now)
    return len(found)


@transaction.atomic
def escalate(*, now: datetime, after: timedelta = ESCALATE_AFTER) -> list[Schedule]:
    """Submissions that nobody has answered for `after` go to the deputies as well, once. Returns them."""
    rows = access.held(skip_locked=True)
    late = list(rows.filter(asked.unanswered_since(now - after)).select_related("area", "bulletin"))
    for schedule in late:
        schedule.escalated_at = now
        schedule.save(update_fields=["escalated_at"])
        note(None, "schedule.escalated", schedule, now)
        announce.event("schedule.escalated", schedule.area.path, {"schedule": str(schedule.pk)})
    return late
