"""What the platform is told of alerts as it happens. Unsigned; the proofs are signed."""

from collections.abc import Callable
from typing import Any

from devicelink.messages import Heard

from speaker.alerts.entry import Entry
from speaker.alerts.round import Round


class Telling:
    """Until somebody carries it away it waits."""

    def __init__(self, device: str, now: Callable[[], int]) -> None:
        self._device, self._now = device, now
        self._waiting: list[Heard] = []
        self._out: Callable[[Heard], None] | None = None

    def speak(self, out: Callable[[Heard], None]) -> None:
        """From now on to this one; what was to be said before is said now."""
        self._out = out
        for heard in self._waiting:
            out(heard)
        self._waiting.clear()

    def say(self, entry: Entry, state: Any, **fields: Any) -> None:
        """`state` and fields of `Heard`."""
        if "reason" in fields:
            fields["reason"] = str(fields["reason"])
        self._say(Heard(device=self._device, of=entry.name, state=state, at=max(0, self._now()), **fields))

    def sounding(self, found: Round, at: int) -> None:
        """The first sample is out."""
        entry = found.entry
        report = Heard(
            device=self._device,
            of=entry.name,
            state="sounding",
            at=at,
            round=max(1, entry.progress.rounds),
            target=found.target.id,
            late=found.beginning.late,
        )
        self._say(report)

    def _say(self, heard: Heard) -> None:
        if self._out is None:
            self._waiting.append(heard)
        else:
            self._out(heard)
