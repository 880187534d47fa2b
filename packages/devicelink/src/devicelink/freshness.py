"""Three kinds of freshness, no sequence numbers: states by revision, events by id, answers by nonce.

Everything here only decides. What the device remembers lies behind the `Ledger`, because the mark of a state has to be
stored in the same transaction as the state itself, and the id of an event before its effect.
"""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from devicelink.audience import named
from devicelink.limits import MAX_EVENT_LIFE_MS, MAX_INTEGER
from devicelink.messages import (
    Alert,
    Audience,
    Cancel,
    Changed,
    Command,
    Hold,
    Keyset,
    Manifest,
    Message,
    Placement,
    Plan,
    Receipt,
    Session,
    SessionEnd,
    Time,
    Volume,
    Welcome,
)
from devicelink.refusals import Reason, Refused

State = Keyset | Placement | Plan | Volume | Hold | Manifest
Event = Command | Changed | Alert | Cancel | Session | SessionEnd
Answer = Time | Welcome | Receipt

TIME_BOUND_MS = 60_000  # a clock that may be further off than this is no valid time
TOLERANCE_MS = 60_000  # two clocks within their bounds may disagree so much about "now"
EVENT_MEMORY_MS = 24 * 3_600_000  # an event id is kept so long after its expiry
MAX_REVISION = MAX_INTEGER


@dataclass(frozen=True, slots=True)
class Clock:
    """What the device knows about the time, all in ms: `now`, its error `bound` (-1 = unknown), the time `floor`.

    The floor is the newest issue time ever verified, or the build date: the true time is certainly later.
    """

    now: int
    bound: int = 0
    floor: int = 0

    @property
    def valid(self) -> bool:
        """True if the error bound is known and at most 60 s."""
        return 0 <= self.bound <= TIME_BOUND_MS


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a device keeps of a state: its revision and the hex SHA-256 of the payload."""

    revision: int
    digest: str


class Ledger(Protocol):
    """The memory of the device. `remember` returns only when the id would survive a loss of power."""

    def mark(self, slot: str) -> Mark | None:
        """The state held in this slot, or None."""

    def seen(self, event: str) -> bool:
        """True if this event was remembered and its time of keeping is not over."""

    def remember(self, event: str, until: int) -> None:
        """Keep the event at least until `until` (ms)."""


@dataclass(slots=True)
class MemoryLedger:
    """A ledger that forgets everything when the process ends: for swarms, the gateway and tests."""

    marks: dict[str, Mark] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)

    def mark(self, slot: str) -> Mark | None:
        """See `Ledger`."""
        return self.marks.get(slot)

    def seen(self, event: str) -> bool:
        """See `Ledger`."""
        return event in self.events

    def remember(self, event: str, until: int) -> None:
        """See `Ledger`."""
        self.events[event] = until

    def keep(self, slot: str, mark: Mark) -> None:
        """Store the mark of a state; a real device does so in the transaction that stores the state."""
        self.marks[slot] = mark

    def forget(self, now: int) -> None:
        """Drop the events whose time of keeping is over."""
        self.events = {event: until for event, until in self.events.items() if until > now}


def next_revision(last: int, now: int) -> int:
    """The revision to sign next: max(last + 1, Unix ms), so that a restored database still moves forward."""
    return max(last + 1, now)


def slot_of(message: State) -> str:
    """Where a state is held: one per kind and audience, such as "hold/area/vn.15.04378"; the keyset is alone."""
    if isinstance(message, Keyset):
        return "keyset"
    return slot(message.typ, message.audience)


def slot(typ: str, audience: Audience) -> str:
    """The slot of the states of this type and audience."""
    kind, value = named(audience)
    return f"{typ}/{kind}/{value}"


def event_of(message: Event) -> str:
    """The name of an event in the ledger."""
    return f"{message.typ}:{message.id}"


def kept_until(message: Event) -> int:
    """How long the id has to stay in the ledger: one day after the event expires."""
    return message.expires + EVENT_MEMORY_MS


def remembered(message: Event) -> dict[str, int]:
    """What has to be durable before the effect, in this order: event -> until (ms) when it is kept.

    Besides its own id, what a cancel, an update or the end of a session stops: it must not begin when it comes late.
    Whatever they stop was issued before them (or 60 s after, by another clock) and lives at most 24 hours.
    """
    kept = message.issued + TOLERANCE_MS + MAX_EVENT_LIFE_MS + EVENT_MEMORY_MS
    return {**dict.fromkeys(_stopped_by(message), kept), event_of(message): kept_until(message)}


def _stopped_by(message: Event) -> tuple[str, ...]:
    if isinstance(message, Cancel):
        return (f"{Alert.typ}:{message.alert}",)
    if isinstance(message, Alert):
        return tuple(f"{Alert.typ}:{name}" for name in message.references)
    return (f"{Session.typ}:{message.session}",) if isinstance(message, SessionEnd) else ()


def issued_of(message: Message) -> int:
    """The issue time that raises the time floor; 0 for messages that carry none."""
    if isinstance(message, Time | Welcome):
        return message.time
    return message.issued if isinstance(message, State | Event) else 0


def check_state(message: State, digest: str, ledger: Ledger, clock: Clock) -> bool:
    """True if exactly this state is held already (a repetition, harmless), False if it is newer.

    Refuses with not_yet_valid, expired (releases), older_revision, conflicting_revision. Without valid time (keysets
    only) the issue time cannot be judged.
    """
    if clock.valid:
        _check_issued(message.issued, clock)
    if isinstance(message, Manifest) and clock.now >= message.expires:
        raise Refused(Reason.EXPIRED, f"expired at {message.expires}")
    held = ledger.mark(slot_of(message))
    if held is None or message.revision > held.revision:
        return False
    if message.revision < held.revision:
        raise Refused(Reason.OLDER_REVISION, f"{message.revision}, held is {held.revision}")
    if digest != held.digest:
        raise Refused(Reason.CONFLICTING_REVISION, f"two contents claim revision {message.revision}")
    return True


def check_event(message: Event, ledger: Ledger, clock: Clock) -> None:
    """Refuses with not_yet_valid, expired, duplicate, limit_exceeded (life over 24 h). Remembers nothing."""
    _check_issued(message.issued, clock)
    if clock.now >= message.expires:
        raise Refused(Reason.EXPIRED, f"expired at {message.expires}")
    if ledger.seen(event_of(message)):
        raise Refused(Reason.DUPLICATE, event_of(message))
    if message.expires - message.issued > MAX_EVENT_LIFE_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "an event lives at most 24 hours")


def check_answer(message: Answer, nonce: str | None, clock: Clock) -> None:
    """Refuses with wrong_nonce, and with expired if it names a time before the time floor."""
    if not nonce or message.nonce != nonce:
        raise Refused(Reason.WRONG_NONCE, "answers another question")
    if isinstance(message, Time | Welcome) and message.time < clock.floor - TOLERANCE_MS:
        raise Refused(Reason.EXPIRED, f"time {message.time} lies before the floor {clock.floor}")


def _check_issued(issued: int, clock: Clock) -> None:
    if issued > clock.now + TOLERANCE_MS:
        raise Refused(Reason.NOT_YET_VALID, f"issued at {issued}, now is {clock.now}")
