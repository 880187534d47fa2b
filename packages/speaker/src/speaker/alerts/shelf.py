"""The alerts and cancels a device holds, in memory and on the disk. What it read from the disk was verified anew."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator

import msgspec
from devicelink.freshness import event_of
from devicelink.messages import Alert, Cancel

from speaker.alerts.entry import Entry, Progress
from speaker.store import Store

Event = Alert | Cancel


class Shelf:
    """`trusted`: the message in a JWS that was accepted before, None if its key may not say that any more."""

    def __init__(self, store: Store, trusted: Callable[[str], Event | None]) -> None:
        self._store = store
        self._entries: dict[str, Entry] = {}
        self._ends: set[tuple[str, str]] = set()
        self._load(trusted)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def find(self, name: str) -> Entry | None:
        """By "alert:<id>" or "cancel:<id>"."""
        return self._entries.get(name)

    def is_ended(self, alert: Alert) -> bool:
        """True if something of its status took it back or replaced it, seen here before or after it."""
        return (alert.id, alert.status) in self._ends

    def add(self, message: Alert) -> Entry:
        """An alert that was accepted now."""
        entry = Entry(message, message)
        self._entries[entry.name] = entry
        self._note(message)
        return entry

    def say(self, cancel: Cancel, of: Alert) -> Entry:
        """The words of a cancel are to be said."""
        entry = Entry(cancel, of)
        self._entries[entry.name] = entry
        self.keep(entry)
        return entry

    def note(self, message: Event) -> None:
        """Whatever it ends must not begin. It says nothing aloud itself, unless `say` follows."""
        self._note(message)
        self._write(event_of(message), Progress(over=True))

    def keep(self, entry: Entry) -> None:
        """Durable on return, where there is room."""
        self._write(entry.name, entry.progress)

    def finish(self, entry: Entry) -> None:
        """It will not sound any more."""
        entry.progress = msgspec.structs.replace(entry.progress, over=True)
        self._entries.pop(entry.name, None)
        self.keep(entry)

    def drop(self, name: str) -> None:
        """It was never for this place."""
        self._entries.pop(name, None)
        with contextlib.suppress(sqlite3.OperationalError):
            self._store.drop_alert(name)

    def _write(self, name: str, progress: Progress) -> None:
        with contextlib.suppress(sqlite3.OperationalError):
            self._store.progress(name, msgspec.json.encode(progress))

    def _note(self, message: Event) -> None:
        ended = (message.alert,) if isinstance(message, Cancel) else message.references
        self._ends |= {(alert, message.status) for alert in ended}

    def _load(self, trusted: Callable[[str], Event | None]) -> None:
        kept = [(message, progress) for _, token, progress in self._store.alerts() if (message := trusted(token))]
        alerts = {message.id: message for message, _ in kept if isinstance(message, Alert)}
        for message, _ in kept:
            self._note(message)
        for message, written in kept:
            progress, name = _read(written), event_of(message)
            of = message if isinstance(message, Alert) else alerts.get(message.alert)
            if progress.over or of is None or message.status == "test":
                continue
            if isinstance(message, Alert) and self.is_ended(message):
                continue
            self._entries[name] = Entry(message, of, progress)


def _read(written: bytes) -> Progress:
    try:
        return msgspec.json.decode(written or b"{}", type=Progress)
    except msgspec.MsgspecError:
        return Progress(rounds=1)  # rather not twice
