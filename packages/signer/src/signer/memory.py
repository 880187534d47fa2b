"""What the signer remembers of its own deeds, read from its journal at the start: nothing goes backwards.

Two documents under one revision would let a hostile platform tell half of the loudspeakers something else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from devicelink.limits import MAX_EVENT_LIFE_MS
from devicelink.messages import STATES, Alert
from devicelink.refusals import Reason, Refused

from signer import journal
from signer.alerts import Issued
from signer.journal import Line
from signer.live import SPEAKING, Sessions

CONFIRMED = "hours"  # the `typ` of a line that notes an accepted confirmation
EXTENDED = "extension"  # and of one that notes an area and a day ("vn.15.04531@2027-02-05") of longer hours
BREAK_GLASS = "break-glass"  # and of one that notes an actual alert by one person, before the line of the alert itself
NOTES = (CONFIRMED, EXTENDED, BREAK_GLASS)
MAX_BACK_MS = 5 * 60_000
_MONTHS = 2  # of revisions; what is older was signed anew since
_MOST_EVENTS = 100_000
_STATES = frozenset(kind.typ for kind in STATES)


class ClockBehind(Exception):
    """The clock says an earlier time than the newest signature; nothing is signed until somebody has looked."""


@dataclass(slots=True)
class Memory:
    """`floor`: time of the newest line (ms); `accepted`: challenges of confirmations (hex).

    `extended`: by area the local days for which longer hours were signed. `spoken`: the live sessions. `alerts` by id,
    `ended` those that a cancel or an update ended (id -> when).
    """

    floor: int = 0
    accepted: set[str] = field(default_factory=set)
    extended: dict[str, set[date]] = field(default_factory=dict)
    spoken: Sessions = field(default_factory=Sessions)
    alerts: dict[str, Issued] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    _newest: dict[str, tuple[int, str]] = field(default_factory=dict)
    _events: dict[str, tuple[int, str]] = field(default_factory=dict)

    def check_clock(self, now: int) -> None:
        """ClockBehind if `now` lies more than five minutes before what was signed last."""
        if now < self.floor - MAX_BACK_MS:
            raise ClockBehind(
                f"the clock says {now}, the newest signature {self.floor}; set the clock, or, if that signature was "
                "made by a clock that ran ahead, start the signer once with --accept-clock"
            )

    def check(self, line: Line) -> None:
        """Refused for an older revision, another content under a known one, a revision from the future, a used id."""
        if _is_state(line.typ):
            revision, digest = self._newest.get(line.of, (-1, ""))
            if line.revision > max(revision + 1, line.at + MAX_BACK_MS):
                raise Refused(Reason.LIMIT_EXCEEDED, f"{line.of}: revision {line.revision} would shut out all others")
            if line.revision < revision:
                raise Refused(Reason.OLDER_REVISION, f"{line.of}: {line.revision} after {revision}")
            if line.revision == revision and line.digest != digest:
                raise Refused(Reason.CONFLICTING_REVISION, f"{line.of}: {revision} was signed with another content")
        elif self._events.get(line.of, (0, line.digest))[1] != line.digest:
            raise Refused(Reason.DUPLICATE, f"{line.of} was signed with another content")

    def note(self, lines: Iterable[Line]) -> None:
        """Remember what is being signed."""
        for line in lines:
            self.floor = max(self.floor, line.at)
            if line.typ == CONFIRMED:
                self.accepted.add(line.digest)
            elif line.typ == EXTENDED:
                area, _, day = line.of.partition("@")
                self.extended.setdefault(area, set()).add(date.fromisoformat(day))
            elif line.typ == SPEAKING:
                self.spoken.note(line.of, line.at, line.revision)
            elif _is_state(line.typ):
                self._newest[line.of] = line.revision, line.digest
            elif line.typ != BREAK_GLASS:
                self._note_event(line)
        if len(self._events) > _MOST_EVENTS:
            self._forget_events()

    def _note_event(self, line: Line) -> None:
        self._events[line.of] = line.at, line.digest
        if line.typ == Alert.typ:
            self.alerts[line.of.partition(":")[2]] = _issued(line)
        self.ended.update(dict.fromkeys(line.ends, line.at))

    def _forget_events(self) -> None:
        living = self.floor - 2 * MAX_EVENT_LIFE_MS
        self._events = {name: known for name, known in self._events.items() if known[0] > living}
        self.alerts = {name: issued for name, issued in self.alerts.items() if issued.at > living}
        self.ended = {name: at for name, at in self.ended.items() if at > living}


def _issued(line: Line) -> Issued:
    people = frozenset(user for user in (line.by, line.second) if user)
    return Issued(line.at, line.area, line.status, line.revision, people, line.level)


def remembered(folder: Path) -> Memory:
    """What the journal in this folder says."""
    memory = Memory()
    memory.note(journal.lines(folder, months=_MONTHS, always=NOTES))
    return memory


def _is_state(typ: str) -> bool:
    return typ in _STATES
