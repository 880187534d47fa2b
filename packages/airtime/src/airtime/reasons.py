"""Why something does not sound, or sounds otherwise than it wished.

The strings are those of the wire protocol, so that a plan, a proof and a screen speak of the same thing.
"""

from enum import StrEnum


class Code(StrEnum):
    """Reason codes of airtime; each is spelled as on the wire."""

    OUTSIDE_HOURS = "outside_hours"
    HELD = "held"
    PREEMPTED = "preempted"
    NO_ROOM = "no_room"
    EXPIRED = "expired"


class Fate(StrEnum):
    """What becomes of the one that yields."""

    MOVED = "moved"  # sounds later, from its beginning
    CUT = "cut"  # a filling item: sounds around the others and comes back; a clip: ends early for good
    DROPPED = "dropped"  # does not sound
