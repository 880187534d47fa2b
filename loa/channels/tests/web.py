"""A web server on loopback that answers as it is told and keeps what it was asked: a receiver of webhooks, or Zalo."""

import http.server
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, Any]


class Server(http.server.ThreadingHTTPServer):
    """`says` are answers to come, otherwise `usual` is asked."""

    daemon_threads = True

    def __init__(self, usual: Callable[[Asked], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.usual = usual
        self.asked: list[Asked] = []
        self.says: deque[Answer] = deque()
        self.gate: threading.Event | None = None
        self.arrived = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Talk(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.server.asked.append(asked)
        self.server.arrived.set()
        if self.server.gate is not None:
            self.server.gate.wait(30)
        status, answer = self.server.says.popleft() if self.server.says else self.server.usual(asked)
        told = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", told.decode())
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *args: object) -> None:
        """Nothing on stderr."""


@contextmanager
def running(usual: Callable[[Asked], Answer]) -> Iterator[Server]:
    """It listens until the end."""
    with Server(usual) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            if server.gate is not None:
                server.gate.set()
            server.shutdown()
            thread.join(10)
