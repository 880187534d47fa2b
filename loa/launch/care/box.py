"""The secret part of a backup: a small archive under a passphrase (argon2id, XSalsa20-Poly1305)."""

import io
import os
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import nacl.exceptions
import nacl.secret
import nacl.utils
from nacl.pwhash import argon2id

SHORTEST_PASSPHRASE = 12
SALT_BYTES = argon2id.SALTBYTES


class WrongPassphrase(Exception):
    """The passphrase is too short, or does not open this box."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How dear one guess of the passphrase is made."""

    operations: int = argon2id.OPSLIMIT_MODERATE
    memory: int = argon2id.MEMLIMIT_MODERATE


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the backup: everything needed to open it again but the passphrase."""

    operations: int
    memory: int
    salt: bytes
    sealed: bytes


def seal(content: bytes, passphrase: str, cost: Cost | None = None) -> bytes:
    """The content under a passphrase. Raises WrongPassphrase when that is too short."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise WrongPassphrase(f"Mật khẩu giữ khóa cần ít nhất {SHORTEST_PASSPHRASE} ký tự.")
    price = cost or Cost()
    salt = nacl.utils.random(SALT_BYTES)
    sealed = nacl.secret.SecretBox(_key(passphrase, salt, price)).encrypt(content)
    return msgspec.json.encode(Box(operations=price.operations, memory=price.memory, salt=salt, sealed=bytes(sealed)))


def unseal(box: bytes, passphrase: str) -> bytes:
    """Inverse of `seal`. Raises WrongPassphrase."""
    try:
        found = msgspec.json.decode(box, type=Box)
        key = _key(passphrase, found.salt, Cost(found.operations, found.memory))
        return nacl.secret.SecretBox(key).decrypt(found.sealed)
    except (nacl.exceptions.CryptoError, msgspec.MsgspecError, ValueError) as error:
        raise WrongPassphrase("Mật khẩu không đúng, hoặc phần khóa trong tệp đã hỏng. Chưa có gì thay đổi.") from error


def _key(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    size = nacl.secret.SecretBox.KEY_SIZE
    return argon2id.kdf(size, passphrase.encode(), salt, opslimit=cost.operations, memlimit=cost.memory)


def pack(folders: Mapping[str, Path], leave_out: frozenset[str] = frozenset()) -> bytes:
    """All files below each of `folders`, under its name, but those in `leave_out` ("signer/journal")."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for place, folder in folders.items():
            for file in sorted(folder.rglob("*")):
                name = (Path(place) / file.relative_to(folder)).as_posix()
                if file.is_file() and not any(name.startswith(prefix + "/") for prefix in leave_out):
                    archive.add(file, arcname=name)
    return out.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Inverse of `pack`: files 0600, folders 0700. ValueError for a name that leads elsewhere.

    By hand, because the Python of Debian 12 (3.11.2) does not know the filters of `extractall` yet.
    """
    folder.mkdir(parents=True, mode=0o700)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for info in archive:
            source = archive.extractfile(info) if info.isfile() else None
            if source is None or info.name.startswith("/") or ".." in Path(info.name).parts:
                raise ValueError(f"unexpected entry {info.name!r}")
            target = folder / info.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                shutil.copyfileobj(source, out)
