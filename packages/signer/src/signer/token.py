"""The signer's private keys in a PKCS#11 token: made there, used there, never outside (docs/adr/0043).

`token.json` in the signer's folder names the module of the token's maker, the token's label and the file that holds its
PIN. Keys that still lie in files go on beside it until they are exchanged.
"""

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec
from devicelink import jws, keyfiles
from devicelink.keyfiles import FileStore, KeyFolder, KeyProblem, KeyStore, SigningKey
from devicelink.messages import Role

TOKEN_FILE = "token.json"  # noqa: S105 - a name
PIN_VARIABLE = "LOA_TOKEN_PIN_FILE"
CURVE = b"\x13\x0cedwards25519"  # PKCS#11 3.0 names it by this PrintableString
PUBLIC_BYTES = 32

T = TypeVar("T")


class TokenPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Which token: the maker's library, the label, and the file with the PIN (mode 0600)."""

    module: str
    label: str
    pin_file: str


class Custodian(Protocol):
    """What may also make and destroy keys: the ceremony needs it, signing does not."""

    def make(self, role: Role, prefix: str) -> tuple[str, bytes]:
        """A new key: its kid, its public half (32 bytes)."""

    def forget(self, kid: str) -> None:
        """Destroy this key, if it is there."""


class TokenStore:
    """The keys of one token, behind one session; a session that broke is opened again once.

    One for each token in a process (`of`): a token is logged in to once.
    """

    _known: ClassVar[dict[TokenPlace, "TokenStore"]] = {}
    _knowing: ClassVar[threading.Lock] = threading.Lock()

    @classmethod
    def of(cls, place: TokenPlace) -> "TokenStore":
        """The keys of this token, looked up anew: another process may have made some. KeyProblem."""
        with cls._knowing:
            found = cls._known.setdefault(place, cls(place))
        found._try(found._read)
        return found

    def __init__(self, place: TokenPlace) -> None:
        self._place = place
        self._lock = threading.RLock()
        self._session: Any = None
        self._handles: dict[str, Any] = {}
        self._roles: dict[str, Role] = {}

    def roles(self) -> Mapping[str, Role]:
        """As `devicelink.keyfiles.KeyStore`."""
        with self._lock:
            return dict(self._roles)

    def sign(self, kid: str, content: bytes) -> bytes:
        """As `devicelink.keyfiles.KeyStore`."""
        return self._try(lambda: bytes(self._handle(kid).sign(content, mechanism=_pkcs11().Mechanism.EDDSA)))

    def make(self, role: Role, prefix: str) -> tuple[str, bytes]:
        """As `Custodian`. The private half is made unreadable and stays here."""
        return self._try(lambda: self._make(role, prefix))

    def forget(self, kid: str) -> None:
        """As `Custodian`."""
        self._try(lambda: self._forget(kid))

    def close(self) -> None:
        """Log out."""
        with self._lock:
            session, self._session, self._handles = self._session, None, {}
            if session is not None:
                with suppress(_pkcs11().PKCS11Error):
                    session.close()

    def _handle(self, kid: str) -> Any:
        if kid not in self._handles:
            raise KeyProblem(f"token {self._place.label!r} holds no key {kid!r} any more")
        return self._handles[kid]

    def _try(self, work: Callable[[], T]) -> T:
        broken = (_pkcs11().PKCS11Error, RuntimeError)  # a module that cannot be loaded is the latter
        with self._lock:
            try:
                return self._with_session(work)
            except broken:
                self.close()
            try:
                return self._with_session(work)
            except broken as error:
                self.close()
                reason = type(error).__name__
                raise KeyProblem(f"token {self._place.label!r} does not work: {reason} {error}".strip()) from error

    def _with_session(self, work: Callable[[], T]) -> T:
        if self._session is None:
            library = _pkcs11().lib(self._place.module)
            token = library.get_token(token_label=self._place.label)
            self._session = token.open(rw=True, user_pin=_pin(self._place))
            self._read()
        return work()

    def _read(self) -> None:
        pkcs11 = _pkcs11()
        wanted = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
            pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS,
        }
        roles = {str(role).encode(): role for role in Role}
        found = [(handle.label, bytes(handle.id), handle) for handle in self._session.get_objects(wanted)]
        self._handles = {kid: handle for kid, role, handle in found if role in roles}
        self._roles = {kid: roles[role] for kid, role, _ in found if role in roles}

    def _make(self, role: Role, prefix: str) -> tuple[str, bytes]:
        pkcs11 = _pkcs11()
        attribute = pkcs11.Attribute
        domain = self._session.create_domain_parameters(
            pkcs11.KeyType.EC_EDWARDS, {attribute.EC_PARAMS: CURVE}, local=True
        )
        common = {attribute.ID: str(role).encode()}
        public, private = domain.generate_keypair(
            mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            store=True,
            public_template=common,
            private_template=common | {attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
        )
        raw = bytes(public[attribute.EC_POINT])[-PUBLIC_BYTES:]
        kid = keyfiles.kid_of(role, raw, prefix)
        for half in (public, private):
            half[attribute.LABEL] = kid
        self._read()
        return kid, raw

    def _forget(self, kid: str) -> None:
        pkcs11 = _pkcs11()
        for handle in list(self._session.get_objects({pkcs11.Attribute.LABEL: kid})):
            handle.destroy()
        self._read()


class FileCustodian:
    """Keys made as files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, role: Role, prefix: str) -> tuple[str, bytes]:
        """As `Custodian`."""
        seed, public = jws.new_pair()
        kid = keyfiles.kid_of(role, public, prefix)
        file = SigningKey(kid=kid, role=role, seed=jws.encode64(seed))
        keyfiles.write_new(self._folder / f"{kid}.key", msgspec.json.encode(file))
        return kid, public

    def forget(self, kid: str) -> None:
        """As `Custodian`."""
        (self._folder / f"{kid}.key").unlink(missing_ok=True)


class Both:
    """A token, and the files of the time before it."""

    def __init__(self, token: TokenStore, files: FileStore) -> None:
        self._token, self._files, self._inside = token, files, token.roles()

    def roles(self) -> Mapping[str, Role]:
        """As `devicelink.keyfiles.KeyStore`."""
        return {**self._files.roles(), **self._inside}

    def sign(self, kid: str, content: bytes) -> bytes:
        """As `devicelink.keyfiles.KeyStore`."""
        store: KeyStore = self._token if kid in self._inside else self._files
        return store.sign(kid, content)


def read_place(folder: Path) -> TokenPlace | None:
    """The token of this folder; None if its keys are files. KeyProblem if the file is damaged."""
    path = folder / TOKEN_FILE
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(keyfiles.read_private(path), type=TokenPlace)
    except ValueError as error:
        raise KeyProblem(f"{path} is damaged") from error


def use(folder: Path, place: TokenPlace) -> None:
    """From now on new keys of this folder are made in the token. KeyProblem if it cannot be opened."""
    TokenStore.of(place)
    keyfiles.replace(folder / TOKEN_FILE, msgspec.json.encode(place))


def opened(folder: Path) -> KeyStore:
    """What holds the private keys of this folder. KeyProblem."""
    place = read_place(folder)
    return FileStore(folder) if place is None else Both(TokenStore.of(place), FileStore(folder, may_be_empty=True))


def key_folder(folder: Path) -> KeyFolder:
    """The signer's keys, wherever they lie. KeyProblem."""
    return KeyFolder(folder, opened)


def custodians(folder: Path) -> tuple[Custodian, ...]:
    """Where keys of this folder are made (the first) and where they may lie. KeyProblem."""
    place = read_place(folder)
    return (FileCustodian(folder),) if place is None else (TokenStore.of(place), FileCustodian(folder))


def _pin(place: TokenPlace) -> str:
    path = Path(os.environ.get(PIN_VARIABLE) or place.pin_file)
    try:
        return keyfiles.read_private(path).decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise KeyProblem(f"{path} is damaged") from error


def _pkcs11() -> Any:
    """Loaded only where a token is used: an installation without one does not need the library."""
    try:
        import pkcs11
    except ImportError as error:
        raise KeyProblem(
            "a token needs python-pkcs11; install it with: .venv/bin/uv pip install python-pkcs11"
        ) from error
    return pkcs11
