"""A mail server on loopback that answers as it is told: it takes letters, refuses them, or hangs up."""

import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default

WAITS = "..."


class Mailbox(socketserver.ThreadingTCPServer):
    """`letters` is what it took. `says` are answers for the lines to come: (command, answer); "" hangs up, WAITS keeps
    the other side waiting for ever (`waits` is set as soon as it does).

    ("DATA.", "") hangs up after it has taken the letter and before it says so.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[Message] = []
        self.says: deque[tuple[str, str]] = deque()
        self.waits = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def answer(self, command: str, usual: str) -> str:
        if self.says and self.says[0][0] == command:
            return self.says.popleft()[1]
        return usual


class _HungUp(Exception):
    """It says nothing more."""


class _Talk(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        try:
            self._say("CONNECT", "220 mailbox")
            while line := self.rfile.readline():
                command = line.split()[0].decode().upper() if line.strip() else ""
                if command == "DATA":
                    self._take()
                else:
                    self._say(command, "221 bye" if command == "QUIT" else "250 ok")
                if command == "QUIT":
                    return
        except (_HungUp, ConnectionError):
            return

    def _say(self, command: str, usual: str) -> bool:
        said = self.server.answer(command, usual)
        if said == WAITS:
            self.server.waits.set()
            self.rfile.read(1)  # until the other side is gone
        if said in ("", WAITS):
            raise _HungUp
        self.wfile.write(said.encode() + b"\r\n")
        return said[0] in "23"

    def _take(self) -> None:
        if not self._say("DATA", "354 go on"):
            return
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.letters.append(message_from_bytes(b"".join(lines), policy=default))
        self._say("DATA.", "250 taken")


@contextmanager
def running() -> Iterator[Mailbox]:
    """It listens until the end."""
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
