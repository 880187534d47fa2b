"""What has to be made public by loudspeaker: say so, offer the air times that meet it, stop minding it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.proposing import propose
from loa.broadcasts.models import Obligation, Schedule
from loa.broadcasts.queries import rooms, sources
from loa.broadcasts.rules import duties, sessions
from loa.broadcasts.rules.sessions import Session
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When
from loa.bulletins import access as bulletin_access
from loa.bulletins import queries as bulletins
from loa.bulletins.models import Bulletin
from loa.devices import announce
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

_DAY = timedelta(days=1)
_AHEAD = 21


@transaction.atomic
def set_obligation(
    *, actor: User, bulletin_id: UUID, area: Area, now: datetime, first_day: date | None = None,
    days: int = duties.CONSECUTIVE_DAYS, times_a_day: int = duties.TIMES_A_DAY, basis: str = duties.BASIS,
) -> Obligation:  # fmt: skip
    """This bulletin is owed to the people of `area`: on so many days in a row, so often each. Said twice it is one.

    `first_day` None: from the first day on which it is planned, else from today. Raises NotFound, Denied, Invalid.
    """
    bulletin = bulletin_access.bulletin_for(actor, bulletin_id, now, lock=True)
    require(actor, access.WRITE, area, now)
    if not 1 <= days <= duties.MOST_DAYS or not 1 <= times_a_day <= duties.MOST_TIMES or not basis.strip():
        message = f"Số ngày từ 1 đến {duties.MOST_DAYS}, mỗi ngày từ 1 đến {duties.MOST_TIMES} lần, và phải ghi căn cứ."
        raise Invalid(message, code="obligation")
    first = first_day or _first_planned(bulletin, now)
    row, _ = Obligation.objects.update_or_create(
        bulletin=bulletin,
        defaults={
            "area": area, "first_day": first, "days": days, "times_a_day": times_a_day, "basis": basis.strip()[:200],
            "ended_at": None, "end_reason": "",
        },
        create_defaults={
            "area": area, "first_day": first, "days": days, "times_a_day": times_a_day, "basis": basis.strip()[:200],
            "made_by": actor, "made_at": now,
        },
    )  # fmt: skip
    _note(actor, "obligation.set", row, now, days=days, times_a_day=times_a_day, first_day=first.isoformat())
    return row


def _first_planned(bulletin: Bulletin, now: datetime) -> date:
    today = local(now).date()
    rows = Schedule.objects.filter(bulletin=bulletin).order_by("first_day").values_list("first_day", flat=True)
    return max(rows.first() or today, today)


@transaction.atomic
def end_obligation(*, actor: User, obligation_id: int, reason: str, now: datetime) -> None:
    """It is minded no longer, and why stays to be read. Raises NotFound, Denied, Refusal `reason_missing`."""
    row = access.obligation_for(actor, obligation_id, now, access.WRITE)
    if not reason.strip():
        raise Refusal("Hãy nêu lý do thôi theo dõi, để khi kiểm tra còn biết.", code="reason_missing")
    row.ended_at, row.end_reason = now, reason.strip()[:200]
    row.save(update_fields=["ended_at", "end_reason"])
    _note(actor, "obligation.ended", row, now, reason=reason)


@transaction.atomic
def plan_obligation(*, actor: User, obligation_id: int, target: Target, now: datetime) -> list[Schedule]:
    """Drafts of air times that meet it: so many sessions a day on so many days in a row, the first on which all have
    room. They wait to be handed in like any other. Raises NotFound, Denied, Refusal `no_room`, and as `propose`.
    """
    row = access.obligation_for(actor, obligation_id, now, access.WRITE)
    first, chosen = offered(row, now)
    made = [
        propose(
            actor=actor, schedule_id=uuid5(row.bulletin_id, f"duty {first} {session.slot.id}"), area=row.area,
            bulletin_id=row.bulletin_id, target=target, now=now, programme_id=UUID(session.slot.id),
            when=When("daily", first, last_day=first + (row.days - 1) * _DAY),
        )
        for session in chosen
    ]  # fmt: skip
    if first > row.first_day and _untouched(row):
        Obligation.objects.filter(pk=row.pk).update(first_day=first)
    _note(actor, "obligation.planned", row, now, first_day=first.isoformat(), sessions=len(made))
    return made


def _untouched(row: Obligation) -> bool:
    """Nothing has aired for it yet: then it begins with the days that were found."""
    return not Schedule.objects.filter(bulletin=row.bulletin_id, airings__isnull=False).exists()


def offered(row: Obligation, now: datetime) -> tuple[date, Sequence[Session]]:
    """The first day from which it could be met, and the sessions of that day. Refusal `no_room`, Invalid `no_sound`."""
    version = bulletins.newest(row.bulletin)
    length = timedelta(milliseconds=sources.length_ms(version, row.area.path, now))
    if not length:
        raise Invalid("Bản tin chưa có tiếng nên chưa biết dài bao lâu. Hãy thu hoặc tạo tiếng trước.", code="no_sound")
    first = max(row.first_day, local(now).date())
    found = rooms.sessions_of(row.area, first, _AHEAD + row.days)
    for number in range(_AHEAD):
        day = first + number * _DAY
        chosen = _fitting(found, day, row, length, now)
        if len(chosen) >= row.times_a_day:
            return day, chosen[: row.times_a_day]
    message = f"Ba tuần tới không có {row.days} ngày liên tiếp còn chỗ cho {row.times_a_day} lần mỗi ngày."
    raise Refusal(f"{message} Hãy nới buổi phát hoặc dời bớt mục khác.", code="no_room")


def _fitting(found: Sequence[Session], day: date, row: Obligation, length: timedelta, now: datetime) -> list[Session]:
    """The sessions of this day that are held on all the days, with room each time."""
    days = [day + number * _DAY for number in range(row.days)]
    held: dict[str, list[Session]] = {}
    for session in found:
        if session.day in days:
            held.setdefault(session.slot.id, []).append(session)
    whole = [rows for rows in held.values() if len(rows) == row.days]
    return [rows[0] for rows in whole if sessions.common_gap(rows, length, now) is not None]


def _note(actor: User, verb: str, row: Obligation, now: datetime, **facts: object) -> None:
    record(actor=actor, verb=verb, object=("obligation", row.pk), area=row.area.path, facts=facts, now=now)
    announce.event("schedule.obligation", row.area.path, {"bulletin": str(row.bulletin_id)})
