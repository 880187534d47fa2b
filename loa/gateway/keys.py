"""The private keys that the gateway holds: stop and time (roles of the keyset), and the engine's nkeys.

The key of the tickets lies apart, because the pages read it as well: loa.devices.tickets.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nacl.bindings
import nkeys


@dataclass(frozen=True)
class EngineKeys:
    """Seeds (nkey text) with which the gateway logs in to the engine, and the issuer of device logins."""

    platform: str
    auth: str
    sys: str
    issuer: str

    @classmethod
    def load(cls, folder: Path) -> "EngineKeys":
        """Read <name>.nk of each. FileNotFoundError."""
        return cls(*((folder / f"{name}.nk").read_text().strip() for name in ("platform", "auth", "sys", "issuer")))

    @cached_property
    def issuer_secret(self) -> bytes:
        """64-byte Ed25519 secret key of the issuer."""
        raw = nkeys.decode_seed(self.issuer.encode())[1]
        return nacl.bindings.crypto_sign_seed_keypair(bytes(raw[:32]))[1]

    @cached_property
    def issuer_public(self) -> str:
        """The issuer's public account nkey ("A...")."""
        return str(nkeys.from_seed(bytearray(self.issuer.encode())).public_key.decode())
