"""A page with a microphone, without a browser: a WebSocket that says exactly what a story wants."""

import json
import socket
import struct
import time
from types import TracebackType
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

from loa.gateway.tests.mqtt import PATIENCE_S

SITE = "http://127.0.0.1:8000"
SOUND = b"\x78" + bytes(60)  # 20 ms of hybrid Opus as far as anybody looks here


class Hung(Exception):
    """The gateway closed the line; `code` says how."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Microphone:
    """One line. Pings are answered by itself while it waits for something, with a clock that is `off` microseconds."""

    def __init__(self, port: int, ticket: str | None, *, origin: str | None = SITE, off: int = 5_000_000_000) -> None:
        self.off = off
        self._ws = WSConnection(ConnectionType.CLIENT)
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        headers = [] if origin is None else [(b"Origin", origin.encode())]
        request = Request(host="127.0.0.1", target="/edge/live", extra_headers=headers)
        self._send(request)
        self._events: list[Event] = []
        self.said: list[dict[str, Any]] = []
        first = self._event(PATIENCE_S)
        if not isinstance(first, AcceptConnection):
            self._socket.close()
            raise Hung(first.status_code if isinstance(first, RejectConnection) else 0)
        if ticket is not None:
            self.say("ticket", ticket=ticket)

    def __enter__(self) -> "Microphone":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def hang_up(self) -> None:
        """As a telephone without network: the connection is gone."""
        self._socket.close()

    def clock(self) -> int:
        """Microseconds of this page's own clock."""
        return time.monotonic_ns() // 1000 + self.off

    def say(self, kind: str, **facts: object) -> None:
        self.text(json.dumps({"t": kind, **facts}))

    def text(self, text: str) -> None:
        self._send(Message(data=text))

    def sound(self, at: int, opus: bytes = SOUND) -> None:
        """A packet captured at `at` of this page's clock."""
        self.raw(struct.pack("!Q", at) + opus)

    def raw(self, data: bytes) -> None:
        self._send(Message(data=data))

    def hear(self, *kinds: str, timeout: float = PATIENCE_S) -> dict[str, Any]:
        """The next message of one of these kinds; others are passed over."""
        end = time.monotonic() + timeout
        while True:
            event = self._event(max(0.01, end - time.monotonic()))
            if isinstance(event, CloseConnection):
                raise Hung(event.code)
            if not isinstance(event, TextMessage):
                continue
            said: dict[str, Any] = json.loads(event.data)
            self.said.append(said)
            if said["t"] == "ping":
                self.say("pong", n=said["n"], at=self.clock())
            if said["t"] in kinds:
                return said

    def measured(self) -> "Microphone":
        """As soon as the gateway knows this page's clock."""
        self.hear("hello")
        for _ in range(5):
            self.hear("ping")
        return self

    def start(self, *areas: str, **facts: object) -> dict[str, Any]:
        """Ask for the air; what is answered."""
        self.say("start", areas=areas, **facts)
        return self.hear("counting", "refused")

    def speak(self, begin: int, packets: int) -> None:
        """That many packets in a row, each when its sound is over, from an instant of this page's clock on."""
        for number in range(packets):
            time.sleep(max(0.0, (begin + (number + 1) * 20_000 - self.clock()) / 1e6))
            self.sound(begin + number * 20_000)

    def closed(self) -> int:
        """The code with which the gateway closes the line."""
        try:
            self.hear("never")
        except Hung as hung:
            return hung.code
        raise AssertionError

    def _send(self, event: Event) -> None:
        self._socket.sendall(self._ws.send(event))

    def _event(self, timeout: float) -> Event:
        self._socket.settimeout(timeout)
        while not self._events:
            data = self._socket.recv(65_536)
            if not data:
                raise Hung(1006)
            self._ws.receive_data(data)
            for event in self._ws.events():
                if isinstance(event, Ping):
                    self._send(event.response())
                elif not isinstance(event, BytesMessage):
                    self._events.append(event)
        return self._events.pop(0)
