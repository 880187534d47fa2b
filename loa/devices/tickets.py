"""A ticket lets a browser speak to the gateway when database and web are away: stop the loudspeakers, watch the page.

Signed when the page loads, valid for at most 12 hours, checked with nothing but the ticket key. It can stop sound and
show states; it can make nothing sound.
"""

import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import msgspec
import nacl.bindings
import nacl.exceptions
from devicelink.jws import decode64, encode64
from devicelink.refusals import Refused

from loa.kernel.errors import Denied

LIFE = timedelta(hours=12)
KEY_FILE = "ticket.secret"  # not *.key: those belong to the keyset
_DOMAIN = b"loa-ticket-1."
OVER = "Trang đã mở quá lâu nên hết quyền điều khiển. Hãy tải lại trang, đăng nhập nếu được hỏi, rồi làm lại."


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do what where. `area` is a path, `may` the capabilities held there, instants are Unix milliseconds.

    `session` names the session whose page carries it (people.rules.session_mark): it is void when that one ends.
    """

    user: int
    name: str
    area: str
    role: str
    may: tuple[str, ...]
    issued: int
    expires: int
    session: str
    id: str


def read_seed(path: Path) -> bytes:
    """The 32-byte Ed25519 seed in a key file (unpadded base64url). FileNotFoundError, ValueError."""
    try:
        seed = decode64(path.read_text().strip())
    except Refused as error:
        raise ValueError(f"{path} does not hold a key") from error
    if len(seed) != 32:
        raise ValueError(f"{path} does not hold 32 bytes")
    return seed


def ensure_seed(folder: Path) -> bytes:
    """The ticket key of this installation, made by whoever needs it first (mode 0600 in a folder 0700)."""
    path = folder / KEY_FILE
    if not path.exists():
        _keep(path, secrets.token_bytes(32))
    return read_seed(path)


def move_in(folder: Path, *, former: Path) -> None:
    """Take over the ticket key of an installation that still has it in `former`, among the gateway's own keys.

    Whoever could read it there, as the pages must, could read the keys for stop and time beside it. It is moved, not
    made anew, so that pages which are open meanwhile keep their stop button.
    """
    try:
        seed = read_seed(former / KEY_FILE)
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):
        return  # none, not ours to see, or nothing that is worth moving
    if not (folder / KEY_FILE).exists():
        _keep(folder / KEY_FILE, seed)
    (former / KEY_FILE).unlink(missing_ok=True)


def _keep(path: Path, seed: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(encode64(seed) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):  # another process was first; a half-written key is never seen
            os.link(draft, path)
    finally:
        draft.unlink()


@lru_cache(maxsize=4)
def _secret(seed: bytes) -> tuple[bytes, bytes]:
    public, secret = nacl.bindings.crypto_sign_seed_keypair(seed)
    return public, secret


def mint(
    *,
    seed: bytes,
    user: int,
    name: str,
    area: str,
    role: str,
    may: Collection[str],
    now: datetime,
    life: timedelta = LIFE,
    session: str = "",
) -> str:
    """A ticket for the page that is being loaded; `life` is at most 12 hours."""
    ticket = Ticket(
        user=user,
        name=name,
        area=area,
        role=role,
        may=tuple(sorted(may)),
        issued=round(now.timestamp() * 1000),
        expires=round((now + min(life, LIFE)).timestamp() * 1000),
        session=session,
        id=secrets.token_urlsafe(9),
    )
    payload = msgspec.json.encode(ticket)
    signature = nacl.bindings.crypto_sign(_DOMAIN + payload, _secret(seed)[1])[:64]
    return f"{encode64(payload)}.{encode64(signature)}"


def check(text: str, *, seed: bytes, now: datetime) -> Ticket:
    """The ticket in `text`. Denied with code ticket_malformed, ticket_forged or ticket_expired."""
    payload, signature = _parts(text)
    try:
        nacl.bindings.crypto_sign_open(signature + _DOMAIN + payload, _secret(seed)[0])
        ticket = msgspec.json.decode(payload, type=Ticket)
    except (nacl.exceptions.CryptoError, ValueError, msgspec.MsgspecError) as error:
        raise Denied(OVER, code="ticket_forged") from error
    if now.timestamp() * 1000 >= ticket.expires:
        raise Denied(OVER, code="ticket_expired")
    return ticket


def _parts(text: str) -> tuple[bytes, bytes]:
    pieces = text.split(".") if len(text) < 4096 else []
    try:
        payload, signature = (decode64(piece) for piece in pieces)
    except (Refused, ValueError) as error:
        raise Denied(OVER, code="ticket_malformed") from error
    if len(signature) != 64:
        raise Denied(OVER, code="ticket_malformed")
    return payload, signature
