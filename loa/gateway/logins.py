"""Every login token opens the message engine once: who has heard one cannot throw its device out with it.

A token that is spent is remembered as long as it could be valid, in memory and, so that a gateway that is killed and
started again remembers too, in one small file for each span of expiry. The other gateway is told (docs/adr/0023).
"""

import os
from contextlib import suppress
from pathlib import Path

import structlog
from devicelink.tokens import MARK_BYTES, TOLERANCE_S

log = structlog.get_logger("loa.gateway.logins")
SPAN_S = 300
_EXPIRY_BYTES = 8
RECORD_BYTES = MARK_BYTES + _EXPIRY_BYTES


class Logins:
    """Marks of spent tokens (devicelink.tokens.mark), in sets that are dropped as a whole once all of them expired."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spans: dict[int, set[bytes]] = {}
        self._files: dict[int, int] = {}
        self._fresh = bytearray()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in folder.iterdir():
            if file.name.isdecimal():
                self._spans[int(file.name)] = _marks(file.read_bytes())

    def spend(self, mark: bytes, expires: int, now: int) -> bool:
        """True if this token is used for the first time; `expires` and `now` in Unix seconds."""
        self._forget(now)
        if not self._add(mark, expires):
            return False
        self._fresh += mark + expires.to_bytes(_EXPIRY_BYTES, "big")
        return True

    def take_fresh(self) -> bytes:
        """What was spent since the last time, for the other gateway."""
        fresh, self._fresh = bytes(self._fresh), bytearray()
        return fresh

    def heard(self, records: bytes, now: int) -> None:
        """What the other gateway says that it let in."""
        self._forget(now)
        for at in range(0, len(records) - RECORD_BYTES + 1, RECORD_BYTES):
            record = records[at : at + RECORD_BYTES]
            expires = int.from_bytes(record[MARK_BYTES:], "big")
            if now <= expires + TOLERANCE_S <= now + 2 * SPAN_S:
                self._add(record[:MARK_BYTES], expires)

    def _add(self, mark: bytes, expires: int) -> bool:
        span = expires // SPAN_S
        marks = self._spans.setdefault(span, set())
        if mark in marks:
            return False
        marks.add(mark)
        self._keep(span, mark)
        return True

    def _keep(self, span: int, mark: bytes) -> None:
        """Not forced to the disk: it has to survive the process, and a host that fell takes the engine with it."""
        try:
            if span not in self._files:
                path = self._folder / str(span)
                self._files[span] = _opened(path)
            os.write(self._files[span], mark)
        except OSError as error:
            log.error("a spent login cannot be written down", error=str(error))

    def _forget(self, now: int) -> None:
        over = [span for span in self._spans if (span + 1) * SPAN_S + TOLERANCE_S <= now]
        for span in over:
            del self._spans[span]
            if span in self._files:
                os.close(self._files.pop(span))
            with suppress(OSError):  # a disk that can only be read must not keep anybody out
                (self._folder / str(span)).unlink(missing_ok=True)

    def close(self) -> None:
        """Give the files back."""
        while self._files:
            os.close(self._files.popitem()[1])

    def __len__(self) -> int:
        return sum(len(marks) for marks in self._spans.values())


def _opened(path: Path) -> int:
    """To append to; half a mark that a full disk let through would shift all that follow."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    size = os.fstat(file).st_size
    if size % MARK_BYTES:
        os.ftruncate(file, size - size % MARK_BYTES)
    return file


def _marks(content: bytes) -> set[bytes]:
    whole = len(content) - len(content) % MARK_BYTES
    return {content[at : at + MARK_BYTES] for at in range(0, whole, MARK_BYTES)}
