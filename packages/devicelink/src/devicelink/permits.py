"""What one approval allows to sound: which sounds, where, when, how urgent. Written by the platform when a person
approves, read by the compiler before it plans and by the signer before it signs.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import msgspec

from devicelink.audience import inside, named
from devicelink.canonical import canonical as canonical_bytes
from devicelink.messages import PRIORITIES, Airing, Audience
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


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """One approval. `content` is the SHA-256 of the bulletin version that was heard, `area` the commune it is for,
    `sounds` the SHA-256 of every file it may use, `author` and `approver` opaque ids, `decided` in ms.
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


@dataclass(frozen=True, slots=True)
class PlanSetPlace:
    """Where the devices of a plan set stand: the commune path `area` and the `groups` they share.

    `devices` gives the area path (commune or hamlet) of every device; airings with `only` may name none but these.
    """

    area: str
    plan_set: str = ""
    groups: frozenset[str] = frozenset()
    devices: Mapping[str, str] = field(default_factory=dict)


def canonical(permit: Permit) -> bytes:
    """The bytes that are stored and hashed; targets and sounds are sorted, so that their order means nothing."""
    ordered = msgspec.structs.replace(
        permit,
        targets=tuple(sorted(permit.targets, key=named)),
        sounds=tuple(sorted(permit.sounds)),
    )
    return canonical_bytes(ordered)


def digest(permit: Permit) -> str:
    """Lower-case hex SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical(permit)).hexdigest()


def allows(permit: Permit, airing: Airing, place: PlanSetPlace, now: int) -> None:
    """None if `permit` covers `airing` on the devices at `place`, else `Refused(NOT_APPROVED)` with the gap named.

    `now` (ms): a decision dated in the future approves nothing yet. Revocation, and whether the approver may approve,
    is known to the database only: the signer checks them besides.
    """
    check_decision(permit, now)
    if airing.approval != permit.approval:
        raise _gap("names another approval")
    if airing.priority != permit.priority or airing.level != permit.level:
        raise _gap("priority or level differs")
    if not all(part.sha256 in permit.sounds for part in airing.parts):
        raise _gap(f"airing {airing.id}: a sound that nobody approved")
    if not covers_place(permit, airing.only, place):
        raise _gap(f"airing {airing.id}: outside the approved places")
    if not covers_time(permit.times, airing):
        raise _gap(f"airing {airing.id}: outside the approved times")


def check_decision(permit: Permit, now: int) -> None:
    """What must hold of the permit itself: two people, a priority a bulletin may have, a decision already made."""
    if not permit.author or not permit.approver or permit.author == permit.approver:
        raise _gap("author and approver must be two people")
    if permit.priority not in PRIORITIES:
        raise _gap(f"no approval can give priority {permit.priority[:20]!r}")
    if permit.decided > now + MINUTE_MS:
        raise _gap("decided in the future")


def covers_place(permit: Permit, only: tuple[str, ...], place: PlanSetPlace) -> bool:
    """True if every device that would sound is inside a target and inside the permit's area.

    Without `only` the whole plan set sounds, so a target must hold all of it; single devices and hamlets need `only`.
    """
    if not inside(permit.area, place.area):
        return False
    targets = [named(target) for target in permit.targets]
    if any(_holds_all(kind, value, place) for kind, value in targets):
        return all(device in place.devices for device in only)
    return bool(only) and all(_holds_device(targets, device, place) for device in only)


def covers_time(times: tuple[PermitTimes, ...], airing: Airing) -> bool:
    """True if the start, and the latest start it may be displaced to, lie within one approved instant's slack."""
    latest = max(airing.start, airing.latest)
    return any(_covers(span, airing.start, latest) for span in times)


def _holds_all(kind: str, value: str, place: PlanSetPlace) -> bool:
    if kind == "area":
        return inside(value, place.area)
    return (kind == "group" and value in place.groups) or (kind == "plan_set" and value == place.plan_set)


def _holds_device(targets: list[tuple[str, str]], device: str, place: PlanSetPlace) -> bool:
    area = place.devices.get(device)
    if area is None:
        return False
    return any(
        (kind == "device" and value == device) or (kind == "area" and inside(value, area)) for kind, value in targets
    )


def _covers(span: PermitTimes, start: int, latest: int) -> bool:
    slack = min(max(span.slack, 0), MAX_SLACK_MS)
    if any(instant <= start and latest <= instant + slack for instant in span.at):
        return True
    if not span.minutes or not span.from_day or not span.to_day:
        return False
    midnight = (start + LOCAL_OFFSET_MS) // DAY_MS * DAY_MS - LOCAL_OFFSET_MS
    # an evening instant may be displaced past midnight, so yesterday's instants count as well
    return any(_covers_day(span, day, start, latest, slack) for day in (midnight, midnight - DAY_MS))


def _covers_day(span: PermitTimes, midnight: int, start: int, latest: int, slack: int) -> bool:
    hit = any(
        midnight + minute * MINUTE_MS <= start and latest <= midnight + minute * MINUTE_MS + slack
        for minute in span.minutes
    )
    return hit and _day_allowed(span, midnight)


def _day_allowed(span: PermitTimes, midnight: int) -> bool:
    weekday, iso = _local_day(midnight)
    return weekday in span.weekdays and span.from_day <= iso <= span.to_day and iso not in span.except_days


@lru_cache(maxsize=1024)
def _local_day(midnight: int) -> tuple[int, str]:
    """ISO weekday and ISO date of the local day that begins at `midnight` (ms)."""
    day: date = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=midnight + LOCAL_OFFSET_MS)).date()
    return day.isoweekday(), day.isoformat()


def _gap(detail: str) -> Refused:
    return Refused(Reason.NOT_APPROVED, detail)
