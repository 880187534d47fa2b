"""Single airings: take one out, ask for one at another time."""

from datetime import datetime
from uuid import UUID

from airtime.spans import to_ms
from django.db import transaction

from loa.broadcasts import access
from loa.broadcasts.actions.drafting import copy_of, drop, fill, note, require_airing, tell
from loa.broadcasts.models import Schedule, State
from loa.broadcasts.rules import targets
from loa.broadcasts.rules.times import When
from loa.bulletins import queries as bulletin_queries
from loa.kernel.clock import local
from loa.people.models import User


@transaction.atomic
def remove_airing(*, actor: User, schedule_id: UUID, start: datetime, now: datetime) -> Schedule:
    """Take out a single airing that has not begun; this needs nobody's leave. Raises NotFound, Denied, Refusal."""
    schedule = access.schedule_for(actor, schedule_id, now, access.WRITE, lock=True)
    drop(schedule, start, now)
    note(actor, "airing.removed", schedule, now, start=start.isoformat())
    return schedule


@transaction.atomic
def move_airing(
    *, actor: User, schedule_id: UUID, start: datetime, to: datetime, moved_id: UUID, now: datetime
) -> Schedule:
    """Ask for one airing to sound at another time: a schedule of its own, which waits for approval; until then the old
    time stands. Raises as `propose`.
    """
    schedule = access.schedule_for(actor, schedule_id, now, access.WRITE, lock=True)
    require_airing(schedule, start, now)
    there = local(to)
    when = When(pattern="once", first_day=there.date(), times=(f"{there:%H:%M:%S}",), slack_s=schedule.slack_s)
    moved = copy_of(schedule, actor, now, schedule_id=moved_id)
    moved.replaces, moved.moved_at, moved.programme, moved.dropped = schedule, to_ms(start), None, []
    moved.floating, moved.spill = False, []
    version = schedule.version or bulletin_queries.newest(schedule.bulletin)
    fill(moved, when, targets.from_json(schedule.target), version, now)
    if schedule.state == State.APPROVED:
        moved.state, moved.submitted_at = State.SUBMITTED, now
    else:
        moved.replaces = moved.moved_at = None
        drop(schedule, start, now)
    moved.save(force_insert=True)
    note(actor, "airing.move_asked", moved, now, was=start.isoformat(), to=to.isoformat())
    tell([moved] if moved.state == State.SUBMITTED else [])
    return moved
