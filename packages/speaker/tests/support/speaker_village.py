"""Thôn 5 of xã Quy Mông for the tests of the agent: keys, papers, sounds, at any present."""

import hashlib
import io
from typing import Any

import av
import msgspec
import nacl.bindings
import numpy as np
from devicelink import jws
from devicelink.golden import world
from devicelink.keyring import ROOT_KID, fingerprint
from devicelink.messages import (
    ROLE_OF,
    Airing,
    Audience,
    Changed,
    Command,
    Hold,
    Hours,
    HoursWindow,
    Key,
    Keyset,
    Message,
    Part,
    Placement,
    Plan,
    Role,
    SoundFile,
    Time,
    Volume,
    Welcome,
)

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
RATE = 48_000
COMMUNE, HAMLET, PLAN_SET = world.COMMUNE, world.HAMLET, world.PLAN_SET
DEVICE = "spk-quymong-05"
ROOT = fingerprint(world.ROOT)
ALL_DAY = Hours(windows=(HoursWindow(weekdays=(1, 2, 3, 4, 5, 6, 7), start=0, end=1440),))
DAYTIME = Hours(windows=(HoursWindow(weekdays=(1, 2, 3, 4, 5, 6, 7), start=300, end=1260),))
YEAR = 365 * DAY


def public(name: str) -> bytes:
    return world.public(name)


def seed(name: str) -> bytes:
    return world.seed(name)


def keyset(now: int, *, without: tuple[str, ...] = (), **changes: Any) -> Keyset:
    keys = tuple(
        Key(
            kid=f"{role}-1",
            public=jws.encode64(public(f"{role}-1")),
            role=role,
            scope="vn",
            valid_from=now - YEAR,
            valid_to=now + YEAR,
        )
        for role in Role
        if f"{role}-1" not in without
    )
    fields: dict[str, Any] = {"revision": now, "issued": now, "expires": now + YEAR, "keys": keys}
    return Keyset(**(fields | {"root": jws.encode64(world.ROOT)} | changes))


def placement(now: int, device: str = DEVICE, **changes: Any) -> Placement:
    fields: dict[str, Any] = {
        "audience": Audience(device=device),
        "revision": now,
        "issued": now,
        "device": device,
        "area": HAMLET,
        "groups": world.GROUPS,
        "plan_set": PLAN_SET,
        "hours": ALL_DAY,
        "max_volume": 100,
    }
    return Placement(**(fields | changes))


def airing(identifier: str, start: int, sound: "Sound | None" = None, **changes: Any) -> Airing:
    """With a sound: one part of its length."""
    fields: dict[str, Any] = {"id": identifier, "start": start, "approval": world.APPROVAL, "issued": 1}
    if sound is not None:
        fields |= {"parts": (Part(sha256=sound.sha256),), "duration": sound.duration}
    return Airing(**(fields | changes))


def plan(now: int, airings: tuple[Airing, ...], sounds: tuple["Sound", ...], **changes: Any) -> Plan:
    fields: dict[str, Any] = {
        "audience": Audience(plan_set=PLAN_SET),
        "revision": now,
        "issued": now,
        "start": now - HOUR,
        "end": now + 8 * DAY,
        "airings": airings,
        "files": tuple(SoundFile(sha256=s.sha256, size=len(s.data), duration=s.duration) for s in sounds),
    }
    return Plan(**(fields | changes))


def volume(now: int, level: int, **changes: Any) -> Volume:
    fields: dict[str, Any] = {"audience": Audience(device=DEVICE), "revision": now, "issued": now, "volume": level}
    return Volume(**(fields | changes))


def hold(now: int, until: int, **changes: Any) -> Hold:
    fields: dict[str, Any] = {"audience": Audience(area=COMMUNE), "revision": now, "issued": now, "until": until}
    return Hold(**(fields | changes))


def command(now: int, identifier: str, action: str = "stop_item", **changes: Any) -> Command:
    fields: dict[str, Any] = {
        "audience": Audience(device=DEVICE),
        "id": identifier,
        "issued": now,
        "expires": now + 10 * MINUTE,
        "action": action,
    }
    return Command(**(fields | changes))


def changed(now: int, identifier: str, document: str, revision: int, **changes: Any) -> Changed:
    fields: dict[str, Any] = {
        "audience": Audience(device=DEVICE),
        "id": identifier,
        "issued": now,
        "expires": now + HOUR,
        "document": document,
        "revision": revision,
    }
    return Changed(**(fields | changes))


def time(now: int, nonce: str, device: str = DEVICE) -> Time:
    return Time(audience=Audience(device=device), nonce=nonce, time=now)


def welcome(now: int, nonce: str, device: str = DEVICE, **changes: Any) -> Welcome:
    fields: dict[str, Any] = {"audience": Audience(device=device), "nonce": nonce, "time": now}
    return Welcome(**(fields | changes))


def signed(message: Message, kid: str | None = None, *, by: str = "", version: int = 1) -> str:
    """By the key that ought to sign it, or named `kid`, or really by the key `by`."""
    role = ROLE_OF[type(message)]
    name = kid or (f"{role}-1" if role else ROOT_KID)
    return jws.sign(msgspec.json.encode(message), typ=message.typ, kid=name, version=version, seed=seed(by or name))


class Sound:
    """Noise that only resembles itself, as Ogg/Opus and as it sounds after decoding."""

    def __init__(self, name: str, seconds: float = 2.0) -> None:
        chance = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big"))
        count = int(seconds * RATE)
        noise = np.convolve(chance.standard_normal(count), np.ones(6) / 6, "same")
        self.pcm = (noise * 9_000).clip(-32_000, 32_000).astype(np.int16)
        self.data = encode(self.pcm)
        self.sha256 = hashlib.sha256(self.data).hexdigest()
        self.duration = count * 1000 // RATE


def encode(pcm: "np.ndarray[Any, np.dtype[np.int16]]") -> bytes:
    """Ogg/Opus, 48 kbit/s."""
    target = io.BytesIO()
    with av.open(target, "w", format="ogg") as container:
        stream: Any = container.add_stream("libopus", rate=RATE, layout="mono", options={"b": "48k"})
        for start in range(0, len(pcm), 960):
            frame = av.AudioFrame.from_ndarray(pcm[start : start + 960].reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def device_public(device_seed: bytes) -> bytes:
    key: bytes = nacl.bindings.crypto_sign_seed_keypair(device_seed)[0]
    return key
