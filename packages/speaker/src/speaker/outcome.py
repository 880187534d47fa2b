"""What the record says about a voice that has ended. Pure."""

from devicelink.messages import Relayed
from devicelink.refusals import Reason

from speaker.decide import Cue
from speaker.renderer import Voice, milliseconds

TAIL_MS = 250  # a missing end so short is rounding and drift, nobody hears it
RELAY_TAIL_MS = 5_000  # a source that comes back so soon has been missed by nobody
FOR_GOOD = -1  # `begins` of an intention that must not sound again


def outcome(voice: Voice, cue: Cue) -> tuple[str, str]:
    """(outcome, reason) of the row."""
    if voice.broken:
        return "cut", Reason.MISSING_FILE
    if voice.stop_reason:
        return "cut", voice.stop_reason
    if voice.account is not None:
        return _of_relay(voice, cue)
    if voice.complete and not voice.blocks:
        return "played", ""
    if cue.cut_by:
        return "cut", cue.cut_by
    if cue.airing.duration - (cue.offset + milliseconds(voice.rendered)) > TAIL_MS:
        return "cut", Reason.PREEMPTED
    if milliseconds(voice.buffered()) > TAIL_MS:
        return "cut", Reason.LIMIT_EXCEEDED  # the file is longer than the plan says
    return "played", ""


def relayed(voice: Voice) -> tuple[Relayed, ...]:
    """What a relayed voice was made of, () for all others."""
    if voice.account is None:
        return ()
    rows = voice.account.heard(voice.rendered).items()
    return tuple(Relayed(source=what, ms=length, cause=cause) for (what, cause), length in rows)


def _of_relay(voice: Voice, cue: Cue) -> tuple[str, str]:
    """A relay is whole when its sources gave all but a few seconds of it, whichever of them."""
    lost = milliseconds(voice.rendered) - voice.programme_ms()
    if cue.cut_by:
        return "cut", cue.cut_by
    return ("cut", Reason.NO_RELAY) if lost > RELAY_TAIL_MS else ("played", "")


def over_for_good(voice: Voice, result: str) -> bool:
    """What sounded whole, or what a person stopped, does not sound again; what was displaced may."""
    return result == "played" or bool(voice.broken) or voice.stop_reason in (Reason.STOPPED, Reason.CLOCK_STEPPED)
