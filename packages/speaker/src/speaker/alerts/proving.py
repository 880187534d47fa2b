"""The rows of the chained record about alerts. The airing of such a row is the id of the alert (or of the cancel)."""

import contextlib
import sqlite3

from speaker.alerts.horn import Cry
from speaker.clock import MS, DeviceClock
from speaker.outcome import FOR_GOOD
from speaker.proof import ProofBook, blank
from speaker.renderer import milliseconds
from speaker.store import Sounding, Store

CHECKPOINT_MS = 5_000


class Proving:
    """One row for each stretch that sounded, and for each round that did not."""

    def __init__(self, store: Store, clock: DeviceClock, book: ProofBook) -> None:
        self._store, self._clock, self._book = store, clock, book
        self._checkpoint = 0

    def sounds(self, airing: str, planned: int, cry: Cry, now: int) -> None:
        """Should the power go now, that is known afterwards."""
        if now < self._checkpoint and cry.rendered():
            return
        self._checkpoint = now + CHECKPOINT_MS
        row = Sounding(
            airing=airing,
            planned=planned,
            begins=FOR_GOOD,
            started=cry.voice.started_ns // MS,
            rendered=milliseconds(cry.rendered()),
            bound=self._clock.bound(),
        )
        with contextlib.suppress(sqlite3.OperationalError):
            self._store.sound(row)

    def sounded(self, airing: str, planned: int, cry: Cry, reason: str = "") -> None:
        """It sounds no more; `reason`: why it was cut."""
        self._checkpoint = 0
        if cry.voice.started_ns:
            fields = {"started": cry.voice.started_ns // MS, "rendered": milliseconds(cry.rendered())}
            self._write(airing, planned, "cut" if reason else "played", reason, **fields)

    def skipped(self, airing: str, planned: int, reason: str) -> None:
        """This round does not sound."""
        self._write(airing, planned, "skipped", reason)

    def _write(self, airing: str, planned: int, outcome: str, reason: str, **fields: int) -> None:
        proof = blank(airing, planned, outcome=outcome, reason=reason, clock_bound=self._clock.bound(), **fields)
        self._book.add(proof, begins=FOR_GOOD, now=self._clock.now())
        self._book.flush()
