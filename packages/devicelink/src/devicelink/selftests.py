"""What a loudspeaker says of its own voice: signed by itself, because a repair ends on its word.

signature = Ed25519( "loa-selftest-1." + canonical JSON of the report without `signature` )
"""

import re

import msgspec
import nacl.bindings
import nacl.exceptions

from devicelink.canonical import without
from devicelink.jws import decode64, encode64
from devicelink.limits import MAX_INTEGER
from devicelink.messages import SelfTest
from devicelink.refusals import Reason, Refused

DOMAIN = b"loa-selftest-1."
_PLAIN = re.compile(r"[ !#-\[\]-~]{0,80}")  # as in proofs: nothing to escape in C
_NUMBERS = ("at", "level", "noise", "score", "bar", "harmonics", "delay", "volume")


def signed(report: SelfTest, seed: bytes) -> SelfTest:
    """The report with its signature; `seed` is the device's 32-byte Ed25519 seed."""
    _, secret = nacl.bindings.crypto_sign_seed_keypair(seed)
    signature = nacl.bindings.crypto_sign(_bytes(report), secret)[:64]
    return msgspec.structs.replace(report, signature=encode64(signature))


def check(report: SelfTest, *, device: str, public: bytes) -> None:
    """Refuses with wrong_audience (another device's report), bad_signature, malformed (characters, numbers)."""
    if report.device != device:
        raise Refused(Reason.WRONG_AUDIENCE, "the report of another device")
    if not all(_PLAIN.fullmatch(text) for text in (report.boot, report.reason, report.command)):
        raise Refused(Reason.MALFORMED, "characters")
    if not all(abs(getattr(report, name)) <= MAX_INTEGER for name in _NUMBERS) or report.at < 0:
        raise Refused(Reason.MALFORMED, "a number out of range")
    if (report.verdict == "could_not") != bool(report.reason):
        raise Refused(Reason.MALFORMED, "a reason belongs to what could not be done, and to nothing else")
    try:
        nacl.bindings.crypto_sign_open(decode64(report.signature) + _bytes(report), public)
    except (nacl.exceptions.CryptoError, ValueError, TypeError) as error:
        raise Refused(Reason.BAD_SIGNATURE, "self-test") from error


def _bytes(report: SelfTest) -> bytes:
    return DOMAIN + without(report, "signature")
