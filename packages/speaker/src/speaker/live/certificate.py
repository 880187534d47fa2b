"""What a session and its batches must be so that this device sounds them. Pure; every refusal has its code."""

from dataclasses import dataclass

from airtime.rank import Key, Level, Rank, key
from airtime.spans import from_ms
from devicelink import batches, geometry, jws
from devicelink.batches import Batch
from devicelink.limits import BATCH_MS, MAX_SESSION_MS, PACKET_MS
from devicelink.messages import Placement, Session
from devicelink.refusals import Reason, Refused

PUBLIC_BYTES = 32
AHEAD_MS = 500  # a capture time may lie so much after our own now, beyond the error of our clock
SLACK_US = 40_000  # stamps of batches in a row may overlap by this: the microphone's clock is not ours


@dataclass(frozen=True, slots=True)
class Seen:
    """The last batch that was taken: its number, and true us at which its sound ends. -1 = none yet."""

    number: int = -1
    until: int = -1


NONE_YET = Seen()


def check_session(session: Session, placement: Placement | None, now: int) -> bytes:
    """The 32 bytes of its key. Refused with no_placement, wrong_audience, malformed, limit_exceeded, expired."""
    if placement is None:
        raise Refused(Reason.NO_PLACEMENT, "session")
    if not geometry.means(session.where, placement):
        raise Refused(Reason.WRONG_AUDIENCE, "its places are not ours")
    public = jws.decode64(session.public)
    if len(public) != PUBLIC_BYTES or batches_id(session.id) is None or session.start >= session.end:
        raise Refused(Reason.MALFORMED, "session: id, key or span")
    if session.end - session.start > MAX_SESSION_MS or session.buffer <= 0:
        raise Refused(Reason.LIMIT_EXCEEDED, "session: longer than any may be")
    if now >= session.end + session.buffer:
        raise Refused(Reason.EXPIRED, f"it ended at {session.end}")
    return public


def batches_id(text: str) -> bytes | None:
    """The 16 bytes of a session id, None if it is none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return None
    return found if len(found) == 16 and text == found.hex() else None


def open_batch(payload: bytes, session: Session, public: bytes, seen: Seen, *, now: int, bound: int) -> Batch:
    """The batch, if it may sound. `now` and the `bound` of its error in ms; -1 = no valid time.

    Refused with no_valid_time, duplicate (a number that does not rise, or sound that came already), too_large,
    malformed, bad_signature, not_yet_valid (captured before the session or after our now), expired (after its end, or
    so long ago that nothing of it can sound any more).
    """
    if bound < 0:
        raise Refused(Reason.NO_VALID_TIME, "batch")
    batch = batches.unpack(payload, public)
    if batch.number <= seen.number:
        raise Refused(Reason.DUPLICATE, f"batch {batch.number} after {seen.number}")
    length = len(batch.packets) * PACKET_MS
    if batch.captured < (session.start - BATCH_MS) * 1_000:
        raise Refused(Reason.NOT_YET_VALID, "captured before the session began")
    if batch.captured > session.end * 1_000:
        raise Refused(Reason.EXPIRED, "captured after the session ended")
    if batch.captured > (now + bound + AHEAD_MS) * 1_000:
        raise Refused(Reason.NOT_YET_VALID, "captured in the future")
    if batch.captured + (length + session.buffer) * 1_000 <= now * 1_000:
        raise Refused(Reason.EXPIRED, "its time to sound is over")
    if batch.captured < seen.until - SLACK_US:
        raise Refused(Reason.DUPLICATE, "its sound came already")
    return batch


def until_of(batch: Batch) -> int:
    """True us at which its sound ends."""
    return batch.captured + len(batch.packets) * PACKET_MS * 1_000


def order(session: Session) -> Key:
    """Of several sessions the smaller one sounds: higher level, then the older, then the id."""
    return key(Rank(id=session.id, issued=from_ms(session.issued), level=Level(session.level)))
