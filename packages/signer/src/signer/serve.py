"""The process: a Unix socket, one thread a caller, one batch at a time. It stops cleanly on SIGTERM and SIGINT."""

import fcntl
import logging
import os
import signal
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType

import msgspec
from devicelink.keyfiles import KeyFolder, KeyProblem
from devicelink.signing import MAX_FRAME_BYTES, Failure, Request, frame, read_exactly

from signer.facts import Database
from signer.journal import Journal
from signer.work import Desk

log = logging.getLogger("signer")

IDLE_S = 300.0
FRAME_S = 30.0
MAX_CALLERS = 32
MAX_SOCKET_PATH = 104


class CannotServe(Exception):
    """The signer cannot start; the message says why and what to do."""


def now_ms() -> int:
    """The wall clock, Unix ms."""
    return time.time_ns() // 1_000_000


class Server:
    """Answers on `path` until `stop`. Only callers whose user id is in `allowed` are heard."""

    def __init__(self, path: Path, desk: Desk, allowed: Collection[int]) -> None:
        self._desk = desk
        self._allowed = frozenset(allowed)
        self._places = threading.BoundedSemaphore(MAX_CALLERS)
        self._lock = _only_one(path)
        self._listener = _listen(path, others=bool(self._allowed - {os.geteuid()}))
        self._stopping = threading.Event()

    def run(self) -> None:
        """Serve until `stop` is called from a signal or another thread."""
        with self._listener:
            while not self._stopping.is_set():
                try:
                    connection, _ = self._listener.accept()
                except TimeoutError:
                    continue
                except OSError:
                    break
                self._start(connection)
        os.close(self._lock)

    def stop(self) -> None:
        """Take no more callers; a batch that is being signed is finished."""
        self._stopping.set()

    def _start(self, connection: socket.socket) -> None:
        if not self._places.acquire(blocking=False):
            connection.close()
            return
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                pid, uid, _ = _peer(connection)
                if uid not in self._allowed:
                    log.warning("refused a caller of user %s (process %s)", uid, pid)
                    return
                self._converse(connection, f"uid={uid} pid={pid}")
        except OSError as error:
            log.info("a caller left: %s", error)
        finally:
            self._places.release()

    def _converse(self, connection: socket.socket, peer: str) -> None:
        while not self._stopping.is_set():
            connection.settimeout(IDLE_S)
            try:
                head = read_exactly(connection, 4)
            except ConnectionError:
                return
            connection.settimeout(FRAME_S)
            (length,) = struct.unpack(">I", head)
            if length > MAX_FRAME_BYTES:
                connection.sendall(frame(Failure(code="too_large", detail=f"frame of {length} bytes")))
                return
            connection.sendall(self._answer(read_exactly(connection, length), peer))

    def _answer(self, body: bytes, peer: str) -> bytes:
        try:
            request = msgspec.json.decode(body, type=Request)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            return frame(Failure(code="malformed", detail=str(error)[:500]))
        return frame(self._desk.answer(request, peer))


def serve(
    *,
    path: Path,
    keys: Path,
    database: str,
    journal: Path | None = None,
    allowed: Collection[int] = (),
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run the signer in this process until SIGTERM or SIGINT. CannotServe when it cannot start.

    `allowed`: user ids besides its own that may ask. `ready` is called once the socket listens.
    """
    try:
        folder = KeyFolder(keys)
    except KeyProblem as error:
        raise CannotServe(str(error)) from error
    desk = Desk(folder, Database(database), Journal(journal or keys / "journal"), now_ms)
    server = Server(path, desk, {os.geteuid(), *allowed})

    def end(number: int, _: FrameType | None) -> None:
        log.info("stopping on signal %s", number)
        server.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ready()
    server.run()
    path.unlink(missing_ok=True)


def _listen(path: Path, *, others: bool) -> socket.socket:
    if len(os.fsencode(path)) >= MAX_SOCKET_PATH:
        raise CannotServe(
            f"{path} is too long for a socket (at most {MAX_SOCKET_PATH - 1} bytes); choose a shorter one"
        )
    if path.exists() and not stat.S_ISSOCK(path.lstat().st_mode):
        raise CannotServe(f"{path} exists and is no socket")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    path.chmod(0o666 if others else 0o600)  # who is heard is decided by the peer's user id, not by the file
    listener.listen(MAX_CALLERS)
    listener.settimeout(0.2)
    return listener


def _only_one(path: Path) -> int:
    """Hold a lock beside the socket as long as this process lives. CannotServe if another signer holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise CannotServe(f"another signer already serves {path}") from error
    return handle


def _peer(connection: socket.socket) -> tuple[int, int, int]:
    """pid, uid, gid of the other end, as the kernel knows them."""
    size = struct.calcsize("3i")
    pid, uid, gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return pid, uid, gid
