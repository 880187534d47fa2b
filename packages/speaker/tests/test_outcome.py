"""What the record says about a voice that has ended, and whether it may sound again."""

from typing import Any

import numpy as np
import pytest
from devicelink.golden import world
from devicelink.refusals import Reason
from speaker.decide import Cue
from speaker.outcome import outcome, over_for_good
from speaker.pcm import RATE
from speaker.renderer import Voice

MINUTE = world.MINUTE


def cue(**changes: Any) -> Cue:
    airing = world.airing(duration=MINUTE)
    return Cue(**({"airing": airing, "start": airing.start, "end": airing.start + MINUTE} | changes))


def voice(milliseconds: int, *, left: int = 0, **changes: Any) -> Voice:
    """So much sounded; `left` ms were decoded and did not."""
    rendered = milliseconds * RATE // 1_000
    made = Voice(start_ns=0, limit=60 * RATE, rendered=rendered, fed=rendered + left * RATE // 1_000)
    if left:
        made.blocks.append(np.zeros(left * RATE // 1_000, dtype=np.int16))
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("ended", "row"),
    [
        (voice(60_000, complete=True), ("played", "")),
        (voice(59_000, complete=True), ("played", "")),  # the file was shorter than the plan says
        (voice(60_000), ("played", "")),
        (voice(59_750), ("played", "")),  # rounding and drift
        (voice(59_749), ("cut", Reason.PREEMPTED)),
        (voice(60_000, left=250, complete=True), ("played", "")),
        (voice(60_000, left=251, complete=True), ("cut", Reason.LIMIT_EXCEEDED)),
        (voice(10_000, broken="damaged"), ("cut", Reason.MISSING_FILE)),
        (voice(10_000, stop_reason=Reason.HELD), ("cut", Reason.HELD)),
        (voice(60_000, complete=True, stop_reason=Reason.HELD), ("cut", Reason.HELD)),
    ],
)
def test_what_the_record_says(ended: Voice, row: tuple[str, str]) -> None:
    assert outcome(ended, cue()) == row


def test_who_yielded_says_to_what() -> None:
    assert outcome(voice(20_000), cue(cut_by=Reason.OUTSIDE_HOURS)) == ("cut", Reason.OUTSIDE_HOURS)
    assert outcome(voice(20_000, complete=True), cue(cut_by=Reason.OUTSIDE_HOURS)) == ("played", "")


def test_what_was_joined_midway_is_whole_with_its_rest() -> None:
    assert outcome(voice(20_000), cue(offset=40_000)) == ("played", "")
    assert outcome(voice(19_000), cue(offset=40_000)) == ("cut", Reason.PREEMPTED)


def test_what_sounded_or_was_stopped_by_a_person_is_over_what_yielded_is_not() -> None:
    assert over_for_good(voice(60_000), "played")
    assert over_for_good(voice(1, broken="damaged"), "cut")
    assert over_for_good(voice(1, stop_reason=Reason.STOPPED), "cut")
    assert over_for_good(voice(1, stop_reason=Reason.CLOCK_STEPPED), "cut")
    assert not over_for_good(voice(1, stop_reason=Reason.HELD), "cut")
    assert not over_for_good(voice(1), "cut")
