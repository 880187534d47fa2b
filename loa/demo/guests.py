"""Who may walk through the demonstration when the local network can reach it.

On this machine alone the accounts share a password that everybody knows, and one press signs in. In a local network
both would let any neighbour in: there the password is random, and a press works only on this machine or for somebody
who came by the address in the QR code.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from loa.demo import cast

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for another when read from a screen
GROUPS, LENGTH = 4, 4
FILE = "demo-password"


def _file(var: Path) -> Path:
    return var / "keys" / FILE


def password(var: Path) -> str:
    """The password of the sample accounts: the one that is printed everywhere, or a random one of this folder."""
    try:
        return _file(var).read_text().strip()
    except FileNotFoundError:
        return cast.PASSWORD


def new_password() -> str:
    """About 79 bits, in groups that can be read aloud."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(GROUPS))


def code(secret_key: str) -> str:
    """What the QR code carries: 80 bits that follow from the key of the sessions, so that nothing has to be kept."""
    return hmac.new(secret_key.encode(), b"loa.demo.guest", hashlib.sha256).hexdigest()[:20]


def is_code(given: str, secret_key: str) -> bool:
    """Whether somebody came by the QR code."""
    return hmac.compare_digest(given.encode(), code(secret_key).encode())
