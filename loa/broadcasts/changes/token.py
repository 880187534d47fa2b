"""The token of a preview: whoever shows it has seen this difference of this change, less than an hour ago.

`1.<issued ms>.<digest of before>.<digest of after>.<HMAC>`; the HMAC covers all of it, the change and the person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from loa.kernel.clock import from_ms, to_ms
from loa.kernel.errors import Refusal

LIFE = timedelta(hours=1)
_VERSION = "1"
_SALT = "loa.broadcasts.changes.token"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the token says was on the screen: when, and the digests of the air times before and after."""

    issued: datetime
    before: str
    after: str
    mac: str


def make(*, change: bytes, before: str, after: str, actor: int, now: datetime) -> str:
    """The token for this person and this difference."""
    issued = to_ms(now)
    return ".".join((_VERSION, str(issued), before, after, _mac(change, issued, before, after, actor)))


def read(token: str, *, change: bytes, actor: int, now: datetime) -> Seen:
    """Refusal `token_invalid` for one of another change or person, `token_expired` for one older than an hour."""
    parts = token.split(".")
    if len(parts) != 5 or parts[0] != _VERSION or not parts[1].isdecimal() or len(parts[1]) > 14:
        raise _invalid()
    issued, before, after, mac = int(parts[1]), *parts[2:]
    if not constant_time_compare(mac, _mac(change, issued, before, after, actor)):
        raise _invalid()
    seen = Seen(from_ms(issued), before, after, mac)
    if not seen.issued <= now + timedelta(minutes=1) or now - seen.issued > LIFE:
        message = "Bản xem trước này đã quá một giờ. Hãy xem lại thay đổi rồi xác nhận."
        raise Refusal(message, code="token_expired")
    return seen


def _invalid() -> Refusal:
    message = "Xác nhận này không thuộc thay đổi đang mở. Hãy xem lại thay đổi rồi xác nhận."
    return Refusal(message, code="token_invalid")


def _mac(change: bytes, issued: int, before: str, after: str, actor: int) -> str:
    said = b"\x1f".join((change, str(issued).encode(), before.encode(), after.encode(), str(actor).encode()))
    return salted_hmac(_SALT, said, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
