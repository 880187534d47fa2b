"""Small questions about a cue and the voice that sounds it. Pure."""

from speaker.decide import Cue
from speaker.renderer import Voice
from speaker.sink import RATE

GRACE_MS = 2_000  # a clip that could not start at its instant may still start so much later
JOIN_MS = 1_000  # a filling item is joined so long after it was decided
SHORTEST_JOIN_MS = 5_000


def startable(cue: Cue, now: int) -> bool:
    """May it begin now, or be joined?"""
    if cue.airing.filling and now + JOIN_MS + SHORTEST_JOIN_MS <= cue.end:
        return True
    return now <= cue.start + GRACE_MS


def cue_of(voice: Voice) -> Cue:
    """What the player tagged this voice with."""
    assert isinstance(voice.tag, Cue)
    return voice.tag


def same(cue: Cue, tag: object) -> bool:
    """The same stretch of the same intention, though perhaps joined later or with another end."""
    return isinstance(tag, Cue) and cue.key == tag.key and cue.origin == tag.origin and cue.start <= tag.start < cue.end


def samples(milliseconds: int) -> int:
    """Of so many milliseconds."""
    return milliseconds * RATE // 1000
