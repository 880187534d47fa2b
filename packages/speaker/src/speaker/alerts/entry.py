"""One alert, or one cancel that says something, as this device holds it: its text, and what became of it here."""

from dataclasses import dataclass, field

import msgspec
from airtime.alternate import Active
from airtime.rank import Level, Severity
from devicelink.freshness import event_of
from devicelink.messages import Alert, Cancel


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What outlives the process: see `airtime.alternate.Active`. `lacking`: words of its last round never came.

    `over`: it is taken back, replaced, or said; it will not sound. `open`: its last round has begun and not ended.
    """

    rounds: int = 0
    begun: int = 0
    again: bool = False
    lacking: bool = False
    over: bool = False
    open: bool = False


@dataclass(slots=True, eq=False)
class Entry:
    """`of` is the alert that a cancel takes back: its words are as urgent as that was. `silent`: told why it is."""

    message: Alert | Cancel
    of: Alert
    progress: Progress = field(default_factory=Progress)
    silent: str = ""
    displaced: bool = False

    @property
    def name(self) -> str:
        """ "alert:<id>" or "cancel:<id>"."""
        return event_of(self.message)

    @property
    def exercise(self) -> bool:
        """Not in earnest."""
        return self.message.status != "actual"

    @property
    def active(self) -> Active:
        """In the words of those who take turns."""
        own = self.message if isinstance(self.message, Alert) else None
        return Active(
            id=self.name,
            issued=self.message.issued,
            expires=self.message.expires,
            severity=Severity(self.of.severity),
            level=Level(self.of.level),
            exercise=self.exercise,
            repeat=own.repeat if own else 0,
            keep=own.keep if own else 0,
            rounds=self.progress.rounds,
            begun=self.progress.begun,
            again=self.progress.again,
        )

    def begun(self, now: int) -> None:
        """It sounds from now on."""
        after = self.active.started(now)
        self.progress = msgspec.structs.replace(
            self.progress, rounds=after.rounds, begun=after.begun, again=False, lacking=False, open=True
        )

    def owed(self, *, lacking: bool = False) -> None:
        """It was cut off, or words of it came too late: it comes again, and that is the same round."""
        self.progress = msgspec.structs.replace(self.progress, again=True, lacking=lacking, open=False)

    def ended(self, *, lacking: bool) -> None:
        """This round is over."""
        self.progress = msgspec.structs.replace(self.progress, lacking=lacking, open=False)
