"""The form of the golden files, and how a verdict is reached: by the same code that runs on a loudspeaker."""

from collections.abc import Mapping
from typing import Any

import msgspec

from devicelink import batches, heards, jws, permits, proofs, selftests, tokens, voices
from devicelink.freshness import Clock, Event, Mark, MemoryLedger, State, event_of, kept_until, remembered, slot_of
from devicelink.golden import world
from devicelink.jws import decode64, encode64
from devicelink.keyring import Keyring, Verified, Verifier, fingerprint, open_keyset
from devicelink.messages import DOWNWARD, Airing, Heard, Message, Placement, ProofUpload, SelfTest
from devicelink.permits import Permit, PlanSetPlace
from devicelink.refusals import Refused

OK, REPEAT = "ok", "repeat"


class ClockNow(msgspec.Struct, frozen=True, kw_only=True):
    """`devicelink.freshness.Clock`: ms; `bound` -1 = unknown."""

    now: int = world.CLOCK.now
    bound: int = world.CLOCK.bound
    floor: int = world.CLOCK.floor


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger before: marks of states by slot, event ids with the instant until which they are kept."""

    marks: dict[str, Mark] = {}
    events: dict[str, int] = {}


class MessageCase(msgspec.Struct, frozen=True, kw_only=True):
    """A message arrives. `verdict`: "ok", "repeat" (a state held already: accepted, nothing to do), or a reason.

    `expected` are the types awaited here, `nonce` what the device asked with. On "ok" and "repeat", `slot` and `mark`
    say what to store with a state, `event` and `keep` what must be durable before an event has an effect, `stops` what
    besides (events that it ends, with the instant until which they are kept). `padding` asks for so many letters A
    behind the message, so that the file need not hold them.
    """

    name: str
    message: str
    expected: tuple[str, ...]
    verdict: str = OK
    root: str = encode64(world.ROOT)
    keyset: str | None = ""
    device: str = world.DEVICE
    placement: Placement | None = None
    clock: ClockNow = ClockNow()
    memory: Memory = Memory()
    nonce: str | None = None
    slot: str = ""
    mark: Mark | None = None
    event: str = ""
    keep: int = 0
    stops: dict[str, int] = {}
    padding: int = 0


class ProofCase(msgspec.Struct, frozen=True, kw_only=True):
    """A device uploads proofs; `stored_*`: the last row held of this boot. `new` rows are taken, `gap` are missing."""

    name: str
    device: str
    public: str
    upload: ProofUpload
    stored_count: int = 0
    stored_hash: str = ""
    verdict: str = OK
    new: int = 0
    gap: int = 0


class SelfTestCase(msgspec.Struct, frozen=True, kw_only=True):
    """A device that logged in as `device` tells of its self-test; `public` is the key of that device."""

    name: str
    device: str
    public: str
    report: SelfTest
    verdict: str = OK


class FrameCase(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes arrive on a topic (hex). `kind` "voice": `sha256` is what came out. "batch": `public` is the key of the
    session; number, capture time and the packets (hex) are what came out. `padding` so many zero bytes behind them.
    """

    name: str
    kind: str
    frame: str
    public: str = ""
    verdict: str = OK
    sha256: str = ""
    number: int = 0
    captured: int = 0
    packets: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    padding: int = 0


class HeardCase(msgspec.Struct, frozen=True, kw_only=True):
    """A device that logged in as `device` says what became of an alert or a session."""

    name: str
    device: str
    report: Heard
    verdict: str = OK


class TokenCase(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody logs in at `now` (ms) to the service called `audience`; `publics` are the keys of known devices."""

    name: str
    token: str
    audience: str
    publics: dict[str, str]
    now: int
    verdict: str = OK


class PermitCase(msgspec.Struct, frozen=True, kw_only=True):
    """May this airing be signed for a plan set standing at `area`, with these `groups` and `devices`?"""

    name: str
    permit: Permit
    digest: str
    airing: Airing
    now: int
    area: str
    plan_set: str
    groups: tuple[str, ...]
    devices: dict[str, tuple[str, ...]]
    verdict: str = OK


def judge_message(case: MessageCase) -> str:
    """The verdict of our `Verifier`."""
    try:
        verified = verify(case)
    except Refused as refused:
        return str(refused.reason)
    return REPEAT if verified.repeat else OK


def verify(case: MessageCase) -> Verified[Message]:
    """Run the case. Refused."""
    kinds = tuple(DOWNWARD[typ] for typ in case.expected)
    clock = Clock(case.clock.now, case.clock.bound, case.clock.floor)
    return verifier(case).verify(case.message + "A" * case.padding, *kinds, clock=clock, nonce=case.nonce)


def verifier(case: MessageCase) -> Verifier:
    """A device in the state that the case describes."""
    root: bytes | str = case.root if "-" in case.root[:5] else decode64(case.root)
    keyring = Keyring.of(open_keyset(case.keyset, root).message) if case.keyset else None
    ledger = MemoryLedger(dict(case.memory.marks), dict(case.memory.events))
    return Verifier(root=root, device=case.device, ledger=ledger, keyring=keyring, placement=case.placement)


def completed(case: MessageCase) -> MessageCase:
    """The case with what has to be stored afterwards."""
    try:
        verified = verify(case)
    except Refused:
        return case
    message = verified.message
    if isinstance(message, State):
        return msgspec.structs.replace(case, slot=slot_of(message), mark=verified.mark)
    if isinstance(message, Event):
        event = event_of(message)
        stops = {name: until for name, until in remembered(message).items() if name != event}
        return msgspec.structs.replace(case, event=event, keep=kept_until(message), stops=stops)
    return case


def judge_proof(case: ProofCase) -> tuple[str, int, int]:
    """Verdict, number of new rows, gap."""
    stored = proofs.Stored(case.stored_count, case.stored_hash) if case.stored_count else None
    try:
        found = proofs.verify_upload(case.upload, device=case.device, public=decode64(case.public), stored=stored)
    except Refused as refused:
        return str(refused.reason), 0, 0
    return OK, len(found.rows), found.gap


def judge_selftest(case: SelfTestCase) -> str:
    """The verdict."""
    try:
        selftests.check(case.report, device=case.device, public=decode64(case.public))
    except Refused as refused:
        return str(refused.reason)
    return OK


def judge_frame(case: FrameCase) -> FrameCase:
    """The case with what really came out."""
    frame = bytes.fromhex(case.frame) + bytes(case.padding)
    empty = FrameCase(name=case.name, kind=case.kind, frame=case.frame, public=case.public, padding=case.padding)
    try:
        if case.kind == "voice":
            return msgspec.structs.replace(empty, sha256=voices.unpack(frame)[0])
        batch = batches.unpack(frame, decode64(case.public))
    except Refused as refused:
        return msgspec.structs.replace(empty, verdict=str(refused.reason))
    return msgspec.structs.replace(
        empty,
        number=batch.number,
        captured=batch.captured,
        packets=tuple(packet.hex() for packet in batch.packets),
        before=tuple(packet.hex() for packet in batch.before),
    )


def judge_heard(case: HeardCase) -> str:
    """The verdict."""
    try:
        heards.check(case.report, device=case.device)
    except Refused as refused:
        return str(refused.reason)
    return OK


def judge_token(case: TokenCase) -> str:
    """The verdict."""
    publics: Mapping[str, bytes] = {device: decode64(text) for device, text in case.publics.items()}
    try:
        tokens.check(case.token, audience=case.audience, public_of=publics.get, now=case.now)
    except Refused as refused:
        return str(refused.reason)
    return OK


def judge_permit(case: PermitCase) -> str:
    """The verdict."""
    place = PlanSetPlace(
        area=case.area, plan_set=case.plan_set, groups=frozenset(case.groups), devices=dict(case.devices)
    )
    try:
        permits.allows(case.permit, case.airing, place, case.now)
    except Refused as refused:
        return str(refused.reason)
    return OK


def message_case(name: str, message: Message | str, kind: type[Message] | None = None, /, **facts: Any) -> MessageCase:
    """A case in the usual situation: placed, keyset known, clock good. `message` may be signed already."""
    token = message if isinstance(message, str) else world.signed(message)
    awaited = kind or (Message if isinstance(message, str) else type(message))
    fields: dict[str, Any] = {"keyset": world.signed(world.keyset()), "placement": world.placement()}
    return completed(MessageCase(name=name, message=token, expected=(awaited.typ,), **(fields | facts)))


def fingerprint_of_root() -> str:
    """What an image holds when it does not hold the root's key itself."""
    return fingerprint(world.ROOT)


def tampered(token: str, piece: int, old: bytes, new: bytes) -> str:
    """The token with bytes of its header (0) or payload (1) replaced, signature kept."""
    pieces = token.split(".")
    raw = decode64(pieces[piece])
    if old not in raw:
        raise ValueError(f"{old!r} is not in the message")
    pieces[piece] = jws.encode64(raw.replace(old, new))
    return ".".join(pieces)
