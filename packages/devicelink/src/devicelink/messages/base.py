"""What every message shares: who may sign it, whom it is for."""

from enum import StrEnum
from typing import ClassVar

import msgspec


class Role(StrEnum):
    """What a key of the keyset may sign."""

    PLACEMENT = "placement"
    PLAN = "plan"
    COMMAND = "command"
    STOP = "stop"
    TIME = "time"
    ALERT = "alert"
    LIVE = "live"
    FIRMWARE = "firmware"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all messages. `typ` is the protected header of the JWS."""

    typ: ClassVar[str] = ""


class Audience(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom a message is for: exactly one field is set. The device decides by its placement, not by the topic."""

    device: str | None = None
    plan_set: str | None = None
    group: str | None = None
    area: str | None = None  # a path such as "vn.15.04378": that area and everything below it
