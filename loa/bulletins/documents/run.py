"""Starting the limited process, and turning every way in which it can end into a document or a refusal."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from typing import IO, Any

import structlog

from loa.bulletins.documents.layout.document import Document, Dropped, Words
from loa.bulletins.documents.lines import Unreadable, Warn
from loa.bulletins.documents.refusals import MAX_BYTES
from loa.kernel.errors import Unavailable

MAX_SECONDS = 20.0
AT_ONCE = 2  # of one process of the web: others keep their threads for pages
WAIT_SECONDS = 5.0
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
BUSY = "Nhiều người đang mở tệp cùng lúc. Hãy thử lại sau ít giây."

log = structlog.get_logger("loa.bulletins.documents")
_places = threading.BoundedSemaphore(AT_ONCE)


def open_in_child(file: IO[bytes], size: int, timeout: float = MAX_SECONDS) -> Document:
    """The document in a file of `size` octets, read in a limited process. Raises Unreadable, Unavailable `busy`.

    Nothing is written but files without a name, which end with this call.
    """
    if size > MAX_BYTES:
        raise Unreadable("too_large")
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise Unavailable(BUSY, code="busy")
    try:
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
            source.write(file.read(MAX_BYTES + 1))
            source.seek(0)
            code = _run(source, answer, errors, timeout)
            return _verdict(code, _all(answer), _all(errors))
    finally:
        _places.release()


def _run(source: IO[bytes], answer: IO[bytes], errors: IO[bytes], timeout: float) -> int:
    """Its exit code; below zero if it was killed."""
    command = [sys.executable, "-I", "-m", "loa.bulletins.documents.child"]
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    try:
        done = subprocess.run(
            command, stdin=source, stdout=answer, stderr=errors, env=kept | ENVIRONMENT, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return -1
    return done.returncode


def _all(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _verdict(code: int, answer: bytes, errors: bytes) -> Document:
    if code < 0:  # killed by a limit, or crashed in the library of PDF
        raise Unreadable("too_heavy")
    try:
        told = json.loads(answer)
    except ValueError:
        log.error("document_reader_failed", code=code, errors=errors[-2000:].decode(errors="replace"))
        raise Unreadable("broken") from None
    if "unreadable" in told:
        raise Unreadable(told["unreadable"], **told["facts"])
    return _document(told["document"])


def _document(told: dict[str, Any]) -> Document:
    return Document(
        told["title"],
        told["body"],
        tuple(Dropped(**one) for one in told["dropped"]),
        tuple(Warn(one) for one in told["warnings"]),
        told["legacy"],
        Words(**told["original"]) if told["original"] else None,
    )
