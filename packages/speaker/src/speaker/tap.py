"""Lets one listen to what the loudspeakers of this process really render, over HTTP on the loopback address.

GET  /speakers                        [{"device", "folder", "status"}]
GET  /speakers/<device>/live.ogg      Ogg/Opus, from now on, as it sounds
GET  /speakers/<device>/live.wav      the same as 16-bit PCM
GET  /speakers/<device>/last.wav?seconds=10
POST /speakers/<device>/fault         {"kind": a `Fault`, "value": number}; needs the header `X-Loa: 1`
"""

import json
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np

from speaker.sink import RATE, Tap
from speaker.sinks.wav import wav_header

STEP = RATE // 10
BACK = RATE // 4
LONGEST_S = 60
FRAME = 960
_NAMES = frozenset({"127.0.0.1", "localhost"})


class Speakers(Protocol):
    """What the server shows. Called from the server's threads."""

    def listing(self) -> bytes:
        """JSON of `GET /speakers`."""

    def tap(self, device: str) -> Tap | None:
        """The sink of this device."""

    def fault(self, device: str, kind: str, value: float) -> None:
        """Throw a switch; raises ValueError if there is none of that name."""


class TapServer:
    """Serves until `close`. `port` 0 = any free one."""

    def __init__(self, speakers: Speakers, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"speakers": speakers})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="tap", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve nobody any more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    speakers: Speakers
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nobody reads an access log here."""

    def do_GET(self) -> None:
        """See the module."""
        address = urlsplit(self.path)
        pieces = address.path.strip("/").split("/")
        if not self._from_here():
            return
        if pieces == ["speakers"]:
            self._send(self.speakers.listing(), "application/json")
            return
        tap = self.speakers.tap(pieces[1]) if len(pieces) == 3 and pieces[0] == "speakers" else None
        answer = {"live.ogg": self._live_ogg, "live.wav": self._live_wav, "last.wav": self._last_wav}.get(pieces[-1])
        if tap is None or answer is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            answer(tap, parse_qs(address.query))
        except (ConnectionError, TimeoutError, av.error.OSError):
            self.close_connection = True

    def do_POST(self) -> None:
        """See the module."""
        pieces = urlsplit(self.path).path.strip("/").split("/")
        if not self._from_here():
            return
        if self.headers.get("X-Loa") != "1" or len(pieces) != 3 or pieces[2] != "fault":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            wish = json.loads(self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 4096)))
            self.speakers.fault(pieces[1], str(wish["kind"]), float(wish.get("value", 1)))
        except (ValueError, KeyError, TypeError) as error:
            self.send_error(HTTPStatus.BAD_REQUEST, str(error)[:80])
            return
        self._send(b"{}", "application/json")

    def _from_here(self) -> bool:
        """A page of another site must not reach us through a name of its own."""
        if (self.headers.get("Host") or "").rsplit(":", 1)[0] in _NAMES:
            return True
        self.send_error(HTTPStatus.FORBIDDEN)
        return False

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _begin(self, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.close_connection = True

    def _last_wav(self, tap: Tap, query: dict[str, list[str]]) -> None:
        seconds = min(LONGEST_S, max(1, int(query.get("seconds", ["10"])[0] or 10)))
        end = tap.frames()
        data = tap.heard(max(0, end - seconds * RATE), seconds * RATE)
        self._send(wav_header(len(data) // 2) + data, "audio/wav")

    def _live_wav(self, tap: Tap, _query: dict[str, list[str]]) -> None:
        self._begin("audio/wav")
        self.wfile.write(wav_header(1 << 30))
        follow(tap, self.wfile.write)

    def _live_ogg(self, tap: Tap, _query: dict[str, list[str]]) -> None:
        self._begin("audio/ogg")
        with av.open(self.wfile, "w", format="ogg", options={"page_duration": "100000"}) as container:
            stream = container.add_stream("libopus", rate=RATE, layout="mono", options={"b": "32k"})
            encoder = _Encoder(container, stream)
            follow(tap, encoder.add)


class _Encoder:
    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        self._rest = b""
        self._at = 0

    def add(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) // (2 * FRAME) * 2 * FRAME
        for start in range(0, whole, 2 * FRAME):
            samples = np.frombuffer(data, "<i2", FRAME, start).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, self._at
            self._at += FRAME
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        self._rest = data[whole:]


def follow(tap: Tap, take: Callable[[bytes], object]) -> None:
    """Hand over what is rendered, as it is rendered, until `take` raises; begins a quarter of a second back."""
    at = max(0, tap.frames() - BACK)
    while True:
        count = tap.frames() - at
        if count > 2 * RATE:  # a listener who fell behind goes on with the present
            at, count = tap.frames() - BACK, BACK
        if count >= STEP:
            data = tap.heard(at, count)
            at += count
            take(data)
        else:
            time.sleep(0.05)
