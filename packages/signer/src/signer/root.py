"""The offline root: one Ed25519 key that signs keysets and nothing else, if wished behind a passphrase."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import nacl.exceptions
import nacl.pwhash.argon2id as argon2id
import nacl.secret
import nacl.utils
from devicelink import jws, keyfiles
from devicelink.jws import decode64, encode64
from devicelink.keyfiles import KeyProblem
from devicelink.keyring import ROOT_KID
from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import Keyset
from nacl.bindings import crypto_sign_seed_keypair

ROOT_FILE = "root.key"


@dataclass(frozen=True, slots=True)
class Cost:
    """How dear one guess of the passphrase is made (argon2id)."""

    operations: int = argon2id.OPSLIMIT_MODERATE
    memory: int = argon2id.MEMLIMIT_MODERATE


class RootFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either `seed` in the clear or `box` (secretbox) under a passphrase; everything base64url."""

    public: str
    seed: str = ""
    box: str = ""
    salt: str = ""
    operations: int = 0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Root:
    """The opened root. Keep it in memory only as long as one command runs."""

    public: bytes
    seed: bytes

    def __repr__(self) -> str:
        return "Root(...)"

    def sign(self, keyset: Keyset) -> str:
        """The keyset as a JWS by the root."""
        payload = msgspec.json.encode(keyset)
        return jws.sign(payload, typ=Keyset.typ, kid=ROOT_KID, version=PROTOCOL_VERSION, seed=self.seed)


def make(folder: Path, passphrase: str, cost: Cost) -> Root:
    """A new root in `folder`, encrypted unless `passphrase` is empty. FileExistsError if there is one."""
    seed = nacl.utils.random(32)
    public, _ = crypto_sign_seed_keypair(seed)
    file = (
        _locked(public, seed, passphrase, cost)
        if passphrase
        else RootFile(public=encode64(public), seed=encode64(seed))
    )
    keyfiles.write_new(folder / ROOT_FILE, msgspec.json.encode(file))
    return Root(public, seed)


def load(folder: Path, passphrase: str = "") -> Root:
    """Open the root. KeyProblem if it is missing, damaged, readable by others, or the passphrase is wrong."""
    try:
        file = msgspec.json.decode(keyfiles.read_private(folder / ROOT_FILE), type=RootFile)
    except ValueError as error:
        raise KeyProblem(f"{folder / ROOT_FILE} is damaged") from error
    seed = _unlocked(file, passphrase) if file.box else decode64(file.seed)
    public, _ = crypto_sign_seed_keypair(seed)
    if encode64(public) != file.public:
        raise KeyProblem(f"{folder / ROOT_FILE} is damaged: public and private part do not belong together")
    return Root(public, seed)


def is_locked(folder: Path) -> bool:
    """True if a passphrase is needed. KeyProblem as for `load`."""
    try:
        return bool(msgspec.json.decode(keyfiles.read_private(folder / ROOT_FILE), type=RootFile).box)
    except ValueError as error:
        raise KeyProblem(f"{folder / ROOT_FILE} is damaged") from error


def _locked(public: bytes, seed: bytes, passphrase: str, cost: Cost) -> RootFile:
    salt = nacl.utils.random(argon2id.SALTBYTES)
    box = nacl.secret.SecretBox(_derived(passphrase, salt, cost)).encrypt(seed)
    return RootFile(
        public=encode64(public),
        box=encode64(bytes(box)),
        salt=encode64(salt),
        operations=cost.operations,
        memory=cost.memory,
    )


def _unlocked(file: RootFile, passphrase: str) -> bytes:
    key = _derived(passphrase, decode64(file.salt), Cost(file.operations, file.memory))
    try:
        return nacl.secret.SecretBox(key).decrypt(decode64(file.box))
    except nacl.exceptions.CryptoError as error:
        raise KeyProblem("wrong passphrase for the root key") from error


def _derived(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    size = nacl.secret.SecretBox.KEY_SIZE
    return argon2id.kdf(size, passphrase.encode(), salt, opslimit=cost.operations, memlimit=cost.memory)
