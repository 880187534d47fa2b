"""Which of several sources sounds now, and why a better one does not. Pure: looks in, a decision out.

The first of the order that is good sounds. One that failed has to be good for a while before it is trusted again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from speaker.relay.ear import Look

DRY_MS = 40  # less than that to come: nothing is left
PATIENCE_MS = 800  # so long nothing may come of what sounds: then it is stuck
RETURN_MS = 10_000  # good for so long, a source that failed is believed again
NEXT_AFTER_MS = 2_000  # so long without any source: the next of the order is asked as well
AWAKE_MS = 1_000  # a source that was silent sounds again when its last sound is no older


@dataclass(slots=True)
class _Record:
    failed: str = ""
    good_since: int | None = None
    dry_since: int | None = None


@dataclass(slots=True)
class Choice:
    """`silent_after` ms of silence make a source bad (0 = never). `ready`: ms that must lie ready, by source.

    `active`: number of the source that sounds, None = none. `cause`: why a better source than that does not (a code of
    `devicelink.relayed.TROUBLES`), "" if none failed.
    """

    silent_after: int
    ready: tuple[int, ...]
    active: int | None = None
    _records: list[_Record] = field(default_factory=list)
    _none_since: int | None = None

    def __post_init__(self) -> None:
        self._records = [_Record() for _ in self.ready]

    @property
    def cause(self) -> str:
        """See the class."""
        above = self._records[: self.active] if self.active is not None else self._records
        return next((record.failed for record in above if record.failed), "")

    def wanted(self, now: int) -> int:
        """How many sources, from the first on, should be listened to now."""
        if self.active is not None:
            return self.active + 1
        if self._none_since is None or now - self._none_since < NEXT_AFTER_MS:
            failed = sum(1 for record in self._records if record.failed)
            return min(len(self._records), failed + 1)
        return len(self._records)

    def step(self, looks: Sequence[Look | None], now: int) -> int | None:
        """Decide; None stands for a source that nobody listens to."""
        for number, (look, record) in enumerate(zip(looks, self._records, strict=True)):
            self._judge(number, look, record, now)
        best = next((n for n, record in enumerate(self._records) if self._trusted(n, record, now)), None)
        if best is not None and (self.active is None or best < self.active):
            self.active = best
            self._records[best].failed = ""
            self._records[best].dry_since = None
        self._none_since = None if self.active is not None else now if self._none_since is None else self._none_since
        return self.active

    def _judge(self, number: int, look: Look | None, record: _Record, now: int) -> None:
        if look is None:
            record.good_since = None
            return
        if number == self.active:
            self._watch(look, record, now)
        good = self._is_good(number, look, record)
        record.good_since = None if not good else now if record.good_since is None else record.good_since
        if not good and look.trouble and number != self.active:
            record.failed = look.trouble

    def _watch(self, look: Look, record: _Record, now: int) -> None:
        """Does what sounds still sound?"""
        dry = look.buffered < DRY_MS
        record.dry_since = None if not dry else now if record.dry_since is None else record.dry_since
        cause = ""
        if self._is_silent(look):
            cause = "silent"
        elif dry and look.trouble:
            cause = look.trouble
        elif record.dry_since is not None and now - record.dry_since >= PATIENCE_MS:
            cause = "stuck"
        if cause:
            record.failed, record.good_since, record.dry_since = cause, None, None
            self.active = None

    def _is_good(self, number: int, look: Look, record: _Record) -> bool:
        if look.trouble or not look.fresh or look.buffered < self.ready[number] or self._is_silent(look):
            return False
        return record.failed != "silent" or look.quiet < AWAKE_MS

    def _is_silent(self, look: Look) -> bool:
        return 0 < self.silent_after <= look.quiet

    def _trusted(self, number: int, record: _Record, now: int) -> bool:
        if record.good_since is None or number == self.active:
            return number == self.active
        return not record.failed or now - record.good_since >= RETURN_MS
