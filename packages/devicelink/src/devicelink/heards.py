"""The form of what a device reports of an alert or a live session (`heard`), as the gateway checks it."""

import re

from devicelink.forms import IDENTIFIER
from devicelink.limits import MAX_INSTANT_MS
from devicelink.messages import Heard
from devicelink.refusals import Reason, Refused

OF = re.compile(r"(?:alert|cancel|session):[A-Za-z0-9_.:-]{1,80}")
MAX_ROUND = 24 * 60  # each minute of a day
MAX_MISSING = 64
_REASONS = frozenset(str(reason) for reason in Reason)


def check(report: Heard, *, device: str) -> None:
    """Refuses with wrong_audience if it names another device than the one that logged in, with malformed."""
    if report.device != device:
        raise Refused(Reason.WRONG_AUDIENCE, "the report of another device")
    if not OF.fullmatch(report.of) or not 0 <= report.at < MAX_INSTANT_MS:
        raise Refused(Reason.MALFORMED, "heard: of or at")
    if not 1 <= report.round <= MAX_ROUND or not 0 <= report.missing <= MAX_MISSING:
        raise Refused(Reason.MALFORMED, "heard: round or missing")
    if (report.target and not IDENTIFIER.fullmatch(report.target)) or report.reason not in _REASONS | {""}:
        raise Refused(Reason.MALFORMED, "heard: target or reason")
    if report.state == "silent" and not report.reason:
        raise Refused(Reason.MALFORMED, "heard: silence has a reason")
