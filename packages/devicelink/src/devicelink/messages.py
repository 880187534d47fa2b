"""All messages between the platform and a device: one type, one `typ`, one documented row.

Instants are integer Unix milliseconds (UTC), durations integer milliseconds, hashes lower-case hex SHA-256, keys and
nonces unpadded base64url. Unknown fields are ignored, so that protocol N+1 may add some; a missing one is `malformed`.
Downward messages travel as a JWS (`devicelink.jws`); upward messages as plain JSON, authenticated by the connection,
except those whose docstring says that they are signed by the device.
"""

from enum import StrEnum
from typing import ClassVar, Literal

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

    `max_volume` is 0-100; of `volumes` the strictest that holds the minute counts too, except for emergencies.
    `plan_set` names the plan it obeys. `monthly_mb`: data budget of the SIM (0 = unmetered).
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


class SoundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file the plan needs: Ogg/Opus, addressed by its SHA-256 at `/device/media/<sha256>`."""

    sha256: str
    size: int
    duration: int


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sound inside an airing, preceded by `gap` milliseconds of silence."""

    sha256: str
    gap: int = 0


class Relay(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where live sound comes from. `id` names the source in the play log.

    stream: HTTP, Icecast or HLS at `url`; one that begins with `/relay/` is asked of the gateway, with the device's
    token, and comes with time stamps. fm: the device's tuner at `frequency` kHz. line: its audio input `input`.
    """

    kind: Literal["stream", "fm", "line"]
    id: str
    url: str = ""
    frequency: int = 0
    input: str = ""


class Airing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dated item of a plan.

    `priority` is "normal" or "priority"; anything else (such as "emergency") is refused with `wrong_role`.
    `duration` is the sum of gaps and sounds. `latest` is the last instant at which it may start when something
    displaces it (0 = only at `start`). `filling` items (relays, music) may be cut and joined midway. `only` restricts
    it to these devices of the plan set. `offline_for`: hours since the last welcome after which it is skipped
    (`stale_offline`).
    `rank` orders items of one session: position, lower first.
    `relays` are live sources, the first that sounds is taken; one that is silent for `silent_after` ms is given up (0 =
    never). Then `parts` are what sounds, over and over, while none of them does; no parts mean silence.
    """

    id: str
    start: int
    duration: int
    parts: tuple[Part, ...]
    approval: str
    priority: str = "normal"
    level: Literal["commune", "province", "centre"] = "commune"
    issued: int = 0
    latest: int = 0
    filling: bool = False
    offline_for: int = 168
    only: tuple[str, ...] = ()
    rank: int = 0
    title: str = ""
    relays: tuple[Relay, ...] = ()
    silent_after: int = 90_000


class Plan(Message, frozen=True, kw_only=True):
    """State, role `plan`: what the devices of one plan set sound between `start` and `end`. Fetched over HTTPS."""

    typ: ClassVar[str] = "plan"
    audience: Audience
    revision: int
    issued: int
    start: int
    end: int
    airings: tuple[Airing, ...]
    files: tuple[SoundFile, ...]


class Volume(Message, frozen=True, kw_only=True):
    """State, role `command`: 0-100, capped by the placement's `max_volume`."""

    typ: ClassVar[str] = "volume"
    audience: Audience
    revision: int
    issued: int
    volume: int


class Command(Message, frozen=True, kw_only=True):
    """Event, role `command`. `action` "stop_item" ends what sounds now (no emergency), "refresh" fetches anew."""

    typ: ClassVar[str] = "command"
    audience: Audience
    id: str
    issued: int
    expires: int
    action: str
    airing: str = ""


class Hold(Message, frozen=True, kw_only=True):
    """State, role `stop`: until `until` nothing but emergencies sounds. Released by a newer revision with `until` 0."""

    typ: ClassVar[str] = "hold"
    audience: Audience
    revision: int
    issued: int
    until: int
    by: str = ""


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


class Welcome(Message, frozen=True, kw_only=True):
    """Answer, role `time`, to every `Hello`. Holds (complete JWS) come along, because they are small and urgent."""

    typ: ClassVar[str] = "welcome"
    audience: Audience
    nonce: str
    time: int
    revisions: Revisions
    holds: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


class Changed(Message, frozen=True, kw_only=True):
    """Event, role `time`: a hint that a state document changed; the device fetches it. It changes nothing itself."""

    typ: ClassVar[str] = "changed"
    audience: Audience
    id: str
    issued: int
    expires: int
    document: Literal["keyset", "placement", "plan", "volume"]
    revision: int


class Receipt(Message, frozen=True, kw_only=True):
    """Answer, role `time`: proofs up to and including `count` of `boot` are stored; the device may delete them.

    `nonce` is the hash of the chain head that was uploaded.
    """

    typ: ClassVar[str] = "receipt"
    audience: Audience
    nonce: str
    boot: str
    count: int


# --- upward ----------------------------------------------------------------------------------------------------------


class Hello(Message, frozen=True, kw_only=True):
    """First message of every connection and then hourly; answered by `Welcome`. `clock_bound` -1 = no valid time."""

    typ: ClassVar[str] = "hello"
    device: str
    nonce: str
    boot: str
    versions: tuple[int, ...]
    agent: str
    revisions: Revisions
    holds: tuple[int, ...] = ()
    clock_bound: int = -1
    reason: str = ""


class Beat(Message, frozen=True, kw_only=True):
    """Each 30 s +-20 %, and when `trouble` ("" | `no_card` | `no_relay`) changes. `power`: mains | backup | unknown.

    `volume` as it is at this hour; `held`: a hold or a closure of its hours lets nothing but emergencies sound now.
    `clock_offset`: how far the clock was off (ms, + = it ran ahead) when it was set last, `clock_bound` how far it may
    be off now. `used_mb`: megabytes that it has fetched this month, -1 = not counted.
    """

    typ: ClassVar[str] = "beat"
    device: str
    at: int
    boot: str
    uptime: int
    agent: str
    volume: int
    playing: str = ""
    held: bool = False
    power: str = "unknown"
    link: str = ""
    signal: int = 0
    storage_free: int = 0
    clock_offset: int = 0
    clock_bound: int = -1
    plan: int = 0
    files_missing: int = 0
    proofs_waiting: int = 0
    trouble: str = ""
    used_mb: int = -1


class Bye(Message, frozen=True, kw_only=True):
    """Clean stop ("stopping") or power report ("power_lost"); a connection that ends without it is a silent link."""

    typ: ClassVar[str] = "bye"
    device: str
    at: int
    cause: Literal["stopping", "power_lost"]


class Ack(Message, frozen=True, kw_only=True):
    """Application acknowledgement of one downward message. `code` is "ok" or a `Reason`.

    `of` is "<typ>:<id or revision>". For a plan, `detail` "complete" says that every file of it is on the device.
    """

    typ: ClassVar[str] = "ack"
    device: str
    of: str
    code: str
    at: int
    detail: str = ""


class Relayed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """For `ms` of a relayed airing this sounded: the relay with the id `source`, "fallback", or "" (nothing).

    `cause`: why no relay of an earlier place did (gone | stuck | silent | junk | forbidden | missing), "" if it did.
    """

    source: str = ""
    ms: int
    cause: str = ""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the device's chained record: an airing that sounded, was cut or was skipped.

    `outcome`: played | cut | skipped; `reason`: "" or a `Reason`. `started` is the device's estimate of the true
    instant of the first sample, `rendered` the milliseconds of programme really handed to the sink. `previous` is the
    hash of the row before (64 zeros at the start of a boot), `hash` is SHA-256 over `previous` and the canonical row.
    Of a relay `rendered` counts only what its sources gave; `relayed` says what else sounded. Without relay it is empty
    and stands in neither row nor hash.
    """

    boot: str
    count: int
    airing: str
    planned: int
    started: int
    rendered: int
    outcome: Literal["played", "cut", "skipped"]
    reason: str = ""
    plan: int = 0
    clock_bound: int = -1
    previous: str
    hash: str
    relayed: tuple[Relayed, ...] = ()


class ProofHead(msgspec.Struct, frozen=True, kw_only=True):
    """Head of the chain, signed by the device key over `loa-proof-1.` + its canonical JSON without `signature`."""

    device: str
    boot: str
    count: int
    hash: str
    signature: str = ""


class ProofUpload(Message, frozen=True, kw_only=True):
    """Signed by the device (through `head`): rows in order, without gaps, ending at the head. POST `/device/proofs`."""

    typ: ClassVar[str] = "proofs"
    head: ProofHead
    rows: tuple[Proof, ...]


class EnrolRequest(Message, frozen=True, kw_only=True):
    """POST `/device/enrol`. `signature` is by the device's new key over `loa-enrol-1.` + claim + "." + public."""

    typ: ClassVar[str] = "enrol"
    claim: str
    public: str
    kind: Literal["speaker", "board"]
    agent: str
    signature: str


class EnrolAnswer(Message, frozen=True, kw_only=True):
    """`fingerprint` is what the technician compares: SHA-256 of the public key, 8 groups of 4 hex digits."""

    typ: ClassVar[str] = "enrolled"
    device: str
    fingerprint: str
    engine_url: str
    media_url: str


ROLE_OF: dict[type[Message], Role | None] = {
    Keyset: None,  # the root
    Placement: Role.PLACEMENT,
    Plan: Role.PLAN,
    Volume: Role.COMMAND,
    Command: Role.COMMAND,
    Hold: Role.STOP,
    Time: Role.TIME,
    Welcome: Role.TIME,
    Changed: Role.TIME,
    Receipt: Role.TIME,
}
DOWNWARD: dict[str, type[Message]] = {kind.typ: kind for kind in ROLE_OF}
UPWARD: dict[str, type[Message]] = {kind.typ: kind for kind in (Hello, Beat, Bye, Ack, ProofUpload, EnrolRequest)}
STATES: tuple[type[Message], ...] = (Keyset, Placement, Plan, Volume, Hold)
EVENTS: tuple[type[Message], ...] = (Command, Changed)
ANSWERS: tuple[type[Message], ...] = (Time, Welcome, Receipt)
