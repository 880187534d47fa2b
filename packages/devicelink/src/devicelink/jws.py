"""The signed envelope: JWS compact serialisation (RFC 7515), EdDSA with Ed25519 (RFC 8037), nothing else.

The protected header is exactly `alg` ("EdDSA"), `typ`, `kid` and `v`; no unprotected header, no `crit`, no `b64`.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import msgspec
import nacl.bindings
import nacl.exceptions
import nacl.utils

from devicelink.limits import MAX_MESSAGE_BYTES, SPOKEN_VERSIONS
from devicelink.refusals import Reason, Refused

T = TypeVar("T")
MAX_HEADER_BYTES = 512


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Protected header. The fields are in the order in which the signer writes them."""

    alg: str
    typ: str
    kid: str
    v: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed, not yet verified message."""

    header: Header
    payload: bytes
    signing_input: bytes
    signature: bytes


def encode64(raw: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode64(text: str | bytes) -> bytes:
    """Strict inverse of `encode64`; anything else is `malformed`."""
    raw = text.encode("ascii", "replace") if isinstance(text, str) else text
    if b"=" in raw or b"+" in raw or b"/" in raw:
        raise Refused(Reason.MALFORMED, "not unpadded base64url")
    try:
        decoded = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(Reason.MALFORMED, "not base64url") from error
    if encode64(decoded).encode() != raw:
        raise Refused(Reason.MALFORMED, "not canonical base64url")
    return decoded


def sign(payload: bytes, *, typ: str, kid: str, version: int, seed: bytes) -> str:
    """The compact JWS of `payload`; `seed` is the 32-byte Ed25519 seed."""
    return sealed(payload, typ=typ, kid=kid, version=version, sign=lambda content: signature(content, seed))


def sealed(payload: bytes, *, typ: str, kid: str, version: int, sign: Callable[[bytes], bytes]) -> str:
    """The compact JWS of `payload`; `sign` makes the 64 bytes of an Ed25519 signature, wherever the key lies."""
    signing_input = f"{head(typ=typ, kid=kid, version=version)}.{encode64(payload)}"
    return f"{signing_input}.{encode64(sign(signing_input.encode()))}"


def signature(content: bytes, seed: bytes) -> bytes:
    """The 64 bytes of an Ed25519 signature by the 32-byte seed."""
    made: bytes = nacl.bindings.crypto_sign(content, _secret(seed))[:64]
    return made


def new_pair() -> tuple[bytes, bytes]:
    """A fresh key: seed and public half, 32 bytes each."""
    seed = nacl.utils.random(32)
    public: bytes = nacl.bindings.crypto_sign_seed_keypair(seed)[0]
    return seed, public


def head(*, typ: str, kid: str, version: int) -> str:
    """The first part of every JWS that `sign` makes for this type with this key."""
    return encode64(msgspec.json.encode(Header(alg="EdDSA", typ=typ, kid=kid, v=version)))


@lru_cache(maxsize=64)
def _secret(seed: bytes) -> bytes:
    """The expanded key; deriving it costs as much as a signature."""
    secret: bytes = nacl.bindings.crypto_sign_seed_keypair(seed)[1]
    return secret


def decode(payload: bytes, kind: type[T]) -> T:
    """The JSON `payload` as a `kind`; whatever is wrong is `malformed`, also nesting that would eat the stack."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(Reason.MALFORMED, str(error)[:200]) from error


def _header(piece: bytes) -> Header:
    if len(piece) > MAX_HEADER_BYTES:
        raise Refused(Reason.MALFORMED, "header too long")
    header = decode(decode64(piece), Header)
    if header.alg != "EdDSA":
        raise Refused(Reason.MALFORMED, "alg must be EdDSA")
    return header


def parse(token: str | bytes, *, limit: int = MAX_MESSAGE_BYTES) -> Envelope:
    """Split and check the form; nothing is verified yet.

    `limit` bounds the payload in bytes. Refuses with too_large, malformed, unknown_version.
    """
    raw = token.encode("ascii", "replace") if isinstance(token, str) else bytes(token)
    if len(raw) > limit * 4 // 3 + 1024:
        raise Refused(Reason.TOO_LARGE, f"{len(raw)} bytes")
    pieces = raw.split(b".")
    if len(pieces) != 3:
        raise Refused(Reason.MALFORMED, "a compact JWS has three parts")
    header = _header(pieces[0])
    if header.v not in SPOKEN_VERSIONS:
        raise Refused(Reason.UNKNOWN_VERSION, f"v{header.v}")
    payload = decode64(pieces[1])
    if len(payload) > limit:
        raise Refused(Reason.TOO_LARGE, f"payload of {len(payload)} bytes")
    signature = decode64(pieces[2])
    if len(signature) != 64:
        raise Refused(Reason.MALFORMED, "signature must be 64 bytes")
    return Envelope(header=header, payload=payload, signing_input=pieces[0] + b"." + pieces[1], signature=signature)


def verify(envelope: Envelope, public: bytes) -> None:
    """Raise `bad_signature` unless `public` (32 bytes) signed the envelope."""
    try:
        nacl.bindings.crypto_sign_open(envelope.signature + envelope.signing_input, public)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError) as error:
        raise Refused(Reason.BAD_SIGNATURE, f"kid {envelope.header.kid}") from error
