"""Live sound on the wire: 200 ms of Opus, and the 200 ms before once more, signed with the key of the session.

A batch is `LOAB`, one byte version (1), 16 bytes session id, four bytes number (from 0, rising), eight bytes capture
time of its first sample (Unix microseconds), one byte how many packets are its own, one byte how many of the batch
before; then each packet (own ones first) as two bytes length and Opus (mono, 48 kHz, 20 ms; length 0 = no sound was
captured); then 64 bytes Ed25519 over `loa-live-1` and everything before. All numbers big-endian.
"""

import struct
from dataclasses import dataclass

import nacl.bindings
import nacl.exceptions

from devicelink.refusals import Reason, Refused

HEAD = b"LOAB\x01"
CONTEXT = b"loa-live-1"
PACKETS = 10
MAX_PACKET = 400  # 160 kbit/s
SIGNATURE = 64
_FIXED = struct.Struct("!16sIqBB")
MOST = len(HEAD) + _FIXED.size + 2 * PACKETS * (2 + MAX_PACKET) + SIGNATURE


@dataclass(frozen=True, slots=True)
class Batch:
    """See the module. `session` 32 hex digits, `captured` Unix microseconds of the first of `packets`."""

    session: str
    number: int
    captured: int
    packets: tuple[bytes, ...]
    before: tuple[bytes, ...] = ()


def pack(batch: Batch, secret: bytes) -> bytes:
    """The signed bytes; `secret` is the expanded key (64 bytes, `nacl.bindings.crypto_sign_seed_keypair(seed)[1]`)."""
    content = bytearray(HEAD)
    content += _FIXED.pack(
        bytes.fromhex(batch.session), batch.number, batch.captured, len(batch.packets), len(batch.before)
    )
    for packet in (*batch.packets, *batch.before):
        content += struct.pack("!H", len(packet)) + packet
    signature = nacl.bindings.crypto_sign(CONTEXT + bytes(content), secret)[:SIGNATURE]
    return bytes(content) + signature


def is_batch(payload: bytes) -> bool:
    """True for what `pack` made; a JWS or a voice never begins so."""
    return payload.startswith(HEAD)


def session_of(payload: bytes) -> str:
    """The id of the session it claims to belong to, unverified; "" if it is too short."""
    return payload[len(HEAD) : len(HEAD) + 16].hex() if len(payload) >= len(HEAD) + _FIXED.size else ""


def unpack(payload: bytes, public: bytes) -> Batch:
    """The batch, if `public` (32 bytes) signed it. Refused with too_large, malformed, bad_signature."""
    if len(payload) > MOST:
        raise Refused(Reason.TOO_LARGE, f"a batch of {len(payload)} bytes")
    if not is_batch(payload) or len(payload) < len(HEAD) + _FIXED.size + SIGNATURE:
        raise Refused(Reason.MALFORMED, "no batch")
    content, signature = payload[:-SIGNATURE], payload[-SIGNATURE:]
    try:
        nacl.bindings.crypto_sign_open(signature + CONTEXT + content, public)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError) as error:
        raise Refused(Reason.BAD_SIGNATURE, "batch") from error
    return _read(content)


def _read(content: bytes) -> Batch:
    session, number, captured, own, before = _FIXED.unpack_from(content, len(HEAD))
    if not 0 < own <= PACKETS or before > PACKETS:
        raise Refused(Reason.MALFORMED, "a batch holds 1-10 packets, and at most 10 of the one before")
    packets: list[bytes] = []
    at = len(HEAD) + _FIXED.size
    while at + 2 <= len(content):
        (length,) = struct.unpack_from("!H", content, at)
        packets.append(content[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(content) or len(packets) != own + before or any(len(packet) > MAX_PACKET for packet in packets):
        raise Refused(Reason.MALFORMED, "the packets of the batch do not fit its length")
    return Batch(session.hex(), number, captured, tuple(packets[:own]), tuple(packets[own:]))
