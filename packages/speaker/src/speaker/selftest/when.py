"""When a loudspeaker may hear itself, and when it does so on its own. Pure.

A probe is a sound: it keeps the hours, the holds and the closures, and gives way to everything. On its own it comes
once a day, after the first stretch of the day's programme, when the village is listening anyhow; a day without
programme has none.
"""

import hashlib
from collections.abc import Iterable, Sequence

from devicelink.messages import Placement
from devicelink.refusals import Reason

from speaker import decide
from speaker.decide import Cue, Programme
from speaker.selftest.chirp import SECONDS
from speaker.store import HoldSpan

LENGTH_MS = int(SECONDS * 1000)
APART_MS = 5_000  # from what sounded before, and to what sounds next
LEAD_MS = 2_500  # the ear listens to the silence first, and the card needs its time
SLOTS, SLOT_MS = 30, 3_000  # neighbours do not hear each other
TOO_QUIET = "too_quiet"
DAY_MS = 86_400_000
AGAIN_MS = 90_000  # who was not heard is tried once more
ORDERS_APART_MS = 60_000


def why_not(
    *,
    placement: Placement | None,
    holds: Iterable[HoldSpan],
    programme: Programme,
    playing: bool,
    volume: int,
    now: int,
    bound: int,
) -> str:
    """Why no probe may sound now, a code of `SelfTest.reason`; "" = it may. `bound`: of the clock, ms, -1 = unknown."""
    if placement is None:
        return Reason.NO_PLACEMENT
    if not 0 <= bound <= decide.PLAY_BOUND_MS:
        return Reason.NO_VALID_TIME
    ends = now + LEAD_MS + LENGTH_MS
    if any(hold.begins < ends and now < hold.ends for hold in holds):
        return Reason.HELD
    if not decide.allowed(placement, now - bound, ends + bound):
        return Reason.OUTSIDE_HOURS
    following = programme.after(now)
    if playing or programme.at(now) or (following and following[0].start < ends + APART_MS):
        return Reason.PREEMPTED
    return TOO_QUIET if volume <= 0 else ""


def daily(programme: Programme, *, device: str, utc_offset: int, tested: int, now: int) -> int | None:
    """When the probe of this day is due, None if it is over or there is none. `tested`: the last local day with one.

    The first pause of the day, after something sounded, that has room for all loudspeakers around.
    """
    today = day_of(now, utc_offset)
    if today <= tested:
        return None
    cues = [cue for cue in programme.cues if day_of(cue.start, utc_offset) == today]
    due = next((end for end in _pauses(cues) if end + _room() > now), None)
    return None if due is None else due + APART_MS + _slot(device) * SLOT_MS


def day_of(instant: int, utc_offset: int) -> int:
    """Number of the local day."""
    return (instant + utc_offset * decide.MINUTE_MS) // DAY_MS


def _pauses(cues: Sequence[Cue]) -> Iterable[int]:
    for place, cue in enumerate(cues, start=1):
        if place == len(cues) or cues[place].start - cue.end >= _room():
            yield cue.end


def _room() -> int:
    return APART_MS + SLOTS * SLOT_MS + LEAD_MS + LENGTH_MS + APART_MS


def _slot(device: str) -> int:
    return int.from_bytes(hashlib.sha256(device.encode()).digest()[:4], "big") % SLOTS
