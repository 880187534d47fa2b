"""What a device holds until something newer comes: keys, its place, its volume, a stop."""

from typing import ClassVar

import msgspec

from devicelink.messages.base import Audience, Message, Role


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One public key: Ed25519, 32 bytes, base64url. `scope` is an area path; the key speaks for it and all below."""

    kid: str
    public: str
    role: Role
    scope: str
    valid_from: int
    valid_to: int


class Keyset(Message, frozen=True, kw_only=True):
    """State, signed by the offline root (`kid` "root"). The highest `revision` wins; an expired one never silences.

    `root` is the root's public key (base64url), for a device whose image holds only its fingerprint.
    """

    typ: ClassVar[str] = "keyset"
    revision: int
    issued: int
    expires: int
    keys: tuple[Key, ...]
    root: str = ""


class HoursWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Sound is allowed from `start` to `end` (minutes of the local day, `end` <= 1440) on `weekdays` (1 = Monday)."""

    weekdays: tuple[int, ...]
    start: int
    end: int


class HoursExtension(msgspec.Struct, frozen=True, kw_only=True):
    """One dated span in absolute instants: sound is also allowed (an eve, an election), or is not (a closure)."""

    start: int
    end: int


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Allowed hours of one device. Local time is UTC + `utc_offset` minutes (Viet Nam has no daylight saving: 420).

    In `closures` (days off, mourning, a muted cluster) nothing but emergencies sounds, whatever else allows it.
    """

    utc_offset: int = 420
    windows: tuple[HoursWindow, ...]
    extensions: tuple[HoursExtension, ...] = ()
    closures: tuple[HoursExtension, ...] = ()


class VolumeCap(msgspec.Struct, frozen=True, kw_only=True):
    """From `start` to `end` (minutes of the local day, `end` <= 1440) nothing is louder than `most` (0-100)."""

    start: int
    end: int
    most: int


class Placement(Message, frozen=True, kw_only=True):
    """State, role `placement`, one device. Where it belongs; without it the device plays nothing.

    `max_volume` is 0-100; of `volumes` the strictest that holds the minute counts too. An actual alert asks for
    neither: it sounds at `emergency_volume`. `plan_set` names the plan it obeys. `monthly_mb`: data budget of the SIM
    (0 = unmetered).
    """

    typ: ClassVar[str] = "placement"
    audience: Audience
    revision: int
    issued: int
    device: str
    area: str
    groups: tuple[str, ...]
    plan_set: str
    hours: Hours
    max_volume: int
    break_glass: bool = False
    latitude: float | None = None
    longitude: float | None = None
    monthly_mb: int = 0
    volumes: tuple[VolumeCap, ...] = ()
    emergency_volume: int = 100


class Volume(Message, frozen=True, kw_only=True):
    """State, role `command`: 0-100, capped by the placement's `max_volume`."""

    typ: ClassVar[str] = "volume"
    audience: Audience
    revision: int
    issued: int
    volume: int


class Hold(Message, frozen=True, kw_only=True):
    """State, role `stop`: until `until` nothing but emergencies sounds. Released by a newer revision with `until` 0."""

    typ: ClassVar[str] = "hold"
    audience: Audience
    revision: int
    issued: int
    until: int
    by: str = ""
