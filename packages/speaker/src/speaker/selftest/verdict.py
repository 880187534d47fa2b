"""What a self-test says. Pure."""

from dataclasses import dataclass
from typing import Literal

from speaker.selftest.detect import Heard, needed

Verdict = Literal["heard", "not_heard", "microphone_dead", "could_not"]
EarKind = Literal["microphone", "line"]

# In the band of the probe, dB against the loudest tone: no village is so quiet, no input that hears anything.
DEAD_DB: dict[EarKind, float] = {"microphone": -92.0, "line": -100.0}
USUAL_DB = -40.0  # a microphone in its box under the horn: what comes back before anything is known of this one
SURE_DB = 10.0  # what sounds by fits and starts hides more than an even noise
LEAK_DB = 20.0  # so far below its usual level it is the echo of a wire beside a wire, not a loudspeaker
LEAST_DB = -65.0  # and of one that has never been heard
MISSES = 2  # so many in a row are a trouble


@dataclass(frozen=True, slots=True)
class Finding:
    """`reason` stands beside "could_not" alone."""

    verdict: Verdict
    reason: str = ""


def judged(heard: Heard, *, ear: EarKind, gain: float, usual: float | None) -> Finding:
    """`gain` of the probe; `usual`: the level (dB) at which this device heard itself last, None = never yet.

    A dead ear says nothing about the loudspeaker, nor does a storm that would have drowned it.
    """
    if heard.found and heard.level > (LEAST_DB if usual is None else usual - LEAK_DB):
        return Finding("heard")
    if heard.noise < DEAD_DB[ear]:
        return Finding("microphone_dead")
    if needed(heard.noise, USUAL_DB if usual is None else usual, gain) < SURE_DB:
        return Finding("could_not", "noise")
    return Finding("not_heard")


def misses(before: int, verdict: Verdict) -> int:
    """So many tests in a row in which the loudspeaker was not heard; what could not be done counts neither way."""
    return {"heard": 0, "not_heard": before + 1}.get(verdict, before)
