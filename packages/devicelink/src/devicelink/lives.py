"""What the certificate of a live session, and its end, may say."""

import re

from devicelink import geometry, jws, wheres
from devicelink.forms import IDENTIFIER, is_line
from devicelink.limits import MAX_BUFFER_MS, MAX_EVENT_LIFE_MS, MAX_INSTANT_MS, MAX_SESSION_MS, MIN_BUFFER_MS
from devicelink.messages import Placement, Session, SessionEnd
from devicelink.refusals import Reason, Refused

SESSION = re.compile(r"[0-9a-f]{32}")
LEVELS = ("commune", "province", "centre")
PUBLIC_BYTES = 32


def concerns(session: Session, placement: Placement) -> bool:
    """True if the device with this placement is meant."""
    return geometry.means(session.where, placement)


def check_form(message: Session | SessionEnd) -> None:
    """Refuses with malformed what contradicts itself or the documented form."""
    if not 0 <= message.issued < message.expires < MAX_INSTANT_MS:
        raise Refused(Reason.MALFORMED, f"{message.typ}: life")
    if isinstance(message, SessionEnd):
        _check_end(message)
        return
    if not SESSION.fullmatch(message.id):
        raise Refused(Reason.MALFORMED, "session: id")
    if not 0 <= message.start < message.end <= message.expires:
        raise Refused(Reason.MALFORMED, "session: start, end or expires")
    if len(jws.decode64(message.public)) != PUBLIC_BYTES:
        raise Refused(Reason.MALFORMED, "session: a public key has 32 bytes")
    if message.alert and not IDENTIFIER.fullmatch(message.alert):
        raise Refused(Reason.MALFORMED, "session: the id of an alert")
    if message.level not in LEVELS or not is_line(message.speaker) or not is_line(message.title):
        raise Refused(Reason.MALFORMED, "session: level, speaker or title")
    wheres.check_form(message.where, message.audience, "session")


def check_limits(session: Session) -> None:
    """Refuses with limit_exceeded."""
    if session.expires - session.issued > MAX_EVENT_LIFE_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "an event lives at most 24 hours")
    if session.end - session.start > MAX_SESSION_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, "a session lasts at most four hours")
    if not MIN_BUFFER_MS <= session.buffer <= MAX_BUFFER_MS:
        raise Refused(Reason.LIMIT_EXCEEDED, f"a buffer of {session.buffer} ms")
    wheres.check_limits(session.where, "session")


def _check_end(end: SessionEnd) -> None:
    if not IDENTIFIER.fullmatch(end.id) or not SESSION.fullmatch(end.session):
        raise Refused(Reason.MALFORMED, "session-end: ids")
    if not 0 <= end.at < MAX_INSTANT_MS or not is_line(end.reason):
        raise Refused(Reason.MALFORMED, "session-end: at or reason")
