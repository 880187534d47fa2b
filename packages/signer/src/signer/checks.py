"""What the signer decides for itself before it signs. Pure: everything it knows comes in as `Facts`.

Whoever asks is assumed to be mistaken or hostile. A refusal carries the same codes as the wire.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from devicelink import contents
from devicelink.audience import inside, named
from devicelink.forms import IDENTIFIER
from devicelink.limits import MAX_EVENT_LIFE_MS
from devicelink.messages import (
    ROLE_OF,
    Airing,
    Alert,
    Cancel,
    Command,
    Hours,
    Manifest,
    Message,
    Placement,
    Plan,
    Role,
    Session,
    SessionEnd,
    Volume,
)
from devicelink.permits import Permit, PlanSetPlace, Prepared, digest
from devicelink.refusals import Reason, Refused
from devicelink.signing import Bound
from devicelink.widening import DEFAULT_CEILING

from signer.extensions import Extension, check_extensions
from signer.hours import Confirms, Limit, Rule, check_hours, limit, lineage, nobody_confirms
from signer.live import Leave, LivePermit, Sessions, Sounding, check_end, check_session
from signer.releases import Rollout, check_release

ACTIONS = ("stop_item", "refresh", "update", "log", contents.SELF_TEST)
FOR_ONE = ("update", "log")  # orders that one device gets, never a whole area
MAX_ISSUE_ERROR_MS = 5 * 60_000
MAX_READINGS = 3  # of one sound in an airing, whatever was approved
MAX_GAP_MS = 60_000
MAX_OFFLINE_HOURS = 31 * 24

# Judged here, by what the database says.
RecordedMessage = Placement | Plan | Volume | Command | Manifest | Session | SessionEnd
SignedMessage = RecordedMessage | Alert | Cancel  # alerts are judged in `signer.alerts`, without it
SIGNED: dict[str, type[SignedMessage]] = {
    kind.typ: kind for kind in (Placement, Plan, Volume, Command, Manifest, Session, SessionEnd, Alert, Cancel)
}


@dataclass(frozen=True, slots=True)
class Approval:
    """One row of `signer_permits`: the permit, and what only the database knows about it."""

    permit: Permit
    digest: str
    author: str
    approver: str
    approver_may: bool
    revoked: bool


@dataclass(slots=True)
class Facts:
    """What the database says, and what this host does. It caches what was judged, so it lives no longer than one batch.

    `rules`: recorded rules by area path, `places`: where the devices of a plan set stand, by plan set. `ceiling` and
    `confirms` come from the signer's own folder, so does `bound`. `extensions`: recorded ones that may still matter;
    `extended`: the days of each area for which hours were extended by a signature; `opening` fills with those of the
    message that is being judged. `rollouts`: of releases; `stands`: the paths of the areas that hold a device.
    `live`: permits to speak, `leaves`: what the caller says each session rests on, by session id, `sounding`: alerts
    that were signed here and stand, `spoken`: the sessions of the last days.
    """

    approvals: Mapping[str, Approval] = field(default_factory=dict)
    places: Mapping[str, PlanSetPlace] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    ceiling: Hours = DEFAULT_CEILING
    confirms: Confirms = nobody_confirms
    prepared: dict[str, Prepared] = field(default_factory=dict)
    limits: dict[str, Limit] = field(default_factory=dict)
    extensions: tuple[Extension, ...] = ()
    extended: dict[str, set[date]] = field(default_factory=dict)
    bound: Bound = field(default_factory=Bound)
    opening: set[tuple[str, date]] = field(default_factory=set)
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    stands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    live: Mapping[str, LivePermit] = field(default_factory=dict)
    leaves: Mapping[str, Leave] = field(default_factory=dict)
    sounding: Mapping[str, Sounding] = field(default_factory=dict)
    spoken: Sessions = field(default_factory=Sessions)


def check(message: RecordedMessage, *, scope: str, facts: Facts, now: int) -> None:
    """None if this may be signed by a key of this `scope` (area path) at `now` (ms), else `Refused`."""
    contents.check_form(message)
    contents.check_limits(message)
    if abs(message.issued - now) > MAX_ISSUE_ERROR_MS:
        raise Refused(Reason.NOT_YET_VALID if message.issued > now else Reason.EXPIRED, "issue time is not now")
    if isinstance(message, Plan):
        _check_plan(message, scope, facts, now)
    elif isinstance(message, Placement):
        _check_placement(message, scope, facts, now)
    elif isinstance(message, Manifest):
        for path in check_release(message, facts.rollouts, facts.stands):
            _check_scope(scope, path)
    elif isinstance(message, Session):
        _check_scope(scope, check_session(message, facts, facts.ceiling.utc_offset, now))
    elif isinstance(message, SessionEnd):
        _check_scope(scope, check_end(message, facts, now))
    else:
        _check_order(message, scope)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be looked up: approval ids, plan sets, paths of the areas whose rules, whose extensions count;
    rollouts, and the devices that get their releases.
    """

    approvals: set[str]
    plan_sets: set[str]
    paths: set[str]
    extended: set[str]
    rollouts: set[str]
    devices: set[str]


def wanted(messages: Iterable[RecordedMessage]) -> Wanted:
    """What is needed to judge these."""
    approvals: set[str] = set()
    plan_sets: set[str] = set()
    paths: set[str] = set()
    extended: set[str] = set()
    rollouts: set[str] = set()
    devices: set[str] = set()
    for message in messages:
        if isinstance(message, Plan):
            approvals.update(airing.approval for airing in message.airings)
            plan_sets.add(message.audience.plan_set or "")
        elif isinstance(message, Placement):
            paths.update(lineage(message.area))
            extended.update(lineage(message.area) if message.hours.extensions else ())
        elif isinstance(message, Manifest):
            rollouts.add(message.order)
            devices.add(message.audience.device or "")
    return Wanted(approvals, plan_sets, paths, extended, rollouts, devices)


def concerned(message: RecordedMessage, facts: Facts) -> tuple[str, ...]:
    """Paths of the areas for which the key must speak, as far as they are known; the checks refuse the rest."""
    if isinstance(message, Placement):
        return (message.area,)
    if isinstance(message, Plan):
        place = facts.places.get(message.audience.plan_set or "")
        return (place.area,) if place else ()
    if isinstance(message, Manifest):
        return facts.stands.get(message.audience.device or "", ())
    return (message.audience.area,) if message.audience.area else ()


def role_of(kind: type[Message]) -> Role:
    """The role that signs this kind. The signer never holds the root, so keysets have none."""
    role = ROLE_OF[kind]
    if role is None:
        raise Refused(Reason.WRONG_ROLE, "only the root signs a keyset")
    return role


def _check_plan(plan: Plan, scope: str, facts: Facts, now: int) -> None:
    place = facts.places.get(plan.audience.plan_set or "")
    if place is None:
        raise Refused(Reason.NO_PLACEMENT, f"no device is placed in plan set {plan.audience.plan_set}")
    _check_scope(scope, place.area)
    if {file.sha256 for file in plan.files} - {part.sha256 for airing in plan.airings for part in airing.parts}:
        raise Refused(Reason.LIMIT_EXCEEDED, "files that no airing needs")
    used = Used()
    for airing in plan.airings:
        if airing.start >= plan.end or max(airing.start, airing.latest) + airing.duration <= plan.start:
            raise Refused(Reason.MALFORMED, f"airing {airing.id} lies outside the plan")
        prepared = _prepared(airing, facts, now)
        prepared.check(airing, place)
        _check_amount(airing, prepared.permit)
        used.note(airing, prepared.instant_of(airing))


def _check_amount(airing: Airing, permit: Permit) -> None:
    """A sound comes as often in an airing as was approved, and never more than three times."""
    readings = Counter(part.sha256 for part in airing.parts)
    most = min(permit.readings, MAX_READINGS)
    if max(readings.values(), default=0) > most:
        raise Refused(Reason.NOT_APPROVED, f"airing {airing.id}: the same sound more than {most} times")
    if any(part.gap > MAX_GAP_MS for part in airing.parts) or airing.offline_for > MAX_OFFLINE_HOURS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"airing {airing.id}: gap or offline_for")


@dataclass(slots=True)
class Used:
    """What was approved for one instant sounds once: its slack is room to be late, not to come again."""

    _by: dict[tuple[str, int], list[frozenset[str]]] = field(default_factory=dict)

    def note(self, airing: Airing, instant: int) -> None:
        """Refused if one of these devices has this approval at this instant (ms) already; no `only` means all."""
        only = frozenset(airing.only)
        others = self._by.setdefault((airing.approval, instant), [])
        if any(not only or not other or only & other for other in others):
            raise Refused(Reason.NOT_APPROVED, f"airing {airing.id}: approved once, planned twice")
        others.append(only)


def _prepared(airing: Airing, facts: Facts, now: int) -> Prepared:
    ready = facts.prepared.get(airing.approval)
    if ready is None:
        ready = facts.prepared[airing.approval] = Prepared(_approved(airing, facts), now)
    return ready


def _approved(airing: Airing, facts: Facts) -> Permit:
    approval = facts.approvals.get(airing.approval)
    if approval is None:
        raise Refused(Reason.NOT_APPROVED, f"airing {airing.id} names no recorded approval")
    permit = approval.permit
    if digest(permit) != approval.digest:
        raise Refused(Reason.WRONG_HASH, f"permit {airing.approval} is not the one that was approved")
    if approval.revoked:
        raise Refused(Reason.NOT_APPROVED, f"approval {airing.approval} was taken back")
    if approval.author == approval.approver or not approval.approver_may:
        raise Refused(Reason.NOT_APPROVED, f"approval {airing.approval}: this person may not approve it")
    if (permit.author, permit.approver) != (approval.author, approval.approver):
        raise Refused(Reason.NOT_APPROVED, f"approval {airing.approval}: permit and record name different people")
    return permit


def _check_placement(placement: Placement, scope: str, facts: Facts, now: int) -> None:
    """Closures and volumes by hour only take away: they need nobody."""
    _check_scope(scope, placement.area)
    found = limit(placement.area, facts.rules, facts.ceiling, facts.confirms, facts.limits)
    check_hours(placement.hours, found, facts.ceiling.utc_offset)
    facts.opening |= check_extensions(placement, facts.extensions, facts.bound, facts.extended, now)


def _check_order(message: Volume | Command, scope: str) -> None:
    """Single loudspeakers up to one province; nobody commands a whole country by one message."""
    kind, value = named(message.audience)
    if kind == "area":
        _check_scope(scope, value)
        if value.count(".") < 1:
            raise Refused(Reason.LIMIT_EXCEEDED, "an order reaches one province at most")
    if isinstance(message, Command):
        _check_command(message)
        if message.action in FOR_ONE and kind != "device":
            raise Refused(Reason.LIMIT_EXCEEDED, f"{message.action} is said to one device")


def _check_command(command: Command) -> None:
    if command.action not in ACTIONS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"no such action: {command.action[:40]!r}")
    if not IDENTIFIER.fullmatch(command.id):
        raise Refused(Reason.MALFORMED, "event id")
    if not 0 < command.expires - command.issued <= MAX_EVENT_LIFE_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "an event lives at most 24 hours")


def _check_scope(scope: str, path: str) -> None:
    if not inside(scope, path):
        raise Refused(Reason.OUTSIDE_SCOPE, f"the key speaks for {scope}, not for {path}")
