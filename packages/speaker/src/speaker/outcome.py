"""What the record says about a voice that has ended. Pure."""

from devicelink.refusals import Reason

from speaker.decide import Cue
from speaker.renderer import Voice, milliseconds

TAIL_MS = 250  # a missing end so short is rounding and drift, nobody hears it
FOR_GOOD = -1  # `begins` of an intention that must not sound again


def outcome(voice: Voice, cue: Cue) -> tuple[str, str]:
    """(outcome, reason) of the row."""
    if voice.broken:
        return "cut", Reason.MISSING_FILE
    if voice.stop_reason:
        return "cut", voice.stop_reason
    if voice.complete and not voice.blocks:
        return "played", ""
    if cue.cut_by:
        return "cut", cue.cut_by
    if cue.airing.duration - (cue.offset + milliseconds(voice.rendered)) > TAIL_MS:
        return "cut", Reason.PREEMPTED
    if milliseconds(voice.buffered()) > TAIL_MS:
        return "cut", Reason.LIMIT_EXCEEDED  # the file is longer than the plan says
    return "played", ""


def over_for_good(voice: Voice, result: str) -> bool:
    """What sounded whole, or what a person stopped, does not sound again; what was displaced may."""
    return result == "played" or bool(voice.broken) or voice.stop_reason in (Reason.STOPPED, Reason.CLOCK_STEPPED)
