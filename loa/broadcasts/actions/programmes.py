"""Programmes: the named slots of an area's week."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from airtime.limits import Item
from airtime.spans import Span
from django.db import transaction

from loa.areas.models import Area
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions import framing
from loa.broadcasts.actions.rundowns import follow
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries import onair
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules.seasons import Season
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.people.access import require
from loa.people.models import User

_WEEK = frozenset(range(1, 8))


@transaction.atomic
def save_programme(
    *,
    actor: User,
    area: Area,
    name: str,
    starts: time,
    minutes: int,
    weekdays: Sequence[int],
    now: datetime,
    programme_id: UUID | None = None,
) -> Programme:
    """Make or change a programme. Raises NotFound, Denied, Invalid, Refusal (`outside_hours`, `too_many_sessions`,
    `session_too_long`, `overlap`)."""
    require(actor, access.WRITE, area, now)
    programme = access.programme_for(actor, programme_id, now, access.WRITE) if programme_id else Programme(area=area)
    name = name.strip()
    if not name or not set(weekdays) <= _WEEK or not weekdays or not 1 <= minutes <= 1440:
        raise Invalid("Hãy đặt tên, giờ bắt đầu, số phút và chọn ít nhất một thứ trong tuần.", code="programme")
    others = [row for row in Programme.objects.filter(area=area, closed_at=None) if row.pk != programme.pk]
    if any(row.name == name for row in others):
        raise Invalid(f"{area.full_name} đã có buổi phát tên “{name}”.", code="name_taken")
    programme.name, programme.starts, programme.minutes = name, starts, minutes
    programme.weekdays = sorted(set(weekdays))
    _require_allowed(area, programme, others, now)
    programme.save()
    follow(area, now=now)
    facts = {"name": name, "starts": starts.isoformat("minutes"), "minutes": minutes, "weekdays": programme.weekdays}
    _record(actor, "programme.saved", programme, now, facts)
    return programme


@transaction.atomic
def close_programme(*, actor: User, programme_id: UUID, now: datetime) -> None:
    """No longer offered; what is already scheduled in it goes on, but nothing opens or closes it any more.

    Raises NotFound, Denied, Refusal `in_use`.
    """
    programme = access.programme_for(actor, programme_id, now, access.WRITE)
    waiting = Schedule.objects.filter(programme=programme, state__in=[State.DRAFT, State.SUBMITTED])
    if waiting.exists():
        message = f"{programme.name} còn mục chưa được duyệt. Hãy bỏ hoặc chuyển các mục đó trước."
        raise Refusal(message, code="in_use")
    framing.end_frames(programme, actor=actor, now=now)
    programme.closed_at = now
    programme.save(update_fields=["closed_at"])
    follow(programme.area, now=now)
    _record(actor, "programme.closed", programme, now, {"name": programme.name})


def _require_allowed(area: Area, programme: Programme, others: Sequence[Programme], now: datetime) -> None:
    days = _days_to_try([programme, *others], now)
    spans = _spans(programme, days)
    there = [span for other in others for span in _spans(other, days)]
    refused = onair.check_slots(area, map(_item, spans), map(_item, there), days, now)
    if refused:
        raise Refusal(refused[0].message, code=refused[0].code)
    for other in others:
        if any(_meets(span, slot_of(other, None).on(local(span.start).date())) for span in spans):
            message = f"Buổi này trùng giờ với {other.name}. Hãy chọn giờ khác hoặc bớt số phút."
            raise Refusal(message, code="overlap")


def _spans(programme: Programme, days: Sequence[date]) -> list[Span]:
    slot = slot_of(programme, None)
    return [span for day in days if (span := slot.on(day)) is not None]


def _item(span: Span) -> Item:
    return Item(span.start, span.duration)


def _days_to_try(programmes: Iterable[Programme], now: datetime) -> list[date]:
    """The next seven days, and the first seven of each season: those of a year are like them."""
    tomorrow = local(now).date() + timedelta(days=1)
    slots = [slot_of(row, None) for row in programmes]
    firsts = {tomorrow, *(_first_of(slot.season, tomorrow) for slot in slots if slot.season)}
    return sorted({first + timedelta(days=number) for first in firsts for number in range(7)})


def _first_of(season: Season, tomorrow: date) -> date:
    """The first day of the season from tomorrow on; a year has it for sure, a lunar one within thirteen months."""
    days = (tomorrow + timedelta(days=number) for number in range(400))
    return next((day for day in days if season.holds(day)), tomorrow)


def _meets(one: Span, other: Span | None) -> bool:
    return other is not None and one.start < other.end and other.start < one.end


def _record(actor: User, verb: str, programme: Programme, now: datetime, facts: dict[str, object]) -> None:
    area = programme.area.path
    record(actor=actor, verb=verb, object=("programme", programme.pk), area=area, facts=facts, now=now)
