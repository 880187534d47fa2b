"""What the agent writes down about itself: the last lines in memory and, on a real device, in two small files.

Read back only to be sent to a technician who asked (`speaker.reporter`); secrets are taken out then.
"""

import logging
import time
from collections import deque
from pathlib import Path

MOST_LINES = 2_000
FILE = "speaker.log"
FILE_BYTES = 256 * 1024
LONGEST = 500


class LogBook(logging.Handler):
    """`folder` None: memory only. Every line begins with its time in Unix ms, by the computer's clock.

    `shared` by the loudspeakers of one process: each is told only what names it.
    """

    def __init__(self, folder: Path | None = None, *, shared: bool = False) -> None:
        super().__init__(logging.INFO)
        self._shared = shared
        self._folder = folder
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._size = -1

    def attached(self) -> "LogBook":
        """From now on it hears all that the agent says."""
        heard, least = logging.getLogger("speaker"), logging.getLogger().level
        for other in logging.getLogger().handlers:
            other.setLevel(max(other.level, least))  # what people see stays as it was
        heard.addHandler(self)
        heard.setLevel(min(logging.INFO, heard.getEffectiveLevel()))
        return self

    def emit(self, record: logging.LogRecord) -> None:
        """Takes one record; never fails."""
        try:
            text = record.getMessage()
            if record.exc_info and record.exc_info[1] is not None:
                text += f" ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
            line = f"{int(record.created * 1000)} {record.levelname} {record.name}: {text}".replace("\n", " ")[:LONGEST]
            self._lines.append(line)
            if self._folder is not None:
                self._write(self._folder, line)
        except Exception:  # a full disk, a message that cannot be formatted: the agent goes on
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its name there
        """Nothing: whoever logs must not fail for it."""

    def _write(self, folder: Path, line: str) -> None:
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / FILE
        if self._size < 0:
            self._size = path.stat().st_size if path.exists() else 0
        if self._size > FILE_BYTES:
            path.replace(folder / f"{FILE}.1")
            self._size = 0
        with path.open("a", encoding="utf-8") as file:
            self._size += file.write(line + "\n")

    def tail(self, count: int, since: int, device: str) -> list[str]:
        """The last `count` lines that are not older than `since` (Unix ms), oldest first; readable times."""
        lines = self._kept(self._folder) if self._folder is not None else list(self._lines)
        if self._shared:
            lines = [line for line in lines if device in line]
        return [_readable(line) for line in lines[-count:] if _at(line) >= since]

    def _kept(self, folder: Path) -> list[str]:
        lines: list[str] = []
        for name in (f"{FILE}.1", FILE):
            try:
                lines += (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:
                continue
        return lines[-MOST_LINES:]


def _at(line: str) -> int:
    first = line.partition(" ")[0]
    return int(first) if first.isdecimal() else 0


def _readable(line: str) -> str:
    at, _, rest = line.partition(" ")
    if not at.isdecimal():
        return line
    return f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(int(at) / 1000))} {rest}"
