"""The acknowledgement board: what became of an alert on each loudspeaker, counted. Pure, shared with the gateway.

Every loudspeaker that was meant stands in exactly one of three columns: it sounds or has sounded, it is late, or it is
silent. Received counts everybody who said that the alert is there. All of it is reported; proofs are counted later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

Column = Literal["sounding", "late", "silent"]
LATE_AFTER_MS = 60_000  # first sample later than this after the issue
GRACE_MS = 15_000  # nobody calls a village silent before its line had this long to answer


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One loudspeaker that was meant. Instants are Unix ms, 0 = not yet. `state` is the newest of `Heard`, "" = none.

    `refused`: code of an acknowledgement that was no "ok"; `reason`: why it is silent, in codes of the wire; `cause`:
    why it cannot be reached at all (`devices.rules.condition.Cause`), "" = it is there.
    """

    device: str
    area: str
    received: int = 0
    sounding: int = 0
    ended: int = 0
    state: str = ""
    refused: str = ""
    reason: str = ""
    cause: str = ""
    late: bool = False
    missing: int = 0
    round: int = 0


def column(seen: Seen, *, issued: int, tests: bool = False) -> Column:
    """Where it stands. A test never sounds: who received it has done all that was asked."""
    if seen.refused or seen.state == "silent" or not (seen.received or seen.sounding):
        return "silent"
    if tests:
        return "sounding"
    if not seen.sounding or seen.late or seen.sounding - issued > LATE_AFTER_MS:
        return "late"
    return "sounding"


@dataclass(slots=True)
class Count:
    """The five figures of a place."""

    expected: int = 0
    received: int = 0
    sounding: int = 0
    late: int = 0
    silent: int = 0

    def add(self, seen: Seen, where: Column) -> None:
        """One loudspeaker more."""
        self.expected += 1
        self.received += bool(seen.received or seen.sounding)
        setattr(self, where, getattr(self, where) + 1)


def totals(rows: Iterable[Seen], *, issued: int, tests: bool = False) -> Count:
    """The figures of all of them."""
    count = Count()
    for seen in rows:
        count.add(seen, column(seen, issued=issued, tests=tests))
    return count
