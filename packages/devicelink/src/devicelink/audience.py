"""Whom a message is for. The device decides by its placement, never by the topic on which the message arrived."""

import re

from devicelink.messages import Audience, Placement
from devicelink.refusals import Reason, Refused

AREA_PATH = re.compile(r"[A-Za-z0-9_-]{1,32}(\.[A-Za-z0-9_-]{1,32}){0,7}")


def named(audience: Audience) -> tuple[str, str]:
    """The one field that is set and its value, such as ("area", "vn.15.04378"). None or several set: `malformed`."""
    fields = (
        ("device", audience.device),
        ("plan_set", audience.plan_set),
        ("group", audience.group),
        ("area", audience.area),
    )
    chosen = [(kind, value) for kind, value in fields if value is not None]
    if len(chosen) != 1 or not chosen[0][1]:
        raise Refused(Reason.MALFORMED, "an audience names exactly one of device, plan_set, group, area")
    return chosen[0]


def is_area_path(text: str) -> bool:
    """True for 1-8 labels of letters, digits, `_` and `-`, joined by dots."""
    return AREA_PATH.fullmatch(text) is not None


def inside(scope: str, path: str) -> bool:
    """True if the area `path` is `scope` itself or lies below it; "vn.1" does not hold "vn.15"."""
    return path == scope or path.startswith(scope + ".")


def matches(audience: Audience, placement: Placement) -> bool:
    """True if the device with this placement is meant."""
    kind, value = named(audience)
    if kind == "device":
        return value == placement.device
    if kind == "plan_set":
        return value == placement.plan_set
    if kind == "group":
        return value in placement.groups
    return inside(value, placement.area)
