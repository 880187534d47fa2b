"""A minimal MQTT 3.1.1 codec (QoS 0) for agents and swarms of simulated ones: bytes in, packets out, no sockets.

Section numbers are those of the OASIS standard MQTT 3.1.1.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

CONNECT, CONNACK, PUBLISH, SUBSCRIBE, SUBACK = 1, 2, 3, 8, 9
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14

SUBSCRIPTION_REFUSED = 0x80
MAX_PACKET_BYTES = 512 * 1024

PING = bytes([PINGREQ << 4, 0])
PONG = bytes([PINGRESP << 4, 0])
GOODBYE = bytes([DISCONNECT << 4, 0])


class BadPacket(Exception):
    """The bytes are not MQTT 3.1.1 as spoken here; the connection has to be closed."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One control packet: `kind`, the 4 `flags`, the body after the fixed header."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Publication:
    """A QoS-0 message."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """The content of CONNECT."""

    client: str
    username: str
    password: str
    keep_alive: int


def text(value: str) -> bytes:
    """A UTF-8 string with its length (1.5.3)."""
    raw = value.encode()
    if len(raw) > 0xFFFF or "\x00" in value:
        raise BadPacket("string too long, or with a zero")
    return struct.pack(">H", len(raw)) + raw


def packet(kind: int, flags: int, body: bytes) -> bytes:
    """Fixed header (2.2) and body."""
    return bytes([kind << 4 | flags]) + _length(len(body)) + body


def connect(client: str, username: str, password: str, *, keep_alive: int = 60) -> bytes:
    """CONNECT with clean session, user name and password, without a will (3.1). `keep_alive` in seconds."""
    flags = 0b1100_0010
    body = (
        text("MQTT")
        + bytes([4, flags])
        + struct.pack(">H", keep_alive)
        + text(client)
        + text(username)
        + text(password)
    )
    return packet(CONNECT, 0, body)


def connack(code: int) -> bytes:
    """CONNACK (3.2); 0 = accepted, 5 = not authorised."""
    return packet(CONNACK, 0, bytes([0, code]))


def subscribe(identifier: int, filters: tuple[str, ...]) -> bytes:
    """SUBSCRIBE to all filters at QoS 0 (3.8)."""
    return packet(SUBSCRIBE, 2, struct.pack(">H", identifier) + b"".join(text(item) + b"\x00" for item in filters))


def suback(identifier: int, codes: tuple[int, ...]) -> bytes:
    """SUBACK with one code a filter (3.9)."""
    return packet(SUBACK, 0, struct.pack(">H", identifier) + bytes(codes))


def publish(topic: str, payload: bytes, *, retain: bool = False) -> bytes:
    """PUBLISH at QoS 0 (3.3)."""
    return packet(PUBLISH, 1 if retain else 0, text(topic) + payload)


def read_connect(item: Packet) -> Login:
    """The content of a CONNECT made like `connect`."""
    name, rest = _text(item.body)
    if name != "MQTT" or len(rest) < 4 or rest[0] != 4 or rest[1] != 0b1100_0010:
        raise BadPacket("not MQTT 3.1.1 with user name, password and clean session")
    (keep_alive,) = struct.unpack(">H", rest[2:4])
    client, rest = _text(rest[4:])
    username, rest = _text(rest)
    password, rest = _text(rest)
    if rest:
        raise BadPacket("bytes after the password")
    return Login(client, username, password, keep_alive)


def read_connack(item: Packet) -> int:
    """The return code: 0 = accepted."""
    if item.kind != CONNACK or len(item.body) != 2:
        raise BadPacket("CONNACK")
    return item.body[1]


def read_subscribe(item: Packet) -> tuple[int, tuple[str, ...]]:
    """Packet identifier and filters."""
    if len(item.body) < 2 or item.flags != 2:
        raise BadPacket("SUBSCRIBE")
    (identifier,) = struct.unpack(">H", item.body[:2])
    filters: list[str] = []
    rest = item.body[2:]
    while rest:
        name, rest = _text(rest)
        if not rest:
            raise BadPacket("SUBSCRIBE without QoS")
        filters.append(name)
        rest = rest[1:]
    return identifier, tuple(filters)


def read_suback(item: Packet) -> tuple[int, tuple[int, ...]]:
    """Packet identifier and one code a filter; `SUBSCRIPTION_REFUSED` among them means: no."""
    if item.kind != SUBACK or len(item.body) < 3:
        raise BadPacket("SUBACK")
    (identifier,) = struct.unpack(">H", item.body[:2])
    return identifier, tuple(item.body[2:])


def read_publish(item: Packet) -> Publication:
    """A QoS-0 PUBLISH; other levels are never asked for."""
    if item.kind != PUBLISH or item.flags & 0b0110:
        raise BadPacket("PUBLISH of QoS 1 or 2")
    topic, payload = _text(item.body)
    return Publication(topic, payload, bool(item.flags & 1))


class Parser:
    """Cuts a stream of bytes into packets, whatever the pieces in which it arrives."""

    def __init__(self, *, limit: int = MAX_PACKET_BYTES) -> None:
        self._buffer = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> Iterator[Packet]:
        """All packets completed by `data`. BadPacket when the stream makes no sense or a packet exceeds the limit."""
        self._buffer += data
        while (found := self._next()) is not None:
            yield found

    def _next(self) -> Packet | None:
        if len(self._buffer) < 2:
            return None
        read = _read_length(self._buffer)
        if read is None:
            return None
        length, start = read
        if length > self._limit:
            raise BadPacket(f"packet of {length} bytes")
        if len(self._buffer) < start + length:
            return None
        first = self._buffer[0]
        body = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        return Packet(first >> 4, first & 0x0F, body)


def _length(length: int) -> bytes:
    """Remaining length, 7 bits a byte, lowest first (2.2.3)."""
    encoded = bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        encoded.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(encoded)


def _read_length(buffer: bytearray) -> tuple[int, int] | None:
    """(length, offset of the body), or None while bytes are missing."""
    length = 0
    for index in range(4):
        if index + 1 >= len(buffer):
            return None
        byte = buffer[index + 1]
        length |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return length, index + 2
    raise BadPacket("remaining length of more than 4 bytes")


def _text(raw: bytes) -> tuple[str, bytes]:
    if len(raw) < 2:
        raise BadPacket("string without length")
    (length,) = struct.unpack(">H", raw[:2])
    if len(raw) < 2 + length:
        raise BadPacket("string cut off")
    try:
        return raw[2 : 2 + length].decode(), raw[2 + length :]
    except UnicodeDecodeError as error:
        raise BadPacket("string is not UTF-8") from error
