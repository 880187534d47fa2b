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
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType

import msgspec
from devicelink.keyfiles import KeyProblem
from devicelink.signing import MAX_REQUEST_BYTES, Failure, Request, frame

from signer.facts import Database
from signer.journal import Journal
from signer.token import key_folder
from signer.work import Desk

log = logging.getLogger("signer")

IDLE_S = 60.0  # callers come again by themselves
FRAME_S = 30.0  # for a whole frame, however it drips
MAX_CALLERS = 32
MAX_CALLERS_A_PROCESS = 24  # the web process has as many threads as that on a large machine
PIECE_BYTES = 65_536
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
        self._callers: Counter[int] = Counter()
        self._counting = threading.Lock()
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
        """Who is not allowed, or holds too many connections, costs neither a thread nor memory."""
        pid, uid, _ = _peer(connection)
        if uid not in self._allowed:
            log.warning("refused a caller of user %s (process %s)", uid, pid)
            connection.close()
        elif not self._enter(pid):
            log.warning("too many callers, process %s was turned away", pid)
            connection.close()
        else:
            threading.Thread(target=self._serve, args=(connection, uid, pid), daemon=True).start()

    def _enter(self, pid: int) -> bool:
        with self._counting:
            if self._callers.total() >= MAX_CALLERS or self._callers[pid] >= MAX_CALLERS_A_PROCESS:
                return False
            self._callers[pid] += 1
            return True

    def _leave(self, pid: int) -> None:
        with self._counting:
            self._callers[pid] -= 1
            self._callers += Counter()  # forgets those at zero

    def _serve(self, connection: socket.socket, uid: int, pid: int) -> None:
        try:
            with connection:
                self._converse(connection, f"uid={uid} pid={pid}")
        except OSError as error:
            log.info("a caller left: %s", error)
        finally:
            self._leave(pid)

    def _converse(self, connection: socket.socket, peer: str) -> None:
        while not self._stopping.is_set():
            connection.settimeout(IDLE_S)
            first = connection.recv(1)
            if not first:
                return
            until = time.monotonic() + FRAME_S
            (length,) = struct.unpack(">I", first + _read(connection, 3, until))
            if length > MAX_REQUEST_BYTES:
                connection.sendall(frame(Failure(code="too_large", detail=f"frame of {length} bytes")))
                return
            answer = self._answer(_read(connection, length, until), peer)
            connection.settimeout(FRAME_S)
            connection.sendall(answer)

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
    accept_clock: bool = False,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run the signer in this process until SIGTERM or SIGINT. CannotServe when it cannot start.

    `allowed`: user ids besides its own that may ask; they need the group of this process, too. `accept_clock`: believe
    a clock that lies behind the newest signature. `ready` is called once the socket listens.
    """
    try:
        closed(keys)
        folder = key_folder(keys)
        desk = Desk(folder, Database(database), Journal(journal or keys / "journal"), now_ms, accept_clock)
    except KeyProblem as error:
        raise CannotServe(str(error)) from error
    server = Server(path, desk, {os.geteuid(), *allowed})

    def end(number: int, _: FrameType | None) -> None:
        log.info("stopping on signal %s", number)
        server.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ready()
    server.run()
    path.unlink(missing_ok=True)


def closed(folder: Path) -> None:
    """KeyProblem if the key folder, or a file in it, is another user's, open to others, or a link to elsewhere."""
    if not folder.is_dir():
        return  # key_folder says what to do
    for path in (folder, *folder.iterdir()):
        found = path.lstat()
        kind = stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)
        if not kind or found.st_uid not in (os.geteuid(), 0):
            raise KeyProblem(f"{path} is a link, or belongs to another user; the signer's files are its own")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise KeyProblem(f"{path} is open to other users; close it: chmod -R go= {folder}")


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
    path.chmod(0o660 if others else 0o600)  # others come through the group that this process runs with
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


def _read(connection: socket.socket, length: int, until: float) -> bytes:
    """So many bytes before `until` (monotonic). Memory grows with what comes, not with what was announced."""
    received = bytearray()
    while len(received) < length:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("a frame that drips")
        connection.settimeout(left)
        piece = connection.recv(min(PIECE_BYTES, length - len(received)))
        if not piece:
            raise ConnectionError("closed midway")
        received += piece
    return bytes(received)


def _peer(connection: socket.socket) -> tuple[int, int, int]:
    """pid, uid, gid of the other end, as the kernel knows them."""
    size = struct.calcsize("3i")
    pid, uid, gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return pid, uid, gid
