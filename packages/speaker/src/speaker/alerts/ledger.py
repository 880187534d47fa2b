"""Remembers which events were seen, and with an alert or a cancel itself: its id and its text are durable together.

A disk that is full does not silence an alert. Then it is remembered only as long as this process lives.
"""

import sqlite3

from devicelink import jws
from devicelink.freshness import Mark
from devicelink.jws import decode
from devicelink.messages import Alert, Cancel
from devicelink.refusals import Refused

from speaker.store import Store

KINDS = {kind.typ: kind for kind in (Alert, Cancel)}


class Notebook:
    """See `devicelink.freshness.Ledger`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._token, self._name = "", ""
        self._loose: dict[str, int] = {}

    def expect(self, token: str | bytes) -> None:
        """This is about to be verified."""
        self._token, self._name = "", ""
        try:
            envelope = jws.parse(token)
            kind = KINDS.get(envelope.header.typ)
            if kind is not None:
                self._name = f"{kind.typ}:{decode(envelope.payload, kind).id}"
                self._token = token if isinstance(token, str) else token.decode("ascii")
        except Refused:
            return

    def is_loose(self, event: str) -> bool:
        """True if it is forgotten when the process ends."""
        return event in self._loose

    def mark(self, slot: str) -> Mark | None:
        """See `Ledger`."""
        return self._store.mark(slot)

    def seen(self, event: str) -> bool:
        """See `Ledger`."""
        return event in self._loose or self._store.seen(event)

    def remember(self, event: str, until: int) -> None:
        """See `Ledger`."""
        token = self._token if event == self._name else ""
        try:
            self._store.remember(event, until, token=token)
        except sqlite3.OperationalError:
            if event.partition(":")[0] not in KINDS:
                raise
            self._loose[event] = until
