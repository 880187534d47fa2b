"""Login tokens of devices: the MQTT password and the HTTP bearer. A compact JWS made with the device's own key.

Header {"alg":"EdDSA","typ":"JWT"}; claims `sub` device id, `aud` "loa-engine" or "loa-gateway", `iat` and `exp` in
whole seconds (RFC 7519), at most 5 minutes apart. That the MQTT client id equals the device id is the caller's check.

A token opens the engine once: make a new one for every login, with a random `jti`, or a second login within the same
second is refused with `duplicate`. Over HTTP a token may be used again until it expires, and `jti` may be left out.
"""

import hashlib
import secrets
from collections.abc import Callable

import msgspec
import nacl.bindings
import nacl.exceptions

from devicelink.jws import decode, decode64, encode64
from devicelink.limits import MAX_LOGIN_TOKEN_MS
from devicelink.refusals import Reason, Refused
from devicelink.topics import is_device_id

ENGINE = "loa-engine"
GATEWAY = "loa-gateway"
TOLERANCE_S = 60
MAX_TOKEN_BYTES = 2_048
MARK_BYTES = 16


class TokenHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Protected header of a login token."""

    alg: str
    typ: str


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`iat`, `exp`: Unix seconds. `jti`: anything that makes two tokens of one second differ."""

    sub: str
    aud: str
    iat: int
    exp: int
    jti: str = ""


def login(device: str, *, seed: bytes, now: int) -> str:
    """A token for one login at the engine."""
    return make(device, ENGINE, seed=seed, now=now, jti=secrets.token_urlsafe(9))


def make(device: str, audience: str, *, seed: bytes, now: int, life: int = MAX_LOGIN_TOKEN_MS, jti: str = "") -> str:
    """A token valid from `now` (ms) for `life` ms (whole seconds count). `seed`: the device's 32-byte Ed25519 seed."""
    claims = Claims(sub=device, aud=audience, iat=now // 1000, exp=now // 1000 + life // 1000, jti=jti)
    header = msgspec.json.encode(TokenHeader(alg="EdDSA", typ="JWT"))
    signing_input = f"{encode64(header)}.{encode64(msgspec.json.encode(claims))}"
    _, secret = nacl.bindings.crypto_sign_seed_keypair(seed)
    return f"{signing_input}.{encode64(nacl.bindings.crypto_sign(signing_input.encode(), secret)[:64])}"


def check(token: str | bytes, *, audience: str, public_of: Callable[[str], bytes | None], now: int) -> Claims:
    """The claims of a genuine, present token; `public_of(device)` is its 32-byte key, or None if it may not log in.

    Refuses with too_large, malformed, unknown_key, bad_signature, wrong_audience, not_yet_valid, expired,
    limit_exceeded (longer than 5 minutes). `now` in ms; 60 s of clock difference are forgiven.
    """
    raw = token.encode("ascii", "replace") if isinstance(token, str) else bytes(token)
    if len(raw) > MAX_TOKEN_BYTES:
        raise Refused(Reason.TOO_LARGE, f"token of {len(raw)} bytes")
    pieces = raw.split(b".")
    if len(pieces) != 3:
        raise Refused(Reason.MALFORMED, "a token has three parts")
    claims = _claims(pieces)
    public = public_of(claims.sub)
    if public is None:
        raise Refused(Reason.UNKNOWN_KEY, f"device {claims.sub}")
    _check_signature(pieces, public)
    _check_claims(claims, audience, now // 1000)
    return claims


def mark(token: str | bytes) -> bytes:
    """What a token is remembered by: a hash of what was signed, since a signature can be written in two ways."""
    raw = token.encode("ascii", "replace") if isinstance(token, str) else token
    return hashlib.blake2b(raw.rpartition(b".")[0], digest_size=MARK_BYTES).digest()


def _claims(pieces: list[bytes]) -> Claims:
    header = decode(decode64(pieces[0]), TokenHeader)
    if (header.alg, header.typ) != ("EdDSA", "JWT"):
        raise Refused(Reason.MALFORMED, "header must be EdDSA, JWT")
    claims = decode(decode64(pieces[1]), Claims)
    if not is_device_id(claims.sub):
        raise Refused(Reason.MALFORMED, "sub is not a device id")
    return claims


def _check_signature(pieces: list[bytes], public: bytes) -> None:
    signature = decode64(pieces[2])
    if len(signature) != 64:
        raise Refused(Reason.MALFORMED, "signature must be 64 bytes")
    try:
        nacl.bindings.crypto_sign_open(signature + pieces[0] + b"." + pieces[1], public)
    except (nacl.exceptions.CryptoError, ValueError) as error:
        raise Refused(Reason.BAD_SIGNATURE, "login token") from error


def _check_claims(claims: Claims, audience: str, now: int) -> None:
    if claims.aud != audience:
        raise Refused(Reason.WRONG_AUDIENCE, f"for {claims.aud[:40]!r}")
    if claims.iat > now + TOLERANCE_S:
        raise Refused(Reason.NOT_YET_VALID, "issued in the future")
    if now >= claims.exp + TOLERANCE_S:
        raise Refused(Reason.EXPIRED, "token is over")
    if not 0 < claims.exp - claims.iat <= MAX_LOGIN_TOKEN_MS // 1000:
        raise Refused(Reason.LIMIT_EXCEEDED, "a login token lives at most 5 minutes")
