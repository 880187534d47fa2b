"""Golden cases of what is no JWS: voices, live batches, and the reports about them."""

import struct
from typing import Any

import nacl.bindings

from devicelink import batches, voices
from devicelink.batches import Batch
from devicelink.golden import world
from devicelink.golden.case import FrameCase, HeardCase, judge_frame
from devicelink.golden.world import DEVICE, NOW, OTHER_DEVICE
from devicelink.jws import encode64
from devicelink.messages import Heard

SECRET: bytes = nacl.bindings.crypto_sign_seed_keypair(world.seed("session"))[1]
OTHER: bytes = nacl.bindings.crypto_sign_seed_keypair(world.seed("mallory"))[1]
OWN = tuple(bytes([number]) * 12 for number in range(10))
LAST = tuple(bytes([0xA0 + number]) * 12 for number in range(10))


def frames() -> list[FrameCase]:
    """A voice and batches, whole and broken."""
    return [*_voices(), *_batches(), *_broken()]


def _voices() -> list[FrameCase]:
    good, bad = voices.pack(world.SPOKEN), "malformed"
    return [
        _voice("a voice", good),
        _voice("a voice of 60 KB", voices.HEAD, padding=61_440),
        _voice("a voice of more than 60 KB", voices.HEAD, padding=61_441, verdict="too_large"),
        _voice("a head and no voice", voices.HEAD, verdict=bad),
        _voice("nothing", b"", verdict=bad),
        _voice("another head", b"LOAX" + good[4:], verdict=bad),
        _voice("a version to come", b"LOAV\x02" + good[5:], verdict=bad),
        _voice("a batch, not a voice", _packed(), verdict=bad),
        _voice("a message, not a voice", world.signed(world.alert()).encode(), verdict=bad),
    ]


def _batches() -> list[FrameCase]:
    good = _packed()
    return [
        _batch("the first batch", _packed(number=0, before=())),
        _batch("a batch with the one before", good),
        _batch("one packet", _packed(packets=OWN[:1], before=())),
        _batch("a packet without sound", _packed(packets=(b"", *OWN[1:]))),
        _batch("packets of 400 bytes", _packed(packets=(b"x" * 400,) * 10)),
        _batch("by another key", _packed(secret=OTHER), verdict="bad_signature"),
        _batch("a byte changed", good[:40] + bytes([good[40] ^ 1]) + good[41:], verdict="bad_signature"),
        _batch("another number", _at(good, 21, struct.pack("!I", 8)), verdict="bad_signature"),
        _batch("another time", _at(good, 25, struct.pack("!q", 0)), verdict="bad_signature"),
        _batch("another session", _at(good, 5, bytes(16)), verdict="bad_signature"),
        _batch("signed without its context", _signed(good[:-64], context=b""), verdict="bad_signature"),
        _batch("signed as a proof", _signed(good[:-64], context=b"loa-proof-1."), verdict="bad_signature"),
    ]


def _broken() -> list[FrameCase]:
    good, bad = _packed(), "malformed"
    content = good[:-64]
    return [
        _batch("no batch", b"", verdict=bad),
        _batch("cut off in its head", good[:30], verdict=bad),
        _batch("cut off in its packets", good[:-80], verdict="bad_signature"),
        _batch("a version to come", b"LOAB\x02" + good[5:], verdict=bad),
        _batch("a voice, not a batch", voices.pack(world.SPOKEN), verdict=bad),
        _batch("longer than any batch", good, padding=batches.MOST, verdict="too_large"),
        _batch("no packet of its own", _signed(_at(content, 33, b"\x00")), verdict=bad),
        _batch("eleven packets", _signed(_at(content, 33, b"\x0b")), verdict=bad),
        _batch("eleven of the one before", _signed(_at(content, 34, b"\x0b")), verdict=bad),
        _batch("fewer packets than it says", _signed(content[:-14]), verdict=bad),
        _batch("more packets than it says", _signed(content + b"\x00\x01x"), verdict=bad),
        _batch("a packet longer than the rest", _signed(_at(content, 35, b"\xff\xff")), verdict=bad),
        _batch("one byte too many", _signed(content + b"x"), verdict=bad),
        _batch("a packet of 401 bytes", _signed(_header(1) + struct.pack("!H", 401) + b"x" * 401), verdict=bad),
    ]


def heards() -> list[HeardCase]:
    """What became of it."""
    bad = "malformed"
    return [
        _heard("it sounds"),
        _heard("it sounds late, a voice is missing", late=True, missing=1),
        _heard("it ended", state="ended", round=3),
        _heard("another had its turn", state="displaced"),
        _heard("an exercise at night", state="silent", reason="outside_hours"),
        _heard("no sound card", state="silent", reason="no_card"),
        _heard("it was cancelled", state="cancelled", of="cancel:ca-0001"),
        _heard("a live session", of=f"session:{world.SESSION}"),
        _heard("of another device", by=OTHER_DEVICE, verdict="wrong_audience"),
        _heard("silent, and nobody knows why", state="silent", verdict=bad),
        _heard("a reason nobody knows", state="silent", reason="tired", verdict=bad),
        _heard("of a plan", of="plan:17", verdict=bad),
        _heard("of nothing", of="alert:", verdict=bad),
        _heard("in round 0", round=0, verdict=bad),
        _heard("before time began", at=-1, verdict=bad),
        _heard("less than nothing missing", missing=-1, verdict=bad),
        _heard("a target that is a path", target="../x", verdict=bad),
    ]


def _packed(
    *,
    number: int = 7,
    packets: tuple[bytes, ...] = OWN,
    before: tuple[bytes, ...] = LAST,
    secret: bytes = SECRET,
) -> bytes:
    batch = Batch(world.SESSION, number, NOW * 1_000, packets, before)
    return batches.pack(batch, secret)


def _header(own: int) -> bytes:
    return _at(_packed()[:35], 33, bytes([own, 0]))


def _signed(content: bytes, context: bytes = batches.CONTEXT) -> bytes:
    """Any content, well signed."""
    return content + nacl.bindings.crypto_sign(context + content, SECRET)[:64]


def _at(frame: bytes, place: int, new: bytes) -> bytes:
    return frame[:place] + new + frame[place + len(new) :]


def _voice(name: str, frame: bytes, *, padding: int = 0, verdict: str = "ok") -> FrameCase:
    return _completed(FrameCase(name=f"voice: {name}", kind="voice", frame=frame.hex(), padding=padding), verdict)


def _batch(name: str, frame: bytes, *, padding: int = 0, verdict: str = "ok") -> FrameCase:
    public = encode64(world.public("session"))
    return _completed(
        FrameCase(name=f"batch: {name}", kind="batch", frame=frame.hex(), public=public, padding=padding), verdict
    )


def _completed(case: FrameCase, verdict: str) -> FrameCase:
    """With what comes out; that it is what was meant is said by `verdict`."""
    found = judge_frame(case)
    if found.verdict != verdict:
        raise ValueError(f"{case.name}: {found.verdict}, not {verdict}")
    return found


def _heard(name: str, *, by: str = DEVICE, verdict: str = "ok", **changes: Any) -> HeardCase:
    fields: dict[str, Any] = {"device": by, "of": "alert:al-0001", "state": "sounding", "at": NOW, "target": "tat-ca"}
    return HeardCase(name=name, device=DEVICE, report=Heard(**(fields | changes)), verdict=verdict)
