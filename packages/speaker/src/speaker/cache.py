"""The sounds on the device: files named by their SHA-256, complete and right or not there.

A file is written as `<hash>.part`, fsynced, hashed as it lies on the disk, and renamed; the folder is fsynced. After a
start each file is hashed again before it is used, because flash forgets too.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from devicelink.refusals import Reason, Refused

from speaker.disk import Disk
from speaker.store import Store

LIMIT_BYTES = 2 << 30
RESERVE_BYTES = 64 << 20  # the state file must always find room
_NAME = re.compile(r"[0-9a-f]{64}")


class MediaCache:
    """`limit` bytes at most; what was needed least recently goes first, what the present plan needs never goes."""

    def __init__(self, disk: Disk, store: Store, *, limit: int = LIMIT_BYTES, reserve: int = RESERVE_BYTES) -> None:
        self._disk = disk
        self._store = store
        self._limit = limit
        self._reserve = reserve
        self.folder = store.folder / "media"
        disk.prepare(self.folder)
        self._sizes = {name: disk.size(self.folder / name) for name in disk.names(self.folder) if _NAME.fullmatch(name)}
        self._checked: set[str] = set()

    def path(self, sha256: str) -> Path:
        """Where the file lies or would lie."""
        return self.folder / sha256

    def ready(self, sha256: str) -> bool:
        """True if the file is complete and its hash was checked since the start."""
        return sha256 in self._checked

    def unchecked(self) -> list[str]:
        """Files that lie there since before the start and have not been hashed yet."""
        return [name for name in self._sizes if name not in self._checked]

    def check(self, sha256: str) -> bool:
        """Hash one file as it lies on the disk; a wrong one is removed. Slow: call it from a worker thread."""
        if _digest(self._disk, self.path(sha256)) == sha256:
            self._checked.add(sha256)
            return True
        self._remove(sha256)
        return False

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """Those of `wanted` that are not on the disk, in that order, each once."""
        return [sha256 for sha256 in dict.fromkeys(wanted) if sha256 not in self._sizes]

    def look(self) -> bool:
        """True if everything is still there; what was deleted or cut off under our feet is not held any more."""
        self._disk.prepare(self.folder)
        lost = [name for name, size in self._sizes.items() if self._disk.size(self.path(name)) != size]
        for name in lost:
            self._remove(name)
        return not lost

    def begun(self, sha256: str) -> int:
        """Bytes of an earlier, broken-off transfer."""
        return max(0, self._disk.size(self._part(sha256)))

    def append(self, sha256: str, data: bytes, at: int) -> None:
        """Add to the transfer. Refuses with no_room."""
        try:
            self._disk.append(self._part(sha256), data, at)
        except OSError as error:
            raise Refused(Reason.NO_ROOM, str(error)) from error

    def finish(self, sha256: str) -> None:
        """The transfer is complete: make it durable, hash it, give it its name. Refuses with wrong_hash, no_room."""
        part = self._part(sha256)
        try:
            self._disk.sync(part)
            if _digest(self._disk, part) != sha256:
                self.abandon(sha256)
                raise Refused(Reason.WRONG_HASH, sha256)
            size = self._disk.size(part)  # of what was hashed: what bears the name may be exchanged at once
            self._disk.publish(part, self.path(sha256))
        except OSError as error:
            raise Refused(Reason.NO_ROOM, str(error)) from error
        self._sizes[sha256] = size
        self._checked.add(sha256)

    def abandon(self, sha256: str) -> None:
        """Throw away what a transfer has brought so far."""
        with contextlib.suppress(OSError):
            self._disk.remove(self._part(sha256))

    def make_room(self, size: int, keep: frozenset[str]) -> None:
        """Room for a file of `size` bytes, without touching `keep`. Refuses with no_room."""
        needed = self._store.needed()
        candidates = sorted(set(self._sizes) - keep, key=lambda sha256: needed.get(sha256, 0))
        while self._short(size):
            if not candidates:
                raise Refused(Reason.NO_ROOM, f"{size} bytes")
            self._remove(candidates.pop(0))

    def clean(self, keep: frozenset[str]) -> None:
        """Remove the beginnings of transfers that nobody wants any more."""
        for name in self._disk.names(self.folder):
            if name.endswith(".part") and name.removesuffix(".part") not in keep:
                self._disk.remove(self.folder / name)

    def free(self) -> int:
        """Bytes that may still be stored."""
        return max(0, min(self._limit - sum(self._sizes.values()), self._disk.free(self._store.folder) - self._reserve))

    def _short(self, size: int) -> bool:
        return self.free() < size

    def _part(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.part"

    def _remove(self, sha256: str) -> None:
        self._disk.remove(self.path(sha256))
        self._sizes.pop(sha256, None)
        self._checked.discard(sha256)
        self._store.forget_media(sha256)


def _digest(disk: Disk, path: Path) -> str:
    total = hashlib.sha256()
    try:
        for piece in disk.read(path):
            total.update(piece)
    except OSError:
        return ""
    return total.hexdigest()
