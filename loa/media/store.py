"""Where files lie: a file is named by the SHA-256 of its bytes, so it can be copied, cached and checked, never changed.

`FileStore` is the whole interface; an object store needs the same few methods. Next to the named files the folder holds
`incoming/` (sent, not yet read) and `work/` (scratch): same disk, so that a rename is enough.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

NAME = re.compile(r"[0-9a-f]{64}")
CHUNK = 1024 * 1024


class FileStore:
    """A folder of immutable files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, sha256: str) -> Path:
        """Where the file is, or would be: root/ab/cdef... Raises ValueError for anything but a lower-case hash."""
        if not NAME.fullmatch(sha256):
            raise ValueError(f"not a SHA-256: {sha256[:80]!r}")
        return self.root / sha256[:2] / sha256[2:]

    def exists(self, sha256: str) -> bool:
        """Whether the complete file is here (an incomplete one never has its name)."""
        return self.path_of(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Bytes. Raises FileNotFoundError."""
        return self.path_of(sha256).stat().st_size

    def read(self, sha256: str) -> bytes:
        """All of it. Raises FileNotFoundError."""
        return self.path_of(sha256).read_bytes()

    def open(self, sha256: str) -> BinaryIO:
        """An open file. Raises FileNotFoundError."""
        return self.path_of(sha256).open("rb")

    def pieces(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to but without `end`, in pieces, for answers with a range."""
        left = (self.size(sha256) if end is None else end) - start
        with self.open(sha256) as file:
            file.seek(start)
            while left > 0 and (piece := file.read(min(CHUNK, left))):
                left -= len(piece)
                yield piece

    def put(self, path: Path) -> str:
        """Take the finished file at `path` (same disk) into the store; returns its name. `path` is gone afterwards."""
        sha256 = hash_of(path)
        target = self.path_of(sha256)
        if target.is_file():
            path.unlink()
            os.utime(target)  # as young as its new row, for `delete_unreferenced`
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        path.chmod(0o600)
        sync(path)
        path.replace(target)
        sync(target.parent)
        return sha256

    def put_copy(self, path: Path, scratch: Path) -> str:
        """Have the file at `path` in the store as well, without its bytes twice where the disk can; returns its name.

        `scratch` is a folder on the same disk.
        """
        copy = scratch / f"{path.name}.copy"
        copy.unlink(missing_ok=True)
        try:
            os.link(path, copy)
        except OSError:
            shutil.copyfile(path, copy)
        return self.put(copy)

    def touch(self, sha256: str) -> bool:
        """Make a file as young as a new row that names it, for `delete_unreferenced`; whether it is here."""
        try:
            os.utime(self.path_of(sha256))
        except FileNotFoundError:
            return False
        return True

    def delete(self, sha256: str) -> None:
        """Forget a file and what was drawn of it; it may be gone already."""
        self.path_of(sha256).unlink(missing_ok=True)
        self.drawn(sha256).unlink(missing_ok=True)

    def drawn(self, sha256: str) -> Path:
        """Where the drawn wave of a sound lies, or would: it can be made again, so it is in no backup."""
        return self.root / "peaks" / self.path_of(sha256).relative_to(self.root)

    def names(self) -> Iterator[str]:
        """Names of all files, in no order."""
        for folder in self.root.glob("[0-9a-f][0-9a-f]"):
            yield from (folder.name + file.name for file in folder.iterdir() if NAME.fullmatch(folder.name + file.name))

    def delete_unreferenced(self, referenced: Callable[[Collection[str]], set[str]], before: datetime) -> list[str]:
        """Delete files older than `before` that `referenced(names)` does not name; returns what was deleted.

        The age keeps a file whose row is being committed just now; it is looked at again right before it goes, since
        `put` or `touch` may have made an old file young meanwhile, and thousands may go before it.
        """
        old = [name for name in self.names() if self._modified(name) < before.timestamp()]
        lost = []
        for name in sorted(set(old) - referenced(old)) if old else []:
            if self._modified(name) < before.timestamp():
                self.delete(name)
                lost.append(name)
        return lost

    def incoming(self, sound: UUID) -> Path:
        """Where the file of a sound waits, as it was sent."""
        return self.root / "incoming" / str(sound)

    def receive(self, sound: UUID, pieces: Iterable[bytes], check: Callable[[int], None]) -> int:
        """Write what is being sent to `incoming(sound)`; `check(bytes so far)` may raise. Returns the size.

        After an error nothing is left.
        """
        target = self.incoming(sound)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        size = 0
        try:
            with part.open("wb") as out:
                for piece in pieces:
                    size += len(piece)
                    check(size)
                    out.write(piece)
            check(size)
            sync(part)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return size

    def forget_incoming(self, sound: UUID) -> None:
        """Delete what was sent; it may be gone already."""
        self.incoming(sound).unlink(missing_ok=True)

    @contextmanager
    def workspace(self, sound: UUID) -> Iterator[Path]:
        """An empty scratch folder of this sound on the disk of the store, gone afterwards.

        It takes the place of what a killed try left: hours of sound would otherwise lie there for a day.
        """
        folder = self.root / "work" / str(sound)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep_scratch(self, before: datetime, waiting: Callable[[Collection[UUID]], set[UUID]]) -> int:
        """Delete what killed processes left: scratch and sent files older than `before` for which no sound waits."""
        old = [path for path in self._scratch() if path.stat().st_mtime < before.timestamp()]
        kept = waiting([sound for path in old if (sound := _sound_of(path))])
        lost = [path for path in old if _sound_of(path) not in kept]
        for path in lost:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return len(lost)

    def _scratch(self) -> Iterator[Path]:
        for name in ("incoming", "work"):
            yield from (self.root / name).glob("*")

    def _modified(self, sha256: str) -> float:
        try:
            return self.path_of(sha256).stat().st_mtime
        except FileNotFoundError:
            return float("inf")


def _sound_of(path: Path) -> UUID | None:
    """The sound that a file in `incoming/` belongs to; None for a half-sent file and for scratch folders."""
    try:
        return UUID(path.name) if path.parent.name == "incoming" else None
    except ValueError:
        return None


def hash_of(path: Path) -> str:
    """Lower-case hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make a file or a folder's entries durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def default() -> FileStore:
    """The store of this installation."""
    return FileStore(Path(settings.MEDIA_ROOT))


def path_of(sha256: str) -> Path:
    """Path of a file of this installation. Raises ValueError for anything that is not a hash."""
    return default().path_of(sha256)
