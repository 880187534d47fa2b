"""Does an alert make sense? What the schema of CAP 1.2 cannot say but its text does. Pure: `now` is an argument."""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from cap.model import Alert, Area, Info, Resource
from cap.refusals import Code, Refused

CLOCK_ERROR = timedelta(minutes=5)
NEEDS_REFERENCES = ("Update", "Cancel", "Ack", "Error")
_NAME = re.compile(r"[^\s,<&]{1,200}")
_DIGEST = re.compile(r"[0-9a-fA-F]{40}")


def check(alert: Alert, now: datetime) -> None:
    """None if it makes sense at `now`, else `Refused` with the first reason."""
    check_sense(alert)
    if alert.sent > now + CLOCK_ERROR:
        raise Refused(Code.SENT_IN_FUTURE, f"sent {alert.sent.isoformat()}")
    if is_over(alert, now):
        raise Refused(Code.EXPIRED, "every part of it is over")


def check_sense(alert: Alert) -> None:
    """The same without asking what time it is."""
    if not _NAME.fullmatch(alert.identifier) or not _NAME.fullmatch(alert.sender):
        raise Refused(Code.BAD_IDENTIFIER, "identifier or sender is empty, too long, or has a blank, comma, < or &")
    _check_references(alert)
    if alert.scope == "Restricted" and not alert.restriction.strip():
        raise Refused(Code.NO_RESTRICTION, "restricted, but to whom?")
    if alert.scope == "Private" and not alert.addresses:
        raise Refused(Code.NO_ADDRESSES, "private, but to whom?")
    if alert.msg_type in ("Alert", "Update") and not alert.info:
        raise Refused(Code.NO_INFO, "says nothing")
    for info in alert.info:
        _check_info(alert, info)


def is_over(alert: Alert, now: datetime) -> bool:
    """True if each of its parts has ended. What names no end is never over by itself."""
    return bool(alert.info) and all(info.expires is not None and info.expires <= now for info in alert.info)


def _check_references(alert: Alert) -> None:
    if alert.msg_type in NEEDS_REFERENCES and not alert.references:
        raise Refused(Code.NO_REFERENCES, f"{alert.msg_type} of what?")
    if any(one.sender == alert.sender and one.identifier == alert.identifier for one in alert.references):
        raise Refused(Code.SELF_REFERENCE, alert.identifier)
    if any(one.sent > alert.sent for one in alert.references):
        raise Refused(Code.WRONG_ORDER, "refers to a later message")


def _check_info(alert: Alert, info: Info) -> None:
    if not info.event.strip():
        raise Refused(Code.NO_INFO, "an info without event")
    start = info.effective or alert.sent
    if info.expires is not None and info.expires <= max(start, alert.sent):
        raise Refused(Code.WRONG_ORDER, "expires before it begins, or before it was sent")
    if info.onset is not None and info.expires is not None and info.onset > info.expires:
        raise Refused(Code.WRONG_ORDER, "expires before the onset")
    for area in info.area:
        _check_area(area)
    for resource in info.resource:
        _check_resource(resource)


def _check_area(area: Area) -> None:
    if area.ceiling is not None and area.altitude is None:
        raise Refused(Code.NO_ALTITUDE, "a ceiling without altitude")
    if area.ceiling is not None and area.altitude is not None and area.ceiling < area.altitude:
        raise Refused(Code.NO_ALTITUDE, "the ceiling lies below the altitude")


def _check_resource(resource: Resource) -> None:
    for fault in _faults(resource):
        raise Refused(Code.BAD_RESOURCE, fault)


def _faults(resource: Resource) -> Iterator[str]:
    if "/" not in resource.mime_type:
        yield "no MIME type"
    if resource.digest and not _DIGEST.fullmatch(resource.digest):
        yield "the digest is no SHA-1"
    if resource.deref_uri:
        try:
            base64.b64decode("".join(resource.deref_uri.split()), validate=True)
        except (binascii.Error, ValueError):
            yield "derefUri is no base64"
