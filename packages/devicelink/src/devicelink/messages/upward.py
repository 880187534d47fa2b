"""What a device says: that it is there, how it is, what it sounded, that it is new."""

from typing import ClassVar, Literal

import msgspec

from devicelink.messages.base import Message
from devicelink.messages.telling import Revisions


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
    """Each 30 s +-20 %, and when `trouble` changes. `power`: mains | backup | unknown.

    `trouble`, the worst first: `no_card` (no sound card), `no_switch` (a switch of an adapter node does not obey),
    `unheard` (its self-tests heard nothing), `no_relay`, "" = none.
    `volume` as it is at this hour; `held`: a hold or a closure of its hours lets nothing but emergencies sound now.
    `clock_offset`: how far the clock was off (ms, + = it ran ahead) when it was set last, `clock_bound` how far it may
    be off now. `used_mb`: megabytes that it has fetched this month, -1 = not counted.
    `update` is the revision of the newest `release` it was told of, `step` what became of it (`updates.Step`).
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
    update: int = 0
    step: str = ""


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

    `cause`: why no relay of an earlier place did (`relayed.TROUBLES`), "" if one did.
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


class SelfTest(Message, frozen=True, kw_only=True):
    """A probe was sounded and listened to, or could not be. Signed by the device. POST `/device/selftest`.

    `at`: the true instant of its first sample, or at which it was given up. `verdict` `could_not` has a `reason`: a
    `Reason`, or `no_ear` (nothing to listen with), `noise` (too loud around it), `too_quiet` (the volume is 0),
    `no_power` (the amplifier did not switch on). `ear`: what listened, `line` = taken from the loudspeaker's own wires.
    Hundredths of a decibel: `level` of what came back against what was sent (the volume does not change it), `noise`
    around it, 0 = the loudest the input can tell. Thousandths: `score`, the likeness with what was sent, `bar`, what
    it had to reach, `harmonics`, the power of the second and third harmonic against the tone. `delay` milliseconds
    from the card to the ear. `command`: the order that asked for it, "" = its own clock did.
    """

    typ: ClassVar[str] = "selftest"
    device: str
    boot: str
    at: int
    verdict: Literal["heard", "not_heard", "microphone_dead", "could_not"]
    reason: str = ""
    ear: Literal["", "microphone", "line"] = ""
    level: int = 0
    noise: int = 0
    score: int = 0
    bar: int = 0
    harmonics: int = 0
    delay: int = 0
    volume: int = 0
    command: str = ""
    signature: str = ""


class EnrolRequest(Message, frozen=True, kw_only=True):
    """POST `/device/enrol`. `signature` is by the device's new key over `loa-enrol-1.` + claim + "." + public."""

    typ: ClassVar[str] = "enrol"
    claim: str
    public: str
    kind: Literal["speaker", "board", "adapter"]
    agent: str
    signature: str


class EnrolAnswer(Message, frozen=True, kw_only=True):
    """`fingerprint` is what the technician compares: SHA-256 of the public key, 8 groups of 4 hex digits."""

    typ: ClassVar[str] = "enrolled"
    device: str
    fingerprint: str
    engine_url: str
    media_url: str


class LogUpload(Message, frozen=True, kw_only=True):
    """POST `/device/log`: the answer to the `command` with this `id` and the action "log". Sent once, small.

    `text`: gzip of UTF-8 lines, oldest first, base64url; secrets were taken out on the device. `lines`: how many.
    """

    typ: ClassVar[str] = "log"
    device: str
    id: str
    at: int
    lines: int
    text: str


class Heard(Message, frozen=True, kw_only=True):
    """What became of an alert, of what ends one, or of a live session, as it happens; unsigned, so only *reported*.

    `of` is "alert:<id>", "cancel:<id>" or "session:<id>". `state`: sounding (the first sample is out), ended (as it
    should), displaced (another had its turn; it comes again), silent (it will not sound: `reason` is a `Reason`),
    cancelled. `round` counts the repeats from 1. `target` is the text it took, `late` that it sounded after 30 min or
    more with its time of issue. `missing`: how many prompts and voices were not there. The proof of play is signed.
    """

    typ: ClassVar[str] = "heard"
    device: str
    of: str
    state: Literal["sounding", "ended", "displaced", "silent", "cancelled"]
    at: int
    round: int = 1
    target: str = ""
    reason: str = ""
    late: bool = False
    missing: int = 0
