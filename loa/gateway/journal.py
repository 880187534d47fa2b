"""What was decided is written to disk before anybody is told of it: one line each, durable, replayed after a crash.

A line is {"entry": HoldEntry}, in the book of alerts {"entry": Entry}, or {"copied": id}. The second says that the
database has it; it then only has to stay until it can matter to nobody any more.
"""

import os
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import structlog
from devicelink.keyfiles import sync_folder

from loa.devices.actions.holding import HoldEntry

log = structlog.get_logger("loa.gateway.journal")
KEPT_MS = 25 * 3_600_000


class Decided(Protocol):
    """What a line holds: `entry` names it, `at` is when it was decided (ms)."""

    @property
    def entry(self) -> str: ...

    @property
    def at(self) -> int: ...


E = TypeVar("E", bound=Decided)


class Line(msgspec.Struct, Generic[E], omit_defaults=True):
    """One line of the file; exactly one field is set."""

    entry: E | None = None
    copied: str = ""


class Book(Generic[E]):
    """A file of one gateway, of entries of this `kind`. Every method blocks on the disk: call it from a thread, one at
    a time.
    """

    def __init__(self, path: Path, kind: type[E]) -> None:
        self._path = path
        self._line: Any = Line[kind]  # type: ignore[valid-type]
        self.entries: list[E] = []
        self._copied: set[str] = set()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._read()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        sync_folder(path.parent)

    def _read(self) -> None:
        """A torn last line was never acted upon and is cut off; a line that the disk spoilt costs only itself."""
        if not self._path.exists():
            return
        whole = self._path.read_bytes()
        *complete, torn = whole.split(b"\n")
        for number, raw in enumerate(complete, start=1):
            line = self._read_line(raw)
            if line is None:
                log.error("a line of the journal is damaged and passed over", file=str(self._path), line=number)
            else:
                self._keep(line)
        if torn:
            log.warning("journal ends in the middle of a line", file=str(self._path))
            os.truncate(self._path, len(whole) - len(torn))

    def _read_line(self, raw: bytes) -> Line[E] | None:
        try:
            line: Line[E] = msgspec.json.decode(raw, type=self._line)
        except (ValueError, RecursionError):
            return None
        return line

    def _keep(self, line: Line[E]) -> None:
        if line.entry is not None:
            self.entries.append(line.entry)
        elif line.copied:
            self._copied.add(line.copied)

    def append(self, entry: E) -> None:
        """Write it down; on return it survives a loss of power."""
        self._write(Line[E](entry=entry))

    def mark_copied(self, identifier: str) -> None:
        """The database has this entry."""
        self._write(Line[E](copied=identifier))

    def _write(self, line: Line[E]) -> None:
        raw = msgspec.json.encode(line) + b"\n"
        before = os.fstat(self._file).st_size
        try:
            if os.write(self._file, raw) != len(raw):
                raise OSError("the disk is full")
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, before)
            raise
        self._keep(line)

    def waiting(self) -> list[E]:
        """Entries that the database does not have yet, oldest first."""
        return [entry for entry in self.entries if entry.entry not in self._copied]

    def tidy(self, now: int) -> None:
        """Rewrite the file without what is copied and cannot matter any more at `now` (ms)."""
        kept = [e for e in self.entries if e.entry not in self._copied or e.at + KEPT_MS > now]
        if len(kept) == len(self.entries):
            return
        copied = [e.entry for e in kept if e.entry in self._copied]
        fresh = self._path.with_name(self._path.name + ".new")
        lines = [*(Line[E](entry=entry) for entry in kept), *(Line[E](copied=entry) for entry in copied)]
        write_durably(fresh, b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        fresh.rename(self._path)
        sync_folder(self._path.parent)
        os.close(self._file)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self.entries, self._copied = kept, set(copied)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)


class Journal(Book[HoldEntry]):
    """The book of stops and releases."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, HoldEntry)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_durably(path: Path, content: bytes) -> None:
    """Put a new content in place of a file at once, also after a loss of power."""
    fresh = path.with_name(path.name + ".new")
    write_durably(fresh, content)
    fresh.rename(path)
    sync_folder(path.parent)
