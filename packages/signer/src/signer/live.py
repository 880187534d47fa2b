"""Who may speak live: what the signer asks before it signs the certificate of a session, or its end.

A session rests on a standing permit (or a yes given once) that somebody other than the speaker gave and that the
database holds, or on an alert that the speaker vouched for and that sounds now. The certificate never reaches beyond
the place, the hours and the minutes of what it rests on.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Protocol

from devicelink.audience import inside, named
from devicelink.limits import MAX_SESSION_MS
from devicelink.messages import Audience, Session, SessionEnd
from devicelink.refusals import Reason, Refused

SPEAKING = (
    "speaking"  # the `typ` of a journal line: "<session>@<what it rests on>@<area>@<from>", until `revision` (ms)
)
EARLY_MS = 60_000  # a count-in, not an appointment
LATE_MS = 5_000
AHEAD_MS = 10_000  # of the end: what is captured meanwhile
MINUTE_MS = 60_000
KEPT_MS = 3 * 24 * 3_600_000
SESSION = re.compile(r"[0-9a-f]{32}")
LEVELS = ("centre", "province", "commune")
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Leave:
    """What the caller says a session rests on: the id of a permit ("" = the alert of the session), and who speaks."""

    permit: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class LivePermit:
    """One row of `signer_live_permits`.

    `person` may speak in `area` and below it from minute `first` to minute `last` of the local day, on `weekdays`
    (1 = Monday), for `minutes` at once and `day_minutes` a day, from `starts` to `ends` (ms). `person_may`: this person
    still holds an office there. `approver_may`: so did the approver, when it was granted.
    """

    id: str
    person: str
    area: str
    weekdays: tuple[int, ...]
    first: int
    last: int
    minutes: int
    day_minutes: int
    starts: int
    ends: int
    approver: str
    approver_may: bool
    person_may: bool
    revoked: bool


@dataclass(frozen=True, slots=True)
class Sounding:
    """An alert that was signed here and not taken back: until when (ms), where, and who vouched for it."""

    area: str
    until: int
    people: frozenset[str]
    level: str = "commune"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A session that was signed: what it rests on, its area, from when until when it is counted (ms)."""

    rests_on: str
    area: str
    begun: int
    until: int


@dataclass(slots=True)
class Sessions:
    """What the signer remembers of the sessions of the last days, by session id."""

    known: dict[str, Spoken] = field(default_factory=dict)

    def copy(self) -> "Sessions":
        """For one batch: what could not be written to disk is not remembered."""
        return Sessions(dict(self.known))

    def note(self, of: str, at: int, until: int) -> None:
        """One journal line, made at `at` (ms): the session is to last until then, or, later, was ended then."""
        session, rests_on, area, begun = of.split("@", 3)
        self.known[session] = Spoken(rests_on, area, int(begun), until)
        if len(self.known) > 10_000:
            self.known = {name: one for name, one in self.known.items() if one.begun > at - KEPT_MS}

    def used(self, rests_on: str, day: date, utc_offset: int) -> int:
        """Milliseconds that were spoken by this permit on this local day."""
        mine = (one for one in self.known.values() if one.rests_on == rests_on)
        return sum(max(0, one.until - one.begun) for one in mine if _local(one.begun, utc_offset).date() == day)


class Known(Protocol):
    """The part of the signer's facts that sessions need."""

    live: Mapping[str, LivePermit]
    leaves: Mapping[str, Leave]
    sounding: Mapping[str, Sounding]
    spoken: Sessions


def check_session(session: Session, known: Known, utc_offset: int, now: int) -> str:
    """The path for which the key must speak, if this may be signed; else Refused."""
    area = _area(session.audience)
    if not SESSION.fullmatch(session.id):
        raise Refused(Reason.MALFORMED, "session: id")
    leave = known.leaves.get(session.id)
    if leave is None or not leave.person:
        raise Refused(Reason.NOT_APPROVED, "nobody said who speaks, and by whose leave")
    _check_span(session, now)
    if session.alert:
        _check_alert(session, area, leave, known.sounding.get(session.alert), now)
        return area
    permit = known.live.get(leave.permit)
    if permit is None:
        raise Refused(Reason.NOT_APPROVED, "no recorded permit")
    _check_people(permit, leave)
    _check_time(session, permit, utc_offset, now)
    if not inside(permit.area, area):
        raise Refused(Reason.NOT_APPROVED, f"permit {permit.id} is for {permit.area}, not for {area}")
    if session.level != level_of(permit.area):
        raise Refused(Reason.WRONG_ROLE, f"who speaks for {permit.area} is no {session.level[:20]}")
    length = session.end - session.start
    if length > permit.minutes * MINUTE_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"permit {permit.id}: {permit.minutes} minutes at once")
    day = _local(session.start, utc_offset).date()
    if length + known.spoken.used(permit.id, day, utc_offset) > permit.day_minutes * MINUTE_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"permit {permit.id}: {permit.day_minutes} minutes a day")
    return area


def check_end(end: SessionEnd, known: Known, now: int) -> str:
    """The path for which the key must speak, if this session was signed here for this audience; else Refused."""
    area = _area(end.audience)
    spoken = known.spoken.known.get(end.session)
    if spoken is None:
        raise Refused(Reason.NOT_APPROVED, "no such session was signed here")
    if spoken.area != area:
        raise Refused(Reason.WRONG_AUDIENCE, f"the session was for {spoken.area}")
    if end.at > now + AHEAD_MS:
        raise Refused(Reason.NOT_YET_VALID, "an end that is still to come")
    if not 0 < end.expires - end.issued <= MAX_SESSION_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "the end of a session is told for four hours at most")
    return area


def line_of(message: Session | SessionEnd, known: Known, now: int) -> tuple[str, int]:
    """(`of`, `revision`) of the journal line that keeps it in mind.

    An end counts until the instant at which it is signed: nobody gets minutes back by claiming an early end.
    """
    if isinstance(message, Session):
        leave = known.leaves[message.id]
        rests_on = f"alert:{message.alert}" if message.alert else leave.permit
        return f"{message.id}@{rests_on}@{message.audience.area}@{message.start}", message.end
    spoken = known.spoken.known[message.session]
    return f"{message.session}@{spoken.rests_on}@{spoken.area}@{spoken.begun}", min(spoken.until, now)


def level_of(path: str) -> str:
    """Who speaks, by how deep the place lies: "vn" is the centre, "vn.15" a province."""
    return LEVELS[min(path.count("."), 2)]


def wanted_permits(leaves: Iterable[Leave]) -> set[str]:
    """Ids to look up."""
    return {leave.permit for leave in leaves if leave.permit}


def _area(audience: Audience) -> str:
    kind, path = named(audience)
    if kind != "area":
        raise Refused(Reason.LIMIT_EXCEEDED, "a session is bounded by an area; groups and devices narrow it")
    return path


def _check_span(session: Session, now: int) -> None:
    if session.start > now + EARLY_MS:
        raise Refused(Reason.NOT_YET_VALID, "a session begins now")
    if session.start < now - LATE_MS:
        raise Refused(Reason.EXPIRED, "a session that began before it was asked for")
    if not session.start < session.end <= session.start + MAX_SESSION_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "a session lasts at most four hours")


def _check_alert(session: Session, area: str, leave: Leave, alert: Sounding | None, now: int) -> None:
    if alert is None or leave.person not in alert.people:
        raise Refused(Reason.NOT_APPROVED, f"this person did not vouch for alert {session.alert[:80]!r}")
    if session.end > alert.until or now >= alert.until:
        raise Refused(Reason.EXPIRED, "the alert ends before the session")
    if not inside(alert.area, area):
        raise Refused(Reason.NOT_APPROVED, f"the alert is for {alert.area}, not for {area}")
    if session.level != alert.level:
        raise Refused(Reason.WRONG_ROLE, f"the alert speaks for the {alert.level}")


def _check_people(permit: LivePermit, leave: Leave) -> None:
    if permit.revoked:
        raise Refused(Reason.NOT_APPROVED, f"permit {permit.id} was taken back, or never given")
    if permit.person != leave.person:
        raise Refused(Reason.NOT_APPROVED, f"permit {permit.id} is for somebody else")
    if not permit.approver or permit.approver == permit.person or not permit.approver_may:
        raise Refused(Reason.NOT_APPROVED, f"permit {permit.id}: nobody who may approve it did")
    if not permit.person_may:
        raise Refused(Reason.NOT_APPROVED, f"permit {permit.id}: its holder has no office there any more")


def _check_time(session: Session, permit: LivePermit, utc_offset: int, now: int) -> None:
    if now < permit.starts:
        raise Refused(Reason.NOT_YET_VALID, f"permit {permit.id} begins later")
    if now >= permit.ends or session.end > permit.ends:
        raise Refused(Reason.EXPIRED, f"permit {permit.id} ends before the session")
    begins, ends = _local(session.start, utc_offset), _local(session.end, utc_offset)
    last = _DAY_MINUTES if ends.date() > begins.date() and ends.time() == datetime.min.time() else _minute(ends)
    is_one_day = ends.date() == begins.date() or last == _DAY_MINUTES
    if not is_one_day or begins.isoweekday() not in permit.weekdays:
        raise Refused(Reason.OUTSIDE_HOURS, f"permit {permit.id}: not on this day")
    if _minute(begins) < permit.first or last > permit.last:
        raise Refused(Reason.OUTSIDE_HOURS, f"permit {permit.id}: not at this hour")


def _minute(at: datetime) -> float:
    return at.hour * 60 + at.minute + (at.second + at.microsecond / 1e6) / 60


def _local(ms: int, utc_offset: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone(timedelta(minutes=utc_offset)))
