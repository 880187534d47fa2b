"""Where the packages of releases lie: beside the sounds, named by hash, for those who were ordered to run them."""

import hashlib
import os
import re
from pathlib import Path

from django.conf import settings

FOLDER = "releases"
_NAME = re.compile(r"[0-9a-f]{64}")


def path_of(sha256: str) -> Path:
    """Where the package with this hash is, or would be. ValueError for what is no hash."""
    if not _NAME.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return Path(settings.MEDIA_ROOT) / FOLDER / sha256


def keep(data: bytes) -> str:
    """Put a package into the store, durable on return; its hash."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(sha256)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        draft = path.with_name(f".{sha256}.new")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return sha256
