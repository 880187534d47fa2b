"""A small stand-in for the gateway's live side: hears stops, tells events, lets a
loudspeaker be heard, may be silent or away."""

import io
import json
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

from playwright.sync_api import Page, expect

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
}


@dataclass
class Gateway:
    """What was asked of it (`posts`: path, ticket, body; `heard`: addresses of loudspeakers) and what it will say.

    `refuse` is the body of a refusal, `refuse_status` its status.
    """

    url: str = ""
    posts: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    refuse: dict[str, Any] | None = None
    refuse_status: int = 403
    silent: bool = False
    holds: list[dict[str, Any]] = field(default_factory=list)
    clock: str = ""
    listeners: list["Queue[str | None]"] = field(default_factory=list)

    def tell(self, kind: str, area: str, **facts: object) -> None:
        """One event to every page that listens."""
        for queue in list(self.listeners):
            queue.put(json.dumps({"kind": kind, "area": area, "facts": facts}))

    def snapshot(self) -> str:
        """With what every line begins."""
        facts = {"devices": {}, "holds": self.holds, "now": 0, "clock": self.clock}
        return json.dumps({"kind": "snapshot", "area": "", "facts": facts})

    def hang_up(self) -> None:
        """Cut the live lines, and take no new ones until `silent` is False again."""
        self.silent = True
        for queue in list(self.listeners):
            queue.put(None)


def listening(page: Page) -> Page:
    """The page once its live line is open: what is told from now on reaches it."""
    expect(page.locator("html")).to_have_attribute("data-line", "on")
    return page


def half_a_minute() -> bytes:
    """A quiet sound."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 30))
    return buffer.getvalue()


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**CORS, "Content-Type": "application/json", "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_OPTIONS(self) -> None:
            self.answer(200, {})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gateway.posts.append((self.path, self.headers.get("Authorization", ""), body))
            if gateway.refuse:
                self.answer(gateway.refuse_status, gateway.refuse)
            else:
                self.answer(200, {"until": body.get("until", 0), "devices": 8, "revision": 1})

        def do_GET(self) -> None:
            if gateway.silent:
                return self.answer(503, {})
            if self.path.startswith("/edge/listen/"):
                return self.sound()
            queue: Queue[str | None] = Queue()
            gateway.listeners.append(queue)  # before the page can know that its line is open
            self.send_response(200)
            for name, value in {**CORS, "Content-Type": "text/event-stream", "Cache-Control": "no-store"}.items():
                self.send_header(name, value)
            try:
                self.end_headers()
                self.wfile.write(f"data: {gateway.snapshot()}\n\n".encode())
                self.stream(queue)
            except (BrokenPipeError, ConnectionResetError):
                return None
            finally:
                gateway.listeners.remove(queue)
            return None

        def sound(self) -> None:
            gateway.heard.append(self.path)
            if gateway.refuse:
                return self.answer(gateway.refuse_status, gateway.refuse)
            data = half_a_minute()
            self.send_response(200)
            for name, value in {**CORS, "Content-Type": "audio/wav", "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(data)
            return None

        def stream(self, queue: "Queue[str | None]") -> None:
            try:
                while True:
                    try:
                        line = queue.get(timeout=0.5)
                    except Empty:
                        line = ""
                    if line is None:
                        return
                    self.wfile.write(f"data: {line}\n\n".encode() if line else b": still here\n\n")
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                return

    return Handler


@contextmanager
def running() -> Iterator[Gateway]:
    """A gateway on a free port of the loopback."""
    gateway = Gateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(gateway))
    server.daemon_threads = True
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.hang_up()
        server.shutdown()
        server.server_close()
        thread.join(5)
