"""MQTT in WebSocket frames (RFC 6455), as a board in a browser speaks it; only what a test needs."""

import base64
import secrets
import socket
import struct

from loa.gateway.tests.mqtt import PATIENCE_S


class WebSocket:
    """Looks like a socket. ConnectionError if the engine does not take the path or the protocol."""

    def __init__(self, port: int, path: str = "/mqtt", protocol: str = "mqtt") -> None:
        self._plain = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self._plain.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
            ).encode()
        )
        self._read = bytearray()
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, rest = bytes(self._read).partition(b"\r\n\r\n")
        self._read = bytearray(rest)
        if not head.startswith(b"HTTP/1.1 101"):
            self._plain.close()
            raise ConnectionError(head.splitlines()[0].decode())

    def _more(self) -> None:
        data = self._plain.recv(65_536)
        if not data:
            raise ConnectionError("closed")
        self._read += data

    def sendall(self, data: bytes) -> None:
        """One binary frame, masked as clients must."""
        mask = secrets.token_bytes(4)
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + struct.pack(">H", size)
        self._plain.sendall(b"\x82" + length + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def recv(self, _: int) -> bytes:
        """The content of the next frame; empty when the engine says goodbye."""
        while (frame := self._frame()) is None:
            self._more()
        return frame

    def _frame(self) -> bytes | None:
        if len(self._read) < 2:
            return None
        if self._read[0] & 0x0F == 8:
            return b""
        size, start = self._read[1] & 0x7F, 2
        if size == 126:
            if len(self._read) < 4:
                return None
            size, start = struct.unpack(">H", self._read[2:4])[0], 4
        if len(self._read) < start + size:
            return None
        content = bytes(self._read[start : start + size])
        del self._read[: start + size]
        return content

    def settimeout(self, seconds: float) -> None:
        """As of a socket."""
        self._plain.settimeout(seconds)

    def close(self) -> None:
        """As of a socket."""
        self._plain.close()
