"""The chain's heads, kept outside the database: a restored or rewritten database cannot change what stands here.

A file of JSON lines: {"at", "kind": "head" | "restored", "seq", "head" (hex), "note", "prev" (SHA-256 of the line
before), "sig"}. `sig` is the Ed25519 signature of the line without it, by the key file beside the installation's other
keys, if there is one. Copy the file to another place (or print its last line) as often as the record matters to you.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nacl.exceptions
import nacl.signing

from loa.audit.rules import Finding

HEAD = "head"
RESTORED = "restored"
_NO_LINE = "0" * 64


@dataclass(frozen=True, slots=True)
class Line:
    """One head as written. `seq` 0 with an empty `head` is an empty chain."""

    at: str
    kind: str
    seq: int
    head: str
    note: str
    prev: str
    sig: str = ""

    def unsigned(self) -> bytes:
        """The bytes that are signed."""
        fields = {name: getattr(self, name) for name in ("at", "kind", "seq", "head", "note", "prev")}
        return json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class HeadLog:
    """The file of heads at `path`; `seed` (32 bytes) signs what is written, its public half checks what is read."""

    path: Path
    seed: bytes | None = None

    def append(self, *, at: datetime, kind: str, seq: int, head: bytes, note: str = "") -> Line:
        """Write one line and wait until it is on the disk."""
        line = Line(at.isoformat(), kind, seq, head.hex(), note, self._last())
        if self.seed is not None:
            signature = nacl.signing.SigningKey(self.seed).sign(line.unsigned()).signature
            line = Line(line.at, kind, seq, line.head, note, line.prev, signature.hex())
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        torn = self.path.exists() and not self.path.read_bytes().endswith(b"\n") and self.path.stat().st_size > 0
        with self.path.open("ab") as file:
            file.write((b"\n" if torn else b"") + _text(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return line

    def _last(self) -> str:
        digest = _NO_LINE
        for raw, line in self._lines():
            digest = _digest(raw) if line else digest
        return digest

    def _lines(self) -> Iterator[tuple[bytes, Line | None]]:
        if self.path.exists():
            for raw in self.path.read_bytes().splitlines():
                yield raw, _parse(raw)

    def last_at(self) -> datetime | None:
        """When the newest line was written."""
        times = [line.at for _, line in self._lines() if line]
        return datetime.fromisoformat(times[-1]) if times else None

    def check(self, digest_at: Callable[[int], bytes | None]) -> Iterator[Finding]:
        """Findings of the file itself and of its heads against the chain (`digest_at(seq)`, None = no such link).

        A line that was torn by a power cut is passed over; one that was taken out or altered breaks the line after it.
        """
        lines = []
        before = _NO_LINE
        for raw, line in self._lines():
            if line is None:
                continue
            if line.prev != before or not self._signed(line):
                yield Finding("heads_damaged", seq=line.seq, detail=line.at)
            before = _digest(raw)
            lines.append(line)
        yield from _compare(lines, digest_at)

    def _signed(self, line: Line) -> bool:
        if self.seed is None:
            return True
        try:
            nacl.signing.SigningKey(self.seed).verify_key.verify(line.unsigned(), bytes.fromhex(line.sig))
        except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, ValueError):
            return False
        return True


def _compare(lines: list[Line], digest_at: Callable[[int], bytes | None]) -> Iterator[Finding]:
    """Newest first; a noted restore excuses the older heads that lie beyond the point it went back to."""
    ceiling: int | None = None
    for line in reversed(lines):
        if ceiling is not None and line.seq > ceiling:
            continue
        if line.kind == RESTORED:
            ceiling = line.seq
        if line.seq == 0:
            continue
        digest = digest_at(line.seq)
        if digest is None:
            yield Finding("head_missing", seq=line.seq, detail=line.at)
        elif digest.hex() != line.head:
            yield Finding("head_differs", seq=line.seq, detail=line.at)


def _text(line: Line) -> bytes:
    return json.dumps({name: getattr(line, name) for name in Line.__slots__}, ensure_ascii=False).encode()


def _parse(raw: bytes) -> Line | None:
    try:
        return Line(**json.loads(raw))
    except (ValueError, TypeError):
        return None


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
