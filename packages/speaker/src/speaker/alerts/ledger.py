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

KINDS: dict[str, type[Alert] | type[Cancel]] = {Alert.typ: Alert, Cancel.typ: Cancel}


class Notebook:
    """See `devicelink.freshness.Ledger`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._token, self._name, self._actual = "", "", False
        self._loose: dict[str, int] = {}

    def expect(self, token: str | bytes) -> None:
        """This is about to be verified."""
        self._token, self._name, self._actual = "", "", False
        try:
            envelope = jws.parse(token)
            kind = KINDS.get(envelope.header.typ)
            if kind is not None:
                message = decode(envelope.payload, kind)
                self._name, self._actual = f"{kind.typ}:{message.id}", message.status == "actual"
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
        """See `Ledger`. What one person may sign kills no alert that it takes two to sign: an exercise or a test ends
        only its like, which the shelf sees to.
        """
        if self._name and event != self._name and not self._actual:
            return
        token = self._token if event == self._name else ""
        try:
            self._store.remember(event, until, token=token)
        except sqlite3.OperationalError:
            if event.partition(":")[0] not in KINDS:
                raise
            self._loose[event] = until
