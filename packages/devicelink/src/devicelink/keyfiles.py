"""Private keys on disk: one JSON file a key, mode 0600, in a folder that also holds the keyset in force.

Used by the signer (placement, plan, command) and by the gateway (stop, time); neither can read the other's folder.
"""

import os
import stat
from pathlib import Path

import msgspec

from devicelink import jws
from devicelink.jws import decode64
from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import ROLE_OF, Key, Keyset, Message, Role
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


class KeyFolder:
    """The keys of one process. Call `refresh` now and then: a rotation writes new files beside the old ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp: tuple[int, int] | None = None
        self.refresh()

    def refresh(self) -> bool:
        """Read again if the keyset file changed; True if it did. KeyProblem, and then the keys read before stay."""
        stamp = _stamp(self.folder / KEYSET_FILE)
        if stamp == self._stamp:
            return False
        keyset_jws = _read(self.folder / KEYSET_FILE).decode("ascii", "replace").strip()
        keyset, keys = _keyset(keyset_jws), load(self.folder)
        self.keyset_jws, self.keyset, self._keys, self._stamp = keyset_jws, keyset, keys, stamp
        return True

    def kids(self, now: int) -> dict[str, str]:
        """The kid in use for each role; a role of `lacking` has none."""
        found = ((role, self._newest(role, now)) for role in self._roles())
        return {str(role): pair[0].kid for role, pair in found if pair}

    def lacking(self, now: int) -> tuple[Role, ...]:
        """Roles for which keys lie here, but none that is valid now."""
        return tuple(role for role in self._roles() if self._newest(role, now) is None)

    def scope(self, role: Role, now: int) -> str:
        """The area path for which the key in use speaks. KeyProblem if there is none."""
        return self._current(role, now)[1].scope

    def sign(self, message: Message, now: int) -> str:
        """`message` as a JWS by the key in use for its role. KeyProblem if this folder holds none."""
        return self.sign_bytes(msgspec.json.encode(message), type(message), now)

    def sign_bytes(self, payload: bytes, kind: type[Message], now: int) -> str:
        """Exactly these bytes as a message of this kind; the caller has looked at them."""
        role = ROLE_OF[kind]
        if role is None:
            raise KeyProblem("only the root signs a keyset")
        key, _ = self._current(role, now)
        return jws.sign(payload, typ=kind.typ, kid=key.kid, version=PROTOCOL_VERSION, seed=decode64(key.seed))

    def _roles(self) -> list[Role]:
        return sorted({key.role for key in self._keys})

    def _current(self, role: Role, now: int) -> tuple[SigningKey, Key]:
        found = self._newest(role, now)
        if found is None:
            raise KeyProblem(f"no {role} key of {self.folder} is valid now; make one with `loa keys rotate`")
        return found

    def _newest(self, role: Role, now: int) -> tuple[SigningKey, Key] | None:
        """The key that became valid last: a new one is announced in the keyset before it is used."""
        ours = {key.kid: key for key in self._keys if key.role is role}
        usable = [key for key in self.keyset.keys if key.kid in ours and key.valid_from <= now < key.valid_to]
        if not usable:
            return None
        newest = max(usable, key=lambda key: (key.valid_from, key.kid))
        return ours[newest.kid], newest


def load(folder: Path) -> tuple[SigningKey, ...]:
    """All keys of a folder (`*.key`). KeyProblem if one is damaged, or readable by others than its owner."""
    keys = tuple(_load_one(path) for path in sorted(folder.glob("*.key")))
    if not keys:
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
