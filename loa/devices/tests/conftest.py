"""A signer in the same process with real keys, and hardware that enrols."""

import secrets
from collections.abc import Sequence
from pathlib import Path

import nacl.bindings
import pytest
from devicelink.jws import encode64
from devicelink.keyfiles import KeyFolder
from devicelink.messages import EnrolRequest, Message
from signer import keys

from loa.devices import signing

MOMENT = 1_787_219_400_000


@pytest.fixture(scope="session")
def key_folders(tmp_path_factory: pytest.TempPathFactory) -> keys.Folders:
    """Root, signer and gateway keys of one installation."""
    base: Path = tmp_path_factory.mktemp("keys")
    folders = keys.Folders(root=base / "root", signer=base / "signer", gateway=base / "gateway")
    keys.init(folders, now=MOMENT - 40 * 86_400_000)
    return folders


@pytest.fixture(autouse=True)
def signer(key_folders: keys.Folders, monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """Signs in process; the list fills with what was signed."""
    folder = KeyFolder(key_folders.signer)
    signed: list[Message] = []

    def sign_all(messages: Sequence[Message]) -> list[str]:
        signed.extend(messages)
        return [folder.sign(message, MOMENT) for message in messages]

    monkeypatch.setattr(signing, "sign_all", sign_all)
    return signed


class Hardware:
    """A device with a key of its own."""

    def __init__(self) -> None:
        self.seed = secrets.token_bytes(32)
        self.public_raw, self._secret = nacl.bindings.crypto_sign_seed_keypair(self.seed)
        self.public = encode64(self.public_raw)

    def request(self, claim: str, *, kind: str = "speaker", signed_claim: str | None = None) -> EnrolRequest:
        """An enrol request; `signed_claim` lets it lie about what it signed."""
        text = f"loa-enrol-1.{signed_claim or claim}.{self.public}".encode()
        signature = encode64(nacl.bindings.crypto_sign(text, self._secret)[:64])
        return EnrolRequest(claim=claim, public=self.public, kind=kind, agent="test 1", signature=signature)  # type: ignore[arg-type]


@pytest.fixture
def hardware() -> Hardware:
    """A fresh device out of its box."""
    return Hardware()
