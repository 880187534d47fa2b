"""Who may speak live where and until when, what waits for an answer, what was spoken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from airtime.hours import may_sound
from django.db.models import Q, QuerySet, Sum

from loa.areas.models import Area
from loa.areas.queries import rules_for, within
from loa.areas.rules import is_inside, lineage
from loa.broadcasts.models import LivePermit, LiveSession
from loa.broadcasts.rules import speaking
from loa.broadcasts.rules.speaking import Fault, Terms
from loa.broadcasts.rules.times import midnight
from loa.kernel.clock import local
from loa.kernel.errors import NotFound, Refusal
from loa.people import access as people
from loa.people.models import User

SPEAK, APPROVE = "live.speak", "live.approve"
RELATED = ("person", "area", "asked_by", "decided_by", "revoked_by")
_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LiveLeave:
    """By which permit somebody may speak now, and until when at most. `area` is the path the permit is for."""

    permit: str
    area: str
    until: datetime


def leave_for(user: User, path: str, now: datetime) -> LiveLeave:
    """What lets `user` speak now in the area with this path. NotFound, Denied, Refusal with rule and place."""
    people.require(user, SPEAK, path, now)
    area = Area.objects.filter(path=path, valid_to=None).first()
    if area is None:
        raise NotFound
    fault = Fault(
        "live_no_permit",
        f"Anh/chị chưa có giấy phép phát trực tiếp tại {area.full_name}. Bấm “Xin nói một lần” để lãnh đạo trả lời "
        "ngay trên điện thoại, hoặc nhờ lãnh đạo cấp giấy phép dùng lâu dài.",
    )
    best: LiveLeave | None = None
    for permit in standing(user, now).filter(area__path__in=lineage(path)):
        found = speaking.until(terms_of(permit), used(permit, now), now)
        if isinstance(found, Fault):
            fault = found
        elif best is None or found > best.until:
            best = LiveLeave(str(permit.pk), permit.area.path, found)
    if best is None:
        raise Refusal(fault.message, code=fault.code)
    return LiveLeave(best.permit, best.area, _within_hours(area, best.until, now))


def _within_hours(area: Area, until: datetime, now: datetime) -> datetime:
    """As long as loudspeakers may sound there: they would fall silent by themselves. Refusal."""
    found = rules_for(area, local(now).date()).hours
    if may_sound(found, now, until - now).allowed:
        return until
    end = now + speaking.LEAST
    while end + _STEP < until and may_sound(found, now, end + _STEP - now).allowed:
        end += _STEP
    verdict = may_sound(found, now, end - now)
    if verdict.allowed:
        return end
    nearest = f" Sớm nhất: {local(verdict.nearest):%H:%M ngày %d/%m/%Y}." if verdict.nearest else ""
    raise Refusal(
        f"{area.full_name} không phát lúc {local(now):%H:%M} ({found.document}).{nearest}", code="live_outside_hours"
    )


def standing(user: User, now: datetime) -> QuerySet[LivePermit]:
    """Permits of this person that were given and are neither over nor taken back; some begin later."""
    rows = LivePermit.objects.filter(person=user, state=LivePermit.State.APPROVED, revoked_at=None, ends__gt=now)
    return rows.select_related(*RELATED).order_by("-once", "starts")


def used(permit: LivePermit, now: datetime) -> timedelta:
    """What was spoken by this permit today."""
    rows = LiveSession.objects.filter(permit=permit, started_at__gte=midnight(local(now).date()))
    return speaking.counted([end - start for start, end in rows.values_list("started_at", "ended_at")])


def terms_of(permit: LivePermit) -> Terms:
    """As the rules want it."""
    by = permit.decided_by
    return Terms(
        place=permit.area.full_name,
        weekdays=tuple(permit.weekdays),
        opens=permit.opens,
        closes=permit.closes,
        minutes=permit.minutes,
        day_minutes=permit.day_minutes,
        starts=permit.starts,
        ends=permit.ends,
        by=(by.full_name or by.get_username()) if by else "",
    )


def waiting(paths: Iterable[str], now: datetime) -> list[LivePermit]:
    """Requests in these areas and below that somebody can still answer, the urgent ones first."""
    inside = Q(pk__in=[])
    for path in paths:
        inside |= within(path, "area__path")
    rows = LivePermit.objects.filter(inside, state=LivePermit.State.WAITING, ends__gt=now).select_related(*RELATED)
    fresh = Q(once=False) | Q(asked_at__gt=now - speaking.ASK_LIFE)
    return list(rows.filter(fresh).order_by("-once", "asked_at"))


def to_answer(user: User, now: datetime) -> list[LivePermit]:
    """Requests that wait for this person."""
    mine = waiting(people.areas_with(user, APPROVE, now), now)
    return [row for row in mine if user.pk not in (row.person_id, row.asked_by_id)]


def permits_in(area: Area, now: datetime) -> QuerySet[LivePermit]:
    """Permits given in an area and below it that hold or will."""
    rows = LivePermit.objects.filter(within(area.path, "area__path"), state=LivePermit.State.APPROVED)
    return (
        rows.filter(revoked_at=None, ends__gt=now).select_related(*RELATED).order_by("area__path", "person__full_name")
    )


def spoken_in(area: Area, since: datetime, until: datetime) -> QuerySet[LiveSession]:
    """Live sessions that concerned the area, newest first."""
    concerned = within(area.path, "area__path") | Q(area__path__in=lineage(area.path))
    rows = LiveSession.objects.filter(concerned, started_at__gte=since, started_at__lt=until)
    return rows.select_related("person", "area", "permit__decided_by", "sound").order_by("-started_at")


def minutes_spoken(area: Area, since: datetime, until: datetime) -> int:
    """Whole minutes of live speech in an area and below."""
    rows = LiveSession.objects.filter(within(area.path, "area__path"), started_at__gte=since, started_at__lt=until)
    return int(rows.aggregate(total=Sum("spoken_ms"))["total"] or 0) // 60_000


def may_hear(user: User, row: LiveSession, now: datetime) -> bool:
    """Whether this person may listen to the recording."""
    return people.may(user, "view", row.area, now) or any(
        is_inside(path, row.area.path) for path in people.areas_with(user, "view", now)
    )
