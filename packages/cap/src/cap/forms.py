"""An alert as JSON: the names of CAP 1.2, lists where it lets an element come again, nothing that is empty.

`polygon` is a list of rings of {latitude, longitude}, `circle` {centre, radius} in kilometres, `references` a list of
{sender, identifier, sent}; instants are written as CAP writes them.
"""

from datetime import datetime
from typing import Any

import msgspec

from cap import values
from cap.model import Alert
from cap.refusals import Code, Refused
from cap.safety import MAX_BYTES


def to_json(alert: Alert) -> bytes:
    """UTF-8."""
    return msgspec.json.encode(_written(msgspec.to_builtins(alert, builtin_types=(datetime,))))


def from_json(data: bytes) -> Alert:
    """The same again. Refused when it is not that form."""
    if len(data) > MAX_BYTES:
        raise Refused(Code.TOO_LARGE, f"{len(data)} bytes")
    try:
        alert = msgspec.json.decode(data, type=Alert)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Code.NOT_VALID, str(error)[:200]) from error
    instants = [alert.sent, *(time for info in alert.info for time in (info.effective, info.onset, info.expires))]
    if any(time is not None and time.utcoffset() is None for time in instants):
        raise Refused(Code.BAD_TIME, "an instant without offset")
    return alert


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return values.write_instant(value)
    if isinstance(value, dict):
        return {name: _written(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_written(inner) for inner in value]
    return value
