"""The few file operations that have to survive a loss of power, behind one small interface.

Tests put a disk in its place that forgets every write not yet fsynced.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    """Paths are absolute. Every method may raise OSError (ENOSPC when the disk is full)."""

    def prepare(self, folder: Path) -> None:
        """Make the folder, readable by its owner only, and make its name durable."""

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open the database file (made if missing, 0600); transactions are begun explicitly."""

    def append(self, path: Path, data: bytes, at: int) -> None:
        """Write `data` at offset `at`; nothing is durable yet."""

    def sync(self, path: Path) -> None:
        """Return when the content of the file is durable."""

    def publish(self, path: Path, target: Path) -> None:
        """Rename `path` to `target` and make both names durable."""

    def read(self, path: Path) -> Iterator[bytes]:
        """The content, in pieces."""

    def size(self, path: Path) -> int:
        """Bytes in the file, -1 if there is none."""

    def remove(self, path: Path) -> None:
        """Remove the file if it is there. Not made durable: it may come back after a loss of power."""

    def names(self, folder: Path) -> list[str]:
        """The names in the folder, sorted."""

    def free(self, folder: Path) -> int:
        """Free bytes for this user."""


class RealDisk:
    """The operating system's files."""

    def prepare(self, folder: Path) -> None:
        """See `Disk`."""
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(folder.parent)

    def connect(self, path: Path) -> sqlite3.Connection:
        """See `Disk`."""
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            _sync_folder(path.parent)  # SQLite syncs the names of its journals, not of its file
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)

    def append(self, path: Path, data: bytes, at: int) -> None:
        """See `Disk`."""
        handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            view = memoryview(data)
            while view:
                written = os.pwrite(handle, view, at)
                view, at = view[written:], at + written
        finally:
            os.close(handle)

    def sync(self, path: Path) -> None:
        """See `Disk`."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def publish(self, path: Path, target: Path) -> None:
        """See `Disk`."""
        path.replace(target)
        _sync_folder(target.parent)

    def read(self, path: Path) -> Iterator[bytes]:
        """See `Disk`."""
        with path.open("rb") as file:
            while piece := file.read(1 << 18):
                yield piece

    def size(self, path: Path) -> int:
        """See `Disk`."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return -1

    def remove(self, path: Path) -> None:
        """See `Disk`."""
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

    def names(self, folder: Path) -> list[str]:
        """See `Disk`."""
        return sorted(entry.name for entry in folder.iterdir())

    def free(self, folder: Path) -> int:
        """See `Disk`."""
        return shutil.disk_usage(folder).free


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
