"""The total order of everything that wants to sound, the same on the server, on the loudspeaker and on a board."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from airtime.spans import require_aware, ticks

Key = tuple[int, int, int, int, int, str]


class Urgency(StrEnum):
    """The class of an item. `emergency` exists only in what the alert role signed."""

    EMERGENCY = "emergency"
    PRIORITY = "priority"
    NORMAL = "normal"


class Severity(StrEnum):
    """How grave, in the words of CAP 1.2; an ordinary item is `unknown`."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """Who speaks."""

    CENTRE = "centre"
    PROVINCE = "province"
    COMMUNE = "commune"


_URGENCY = {urgency: place for place, urgency in enumerate(Urgency)}
_SEVERITY = {severity: place for place, severity in enumerate(Severity)}
_LEVEL = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class Rank:
    """What decides between two items. `id` is unique among all items that can ever meet, and ASCII.

    `issued` is when it was decided: the older wins, so that what is already planned and announced stays where it is,
    and nobody moves a neighbour's item by sending his own later. `position` is the place in a session that an officer
    has put in order (0 elsewhere); it comes before `issued`, since approving items one by one must not reorder them.
    """

    id: str
    issued: datetime
    urgency: Urgency = Urgency.NORMAL
    severity: Severity = Severity.UNKNOWN
    level: Level = Level.COMMUNE
    position: int = 0

    def __post_init__(self) -> None:
        require_aware(self.issued)
        if not self.id or not self.id.isascii():
            raise ValueError(f"an id is ASCII and not empty: {self.id!r}")


def key(rank: Rank) -> Key:
    """Sort key: the smaller one wins. Two different ids never have the same key."""
    return (
        _URGENCY[rank.urgency],
        _SEVERITY[rank.severity],
        _LEVEL[rank.level],
        rank.position,
        ticks(rank.issued),
        rank.id,
    )


def outranks(one: Rank, other: Rank) -> bool:
    """True if `one` wins against `other`; of two different items exactly one does."""
    return key(one) < key(other)
