"""A file that grows piece by piece beside those that wait: what was said to be here is on the disk, whoever is killed.

The order is: bytes on the disk, then the row. So a file may be longer than its row says (a kill in between), and the
next piece takes the place of what nobody was told of; it is never shorter.
"""

import os
import shutil
from pathlib import Path
from uuid import UUID

from loa.media.store import FileStore, sync


def path_of(files: FileStore, upload: UUID) -> Path:
    """Where it grows. The tidying of scratch takes it when nothing was added for a day."""
    return files.incoming(upload).with_suffix(".sent")


def held(path: Path) -> int:
    """Bytes that lie there; 0 if there is no such file."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def append(path: Path, at: int, piece: bytes) -> None:
    """Write `piece` at byte `at` and make it durable. Raises OSError; then the file ends at `at` again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(handle, at)
        _write(handle, at, piece)
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, at)
        raise
    finally:
        os.close(handle)
    if at == 0:
        sync(path.parent)


def _write(handle: int, at: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        written = os.pwrite(handle, left, at)
        at, left = at + written, left[written:]


def hand_over(path: Path, target: Path) -> None:
    """Give the whole file the name under which the reader looks for it; doing it twice does no harm."""
    if path.exists():
        path.replace(target)
        sync(target.parent)


def free(files: FileStore) -> int:
    """Bytes that the disk of the store still takes."""
    files.root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(files.root).free
