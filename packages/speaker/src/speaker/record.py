"""What has been said about each intention to sound: the proofs, and what must not sound again."""

import contextlib
import sqlite3

from devicelink.messages import Proof

from speaker.clock import MS, DeviceClock
from speaker.decide import Cue, Key
from speaker.outcome import FOR_GOOD, outcome, over_for_good, relayed
from speaker.proof import ProofBook, blank, interrupted
from speaker.renderer import Voice
from speaker.store import Sounding, Store

CHECKPOINT_MS = 15_000


class Record:
    """Writes rows into the proof book, once for each skipped intention, once for each stretch that sounded."""

    def __init__(self, store: Store, clock: DeviceClock, book: ProofBook) -> None:
        self._store, self._clock, self._book = store, clock, book
        self._aired = store.aired()
        self._keys = {(airing, planned) for airing, planned, _ in self._aired}
        self._checkpoint = 0
        self.plan = 0

    def recover(self) -> None:
        """What was sounding when the last process ended without a word was cut then."""
        row = self._store.sounding()
        if row is not None:
            self._write(interrupted(row), row.begins)
            self.flush()

    def known(self, key: Key) -> bool:
        """True if there is a row about this intention."""
        return key in self._keys

    def over(self, cue: Cue) -> bool:
        """True if this stretch must not sound (again)."""
        if (*cue.key, FOR_GOOD) in self._aired:
            return True
        return not cue.airing.filling and (*cue.key, cue.start) in self._aired

    def started(self, voice: Voice, cue: Cue) -> None:
        """It sounds: should the power go now, that is known afterwards."""
        self._checkpoint = self._clock.now() + CHECKPOINT_MS
        row = Sounding(
            airing=cue.airing.id,
            planned=cue.airing.start,
            begins=cue.start if cue.airing.filling else FOR_GOOD,
            started=voice.started_ns // MS,
            rendered=voice.programme_ms(),
            plan=self.plan,
            bound=self._clock.bound(),
        )
        with contextlib.suppress(sqlite3.OperationalError):  # a full disk does not silence
            self._store.sound(row)

    def sounds_still(self, voice: Voice, cue: Cue) -> int:
        """Note from time to time how far it came; the instant (ms) of the next note."""
        if self._clock.now() >= self._checkpoint:
            self.started(voice, cue)
        return self._checkpoint

    def ended(self, voice: Voice, cue: Cue) -> None:
        """It sounds no more."""
        result, reason = outcome(voice, cue)
        proof = blank(
            cue.airing.id,
            cue.airing.start,
            outcome=result,
            reason=str(reason),
            started=voice.started_ns // MS,
            rendered=voice.programme_ms(),
            plan=self.plan,
            clock_bound=self._clock.bound(),
            relayed=relayed(voice),
        )
        self._write(proof, FOR_GOOD if over_for_good(voice, result) else cue.start)
        self.flush()

    def skip(self, key: Key, reason: str) -> None:
        """This intention does not sound here; said once, and written with the next `flush`."""
        if not self.known(key):
            bound = self._clock.bound()
            self._write(blank(*key, outcome="skipped", reason=str(reason), plan=self.plan, clock_bound=bound), FOR_GOOD)

    def flush(self) -> None:
        """Write what waits, also what a full disk refused."""
        self._book.flush()

    def _write(self, proof: Proof, begins: int) -> None:
        self._book.add(proof, begins=begins, now=self._clock.now())
        self._aired.add((proof.airing, proof.planned, begins))
        self._keys.add((proof.airing, proof.planned))
