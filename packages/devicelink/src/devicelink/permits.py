"""What one approval allows to sound: which sounds, where, when, how urgent. Written by the platform when a person
approves, read by the compiler before it plans and by the signer before it signs.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from devicelink.audience import inside, named
from devicelink.canonical import canonical as canonical_bytes
from devicelink.limits import PRIORITIES
from devicelink.messages import Airing, Audience, Relay
from devicelink.refusals import Reason, Refused

LOCAL_OFFSET_MS = 7 * 3_600_000  # Viet Nam, no daylight saving
DAY_MS = 86_400_000
MINUTE_MS = 60_000
MAX_SLACK_MS = 4 * 3_600_000


class PermitTimes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either instants (`at`, ms) or a repetition: `minutes` after local midnight on ISO `weekdays` (1 = Monday) from
    `from_day` to `to_day` (ISO dates, both included) but not on `except_days`.

    An airing may start up to `slack` ms later than such an instant, never earlier.
    """

    at: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    from_day: str = ""
    to_day: str = ""
    except_days: tuple[str, ...] = ()
    slack: int = 0


class Permit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One approval. `content` is the SHA-256 of the bulletin version that was heard, `area` the commune it is for,
    `sounds` the SHA-256 of every file it may use, `author` and `approver` opaque ids, `decided` in ms.

    `relays` are the `relay_digest` of every live source it may take, `relay_ms` how long. `readings` (1-3): how often
    one sound may come in an airing.
    """

    approval: str
    content: str
    area: str
    targets: tuple[Audience, ...]
    sounds: tuple[str, ...]
    priority: str
    level: str
    times: tuple[PermitTimes, ...]
    author: str
    approver: str
    decided: int
    relays: tuple[str, ...] = ()
    readings: int = 2
    relay_ms: int = 0


@dataclass(frozen=True, slots=True)
class PlanSetPlace:
    """Where the devices of a plan set stand: the commune path `area` and the `groups` they all belong to.

    `devices` gives for every device the area paths that hold it (commune, hamlet, former commune); an airing with
    `only` may name none but these.
    """

    area: str
    plan_set: str = ""
    groups: frozenset[str] = frozenset()
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def canonical(permit: Permit) -> bytes:
    """The bytes that are stored and hashed; targets and sounds are sorted, so that their order means nothing."""
    ordered = msgspec.structs.replace(
        permit,
        targets=tuple(sorted(permit.targets, key=named)),
        sounds=tuple(sorted(permit.sounds)),
        relays=tuple(sorted(permit.relays)),
    )
    return canonical_bytes(ordered)


def relay_digest(relay: Relay) -> str:
    """What an approval names a live source by: lower-case hex SHA-256 of its canonical bytes."""
    return hashlib.sha256(canonical_bytes(relay)).hexdigest()


def digest(permit: Permit) -> str:
    """Lower-case hex SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical(permit)).hexdigest()


def allows(permit: Permit, airing: Airing, place: PlanSetPlace, now: int) -> None:
    """None if `permit` covers `airing` on the devices at `place`, else `Refused(NOT_APPROVED)` with the gap named.

    `now` (ms): a decision dated in the future approves nothing yet. Whether it was revoked and whether the approver may
    approve is known to the database only: the signer checks both besides. For many airings use `Prepared`.
    """
    Prepared(permit, now).check(airing, place)


class Prepared:
    """A permit made ready for thousands of questions. Refused(NOT_APPROVED) at once if it can allow nothing.

    One `Prepared` serves one compilation: it remembers by plan set which places it has found to be covered.
    """

    def __init__(self, permit: Permit, now: int) -> None:
        _check_decision(permit, now)
        self.permit = permit
        self._sounds = frozenset(permit.sounds)
        self._relays = frozenset(permit.relays)
        self._targets = [named(target) for target in permit.targets]
        self._spans = [_Span.of(times) for times in permit.times]
        self._places: dict[tuple[str, str, tuple[str, ...]], bool] = {}

    def check(self, airing: Airing, place: PlanSetPlace) -> None:
        """See `allows`."""
        self.check_sound(airing)
        if not self.covers(airing.only, place):
            raise _gap(airing, "outside the approved places")
        self.instant_of(airing)

    def check_sound(self, airing: Airing) -> None:
        """What the airing is; nothing of where and when. Refused(NOT_APPROVED)."""
        permit = self.permit
        if airing.approval != permit.approval:
            raise _gap(airing, "another approval")
        if airing.priority != permit.priority or airing.level != permit.level:
            raise _gap(airing, "another priority or level than approved")
        if not all(part.sha256 in self._sounds for part in airing.parts):
            raise _gap(airing, "a sound that nobody approved")
        if not all(relay_digest(relay) in self._relays for relay in airing.relays):
            raise _gap(airing, "a relay that nobody approved")
        if airing.relays and airing.duration > permit.relay_ms:
            raise _gap(airing, "a longer relay than approved")

    def instant_of(self, airing: Airing) -> int:
        """The approved instant (ms) that this airing takes up. Refused(NOT_APPROVED)."""
        latest = max(airing.start, airing.latest)
        found = (span.instant(airing.start, latest) for span in self._spans)
        instant = next((instant for instant in found if instant is not None), None)
        if instant is None:
            raise _gap(airing, "outside the approved times")
        return instant

    def covers(self, only: tuple[str, ...], place: PlanSetPlace) -> bool:
        """Whether it is approved for all of the plan set, or for those of it that `only` names."""
        asked = (place.plan_set, place.area, only)
        known = self._places.get(asked)
        if known is None:
            known = self._places[asked] = self._judge_place(only, place)
        return known

    def _judge_place(self, only: tuple[str, ...], place: PlanSetPlace) -> bool:
        """Without `only` the whole plan set sounds, so one target must hold all of it, devices to come included."""
        if not inside(self.permit.area, place.area) or not all(device in place.devices for device in only):
            return False
        if any(_holds_all(kind, value, place) for kind, value in self._targets):
            return True
        return bool(only) and all(self._holds_device(device, place.devices[device]) for device in only)

    def _holds_device(self, device: str, areas: tuple[str, ...]) -> bool:
        return any(
            value == device if kind == "device" else kind == "area" and any(inside(value, area) for area in areas)
            for kind, value in self._targets
        )


def covers_time(times: tuple[PermitTimes, ...], start: int, latest: int) -> bool:
    """True if `start`, and `latest` to which it may be displaced (ms), lie within the slack of one approved instant."""
    return any(_Span.of(span).instant(start, latest) is not None for span in times)


def _check_decision(permit: Permit, now: int) -> None:
    if not permit.author or not permit.approver or permit.author == permit.approver:
        raise Refused(Reason.NOT_APPROVED, "author and approver must be two people")
    if permit.priority not in PRIORITIES:
        raise Refused(Reason.NOT_APPROVED, f"no approval can give priority {permit.priority[:20]!r}")
    if permit.decided > now + MINUTE_MS:
        raise Refused(Reason.NOT_APPROVED, "decided in the future")


def _holds_all(kind: str, value: str, place: PlanSetPlace) -> bool:
    if kind == "area":
        return inside(value, place.area)
    return (kind == "group" and value in place.groups) or (kind == "plan_set" and value == place.plan_set)


@dataclass(frozen=True, slots=True)
class _Span:
    """`PermitTimes` made ready. Only the last instant at or before a start can cover it: it reaches furthest."""

    times: PermitTimes
    at: tuple[int, ...]
    minutes: tuple[int, ...]
    slack: int

    @classmethod
    def of(cls, times: PermitTimes) -> "_Span":
        slack = min(max(times.slack, 0), MAX_SLACK_MS)
        return cls(times, tuple(sorted(times.at)), tuple(sorted(times.minutes)), slack)

    def instant(self, start: int, latest: int) -> int | None:
        """The approved instant within whose slack both lie."""
        if self.at:
            before = bisect_right(self.at, start)
            if before and latest <= self.at[before - 1] + self.slack:
                return self.at[before - 1]
        if not self.minutes:
            return None
        midnight = (start + LOCAL_OFFSET_MS) // DAY_MS * DAY_MS - LOCAL_OFFSET_MS
        today = self._instant_of_day(midnight, start, latest)
        # an evening instant may be displaced past midnight, so yesterday's instants count as well
        return self._instant_of_day(midnight - DAY_MS, start, latest) if today is None else today

    def _instant_of_day(self, midnight: int, start: int, latest: int) -> int | None:
        before = bisect_right(self.minutes, (start - midnight) // MINUTE_MS)
        if not before:
            return None
        instant = midnight + self.minutes[before - 1] * MINUTE_MS
        if latest > instant + self.slack:
            return None
        weekday, iso = _local_day(midnight)
        times = self.times
        held = weekday in times.weekdays and times.from_day <= iso <= times.to_day and iso not in times.except_days
        return instant if held else None


@lru_cache(maxsize=1024)
def _local_day(midnight: int) -> tuple[int, str]:
    """ISO weekday and ISO date of the local day that begins at `midnight` (ms)."""
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=midnight + LOCAL_OFFSET_MS)).date()
    return day.isoweekday(), day.isoformat()


def _gap(airing: Airing, detail: str) -> Refused:
    return Refused(Reason.NOT_APPROVED, f"airing {airing.id}: {detail}")
