"""Private keys on disk: one JSON file a key, mode 0600, in a folder that also holds the keyset in force.

Used by the signer and by the gateway (stop, time); neither can read the other's folder. The signer's private keys may
lie in a token instead (`signer.token`).
"""

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from devicelink import jws
from devicelink.audience import inside
from devicelink.jws import decode64
from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import ROLE_OF, Audience, Key, Keyset, Message, Placement, Role
from devicelink.refusals import Refused

KEYSET_FILE = "keyset.jws"
DEMO_PREFIX = "demo-"


class KeyProblem(Exception):
    """Keys are missing, readable by others, damaged or not valid now; the message says which and what to do."""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a key file; `seed` is 32 bytes, base64url. Never log it, never send it."""

    kid: str
    role: Role
    seed: str

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"


class KeyStore(Protocol):
    """Where private keys lie: in files, or in a token that never gives them away. Nothing else touches them."""

    def roles(self) -> Mapping[str, Role]:
        """The keys that lie here: kid -> role."""

    def sign(self, kid: str, content: bytes) -> bytes:
        """The 64 bytes with which this key signs `content` (Ed25519). KeyProblem if it cannot."""


class FileStore:
    """The key files of a folder. KeyProblem if there is none, or one of them cannot be trusted."""

    def __init__(self, folder: Path, *, may_be_empty: bool = False) -> None:
        self._keys = {key.kid: key for key in load(folder, may_be_empty=may_be_empty)}

    def roles(self) -> Mapping[str, Role]:
        """As `KeyStore`."""
        return {kid: key.role for kid, key in self._keys.items()}

    def sign(self, kid: str, content: bytes) -> bytes:
        """As `KeyStore`."""
        return jws.signature(content, decode64(self._keys[kid].seed))


class KeyFolder:
    """The keys of one process. Call `refresh` now and then: a rotation writes new files beside the old ones.

    `store` opens what holds the private keys, anew at each change of the keyset.
    """

    def __init__(self, folder: Path, store: Callable[[Path], KeyStore] = FileStore) -> None:
        self.folder = folder
        self._open = store
        self._stamp: tuple[int, int] | None = None
        self.refresh()

    def refresh(self) -> bool:
        """Read again if the keyset file changed; True if it did. KeyProblem, and then the keys read before stay."""
        stamp = _stamp(self.folder / KEYSET_FILE)
        if stamp == self._stamp:
            return False
        keyset_jws = _read(self.folder / KEYSET_FILE).decode("ascii", "replace").strip()
        keyset, store = _keyset(keyset_jws), self._open(self.folder)
        self.keyset_jws, self.keyset, self._store, self._roles = keyset_jws, keyset, store, store.roles()
        self._stamp = stamp
        return True

    def kids(self, now: int) -> dict[str, str]:
        """The key of each role that speaks for most; a role of `lacking` has none."""
        return {str(role): _widest(usable).kid for role in self._held() if (usable := self._usable(role, now))}

    def in_use(self, now: int) -> dict[str, tuple[str, ...]]:
        """All keys of each role that may be chosen now: one for each scope."""
        return {str(role): tuple(sorted(key.kid for key in self._usable(role, now))) for role in self._held()}

    def lacking(self, now: int) -> tuple[Role, ...]:
        """Roles for which keys lie here, but none that is valid now."""
        return tuple(role for role in self._held() if not self._usable(role, now))

    def choose(self, role: Role, areas: Collection[str], now: int, *, widest: bool = False) -> Key:
        """The key in use that speaks for all these areas (paths) and for least besides; `widest`: for most.

        Where none fits, or no area is known, the one that speaks for most: the checks say what is wrong. KeyProblem if
        the role has none.
        """
        usable = self._usable(role, now)
        if not usable:
            raise KeyProblem(f"no {role} key of {self.folder} is valid now; make one with `loa keys rotate`")
        fitting = [key for key in usable if all(inside(key.scope, area) for area in areas)]
        if widest or not areas or not fitting:
            return _widest(fitting or usable)
        return max(fitting, key=lambda key: (_depth(key), key.valid_from, key.kid))

    def sign(self, message: Message, now: int) -> str:
        """`message` as a JWS by the key in use for its role and its area. KeyProblem if this folder holds none."""
        role = ROLE_OF[type(message)]
        if role is None:
            raise KeyProblem("only the root signs a keyset")
        meant: Audience = message.audience  # type: ignore[attr-defined]
        key = self.choose(role, [meant.area] if meant.area else [], now, widest=isinstance(message, Placement))
        return self.sign_bytes(msgspec.json.encode(message), type(message), key.kid)

    def sign_bytes(self, payload: bytes, kind: type[Message], kid: str) -> str:
        """Exactly these bytes as a message of this kind, by a key that was chosen; the caller has looked at them."""
        sign = partial(self._store.sign, kid)
        return jws.sealed(payload, typ=kind.typ, kid=kid, version=PROTOCOL_VERSION, sign=sign)

    def _held(self) -> list[Role]:
        return sorted(set(self._roles.values()))

    def _usable(self, role: Role, now: int) -> list[Key]:
        """Of each scope the key that became valid last: a new one is announced in the keyset before it is used."""
        newest: dict[str, Key] = {}
        for key in sorted(self.keyset.keys, key=lambda key: (key.valid_from, key.kid)):
            if key.role is role and self._roles.get(key.kid) is role and key.valid_from <= now < key.valid_to:
                newest[key.scope] = key
        return list(newest.values())


def _depth(key: Key) -> int:
    return key.scope.count(".")


def _widest(keys: list[Key]) -> Key:
    return max(keys, key=lambda key: (-_depth(key), key.valid_from, key.kid))


def read_keyset(folder: Path) -> Keyset:
    """The keyset in this folder, without its private keys. KeyProblem if it is missing or damaged."""
    return _keyset(_read(folder / KEYSET_FILE).decode("ascii", "replace").strip())


def load(folder: Path, *, may_be_empty: bool = False) -> tuple[SigningKey, ...]:
    """All keys of a folder (`*.key`). KeyProblem if one is damaged, or readable by others than its owner."""
    keys = tuple(_load_one(path) for path in sorted(folder.glob("*.key")))
    if not keys and not may_be_empty:
        raise KeyProblem(f"no keys in {folder}; make them with `loa keys init`")
    return keys


def read_private(path: Path) -> bytes:
    """The bytes of a secret file. KeyProblem if it is absent, or if its mode lets others in."""
    if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyProblem(f"{path} is open to other users; set its mode to 0600, and rotate the key if it was seen")
    return _read(path)


def write_new(path: Path, content: bytes) -> None:
    """Write a secret file that does not exist yet (mode 0600, durable). FileExistsError otherwise."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Put a new content in place of a file at once: whoever reads sees the old or the new, also after a power loss."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    write_new(temporary, content)
    temporary.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def kid_of(role: Role, public: bytes, prefix: str = "") -> str:
    """The name of a new key: its role and the beginning of its digest."""
    return f"{prefix}{role}-{hashlib.sha256(public).hexdigest()[:10]}"


def is_demo(keyset: Keyset) -> bool:
    """True if any key was made for a demonstration; `loa up` refuses those outside loopback."""
    return any(key.kid.startswith(DEMO_PREFIX) for key in keyset.keys)


def _load_one(path: Path) -> SigningKey:
    try:
        key = msgspec.json.decode(read_private(path), type=SigningKey)
        sound = len(decode64(key.seed)) == 32
    except (ValueError, Refused) as error:
        raise KeyProblem(f"{path} is damaged") from error
    if not sound:
        raise KeyProblem(f"{path} is damaged")
    return key


def _keyset(text: str) -> Keyset:
    try:
        return jws.decode(jws.parse(text).payload, Keyset)
    except Refused as error:
        raise KeyProblem(f"the keyset file is damaged: {error}") from error


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise KeyProblem(f"{path} is missing; make keys with `loa keys init`") from error
    return found.st_mtime_ns, found.st_ino


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyProblem(f"cannot read {path}: {error.strerror}") from error
