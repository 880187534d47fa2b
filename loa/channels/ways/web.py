"""Webhooks: a signed POST to an address of another program, or of one that drives boards.

`Loa-Signature: v1=<hex HMAC-SHA256 of "<Loa-Timestamp>.<body>">`, keyed with the secret that was shown once when the
channel was made. Who receives should refuse instants that lie more than five minutes away, and a `Loa-Delivery` that it
knows already: docs/how-to/channels.md.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loa.channels.ways.base import Message, Report, Result, To
from loa.media.voices.fetch import Ask, Bounds, FetchFailed, fetch

BOUNDS = Bounds(seconds=10.0, connect_seconds=4.0, most_bytes=64 * 1024)


@dataclass(frozen=True, slots=True)
class Webhook:
    """See `ways.base.Notifier`; the address of each recipient is an address of the web."""

    secret: bytes = field(repr=False)
    clock: Callable[[], datetime]
    bounds: Bounds = BOUNDS
    most_at_once: int = 6

    def send(self, message: Message, to: Sequence[To]) -> Iterator[Result | Report]:
        """See the protocol."""
        for one in to:
            yield self._post(message, one)

    def collect(self) -> Iterator[Report]:
        """Whoever answers has it; nothing is reported later."""
        return iter(())

    def _post(self, message: Message, one: To) -> Result:
        body = json.dumps(payload(message), ensure_ascii=False, sort_keys=True).encode()
        stamp = str(int(self.clock().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Loa-Event": message.purpose,
            "Loa-Delivery": one.key,
            "Loa-Timestamp": stamp,
            "Loa-Signature": "v1=" + signature(self.secret, stamp, body),
        }
        try:
            fetch(Ask(one.address, "POST", headers, body), self.bounds)
        except FetchFailed as failed:
            return Result(one.key, reason(failed), again=failed.again)
        return Result(one.key, "ok")


def signature(secret: bytes, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the instant and the body, in hexadecimal."""
    return hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def payload(message: Message) -> dict[str, object]:
    """What programs get; a new field may come, none goes or changes its meaning within version 1."""
    return {
        "version": 1,
        "id": message.id,
        "purpose": message.purpose,
        "status": message.status,
        "title": message.title,
        "text": message.text,
        "place": message.place,
        "at": message.made.isoformat(),
        "expires": message.expires.isoformat(),
        **({"alert": dict(message.data)} if message.data else {}),
    }


def reason(failed: FetchFailed) -> str:
    """The code of what a request met."""
    words = str(failed)
    if "address of this house" in words or words.startswith("only https"):
        return "forbidden"
    if words.startswith("answered "):
        return "http_" + words.removeprefix("answered ")
    return "unreachable" if failed.again else "address"
