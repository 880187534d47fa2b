"""The chain's heads, kept outside the database: a restored or rewritten database cannot change what stands here.

Two files. The log grows by one line an hour: {"at", "kind": "head" | "restored", "seq", "head" (hex), "note", "prev"
(SHA-256 of the line before), "sig"}. Beside it the newest head is replaced with every round of the sealer, so that what
was sealed since the last full hour cannot be cut off unseen either; before one that the chain no longer holds is
replaced, it is written into the log, where it accuses for ever. Files that are gone while there is a chain are told by
the chain: the sealer records that it had to begin them again.

`sig` is the Ed25519 signature of the line without it, by the key file beside the installation's other keys. Copy the
log to another place (or print its last line) as often as the record matters to you.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nacl.exceptions
import nacl.signing

from loa.audit.rules import Finding

HEAD = "head"
RESTORED = "restored"
SEED_BYTES = 32
_NO_LINE = "0" * 64
_TAIL = 8192  # octets at the end of the log that hold at least one whole line

DigestAt = Callable[[int], bytes | None]


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

    def stands(self, digest_at: DigestAt) -> bool:
        """True if the chain holds this head."""
        return self.seq == 0 or digest_at(self.seq) == bytes.fromhex(self.head)


@dataclass(frozen=True, slots=True)
class HeadLog:
    """The log at `path`; `seed` (32 bytes) signs what is written, its public half checks what is read."""

    path: Path
    seed: bytes | None = None

    @property
    def newest(self) -> Path:
        """The file of the newest head."""
        return self.path.with_suffix(".newest")

    def append(self, *, at: datetime, kind: str, seq: int, head: bytes, note: str = "") -> Line:
        """Write one line and wait until it is on the disk."""
        last = self._last_raw()
        line = self._signed_line(at, kind, seq, head, note, _digest(last) if last else _NO_LINE)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.open("ab") as file:
            file.write((b"\n" if self._is_torn() else b"") + _text(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return line

    def keep(self, *, at: datetime, seq: int, head: bytes, digest_at: DigestAt) -> Line:
        """Make this the newest head. One that no longer stands in the chain goes into the log first."""
        before = self.latest()
        if before is not None and not before.stands(digest_at):
            note = f"sealed {before.at}, no longer in the chain"
            self.append(at=at, kind=HEAD, seq=before.seq, head=bytes.fromhex(before.head), note=note)
        return self.renew(at=at, seq=seq, head=head)

    def renew(self, *, at: datetime, seq: int, head: bytes) -> Line:
        """Make this the newest head, whatever stood there."""
        line = self._signed_line(at, HEAD, seq, head, "", _NO_LINE)
        self._replace(line)
        return line

    def latest(self) -> Line | None:
        """The newest head as it was kept; None before the first, and when the file is unreadable."""
        return _parse(self.newest.read_bytes()) if self.newest.exists() else None

    def _replace(self, line: Line) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self.newest.with_suffix(".next")
        beside.write_bytes(_text(line) + b"\n")
        beside.replace(self.newest)

    def _signed_line(self, at: datetime, kind: str, seq: int, head: bytes, note: str, prev: str) -> Line:
        line = Line(at.isoformat(), kind, seq, head.hex(), note, prev)
        if self.seed is None:
            return line
        signature = nacl.signing.SigningKey(self.seed).sign(line.unsigned()).signature
        return Line(line.at, kind, seq, line.head, note, prev, signature.hex())

    def public_key(self) -> str:
        """The public half in hex, to be kept where the log is copied to; "" without a key."""
        return "" if self.seed is None else nacl.signing.SigningKey(self.seed).verify_key.encode().hex()

    def _tail(self) -> list[bytes]:
        """The last lines; the log is never read whole but by `check`."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - _TAIL))
            return file.read().splitlines()

    def _last_raw(self) -> bytes | None:
        return next((raw for raw in reversed(self._tail()) if _parse(raw)), None)

    def _is_torn(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return False
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    def last(self) -> Line | None:
        """The newest line of the log."""
        raw = self._last_raw()
        return _parse(raw) if raw else None

    def last_at(self) -> datetime | None:
        """When the newest line was written."""
        line = self.last()
        return datetime.fromisoformat(line.at) if line else None

    def is_lost(self) -> bool:
        """No line is left of the log, or the newest head beside it, once signed, is not there any more."""
        last = self.last()
        return last is None or (bool(last.sig) and not self.newest.exists())

    def restores(self) -> list[Line]:
        """Lines that say that the database was restored on purpose, oldest first, as far as their signature holds."""
        known = [line for raw in self._lines() if (line := _parse(raw)) is not None]
        return [line for line in known if line.kind == RESTORED and self.signed(line)]

    def check(self, digest_at: DigestAt) -> Iterator[Finding]:
        """Findings of the files themselves and of their heads against the chain (None = no such link).

        A line that was torn by a power cut is passed over; one that was taken out or altered breaks the line after it.
        """
        lines = []
        before, must_sign = _NO_LINE, False
        for raw in self._lines():
            line = _parse(raw)
            if line is None:
                continue
            must_sign = must_sign or bool(line.sig)
            if line.prev != before or (must_sign and not self.signed(line)):
                yield Finding("heads_damaged", seq=line.seq, detail=line.at)
            before = _digest(raw)
            lines.append(line)
        yield from self._check_ends(lines)
        newest = self.latest()
        yield from _compare([*lines, newest] if newest and self.signed(newest) else lines, digest_at)

    def _check_ends(self, lines: list[Line]) -> Iterator[Finding]:
        """Lines may be unsigned only before there was a key: the last one and the newest head bear its signature."""
        ends = {line for line in (*lines[-1:], self.latest()) if line is not None}
        if self.seed is None and any(line.sig for line in ends):
            yield Finding("heads_unverified")
        elif self.seed is not None:
            yield from (
                Finding("heads_damaged", seq=line.seq, detail=line.at)
                for line in sorted(ends, key=lambda line: line.at)
                if not line.sig or (line not in lines and not self.signed(line))
            )

    def back_to(self, seq: int, head: bytes, digest_at: DigestAt) -> tuple[int, bytes]:
        """Where a restored database went back to: its head (`seq`, `head`), or, when it has gone on since, the newest
        head written before the first one that it lost; (0, b"") if there is none.
        """
        known = [line for raw in self._lines() if (line := _parse(raw)) is not None]
        known += [line for line in [self.latest()] if line is not None]
        lost = min((line.seq for line in known if not line.stands(digest_at)), default=seq + 1)
        if seq < lost:
            return seq, head
        kept = max((line for line in known if line.seq < lost), key=lambda line: line.seq, default=None)
        return (kept.seq, bytes.fromhex(kept.head)) if kept else (0, b"")

    def _lines(self) -> Iterator[bytes]:
        if self.path.exists():
            with self.path.open("rb") as file:
                yield from (raw.rstrip(b"\n") for raw in file)

    def signed(self, line: Line) -> bool:
        """Whether the line bears the key's signature; without a key nothing can be told."""
        if self.seed is None:
            return True
        try:
            nacl.signing.SigningKey(self.seed).verify_key.verify(line.unsigned(), bytes.fromhex(line.sig))
        except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, ValueError):
            return False
        return True


def _compare(lines: list[Line], digest_at: DigestAt) -> Iterator[Finding]:
    """Newest first; a noted restore excuses the older heads that lie beyond the point it went back to."""
    ceiling: int | None = None
    told: set[tuple[int, str]] = set()
    for line in reversed(lines):
        if ceiling is not None and line.seq > ceiling:
            continue
        if line.kind == RESTORED:
            ceiling = line.seq
        if line.seq == 0 or (line.seq, line.head) in told:
            continue
        told.add((line.seq, line.head))
        digest = digest_at(line.seq)
        if digest is None:
            yield Finding("head_missing", seq=line.seq, detail=line.at)
        elif digest.hex() != line.head:
            yield Finding("head_differs", seq=line.seq, detail=line.at)


def ensure_key(path: Path) -> bytes:
    """The key of this installation (32 raw bytes, mode 0600), made by whoever seals first."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SEED_BYTES))
        try:
            os.link(draft, path)  # fails if another process was first; a half-written key is never seen
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def _text(line: Line) -> bytes:
    return json.dumps({name: getattr(line, name) for name in Line.__slots__}, ensure_ascii=False).encode()


def _parse(raw: bytes) -> Line | None:
    try:
        return Line(**json.loads(raw))
    except (ValueError, TypeError):
        return None


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
