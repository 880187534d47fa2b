"""Every alert and cancel of the last day: what was asked, how it stands, what it ends. Memory only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from devicelink import jws
from devicelink.messages import Alert, Cancel
from devicelink.refusals import Refused

from loa.alerts.wishes import Entry, State
from loa.gateway.alerts import meant
from loa.gateway.alerts.doors import message_of
from loa.gateway.world import Member

KEPT_MS = 25 * 3_600_000
CANCEL_TOLD_MS = 24 * 3_600_000
WELCOME_BYTES = 160_000
_RANK: dict[State, int] = {"waiting": 0, "declined": 1, "lapsed": 1, "refused": 1, "sent": 2}


@dataclass(slots=True)
class Case:
    """One alert or cancel. `message` is as it was signed, before that as it was wished. `asked_at` (ms), `asked_by` (a
    name): of the wish.

    `busy`: the signer is being asked. `escalated`: it waited for a minute, and others were told.
    """

    entry: Entry
    message: Alert | Cancel
    asked_at: int
    asked_by: str
    busy: bool = False
    escalated: bool = False

    @property
    def id(self) -> str:
        """Of the message."""
        return self.entry.id

    @property
    def state(self) -> State:
        """How it stands."""
        return self.entry.state

    @property
    def area(self) -> str:
        """Path of the area that bounds it."""
        return self.entry.area

    def lives(self, now: int) -> bool:
        """It was sent, and its time is not over."""
        return self.state == "sent" and now < self.message.expires

    @property
    def forgotten_at(self) -> int:
        """From when on it matters to nobody."""
        return max(self.entry.at, self.message.expires if self.state == "sent" else 0) + KEPT_MS


class Cases:
    """Only the event loop touches it."""

    def __init__(self, believed: Callable[[str], bool] = lambda token: True) -> None:
        self._believed = believed
        self._all: dict[str, Case] = {}
        self._enders: dict[str, str] = {}
        self._steps: dict[str, str] = {}

    def put(self, entry: Entry) -> Case | None:
        """Take a step; None if it is not news. What was signed stays signed, whatever else is said of it."""
        if entry.entry in self._steps:
            return None
        self._steps[entry.entry] = entry.id
        held = self._all.get(entry.id)
        if held is None:
            case = self._all[entry.id] = Case(entry, _message(entry), entry.at, entry.name)
        elif _follows(entry, held.entry):
            case = held
            case.entry, case.message = entry, _message(entry)
        else:
            return None
        if entry.state == "sent" and isinstance(case.message, Cancel):
            self._enders.setdefault(case.message.alert, case.id)
        return case

    def get(self, identifier: str) -> Case | None:
        """The one with this id."""
        return self._all.get(identifier)

    def is_sent(self, identifier: str) -> bool:
        """It was signed, here or at the other gateway."""
        case = self._all.get(identifier)
        return case is not None and case.state == "sent"

    def ender_of(self, identifier: str) -> str:
        """Id of the cancel that ended this alert, "" if none did."""
        return self._enders.get(identifier, "")

    def __iter__(self) -> Iterator[Case]:
        """All, the oldest first."""
        return iter(list(self._all.values()))

    def waiting(self) -> list[Case]:
        """Those for which a second person is awaited."""
        return [case for case in self._all.values() if case.state == "waiting"]

    def living(self, now: int) -> list[Case]:
        """Those that were sent, are not over and were not ended; cancels too, as long as they are told."""
        return [case for case in self._all.values() if case.lives(now) and self._is_told(case, now)]

    def _is_told(self, case: Case, now: int) -> bool:
        if isinstance(case.message, Cancel):
            return now - case.message.issued < CANCEL_TOLD_MS
        return case.id not in self._enders

    def concerning(self, member: Member, now: int) -> list[Case]:
        """What this device has to be told when it comes back, the newest first; not what was updated for it, nor what
        it would refuse because the key was taken back.
        """
        living = (case for case in self.living(now) if self._believed(case.entry.jws))
        found = [case for case in living if meant.concerns(case.message, member)]
        updated = {old for case in found if isinstance(case.message, Alert) for old in case.message.references}
        return [case for case in reversed(found) if case.id not in updated]

    def welcome_for(self, member: Member, now: int) -> tuple[str, ...]:
        """The JWS that go into its welcome, as many as fit; the others follow on its own topic."""
        chosen, size = [], 0
        for case in self.concerning(member, now):
            size += len(case.entry.jws)
            if size <= WELCOME_BYTES:
                chosen.append(case.entry.jws)
        return tuple(chosen)

    def may_fetch(self, member: Member, sha256: str, now: int) -> bool:
        """True for a sound of a living alert that this device has to sound."""
        return any(sha256 in meant.sounds_for(case.message, member) for case in self.living(now))

    def forget(self, now: int) -> None:
        """Drop what is long over."""
        self._all = {name: case for name, case in self._all.items() if case.forgotten_at > now}
        self._steps = {step: name for step, name in self._steps.items() if name in self._all}
        self._enders = {alert: ender for alert, ender in self._enders.items() if ender in self._all}


def _follows(entry: Entry, held: Entry) -> bool:
    """A later step; while it waits, a newer try to sign it."""
    if _RANK[entry.state] != _RANK[held.state]:
        return _RANK[entry.state] > _RANK[held.state]
    return entry.state == "waiting" and entry.at >= held.at


def _message(entry: Entry) -> Alert | Cancel:
    if not entry.jws:
        return message_of(entry)
    try:
        payload = jws.parse(entry.jws).payload
        return jws.decode(payload, Alert) if entry.wish.alert else jws.decode(payload, Cancel)
    except Refused:
        return message_of(entry)
