"""A passkey in software, for the demonstration and for tests. Its crypto is real; its key lies in a file.

The signer takes it like any other key, if whoever runs the signer's host has put it into the list.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from devicelink import vouching
from devicelink.jws import decode64, encode64
from devicelink.messages import Alert, Cancel
from devicelink.vouching import Part, Word
from devicelink.widening import Assertion, Confirmed, Widening, challenge
from fido2 import cbor
from fido2.cose import ES256, CoseKey, EdDSA
from fido2.webauthn import AuthenticatorData, CollectedClientData

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
FLAG = AuthenticatorData.FLAG


@dataclass(slots=True)
class Passkey:
    """One credential. `counter` rises with each use, as on a hardware key."""

    private: Private
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    counter: int = 0

    @property
    def public(self) -> str:
        """The COSE key as it stands in the list of confirmers."""
        public = self.private.public_key()
        kind: type[CoseKey] = ES256 if isinstance(public, ec.EllipticCurvePublicKey) else EdDSA
        return encode64(cbor.encode(kind.from_cryptography_key(public)))

    def confirm(
        self,
        rule: Widening,
        *,
        rp_id: str,
        origin: str,
        verified: bool = True,
        asked: bytes = b"",
        kind: CollectedClientData.TYPE = CollectedClientData.TYPE.GET,
    ) -> Confirmed:
        """The rule with this key's assertion. `asked` is another challenge than the rule's own."""
        assertion = self.answer(asked or challenge(rule), rp_id=rp_id, origin=origin, verified=verified, kind=kind)
        return Confirmed(widening=rule, assertion=assertion)

    def vouch(
        self, message: Alert | Cancel, *, part: Part, user: str, at: int, rp_id: str, origin: str, **how: Any
    ) -> Word:
        """This person's word for an alert or a cancel, given at `at` (ms). `how` as for `answer`."""
        asked = vouching.challenge(message, part=part, user=user, at=at)
        assertion = self.answer(asked, rp_id=rp_id, origin=origin, **how)
        return Word(part=part, user=user, at=at, assertion=assertion)

    def answer(
        self,
        asked: bytes,
        *,
        rp_id: str,
        origin: str,
        verified: bool = True,
        kind: CollectedClientData.TYPE = CollectedClientData.TYPE.GET,
    ) -> Assertion:
        """The assertion of this key for a challenge."""
        self.counter += 1
        client = CollectedClientData.create(type=kind, challenge=asked, origin=origin)
        flags = FLAG.UP | FLAG.UV if verified else FLAG.UP
        device = AuthenticatorData.create(hashlib.sha256(rp_id.encode()).digest(), flags, self.counter)
        return Assertion(
            credential=encode64(self.credential),
            client_data=encode64(client),
            authenticator_data=encode64(device),
            signature=encode64(self._sign(device + client.hash)),
        )

    def save(self) -> str:
        """The whole key as text: credential id and private key."""
        raw = self.private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return f"{encode64(self.credential)}.{encode64(raw)}"

    def _sign(self, content: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(content)
        return self.private.sign(content, ec.ECDSA(hashes.SHA256()))


def make(*, eddsa: bool = False) -> Passkey:
    """A fresh key, ES256 unless EdDSA is wished."""
    return Passkey(ed25519.Ed25519PrivateKey.generate() if eddsa else ec.generate_private_key(ec.SECP256R1()))


def load(text: str) -> Passkey:
    """The key that `save` wrote. ValueError for anything else."""
    credential, _, raw = text.strip().partition(".")
    private = serialization.load_der_private_key(decode64(raw), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise ValueError("not a key of a passkey")
    return Passkey(private, decode64(credential))
