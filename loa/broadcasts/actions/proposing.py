"""The officer's part: put a bulletin on the calendar of the air, change it, hand it to the approvers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from loa.areas.models import Area
from loa.broadcasts import access
from loa.broadcasts.actions.drafting import check, copy_of, fill, note, require_own, step, tell
from loa.broadcasts.actions.planning import plan_sets_of, replan
from loa.broadcasts.models import Schedule, Sending, State
from loa.broadcasts.queries import asked, checks, sources
from loa.broadcasts.rules import plans, targets
from loa.broadcasts.rules.asked import Wish, needs_approval
from loa.broadcasts.rules.deliveries import Sent
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import WHEN, When
from loa.bulletins import access as bulletin_access
from loa.bulletins import actions as bulletins
from loa.bulletins import queries as bulletin_queries
from loa.bulletins import rules as bulletin_rules
from loa.bulletins.models import Bulletin, Version
from loa.devices import announce
from loa.kernel.errors import Refusal
from loa.people.access import require
from loa.people.models import User


@transaction.atomic
def propose(
    *,
    actor: User,
    schedule_id: UUID,
    bulletin_id: UUID,
    when: When,
    target: Target,
    now: datetime,
    area: Area | None = None,
    programme_id: UUID | None = None,
    position: int = 0,
    recurring_part: bool = False,
    filling: bool = False,
    offline_for: int = plans.USUAL_HOURS,
    replaces: Schedule | None = None,
) -> Schedule:
    """Put a bulletin on the calendar as a draft; the same id again gives the one that is there. Once it is approved,
    what it `replaces` ends.

    Without `when.times` inside a programme the first room that is free on all its days is taken. Raises NotFound,
    Denied, Invalid (`times`, `target_*`, `no_sound`, `offline_for`), Refusal (`outside_hours`, `session_full`,
    `nothing_ahead`, `wrong_state`).
    """
    bulletin = bulletin_access.bulletin_for(actor, bulletin_id, now, lock=True)
    if Schedule.objects.filter(pk=schedule_id).exists():
        return access.schedule_for(actor, schedule_id, now, access.WRITE)
    area = area or bulletin.area
    _require_open(actor, bulletin, area, now)
    programme = access.programme_for(actor, programme_id, now, access.WRITE) if programme_id else None
    schedule = Schedule(
        pk=schedule_id, area=area, bulletin=bulletin, programme=programme, position=position, made_by=actor,
        made_at=now, recurring_part=recurring_part, filling=filling, offline_for=offline_for,
        replaces=replaces,
    )  # fmt: skip
    fill(schedule, when, target, bulletin_queries.newest(bulletin), now)
    schedule.save(force_insert=True)
    note(actor, "schedule.proposed", schedule, now)
    return schedule


def _require_open(actor: User, bulletin: Bulletin, area: Area, now: datetime) -> None:
    """Raises unless `actor` may put this bulletin on the air of `area`. NotFound, Denied, Refusal."""
    require(actor, access.WRITE, area, now)
    if bulletin.state == bulletin_rules.WITHDRAWN:
        raise Refusal(bulletin_rules.WHY_NOT[bulletin_rules.WITHDRAWN], code="wrong_state")


@transaction.atomic
def change(
    *, actor: User, schedule_id: UUID, when: When, target: Target, now: datetime, offline_for: int | None = None
) -> Schedule:
    """Other times or places, or another `offline_for` (None: as it is). A change that only drops airings holds at once;
    any other of an approved schedule becomes a new one that waits for approval, while the old one goes on.

    Returns the schedule that says what was asked for. Raises as `propose`.
    """
    schedule = access.schedule_for(actor, schedule_id, now, access.WRITE, lock=True)
    require_own(schedule)
    if schedule.state == State.APPROVED:
        return _change_approved(actor, schedule, when, target, now, offline_for or schedule.offline_for)
    step(schedule, "change")
    schedule.offline_for = offline_for or schedule.offline_for
    schedule.made_by = actor  # who chose what is asked for now: the others may approve it
    fill(schedule, when, target, bulletin_queries.newest(schedule.bulletin), now, keep_dropped=True)
    schedule.save()
    note(actor, "schedule.changed", schedule, now)
    return schedule


def _change_approved(
    actor: User, schedule: Schedule, when: When, target: Target, now: datetime, offline_for: int
) -> Schedule:
    wanted = copy_of(schedule, actor, now)
    wanted.offline_for, wanted.replaces = offline_for, schedule
    version = schedule.version
    assert version is not None
    fill(wanted, when, target, version, now, keep_dropped=True)
    places = sources.places([sources.commune_or_above(schedule.area.path)])
    if needs_approval(_wish(schedule, version), _wish(wanted, version), places, now):
        wanted.state, wanted.submitted_at = State.SUBMITTED, now
        wanted.save(force_insert=True)
        note(actor, "schedule.change_asked", wanted, now, replaces=str(schedule.pk))
        tell([wanted])
        return wanted
    concerned = plan_sets_of([schedule])
    for name in (*WHEN, "target", "dropped", "offline_for"):
        setattr(schedule, name, getattr(wanted, name))
    schedule.save()
    replan(concerned, now=now)
    note(actor, "schedule.narrowed", schedule, now)
    return schedule


@transaction.atomic
def submit(
    *, actor: User, bulletin_id: UUID, now: datetime, revision: int | None = None, words: bool = True
) -> list[Schedule]:
    """Hand a bulletin with its drafts of the calendar to the approvers, who are told. Returns what waits now.

    `words`: with its newest words. Without, air times that were copied with the words on the air (`Schedule.version`)
    go alone, and a version that somebody is still writing stays where it is.

    Raises NotFound, Denied, Invalid (pre-flight), Refusal (`outside_hours`, `no_times`, `no_devices`, `limit_exceeded`,
    and those of bulletins.actions.submit).
    """
    bulletin = bulletin_access.bulletin_for(actor, bulletin_id, now, bulletin_access.WRITE, lock=True)
    waiting = _drafts(bulletin_id)
    copied = [row for row in waiting if row.version_id is not None]
    if not words and copied and bulletin.state == bulletin_rules.APPROVED:
        return _hand_in_copied(actor, copied, now)
    sent_down = Sending.objects.filter(bulletin=bulletin_id, state=Sent.ASKED.value).exists()
    if not waiting and not sent_down and not asked.outdated(bulletin_id, written=True):
        raise Refusal("Bản tin chưa có giờ phát. Hãy chọn lúc phát rồi gửi duyệt.", code="no_times")
    newest = bulletin_queries.newest(bulletin)
    if newest.submitted_at is None or bulletin.state in (bulletin_rules.DRAFT, bulletin_rules.RETURNED):
        newest = bulletins.submit(actor=actor, bulletin_id=bulletin_id, now=now, revision=revision)
    for schedule in waiting:
        _hand_in(actor, schedule, newest, now)
    tell(waiting or asked.outdated(bulletin_id))
    return waiting


def _hand_in_copied(actor: User, copied: Sequence[Schedule], now: datetime) -> list[Schedule]:
    said = bulletin_queries.submitted_of({row.bulletin_id for row in copied})
    for schedule in copied:
        _hand_in(actor, schedule, said[schedule.bulletin_id], now)
    tell(copied)
    return list(copied)


def _hand_in(actor: User, schedule: Schedule, newest: Version, now: datetime) -> None:
    require(actor, access.WRITE, schedule.area, now)
    step(schedule, "submit")
    checks.require_listeners(check(schedule, newest, now))
    target = targets.from_json(schedule.target)
    checks.require_room_in_plans(schedule.area, target, sources.rule_of(schedule), now)
    if schedule.version_id != newest.pk:
        schedule.version = None
    schedule.submitted_at, schedule.escalated_at, schedule.return_reason = now, None, ""
    schedule.save()
    note(actor, "schedule.submitted", schedule, now)


@transaction.atomic
def recall(*, actor: User, bulletin_id: UUID, now: datetime) -> list[Schedule]:
    """Take a bulletin and its air times back from the approvers to mend them. Raises NotFound, Denied, Refusal."""
    bulletins.recall(actor=actor, bulletin_id=bulletin_id, now=now)
    rows = access.held().select_related("area", "bulletin")
    waiting = list(rows.filter(bulletin=bulletin_id, state=State.SUBMITTED))
    for schedule in waiting:
        require(actor, access.WRITE, schedule.area, now)
        step(schedule, "recall")
        schedule.submitted_at = schedule.escalated_at = None
        schedule.save()
        note(actor, "schedule.recalled", schedule, now)
        announce.event("schedule.recalled", schedule.area.path, {"schedule": str(schedule.pk)})
    return waiting


def _drafts(bulletin_id: UUID) -> list[Schedule]:
    rows = access.held().select_related("area", "bulletin", "version__sound")
    return list(rows.filter(bulletin=bulletin_id, state__in=[State.DRAFT, State.RETURNED]))


def _wish(schedule: Schedule, version: Version) -> Wish:
    return Wish(
        content=version.content_hash,
        priority=version.priority,
        filling=schedule.filling,
        target=targets.from_json(schedule.target),
        area=schedule.area.path,
        rule=sources.rule_of(schedule),
        offline_for=schedule.offline_for,
    )
