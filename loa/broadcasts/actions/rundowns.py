"""The rundown of a programme, what sounds in its fixed parts, and single sessions that differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from uuid import UUID, uuid5

from django.db import transaction

from loa.areas.models import Area
from loa.areas.queries import hours_for
from loa.audit.actions import record
from loa.broadcasts import access
from loa.broadcasts.actions.deciding import end
from loa.broadcasts.actions.planning import plan_sets_of, replan
from loa.broadcasts.actions.proposing import propose
from loa.broadcasts.actions.relaying import relay_draft
from loa.broadcasts.models import Programme, RundownItem, Schedule, SessionChange, State
from loa.broadcasts.queries.slots import slot_of
from loa.broadcasts.rules import seasons
from loa.broadcasts.rules.rundowns import Kind, Over, Under
from loa.broadcasts.rules.sessions import OfDay
from loa.broadcasts.rules.targets import Target
from loa.broadcasts.rules.times import When, check_hours
from loa.bulletins import actions as bulletins
from loa.bulletins.access import bulletin_for
from loa.bulletins.models import Bulletin
from loa.bulletins.models import State as BulletinState
from loa.kernel.clock import local
from loa.kernel.errors import Invalid, Refusal
from loa.people.models import User
from loa.relays.access import relay_for
from loa.relays.models import RelaySource

MOST_ITEMS = 20
A_YEAR = timedelta(days=364)  # an approval is for a year at most
MOST_MINUTES = 240


@dataclass(frozen=True, slots=True)
class Wanted:
    """One part as it is asked for; `id` None is a new one."""

    kind: Kind
    title: str
    minutes: int
    over_run: Over = Over.PUSH
    under_run: Under = Under.EARLY
    id: int | None = None


@transaction.atomic
def save_rundown(*, actor: User, programme_id: UUID, items: Sequence[Wanted], now: datetime) -> list[RundownItem]:
    """The parts of the programme are these, in this order; parts with a known id keep what sounds in them.

    Raises NotFound, Denied, Invalid (`rundown`, `rundown_long`, `rundown_fill`, `rundown_bulletins`).
    """
    programme = access.programme_for(actor, programme_id, now, access.WRITE)
    _check(programme, items)
    known = {row.pk: row for row in programme.items.all()}
    kept = [one.id for one in items if one.id in known]
    programme.items.exclude(pk__in=kept).delete()
    made = []
    for position, one in enumerate(items, 1):
        row = known.get(one.id or 0) or RundownItem(programme=programme)
        if row.kind and row.kind != one.kind and one.kind is Kind.BULLETINS:
            row.bulletin = None
        row.position, row.kind, row.title, row.minutes = position, one.kind.value, one.title.strip()[:80], one.minutes
        row.over_run, row.under_run = one.over_run.value, one.under_run.value
        row.save()
        made.append(row)
    follow(programme.area, now=now)
    _note(actor, "rundown.saved", programme, now, items=[f"{one.title} {one.minutes}" for one in made])
    return made


def _check(programme: Programme, items: Sequence[Wanted]) -> None:
    if len(items) > MOST_ITEMS or any(not one.title.strip() or not 1 <= one.minutes <= MOST_MINUTES for one in items):
        raise Invalid(f"Mỗi mục cần tên và số phút từ 1 đến {MOST_MINUTES}; tối đa {MOST_ITEMS} mục.", code="rundown")
    total = sum(one.minutes for one in items)
    if total > programme.minutes:
        message = f"Các mục cộng lại {total} phút, dài hơn {programme.name} ({programme.minutes} phút)."
        raise Invalid(f"{message} Hãy bớt phút hoặc kéo dài buổi.", code="rundown_long")
    if sum(one.kind is Kind.BULLETINS for one in items) > 1:
        raise Invalid("Mỗi buổi chỉ có một chỗ cho bản tin đã duyệt.", code="rundown_bulletins")
    behind = [*items[1:], None]
    for one, following in zip(items, behind, strict=True):
        if one.under_run is Under.FILL and (following is None or not following.kind.yields):
            message = f"“{one.title}” chọn lấp bằng nhạc thì ngay sau phải là mục nhạc chèn hoặc tiếp âm."
            raise Invalid(message, code="rundown_fill")


@transaction.atomic
def put_in_item(*, actor: User, item_id: int, bulletin_id: UUID, now: datetime) -> Schedule:
    """This bulletin sounds in this fixed or filling part of every session, for a year: a draft that is handed in and
    approved like any other; until then what was approved before sounds there. Asked for twice it is the one that is
    there. Raises NotFound, Denied, Refusal as `propose`.
    """
    item = access.item_for(actor, item_id, now, access.WRITE)
    if item.kind == Kind.BULLETINS:
        raise Refusal("Chỗ này dành cho các bản tin đã duyệt của từng buổi.", code="rundown_bulletins")
    bulletin = bulletin_for(actor, bulletin_id, now, lock=True)
    return _put_in(actor, item, bulletin, now)


@transaction.atomic
def put_in_relay(*, actor: User, item_id: int, source_id: UUID, now: datetime) -> Schedule:
    """This source is relayed in this part of every session, for its minutes: a draft as with `put_in_item`.

    Raises NotFound, Denied, Refusal `rundown_relay`, and as `propose`.
    """
    item = access.item_for(actor, item_id, now, access.WRITE)
    if item.kind != Kind.RELAY:
        raise Refusal(f"“{item.title}” không phải mục tiếp âm. Hãy chọn một bản tin.", code="rundown_relay")
    source = relay_for(actor, source_id, item.programme.area, now)
    return _put_in(actor, item, _relay_in(actor, item, source, now), now)


def _relay_in(actor: User, item: RundownItem, source: RelaySource, now: datetime) -> Bulletin:
    """What is approved for this source in this part; after a withdrawn one a new one."""
    names = (uuid5(item.programme_id, f"relay {item.pk} {source.pk} {item.minutes} {n}") for n in count())
    for name in names:
        known = Bulletin.objects.filter(pk=name).first()
        if known is None:
            draft = relay_draft(source, item.minutes)
            area = item.programme.area
            return bulletins.create_draft(actor=actor, bulletin_id=name, area=area, draft=draft, now=now)
        if known.state != BulletinState.WITHDRAWN:
            return bulletin_for(actor, known.pk, now, lock=True)
    raise AssertionError


def _put_in(actor: User, item: RundownItem, bulletin: Bulletin, now: datetime) -> Schedule:
    before = _given_up(actor, item, now) if item.bulletin_id != bulletin.pk else None
    RundownItem.objects.filter(programme=item.programme, bulletin=bulletin).exclude(pk=item.pk).update(bulletin=None)
    item.bulletin = bulletin
    item.save(update_fields=["bulletin"])
    programme, today = item.programme, local(now).date()
    first = today + timedelta(days=1)
    every = len(programme.weekdays) == 7
    schedule = propose(
        actor=actor, schedule_id=uuid5(bulletin.pk, f"item {programme.pk} {first.year}"), bulletin_id=bulletin.pk,
        area=programme.area, target=Target(), now=now, programme_id=programme.pk, position=item.position,
        recurring_part=True, filling=Kind(item.kind).yields, replaces=before,
        when=When(
            "daily" if every else "weekdays", first, last_day=first + A_YEAR,
            weekdays=() if every else tuple(programme.weekdays),
        ),
    )  # fmt: skip
    _note(actor, "rundown.filled", programme, now, item=item.title, bulletin=str(bulletin.pk))
    return schedule


def _given_up(actor: User, item: RundownItem, now: datetime) -> Schedule | None:
    """What is approved for this part and goes on until its successor is; what was only asked for ends."""
    if item.bulletin_id is None:
        return None
    rows = Schedule.objects.filter(programme=item.programme, recurring_part=True, bulletin=item.bulletin)
    newest = rows.exclude(state=State.ENDED).order_by("-made_at").first()
    if newest is None or newest.state == State.APPROVED:
        return newest
    end(actor=actor, schedule_id=newest.pk, reason="Thay bằng mục khác", now=now)
    return newest.replaces


@transaction.atomic
def change_session(
    *, actor: User, programme_id: UUID, day: date, now: datetime, dropped: bool = False, starts: time | None = None,
    minutes: int | None = None, reason: str = "",
) -> SessionChange:  # fmt: skip
    """One session is not held, begins at another time or has another length. What floats in it follows as far as its
    approval names the time; what has a time of its own stays where it is.

    Raises NotFound, Denied, Invalid (`session_change`), Refusal (`no_session`, `begun`, `outside_hours`,
    `not_approved`, `overlap`).
    """
    programme = access.programme_for(actor, programme_id, now, access.WRITE)
    slot = slot_of(programme, None)
    usual = slot.on(day)
    if usual is None:
        raise Refusal(f"Ngày {day:%d/%m} không có {programme.name}.", code="no_session")
    if usual.start <= now:
        raise Refusal(f"{programme.name} {day:%d/%m} đã bắt đầu hoặc đã qua.", code="begun")
    if not dropped and starts is None and minutes is None:
        raise Invalid("Hãy chọn: bỏ buổi, đổi giờ hoặc đổi số phút.", code="session_change")
    if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
        raise Invalid(f"Số phút từ 1 đến {MOST_MINUTES}.", code="session_change")
    if not dropped:
        _require_allowed(programme, OfDay(starts=starts, minutes=minutes), day, now)
    row, _ = SessionChange.objects.update_or_create(
        programme=programme, day=day,
        defaults={
            "dropped": dropped, "starts": None if dropped else starts, "minutes": None if dropped else minutes,
            "reason": reason.strip()[:200], "made_by": actor, "made_at": now,
        },
    )  # fmt: skip
    follow(programme.area, now=now)
    _note(actor, "session.changed", programme, now, day=day.isoformat(), dropped=dropped, reason=reason)
    return row


def _require_allowed(programme: Programme, other: OfDay, day: date, now: datetime) -> None:
    area = programme.area
    slot = slot_of(programme, None)
    changed = slot_of(programme, None, [SessionChange(day=day, starts=other.starts, minutes=other.minutes)]).on(day)
    usual = slot.on(day)
    assert changed is not None
    assert usual is not None
    if changed.start < usual.start or changed.start > usual.start + timedelta(hours=1):
        message = "Một buổi chỉ dời muộn hơn trong vòng 1 tiếng, vì các mục chỉ được duyệt đến đó."
        raise Refusal(f"{message} Muốn giờ khác, hãy dời từng mục để duyệt lại.", code="not_approved")
    hours = hours_for(area, day)
    refused = check_hours(
        place=area.full_name, document=hours.document, hours=hours, starts=[changed.start], duration=changed.duration,
        now=now,
    )  # fmt: skip
    if refused:
        raise Refusal(refused[0].message, code=refused[0].code)
    limit = hours.limits.minutes_per_session
    if limit is not None and changed.duration > timedelta(minutes=limit):
        raise Refusal(
            f"{area.full_name} chỉ được phát mỗi buổi {limit} phút ({hours.document}).", code="session_too_long"
        )
    _require_apart(programme, changed.start, changed.end, day)


def _require_apart(programme: Programme, start: datetime, end: datetime, day: date) -> None:
    others = Programme.objects.filter(area=programme.area, closed_at=None).exclude(pk=programme.pk)
    for other in others.prefetch_related("changes"):
        span = slot_of(other, None, other.changes.all()).on(day)
        if span is not None and start < span.end and span.start < end:
            raise Refusal(f"Buổi này trùng giờ với {other.name}. Hãy chọn giờ khác hoặc bớt số phút.", code="overlap")


@transaction.atomic
def undo_session_change(*, actor: User, change_id: int, now: datetime) -> None:
    """The session is held as usual again. Raises NotFound, Denied, Refusal `begun`."""
    row = access.session_change_for(actor, change_id, now, access.WRITE)
    usual = slot_of(row.programme, None).on(row.day)
    if usual is not None and usual.start <= now:
        raise Refusal("Buổi này đã bắt đầu hoặc đã qua.", code="begun")
    row.delete()
    follow(row.programme.area, now=now)
    _note(actor, "session.usual", row.programme, now, day=row.day.isoformat())


@transaction.atomic
def set_season(*, actor: User, programme_id: UUID, first: str, last: str, lunar: bool, now: datetime) -> Programme:
    """The programme is held only from `first` to `last` ("MM-DD") of each year; both "" = all year. Raises NotFound,
    Denied, Invalid `season`, Refusal `overlap`."""
    programme = access.programme_for(actor, programme_id, now, access.WRITE)
    try:
        season = seasons.read(first, last, lunar=lunar)
    except seasons.BadSeason as error:
        raise Invalid(str(error), code="season") from error
    others = Programme.objects.filter(area=programme.area, closed_at=None).exclude(pk=programme.pk)
    for other in others:
        theirs = seasons.read(other.season_from, other.season_to, lunar=other.season_lunar)
        if _meet(programme, other) and seasons.together(season, theirs, local(now).year):
            raise Refusal(
                f"{programme.name} và {other.name} sẽ trùng giờ vào một số ngày. Hãy xem lại mùa.", code="overlap"
            )
    programme.season_from, programme.season_to, programme.season_lunar = first, last, bool(season and lunar)
    programme.save(update_fields=["season_from", "season_to", "season_lunar"])
    follow(programme.area, now=now)
    _note(actor, "programme.season", programme, now, season=season.words if season else "")
    return programme


def _meet(one: Programme, other: Programme) -> bool:
    """Whether their hours meet on a weekday of both."""
    starts, ends = (_minute(one.starts), _minute(one.starts) + one.minutes)
    theirs = _minute(other.starts)
    return bool(set(one.weekdays) & set(other.weekdays)) and starts < theirs + other.minutes and theirs < ends


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def follow(area: Area, *, now: datetime) -> None:
    """The sessions of this area are laid otherwise: what floats in them, or is sent on to them, is planned anew."""
    rows = Schedule.objects.filter(area=area, floating=True, state=State.APPROVED).select_related("area")
    replan(plan_sets_of(rows), now=now)


def _note(actor: User, verb: str, programme: Programme, now: datetime, **facts: object) -> None:
    area: Area = programme.area
    record(actor=actor, verb=verb, object=("programme", programme.pk), area=area.path, facts=facts, now=now)
