"""A small fixed world for golden vectors and tests: xã Quy Mông, its keys, one loudspeaker. Nothing here is secret."""

import hashlib
from typing import Any

import msgspec
import nacl.bindings

from devicelink import jws
from devicelink.freshness import Clock
from devicelink.keyring import ROOT_KID, Keyring
from devicelink.messages import (
    ROLE_OF,
    Airing,
    Alert,
    Audience,
    Cancel,
    Changed,
    Command,
    Hold,
    Hours,
    HoursWindow,
    Key,
    Keyset,
    Manifest,
    Message,
    Part,
    Placement,
    Plan,
    Receipt,
    Revisions,
    Role,
    Session,
    SessionEnd,
    SoundFile,
    Target,
    Time,
    Voice,
    Volume,
    Welcome,
    Wheel,
)
from devicelink.permits import Permit, PermitTimes

NOW = 1_767_222_000_000  # 2026-01-01 06:00 in Viet Nam
MINUTE, HOUR, DAY, YEAR = 60_000, 3_600_000, 86_400_000, 365 * 86_400_000
COMMUNE, HAMLET = "vn.15.04378", "vn.15.04378.h5"
NEIGHBOUR = "vn.15.04387"
DEVICE, OTHER_DEVICE, NEIGHBOUR_DEVICE = "spk-quymong-05", "spk-quymong-01", "spk-trany-01"
NEIGHBOURS_ROLES = (Role.PLACEMENT, Role.PLAN, Role.STOP, Role.ALERT, Role.LIVE)
PLAN_SET = "ps-quymong-thon45"
GROUPS = ("g-quymong-thon45",)
NONCE = "bm9uY2Utb2YtdGhlLXRlc3Q"
APPROVAL = "6a1f0f0e-8a52-4f6b-9d5e-0d4f5f3c2b11"
CLOCK = Clock(now=NOW, bound=2_000, floor=NOW - DAY)
SOUND = hashlib.sha256(b"thong bao lich cat dien").hexdigest()
PROMPT = hashlib.sha256(b"chu y, chu y").hexdigest()
SPOKEN = b"OggS the river rises"
VOICE = hashlib.sha256(SPOKEN).hexdigest()
SESSION = hashlib.sha256(b"loa golden session").hexdigest()[:32]
SIREN = hashlib.sha256(b"an unapproved file").hexdigest()


def seed(name: str) -> bytes:
    """The fixed private seed of the key or device called `name`."""
    return hashlib.sha256(b"loa golden vectors: " + name.encode()).digest()


def public(name: str) -> bytes:
    """The public key that belongs to `seed(name)`."""
    key: bytes = nacl.bindings.crypto_sign_seed_keypair(seed(name))[0]
    return key


ROOT = public("root")


def key(kid: str, role: Role, **changes: Any) -> Key:
    """A key of the keyset, valid for two years around `NOW`, for the whole country unless changed."""
    fields: dict[str, Any] = {"scope": "vn", "valid_from": NOW - YEAR, "valid_to": NOW + YEAR} | changes
    return Key(kid=kid, public=jws.encode64(public(kid)), role=role, **fields)


def keyset(**changes: Any) -> Keyset:
    """One key a role, a plan key that is over, one not yet valid, and the keys of the neighbour commune."""
    keys = (
        *(key(f"{role}-1", role) for role in Role),
        key("plan-over", Role.PLAN, valid_to=NOW - DAY),
        key("plan-early", Role.PLAN, valid_from=NOW + DAY),
        key("time-over", Role.TIME, valid_to=NOW - 2 * DAY),
        *(key(f"{role}-neighbour", role, scope=NEIGHBOUR) for role in NEIGHBOURS_ROLES),
    )
    fields: dict[str, Any] = {
        "revision": NOW - 30 * DAY,
        "issued": NOW - 30 * DAY,
        "expires": NOW + 300 * DAY,
        "keys": keys,
    }
    return Keyset(**(fields | {"root": jws.encode64(ROOT)} | changes))


def placement(**changes: Any) -> Placement:
    """Cluster 5 of Quy Mông, hamlet 5, allowed to sound 05:00-21:00."""
    fields: dict[str, Any] = {
        "audience": Audience(device=DEVICE),
        "revision": NOW - 10 * DAY,
        "issued": NOW - 10 * DAY,
        "device": DEVICE,
        "area": HAMLET,
        "groups": GROUPS,
        "plan_set": PLAN_SET,
        "hours": Hours(windows=(HoursWindow(weekdays=(1, 2, 3, 4, 5, 6, 7), start=300, end=1260),)),
        "max_volume": 80,
        "latitude": 21.75,
        "longitude": 104.85,
        "monthly_mb": 1_000,
    }
    return Placement(**(fields | changes))


def airing(**changes: Any) -> Airing:
    """The notice of a power cut, in the evening session."""
    fields: dict[str, Any] = {
        "id": "a-0001",
        "start": NOW + 11 * HOUR,
        "duration": 65_000,
        "parts": (Part(sha256=SOUND),),
        "approval": APPROVAL,
        "issued": NOW - HOUR,
        "latest": NOW + 11 * HOUR + 15 * MINUTE,
        "title": "Lịch cắt điện thôn 5",
    }
    return Airing(**(fields | changes))


def plan(**changes: Any) -> Plan:
    """A plan of seven days with one airing."""
    fields: dict[str, Any] = {
        "audience": Audience(plan_set=PLAN_SET),
        "revision": NOW,
        "issued": NOW,
        "start": NOW,
        "end": NOW + 7 * DAY,
        "airings": (airing(),),
        "files": (SoundFile(sha256=SOUND, size=210_000, duration=65_000),),
    }
    return Plan(**(fields | changes))


def permit(**changes: Any) -> Permit:
    """Lan wrote the notice, Thành approved it for the commune: 05:00 and 17:00 of the first week but for one day."""
    times = PermitTimes(
        weekdays=(1, 2, 3, 4, 5, 6, 7),
        minutes=(300, 1020),
        from_day="2026-01-01",
        to_day="2026-01-07",
        except_days=("2026-01-02",),
        slack=15 * MINUTE,
    )
    fields: dict[str, Any] = {
        "approval": APPROVAL,
        "content": SOUND,
        "area": COMMUNE,
        "targets": (Audience(area=COMMUNE),),
        "sounds": (SOUND,),
        "priority": "normal",
        "level": "commune",
        "times": (times,),
        "author": "u-lan",
        "approver": "u-thanh",
        "decided": NOW - HOUR,
    }
    return Permit(**(fields | changes))


def volume(**changes: Any) -> Volume:
    """Volume 60 for the device."""
    fields: dict[str, Any] = {"audience": Audience(device=DEVICE), "revision": NOW, "issued": NOW, "volume": 60}
    return Volume(**(fields | changes))


def release(**changes: Any) -> Manifest:
    """Agent 1.0.0 for the device."""
    fields: dict[str, Any] = {
        "audience": Audience(device=DEVICE),
        "revision": NOW,
        "issued": NOW,
        "order": "0b1d8c5e-3b0a-4e0c-9a33-8f1f5a7f2c10",
        "release": "1.0.0",
        "wheels": (Wheel(name="loa_speaker-1.0.0-py3-none-any.whl", sha256=SOUND, size=200_000),),
        "python": ("3.11", "3.12"),
        "machine": "aarch64",
        "not_before": NOW,
        "expires": NOW + 30 * DAY,
        "previous": "0.9.0",
    }
    return Manifest(**(fields | changes))


def command(**changes: Any) -> Command:
    """Stop what sounds now, for the device, valid for ten minutes."""
    fields: dict[str, Any] = {
        "audience": Audience(device=DEVICE),
        "id": "c-0001",
        "issued": NOW,
        "expires": NOW + 10 * MINUTE,
        "action": "stop_item",
    }
    return Command(**(fields | changes))


def hold(**changes: Any) -> Hold:
    """Silence for the commune, two hours."""
    fields: dict[str, Any] = {
        "audience": Audience(area=COMMUNE),
        "revision": NOW,
        "issued": NOW,
        "until": NOW + 2 * HOUR,
        "by": "u-lan",
    }
    return Hold(**(fields | changes))


def time(**changes: Any) -> Time:
    """The platform's clock for the device."""
    fields: dict[str, Any] = {"audience": Audience(device=DEVICE), "nonce": NONCE, "time": NOW}
    return Time(**(fields | changes))


def welcome(**changes: Any) -> Welcome:
    """The answer to a hello."""
    fields: dict[str, Any] = {
        "audience": Audience(device=DEVICE),
        "nonce": NONCE,
        "time": NOW,
        "revisions": Revisions(keyset=NOW - 30 * DAY, placement=NOW - 10 * DAY, plan=NOW),
    }
    return Welcome(**(fields | changes))


def target(**changes: Any) -> Target:
    """Everybody in the audience: a prompt that lies on the device, then the voice."""
    voice = Voice(sha256=VOICE, size=len(SPOKEN), duration=9_000)
    fields: dict[str, Any] = {"id": "tat-ca", "prompts": (PROMPT,), "voices": (voice,)}
    return Target(**(fields | changes))


def alert(**changes: Any) -> Alert:
    """Flash flood, actual, for Quy Mông, two hours, said again every ten minutes."""
    fields: dict[str, Any] = {
        "audience": Audience(area=COMMUNE),
        "id": "al-0001",
        "issued": NOW,
        "expires": NOW + 2 * HOUR,
        "status": "actual",
        "event": "lu-quet",
        "severity": "extreme",
        "risk": 3,
        "siren": "lu",
        "repeat": 10 * MINUTE,
        "headline": "Lũ quét trên suối Ngòi Thia",
        "issuer": "Ban Chỉ huy PTDS xã Quy Mông",
        "source": "Theo tin của Đài KTTV tỉnh Lào Cai, lúc 05:40",
        "targets": (target(),),
    }
    return Alert(**(fields | changes))


def cancel(**changes: Any) -> Cancel:
    """The danger is over; nothing is said aloud."""
    fields: dict[str, Any] = {
        "audience": Audience(area=COMMUNE),
        "id": "ca-0001",
        "issued": NOW,
        "expires": NOW + 2 * HOUR,
        "alert": "al-0001",
        "kind": "end",
        "status": "actual",
    }
    return Cancel(**(fields | changes))


def session(**changes: Any) -> Session:
    """Lan speaks to the commune for ten minutes."""
    fields: dict[str, Any] = {
        "audience": Audience(area=COMMUNE),
        "id": SESSION,
        "issued": NOW,
        "expires": NOW + 10 * MINUTE,
        "start": NOW,
        "end": NOW + 10 * MINUTE,
        "public": jws.encode64(public("session")),
        "speaker": "Lan",
        "title": "Họp dân thôn 5",
    }
    return Session(**(fields | changes))


def session_end(**changes: Any) -> SessionEnd:
    """It is over."""
    fields: dict[str, Any] = {
        "audience": Audience(area=COMMUNE),
        "id": "se-0001",
        "issued": NOW,
        "expires": NOW + HOUR,
        "session": SESSION,
        "at": NOW,
    }
    return SessionEnd(**(fields | changes))


def changed(**changes: Any) -> Changed:
    """A hint that the plan changed."""
    fields: dict[str, Any] = {
        "audience": Audience(plan_set=PLAN_SET),
        "id": "n-0001",
        "issued": NOW,
        "expires": NOW + HOUR,
        "document": "plan",
        "revision": NOW,
    }
    return Changed(**(fields | changes))


def receipt(**changes: Any) -> Receipt:
    """Proofs up to row 3 are stored."""
    fields: dict[str, Any] = {"audience": Audience(device=DEVICE), "nonce": NONCE, "boot": "b-1", "count": 3}
    return Receipt(**(fields | changes))


def signed(message: Message, kid: str | None = None, **header: Any) -> str:
    """`message` as a JWS by the key that ought to sign it, or by `kid`."""
    return signed_bytes(msgspec.json.encode(message), kid or signer_of(message), message.typ, **header)


def signed_bytes(payload: bytes, kid: str, typ: str, *, version: int = 1, by: str = "") -> str:
    """Any bytes as a JWS; `by` signs with another key than the header names."""
    return jws.sign(payload, typ=typ, kid=kid, version=version, seed=seed(by or kid))


def signer_of(message: Message) -> str:
    """The kid of the right key."""
    role = ROLE_OF[type(message)]
    return f"{role}-1" if role else ROOT_KID


def keyring() -> Keyring:
    """The decoded keyset of this world."""
    return Keyring.of(keyset())
