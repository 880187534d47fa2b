"""What people vouch for with a passkey before an alert is signed: its content, their part in it, and when.

Written by the platform, judged by the signer; loudspeakers never see it. The instant of issue is not known while people
read the alert, so `issued` and `expires` are not vouched for, only how long it lives; the signer sees to it that the
words are fresh and that no id is signed twice.
"""

import hashlib
from typing import Literal

import msgspec

from devicelink.canonical import canonical
from devicelink.messages import Alert, Cancel
from devicelink.widening import Assertion

CONTEXT = b"loa-alert-1\n"
Part = Literal["author", "confirmer"]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One person's word. `user` is a user id, `at` the instant (ms) at which the page asked for it."""

    part: Part
    user: str
    at: int
    assertion: Assertion


def content(message: Alert | Cancel) -> bytes:
    """The canonical bytes of what both people read: everything but the two instants, and how long it lives."""
    fields = {name: getattr(message, name) for name in message.__struct_fields__ if name not in ("issued", "expires")}
    return CONTEXT + canonical({**fields, "typ": message.typ, "life": message.expires - message.issued})


def challenge(message: Alert | Cancel, *, part: Part, user: str, at: int) -> bytes:
    """The WebAuthn challenge for this person: SHA-256 over the content, the part, the user and the instant (ms)."""
    digest = hashlib.sha256(content(message))
    digest.update(canonical({"part": part, "user": user, "at": at}))
    return digest.digest()
