"""What waits for an approver: each schedule with its content, places and air times, and the digest that covers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from loa.areas.models import Area
from loa.broadcasts.models import Programme, Schedule, State
from loa.broadcasts.queries import checks, onair, sources
from loa.broadcasts.queries.known import Known
from loa.broadcasts.rules import duties, targets, times, words
from loa.broadcasts.rules.asked import Asked, digest
from loa.broadcasts.rules.times import Shift
from loa.bulletins import queries as bulletins
from loa.bulletins.models import State as BulletinState
from loa.bulletins.models import Version
from loa.kernel.clock import local


@dataclass(frozen=True, slots=True)
class Request:
    """One schedule as the approver sees it. Send `digest` back with the decision: it stands for all of this.

    `starts` are the air times from now on, `shifts` what they change for one that replaces another; `away` says after
    what absence a loudspeaker skips it, `away_before` what that was for the one replaced, "" if it stays.
    """

    schedule: Schedule
    version: Version
    asked: Asked
    digest: str
    starts: tuple[datetime, ...]
    devices: int
    warnings: tuple[str, ...]
    shifts: tuple[Shift, ...]
    away: str
    away_before: str

    @property
    def gives_way(self) -> int:
        """How many minutes after its own it may sound, to let something urgent from above go first; 0 if not at all."""
        return 0 if self.schedule.floating else self.schedule.slack_s // 60


def request_of(schedule: Schedule, version: Version, now: datetime, known: Known | None = None) -> Request:
    """What approving this schedule with this version would allow."""
    known = known or Known()
    target, rule = targets.from_json(schedule.target), sources.rule_of(schedule)
    places = known.places_meant(schedule.area.path, target)
    asked = Asked(
        content=version.content_hash,
        sounds=bulletins.files_of(version),
        priority=version.priority,
        level=sources.LEVELS.get(schedule.area.level, "commune"),
        targets=targets.audiences(target, schedule.area.path, places),
        times=times.permit_times(rule, now),
        offline_for=schedule.offline_for,
    )
    findings = findings_of(schedule, version, now, known)
    return Request(
        schedule, version, asked, digest(asked), findings.starts, findings.devices,
        (*findings.warnings, *_owed(schedule, findings.starts)),
        _shifts(schedule, version, findings.starts, now), words.away(schedule.offline_for), _away_before(schedule),
    )  # fmt: skip


def findings_of(schedule: Schedule, version: Version, now: datetime, known: Known | None = None) -> checks.Findings:
    """Its air times against the hours, as the rules stand now."""
    target, rule = targets.from_json(schedule.target), sources.rule_of(schedule)
    length = timedelta(milliseconds=sources.length_ms(version, schedule.area.path, now))
    return checks.examine(
        schedule.area, target, rule, length, now, known, valid=sources.validity_of(version),
        kind=onair.kind_on(schedule, version), beside=onair.beside(schedule, approving=True),
    )  # fmt: skip


def _owed(schedule: Schedule, starts: Sequence[datetime]) -> list[str]:
    """What all that is asked for and approved of this bulletin lacks of what has to be made public."""
    owed = getattr(schedule.bulletin, "obligation", None)
    if owed is None or owed.ended_at is not None:
        return []
    others = Schedule.objects.filter(bulletin=schedule.bulletin_id, state__in=[State.SUBMITTED, State.APPROVED])
    since = times.midnight(owed.first_day)
    until = since + timedelta(days=2 * duties.MOST_DAYS)
    known = [start for row in others.exclude(pk=schedule.pk) for start in sources.rule_of(row).starts(since, until)]
    lacking = duties.short([local(start).date() for start in (*starts, *known)], owed.days, owed.times_a_day)
    return [lacking] if lacking else []


def _shifts(schedule: Schedule, version: Version, starts: Sequence[datetime], now: datetime) -> tuple[Shift, ...]:
    if schedule.replaces is None:
        return ()
    if schedule.moved_at is not None:
        return times.difference(times.from_milliseconds([schedule.moved_at]), starts)
    before = sources.rule_of(schedule.replaces)
    valid = sources.validity_of(version)
    return times.difference([start for start in before.starts(now, before.end(now)) if valid.holds(start)], starts)


def _away_before(schedule: Schedule) -> str:
    before = schedule.replaces
    return words.away(before.offline_for) if before and before.offline_for != schedule.offline_for else ""


_RELATED = (
    "area",
    "bulletin__area",
    "bulletin__obligation",
    "version__sound",
    "programme",
    "made_by",
    "replaces__area",
)


def waiting(
    area: Area, now: datetime, *, since: datetime | None = None, until: datetime | None = None,
    programme: Programme | None = None, bulletin_id: UUID | None = None,
) -> list[Request]:  # fmt: skip
    """What waits for approval in the area: all, one bulletin's, one session's or one week's, in order of air time.

    A bulletin with a new version asks for its approved schedules again.
    """
    # An announcer's bulletin belongs to the hamlet, its air time to the commune that schedules it.
    rows = awaiting_in(area) if bulletin_id is None else Schedule.objects.filter(awaiting(), bulletin=bulletin_id)
    if programme is not None:
        rows = rows.filter(programme=programme)
    found = _requests(list(rows.select_related(*_RELATED)), now)
    if since is not None and until is not None:
        found = [one for one in found if any(since <= start < until for start in one.starts)]
    return sorted(found, key=lambda one: (one.starts[:1] or (now,), one.schedule.position, str(one.schedule.pk)))


def _requests(rows: Sequence[Schedule], now: datetime) -> list[Request]:
    known, versions = Known(), bulletins.submitted_of(row.bulletin_id for row in rows)
    judged = ((row, versions.get(row.bulletin_id)) for row in rows)
    return [request_of(row, version, now, known) for row, version in judged if version is not None]


def awaiting_in(area: Area) -> QuerySet[Schedule]:
    """What `waiting` tells of the whole area."""
    return Schedule.objects.filter(awaiting(), area=area)


def awaiting() -> Q:
    """Schedules that an approver is asked about: new ones, and approved ones whose bulletin has other content now."""
    return Q(state=State.SUBMITTED) | _outdated()


def unanswered_since(instant: datetime) -> Q:
    """Those handed in at `instant` or before that the deputies have not been asked about."""
    handed_in = Q(state=State.SUBMITTED, submitted_at__lte=instant)
    again = _outdated() & Q(bulletin__submitted_at__lte=instant)
    return (handed_in | again) & (Q(escalated_at=None) | Q(escalated_at__lt=F("bulletin__submitted_at")))


def _outdated() -> Q:
    """Approved, but the bulletin has handed in another version since. What communes air of it ends with that one."""
    return Q(
        state=State.APPROVED,
        bulletin__state=BulletinState.SUBMITTED,
        approval__decided_at__lt=F("bulletin__submitted_at"),
        delivery=None,
    )


def outdated(bulletin_id: UUID, *, written: bool = False) -> list[Schedule]:
    """Approved schedules of a bulletin of which a newer version than theirs was handed in, or only `written`."""
    versions = Version.objects.filter(bulletin=bulletin_id)
    versions = versions if written else versions.filter(submitted_at__isnull=False)
    newest = versions.order_by("-number").values("number")[:1]
    rows = Schedule.objects.filter(
        bulletin=bulletin_id, delivery=None, state=State.APPROVED, version__number__lt=newest
    )
    return list(rows.select_related("area", "bulletin", "version__sound"))
