"""Secrets of accounts (keys of authenticator apps, seeds of recovery codes) are sealed before they reach the database.

The keys lie in a folder outside it, one file `<kid>.secret` each (32 bytes, unpadded base64url, mode 0600). What is
sealed names its key: "loa1.<kid>.<nonce and ciphertext>", XChaCha20-Poly1305. The newest key seals, every key opens, so
that a new one can be made while the old is still needed (docs/how-to/backup.md).
"""

import secrets
import time
from pathlib import Path

import nacl.bindings
import nacl.exceptions
from devicelink.jws import decode64, encode64
from devicelink.refusals import Refused
from django.conf import settings

from loa.kernel.errors import Unavailable

MARK = "loa1."
_SUFFIX = ".secret"
_NONCE = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES


def folder() -> Path:
    """Where the keys are."""
    return Path(settings.LOA_ACCOUNT_KEYS)


def newest(place: Path) -> str:
    """Id of the key that seals; "" while there is none. Ids begin with the time of making, so they sort."""
    return max((file.stem for file in place.glob("*" + _SUFFIX)), default="")


def make_key(place: Path) -> str:
    """A new key, which seals from now on; its id."""
    kid = f"{time.time_ns():020}-{secrets.token_hex(4)}"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place / f".{kid}"
    draft.touch(0o600)
    draft.write_text(encode64(secrets.token_bytes(32)) + "\n")
    draft.rename(place / (kid + _SUFFIX))
    return kid


def ensure_key(place: Path) -> str:
    """The key that seals, made if there is none. Two processes at once make two, and both open."""
    return newest(place) or make_key(place)


def seal(text: str) -> str:
    """What may stand in the database for `text`."""
    kid = ensure_key(folder())
    nonce = secrets.token_bytes(_NONCE)
    sealed = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(text.encode(), _bound(kid), nonce, _read(kid))
    return f"{MARK}{kid}.{encode64(nonce + sealed)}"


def unseal(text: str) -> str:
    """Inverse of `seal`; a text of the time before there were keys comes back as it is. Unavailable without its key."""
    if not text.startswith(MARK):
        return text
    kid, _, content = text.removeprefix(MARK).partition(".")
    try:
        raw = decode64(content)
        key = _read(kid)
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            raw[_NONCE:], _bound(kid), raw[:_NONCE], key
        ).decode()
    except (Refused, OSError, ValueError, nacl.exceptions.CryptoError) as error:
        raise Unavailable(
            "Máy chủ không mở được mã xác nhận hai bước vì thiếu hoặc sai khóa. Hãy gọi người quản trị hệ thống.",
            code="account_key",
        ) from error


def is_current(text: str) -> bool:
    """It is sealed, and with the newest key."""
    return text.startswith(f"{MARK}{newest(folder())}.")


def _bound(kid: str) -> bytes:
    return f"loa-account-1.{kid}".encode()


def _read(kid: str) -> bytes:
    if "/" in kid or kid.startswith("."):
        raise ValueError("not the id of a key")
    key = decode64((folder() / (kid + _SUFFIX)).read_text().strip())
    if len(key) != 32:
        raise ValueError("not 32 bytes")
    return key
