"""A new loudspeaker introduces itself with the claim code that the technician was given."""

from typing import Literal

import msgspec
import nacl.bindings
from devicelink.jws import encode64
from devicelink.keyring import fingerprint
from devicelink.messages import EnrolAnswer, EnrolRequest
from devicelink.refusals import Reason, Refused
from devicelink.topics import is_device_id

from speaker.config import AGENT, Config
from speaker.http import Http, Unreachable
from speaker.store import Store

Kind = Literal["speaker", "adapter"]
DOMAIN = b"loa-enrol-1."
_FINGERPRINT_LENGTH = 39


def root_of(text: str) -> bytes:
    """The root as it is kept: a fingerprint (8 groups of 4 hex digits), or the 64 hex digits of the public key.

    Raises ValueError.
    """
    plain = text.strip().lower()
    digits = plain.replace("-", "")
    if len(plain) == _FINGERPRINT_LENGTH and len(digits) == 32 and _is_hex(digits):
        return plain.encode()
    if len(plain) == 64 and _is_hex(plain):
        return plain.encode()
    raise ValueError("the root is a fingerprint such as 0123-4567-... or 64 hex digits")


def root_for_verifier(stored: bytes) -> bytes | str:
    """What `devicelink.Verifier` wants."""
    text = stored.decode()
    return text if "-" in text else bytes.fromhex(text)


def own_key(store: Store, seed: bytes) -> bytes:
    """The device's seed; `seed` (32 random bytes) becomes it if there is none yet."""
    kept = store.identity("seed")
    if kept is None:
        store.identify(seed=seed)
        return seed
    return kept


def public_of(seed: bytes) -> bytes:
    """The public key."""
    key: bytes = nacl.bindings.crypto_sign_seed_keypair(seed)[0]
    return key


def request_of(claim: str, seed: bytes, kind: Kind = "speaker") -> EnrolRequest:
    """Signed with the new key, so that nobody can enrol somebody else's."""
    public, secret = nacl.bindings.crypto_sign_seed_keypair(seed)
    message = DOMAIN + claim.encode() + b"." + encode64(public).encode()
    signature = nacl.bindings.crypto_sign(message, secret)[:64]
    return EnrolRequest(claim=claim, public=encode64(public), kind=kind, agent=AGENT, signature=encode64(signature))


def enrol(store: Store, config: Config, *, claim: str, root: str, seed: bytes, kind: Kind = "speaker") -> EnrolAnswer:
    """Ask the gateway for an identity and keep it. Safe to repeat with the same claim after a lost answer.

    Raises ValueError (root), speaker.http.Unreachable, Refused (unknown or used claim; an answer for another key).
    """
    kept_root = root_of(root)
    key = own_key(store, seed)
    gateway = Http(config.gateway_url, config.ca)
    try:
        answer = gateway.request("POST", "/device/enrol", body=msgspec.json.encode(request_of(claim, key, kind)))
    finally:
        gateway.close()
    if answer.status == 429 or answer.status >= 500:
        raise Unreachable(f"HTTP {answer.status}")
    if answer.status != 200:
        raise answer.refusal()
    enrolled = _read(answer.body)
    if enrolled.fingerprint != fingerprint(public_of(key)) or not is_device_id(enrolled.device):
        raise Refused(Reason.WRONG_AUDIENCE, "the answer is for another key")
    store.identify(
        root=kept_root,
        device=enrolled.device.encode(),
        engine_url=enrolled.engine_url.encode(),
        media_url=enrolled.media_url.encode(),
        gateway_url=config.gateway_url.encode(),
    )
    return enrolled


def _read(body: bytes) -> EnrolAnswer:
    try:
        return msgspec.json.decode(body, type=EnrolAnswer)
    except msgspec.MsgspecError as error:
        raise Refused(Reason.MALFORMED, str(error)) from error


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in text)
