"""Events and answers: orders, hints, the time, the welcome, the receipt."""

from typing import ClassVar, Literal

import msgspec

from devicelink.messages.base import Audience, Message


class Command(Message, frozen=True, kw_only=True):
    """Event, role `command`. Another `action` than these is answered with `unknown_type` and has no effect.

    "stop_item" ends what sounds now, or only `airing` (no emergency). "refresh" fetches all states anew. "update" says
    that there is a `release` to fetch. "log" asks for the last `lines` of the device's record (`log`), none of them
    older than `since` (ms). "selftest", only ever for one device, asks it to sound its probe and listen, when it may
    sound at all.
    """

    typ: ClassVar[str] = "command"
    audience: Audience
    id: str
    issued: int
    expires: int
    action: str
    airing: str = ""
    lines: int = 0
    since: int = 0


class Changed(Message, frozen=True, kw_only=True):
    """Event, role `time`: a hint that a state document changed; the device fetches it. It changes nothing itself."""

    typ: ClassVar[str] = "changed"
    audience: Audience
    id: str
    issued: int
    expires: int
    document: Literal["keyset", "placement", "plan", "volume"]
    revision: int


class Time(Message, frozen=True, kw_only=True):
    """Answer, role `time`: the platform's clock. The device adds half of the round trip to the error bound."""

    typ: ClassVar[str] = "time"
    audience: Audience
    nonce: str
    time: int


class Revisions(msgspec.Struct, frozen=True, kw_only=True):
    """What the device should hold now; 0 = nothing."""

    keyset: int = 0
    placement: int = 0
    plan: int = 0
    volume: int = 0
    release: int = 0


class Welcome(Message, frozen=True, kw_only=True):
    """Answer, role `time`, to every `Hello`. Holds (complete JWS) come along, because they are small and urgent."""

    typ: ClassVar[str] = "welcome"
    audience: Audience
    nonce: str
    time: int
    revisions: Revisions
    holds: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


class Receipt(Message, frozen=True, kw_only=True):
    """Answer, role `time`: proofs up to and including `count` of `boot` are stored; the device may delete them.

    `nonce` is the hash of the chain head that was uploaded.
    """

    typ: ClassVar[str] = "receipt"
    audience: Audience
    nonce: str
    boot: str
    count: int
