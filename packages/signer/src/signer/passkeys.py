"""Whether a person of the signer's own list really used a passkey for this challenge, on this site."""

import hashlib
import hmac
import struct
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from devicelink.jws import decode64
from devicelink.refusals import Reason, Refused
from devicelink.widening import Assertion
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticatorData, CollectedClientData

from signer.confirmers import Confirmer, Right, Site

MAX_PART = 4096
LOCALHOST = "localhost"
ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256: what the passkeys of people are


def find(user: str, assertion: Assertion, rows: Iterable[Confirmer], *, right: Right, demo: bool) -> Confirmer:
    """The row of this passkey. Refuses with unknown_key, and with not_approved if it is there for something else.

    `demo`: the keys are a demonstration's. Whether the row holds now is not asked here.
    """
    found = next((one for one in rows if one.credential == assertion.credential), None)
    if found is None or found.user != user:
        raise Refused(Reason.UNKNOWN_KEY, f"no passkey of user {user[:40]} with this id is in the list")
    if found.demo and not demo:
        raise Refused(Reason.UNKNOWN_KEY, "a confirmer of a demonstration")
    if right not in found.rights:
        raise Refused(Reason.NOT_APPROVED, f"{found.name} is not in the list for {right}")
    return found


def check(by: Confirmer, assertion: Assertion, challenge: bytes, site: Site, *, demo: bool) -> None:
    """None if this key signed this challenge with its owner present, else `Refused`; each doubt has its own code."""
    client, device = _parts(assertion)
    _check_challenge(client, challenge)
    _check_place(client, device, site, demo)
    if not device.is_user_present() or not device.is_user_verified():
        raise Refused(Reason.NOT_APPROVED, "the passkey did not make sure who was using it")
    _check_signature(by, device + client.hash, _decode(assertion.signature))


def _parts(assertion: Assertion) -> tuple[CollectedClientData, AuthenticatorData]:
    try:
        client = CollectedClientData(_decode(assertion.client_data))
        if not isinstance(client.origin, str):
            raise TypeError("origin")
        return client, AuthenticatorData(_decode(assertion.authenticator_data))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, struct.error) as error:
        raise Refused(Reason.MALFORMED, "assertion cannot be read") from error


def _check_challenge(client: CollectedClientData, challenge: bytes) -> None:
    if client.type != CollectedClientData.TYPE.GET:
        raise Refused(Reason.NOT_APPROVED, "not an answer to a challenge")
    if not hmac.compare_digest(client.challenge, challenge):
        raise Refused(Reason.WRONG_HASH, "something else than this was confirmed")


def _check_place(client: CollectedClientData, device: AuthenticatorData, site: Site, demo: bool) -> None:
    if client.cross_origin or not (client.origin in site.origins or (demo and _is_local(client.origin, site))):
        raise Refused(Reason.WRONG_AUDIENCE, f"confirmed on {client.origin[:80]!r}")
    if not site.rp_id or device.rp_id_hash != hashlib.sha256(site.rp_id.encode()).digest():
        raise Refused(Reason.WRONG_AUDIENCE, "a passkey of another site")


def _is_local(origin: str, site: Site) -> bool:
    """A demonstration takes whatever port is free."""
    host, _, port = origin.removeprefix("http://").partition(":")
    return origin.startswith("http://") and host == site.rp_id == LOCALHOST and (not port or port.isdecimal())


def _check_signature(by: Confirmer, signed: bytes, signature: bytes) -> None:
    try:
        content = cbor.decode(decode64(by.public))
        if not isinstance(content, dict):
            raise ValueError("no COSE key")
        key = CoseKey.parse(content)
        if key.ALGORITHM not in ALGORITHMS:
            raise Refused(Reason.BAD_SIGNATURE, f"algorithm {key.ALGORITHM}")
        key.verify(signed, signature)
    except (InvalidSignature, ValueError, KeyError, TypeError) as error:
        raise Refused(Reason.BAD_SIGNATURE, f"the passkey of {by.name} did not sign this") from error


def _decode(text: str) -> bytes:
    if len(text) > MAX_PART:
        raise Refused(Reason.TOO_LARGE, "assertion")
    return decode64(text)
