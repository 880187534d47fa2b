"""The signer's own record of what it signed: JSON lines, append-only, chained, durable before an answer leaves.

A line names the hash of the line before it, so a removed or changed line shows. One file a month.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import msgspec
from devicelink import keyfiles

GENESIS = "0" * 64
_NAME = re.compile(r"signed-\d{4}-\d{2}\.jsonl")


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`at` ms, `of` the slot or event, `digest` SHA-256 of the payload, `peer` uid and pid of the asking process.

    Of alerts and cancels: `by` the author and `second` the confirmer (user ids), `area`, `status`, `level`, in
    `revision` when it expires, and in `ends` the alerts that end by it.
    """

    at: int
    typ: str
    peer: str
    of: str = ""
    revision: int = 0
    digest: str = ""
    second: str = ""
    by: str = ""
    area: str = ""
    status: str = ""
    level: str = ""
    ends: tuple[str, ...] = ()
    previous: str = ""


class BrokenJournal(Exception):
    """A line is missing or was changed; the message says in which file and line."""


class Journal:
    """The open journal of one signer process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = _files(folder)
        self._file = files[-1].name if files else ""
        self._last = _last_hash(files)

    def add(self, lines: Sequence[Line], now: int) -> None:
        """Append and make durable. OSError when the disk is full: then nothing may leave the signer."""
        if not lines:
            return
        encoded, last = _chained(lines, self._last)
        month = datetime.fromtimestamp(now / 1000, UTC).strftime("signed-%Y-%m.jsonl")
        self._file = max(self._file, month)  # never an older file: a clock set back would tear the chain
        handle = os.open(self.folder / self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            _append(file, encoded)
        keyfiles.sync_folder(self.folder)
        self._last = last


def verify(folder: Path) -> int:
    """The number of lines, all chained; BrokenJournal otherwise. A torn line (power loss) is no line."""
    previous, count = GENESIS, 0
    for path in _files(folder):
        for number, raw in enumerate(path.read_bytes().split(b"\n"), start=1):
            line = _line(raw)
            if line is None:
                continue
            if line.previous != previous:
                raise BrokenJournal(f"{path.name}, line {number}: does not follow the line before it")
            previous, count = _hash(raw), count + 1
    return count


def lines(folder: Path, *, months: int, always: Sequence[str]) -> Iterator[Line]:
    """The lines of the last `months` files, and of older ones those whose `typ` is in `always`; oldest first."""
    files, marks = _files(folder), [b'"typ":"' + typ.encode() + b'"' for typ in always]
    for path in files:
        whole = path in files[-months:]
        with path.open("rb") as file:
            for raw in file:
                line = _line(raw) if whole or any(mark in raw for mark in marks) else None
                if line is not None:
                    yield line


def _chained(lines: Sequence[Line], previous: str) -> tuple[bytes, str]:
    encoded = bytearray()
    for line in lines:
        raw = msgspec.json.encode(msgspec.structs.replace(line, previous=previous))
        previous = _hash(raw)
        encoded += raw + b"\n"
    return bytes(encoded), previous


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("signed-*.jsonl") if _NAME.fullmatch(path.name))


def _last_hash(files: Sequence[Path]) -> str:
    """Of the last whole line: what was torn off by a power loss was never answered."""
    for path in reversed(files):
        whole = [raw for raw in path.read_bytes().split(b"\n") if _line(raw) is not None]
        if whole:
            return _hash(whole[-1])
    return GENESIS


def _line(raw: bytes) -> Line | None:
    try:
        return msgspec.json.decode(raw, type=Line)
    except ValueError:  # also for bytes that are no text
        return None


def _append(file: FileIO, encoded: bytes) -> None:
    """All or nothing: a part that a full disk let through is taken back, so that the chain still fits."""
    size = os.fstat(file.fileno()).st_size
    torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
    rest = (b"\n" if torn else b"") + encoded
    try:
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
