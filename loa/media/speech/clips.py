"""Spoken sentences that are kept, so that a changed notice costs only the sentence that was changed.

A clip is named by everything that makes it sound as it does. The folder may be emptied at any time: what is missing or
damaged is spoken again.
"""

import hashlib
import io
import json
import os
import struct
import tempfile
import unicodedata
import wave
from datetime import datetime, timedelta
from pathlib import Path

from loa.media.voices.base import Pcm, Voice

FOLDER = "spoken"
MOST_BYTES = 2 * 1024**3
KEPT = timedelta(days=90)
FRESH_SECONDS = 86_400.0
_SEAL = b"sha2"  # a chunk of our own behind the samples; players pass over what they do not know
_SEAL_BYTES = 8 + 32


def plain(text: str) -> str:
    """A sentence as it is spoken and kept: one form of every letter, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def name_of(voice: Voice, dialect: str, speed: float, text: str) -> str:
    """SHA-256 of everything that makes a sentence sound as it does."""
    parts = ["loa-clip-1", voice.id, voice.version, dialect, f"{speed:.3f}", plain(text)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def key_of(name: str, pcm: Pcm) -> str:
    """What somebody who heard this clip has heard: its name and its very samples.

    A service may speak the same sentence differently tomorrow; then it has another key, and counts as not heard.
    """
    return hashlib.sha256(f"loa-heard-1 {name} {pcm.rate} ".encode() + pcm.samples).hexdigest()


class Clips:
    """A folder of clips: root/ab/cdef....wav, written whole or not at all, checked when read."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, name: str, now: float) -> Pcm | None:
        """The clip, or None. `now` in Unix seconds: what is used stays young."""
        path = self._path(name)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        pcm = _opened(content)
        if pcm is None:
            path.unlink(missing_ok=True)
        elif now - path.stat().st_mtime > FRESH_SECONDS:
            os.utime(path, (now, now))
        return pcm

    def put(self, name: str, pcm: Pcm) -> None:
        """Keep a clip. A disk that is full or may not be written costs nothing but the next synthesis."""
        path = self._path(name)
        draft = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(_closed(pcm))
            Path(draft).replace(path)
        except OSError:
            if draft:
                Path(draft).unlink(missing_ok=True)

    def sweep(self, now: datetime, most_bytes: int = MOST_BYTES, kept: timedelta = KEPT) -> int:
        """Delete what was not used for `kept`, then the oldest beyond `most_bytes`; returns how many."""
        files = sorted((entry.stat().st_mtime, entry.stat().st_size, entry) for entry in self._files())
        total, lost = sum(size for _, size, _ in files), 0
        for used, size, path in files:
            if used >= (now - kept).timestamp() and total <= most_bytes:
                break
            path.unlink(missing_ok=True)
            total, lost = total - size, lost + 1
        return lost

    def _files(self) -> list[Path]:
        return [path for path in self.root.glob("??/*") if path.is_file()]

    def _path(self, name: str) -> Path:
        return self.root / name[:2] / f"{name[2:]}.wav"


def _closed(pcm: Pcm) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, pcm.rate, 0, "NONE", ""))
        file.writeframes(pcm.samples)
    content = bytearray(out.getvalue() + _SEAL + struct.pack("<I", 32) + _digest(pcm))
    content[4:8] = struct.pack("<I", len(content) - 8)
    return bytes(content)


def _opened(content: bytes) -> Pcm | None:
    try:
        with wave.open(io.BytesIO(content[:-_SEAL_BYTES])) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                return None
            pcm = Pcm(file.getframerate(), file.readframes(file.getnframes()))
    except (wave.Error, EOFError, ValueError, struct.error):
        return None
    whole = content[-_SEAL_BYTES:] == _SEAL + struct.pack("<I", 32) + _digest(pcm)
    return pcm if whole else None


def _digest(pcm: Pcm) -> bytes:
    return hashlib.sha256(f"{pcm.rate} ".encode() + pcm.samples).digest()
