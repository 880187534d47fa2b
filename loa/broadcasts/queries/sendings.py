"""What a province or the centre sends down: what its approver judges, whom it reaches, what communes make of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

from airtime.spans import from_ms, to_ms
from devicelink.messages import Audience
from django.db.models import Count, Q, QuerySet

from loa.areas.models import Area
from loa.areas.queries import valid_on, within
from loa.areas.rules import Level
from loa.broadcasts.models import Airing, Delivery, Schedule, Sending
from loa.broadcasts.models import State as AirState
from loa.broadcasts.queries import sources
from loa.broadcasts.queries.airings import Tally, tallies
from loa.broadcasts.rules import asked, plans
from loa.broadcasts.rules.deliveries import Facts, Sent, State, permit_times, state_of
from loa.bulletins import queries as bulletins
from loa.bulletins.models import State as BulletinState
from loa.bulletins.models import Version
from loa.kernel.clock import local

_OPEN = (BulletinState.SUBMITTED, BulletinState.APPROVED)


def communes(sending: Sending, now: datetime) -> QuerySet[Area]:
    """Those that it is for, as the units are today."""
    paths = [str(path) for path in sending.target] or [sending.area.path]
    meant = reduce(or_, (within(path) for path in paths))
    return Area.objects.filter(meant, within(sending.area.path), valid_on(local(now).date()), level=Level.COMMUNE)


def targets(sending: Sending) -> tuple[Audience, ...]:
    """What its permit names."""
    paths = sorted(str(path) for path in sending.target) or [sending.area.path]
    return tuple(Audience(area=path) for path in paths)


def judged(sending: Sending, version: Version) -> asked.Asked:
    """All that approving it would allow."""
    return asked.Asked(
        content=version.content_hash,
        sounds=bulletins.files_of(version),
        priority=version.priority,
        level=sources.LEVELS[sending.area.level],
        targets=targets(sending),
        times=permit_times(sending.first_day, sending.last_day),
        offline_for=plans.USUAL_HOURS,
    )


@dataclass(frozen=True, slots=True)
class Request:
    """One sending as its approver sees it; `digest` goes back with the decision."""

    sending: Sending
    version: Version
    digest: str
    communes: int


def waiting(area: Area | None, now: datetime, *, bulletin: UUID | None = None) -> list[Request]:
    """What waits for the approvers of this area (None: of any), the oldest first; of one bulletin if asked."""
    rows = asked_in(area)
    if bulletin is not None:
        rows = rows.filter(bulletin=bulletin)
    listed = list(rows.select_related("area", "bulletin__area", "made_by").order_by("made_at"))
    versions = bulletins.submitted_of(row.bulletin_id for row in listed)
    return [request_of(row, versions[row.bulletin_id], now) for row in listed if row.bulletin_id in versions]


def asked_in(area: Area | None) -> QuerySet[Sending]:
    """What `waiting` tells of."""
    rows = Sending.objects.filter(state=Sent.ASKED.value, bulletin__state__in=_OPEN)
    return rows if area is None else rows.filter(area=area)


def request_of(sending: Sending, version: Version, now: datetime) -> Request:
    """What approving it with this version would allow."""
    return Request(sending, version, asked.digest(judged(sending, version)), communes(sending, now).count())


@dataclass(frozen=True, slots=True)
class Row:
    """How it stands in one commune. `starts`: when its session has it, or had; `proved` of `meant` loudspeakers."""

    delivery: Delivery
    state: State
    starts: datetime | None
    proved: int
    meant: int

    @property
    def share(self) -> str:
        """ "7/8 cụm", "" while nothing was heard."""
        return f"{self.proved}/{self.meant} cụm" if self.state is State.PLAYED else ""


def rows(found: Iterable[Delivery], now: datetime) -> list[Row]:
    """How each of these stands. Seven queries at most, however many there are."""
    listed = list(found)
    airings = _airings(row.schedule_id for row in listed if row.schedule_id is not None)
    heard = tallies([one for several in airings.values() for one in several])
    return [_row(row, airings.get(row.schedule_id, ()) if row.schedule_id else (), heard, now) for row in listed]


def table(sending: Sending, now: datetime) -> list[Row]:
    """Every commune that it came to, in the order of their names."""
    return rows(deliveries().filter(sending=sending).order_by("area__sort_key"), now)


def deliveries() -> QuerySet[Delivery]:
    """With all that `rows` looks at."""
    return Delivery.objects.select_related(
        "area", "answered_by", "schedule__area", "schedule__programme", "sending__area", "sending__approval",
        "sending__version__sound", "sending__version__category", "sending__bulletin", "sending__made_by",
    )  # fmt: skip


def _airings(schedules: Iterable[UUID]) -> dict[UUID, list[Airing]]:
    found: dict[UUID, list[Airing]] = {}
    for row in Airing.objects.filter(schedule__in=list(schedules)).order_by("start"):
        found.setdefault(row.schedule_id, []).append(row)
    return found


def _row(row: Delivery, airings: Sequence[Airing], heard: Mapping[str, Tally], now: datetime) -> Row:
    schedule = row.schedule if row.state == "scheduled" else None
    starts, ends = _span(schedule, [one for one in airings if one.dropped_at is None])
    told = [heard[airing.pk] for airing in airings] if row.schedule is not None else []
    proved = {device for one in told for device in one.played}
    begun = {device for one in told for device in one.cut}
    facts = Facts(
        answer=row.state, last_day=row.sending.last_day, over=_over(row), starts=starts, ends=ends,
        heard=len(proved), begun=len(begun),
    )  # fmt: skip
    state = state_of(facts, local(now).date(), now)
    first = min((airing.start for airing in airings), default=starts) if state is State.PLAYED else starts
    return Row(row, state, first, len(proved), len({device for one in told for device in one.meant}))


def _over(row: Delivery) -> bool:
    approval = row.sending.approval
    ended = row.schedule is not None and row.state == "scheduled" and row.schedule.state == AirState.ENDED
    return ended or row.sending.state == Sent.ENDED.value or (approval is not None and approval.revoked_at is not None)


def _span(schedule: Schedule | None, airings: Sequence[Airing]) -> tuple[datetime | None, datetime | None]:
    """When it sounds by its plan; before there is one, when its session begins."""
    if airings:
        return airings[0].start, airings[-1].end
    if schedule is None:
        return None, None
    start = next(iter(sources.rule_of(schedule).starts(*_whole(schedule))), None)
    minutes = schedule.programme.minutes if schedule.programme else 0
    return start, start + timedelta(minutes=minutes) if start else None


def _whole(schedule: Schedule) -> tuple[datetime, datetime]:
    rule = sources.rule_of(schedule)
    first = from_ms(to_ms(schedule.made_at))
    return first, rule.end(first)


def counts(found: Iterable[Row]) -> dict[State, int]:
    """How many communes in each state, those that there are."""
    listed = [row.state for row in found]
    return {state: listed.count(state) for state in State if state in listed}


def sent(area: Area) -> QuerySet[Sending]:
    """What this area has sent or asked to send, the newest first, each with how many communes it came to (`reach`)
    and how many refused it (`refused`)."""
    return (
        Sending.objects.filter(area=area)
        .select_related("bulletin", "version", "approval", "made_by", "area")
        .annotate(
            reach=Count("deliveries"),
            refused=Count("deliveries", filter=Q(deliveries__state="refused")),
            scheduled=Count("deliveries", filter=Q(deliveries__state="scheduled")),
        )
    )
