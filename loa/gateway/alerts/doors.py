"""What the way of an alert needs of others: the signer, the media store, the database. Every call blocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from devicelink.messages import Alert, Cancel
from devicelink.signing import SignerClient, job
from devicelink.vouching import Word

from loa.alerts.wishes import Entry, Report

SIGNER_TIMEOUT_S = 10.0
News = Literal["waiting", "escalated", "sent", "declined", "lapsed", "refused"]


@dataclass(frozen=True)
class Outside:
    """`sign` raises Refused or SignerUnavailable, `record_*` raise Away. `voice_path` is that of the media store."""

    sign: Callable[[Alert | Cancel, tuple[Word, ...]], str]
    voice_path: Callable[[str], Path]
    record_alert: Callable[[Entry], object]
    record_heard: Callable[[Sequence[Report]], object]


def asking(socket: Path) -> Callable[[Alert | Cancel, tuple[Word, ...]], str]:
    """Ask the signer that listens there, each time on a connection of its own."""

    def sign(message: Alert | Cancel, words: tuple[Word, ...]) -> str:
        with SignerClient(socket, timeout=SIGNER_TIMEOUT_S) as client:
            (outcome,) = client.sign_all([job(message, words=words)])
            return outcome.token()

    return sign


def message_of(entry: Entry) -> Alert | Cancel:
    """What people vouched for."""
    message = entry.wish.alert or entry.wish.cancel
    assert message is not None
    return message


def issued_at(message: Alert | Cancel, at: int) -> Alert | Cancel:
    """The same with its two instants; in a wish `expires` is how long it lives."""
    return msgspec.structs.replace(message, issued=at, expires=at + message.expires - message.issued)
