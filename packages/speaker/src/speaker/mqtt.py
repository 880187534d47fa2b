"""One MQTT 3.1.1 connection over asyncio's streams: it is alive, or it is closed; there is nothing in between.

Everything happens in one task on one loop. (A client whose sockets are opened by worker threads and watched by
descriptor numbers can watch a number that is closed already, or somebody else's by now: it neither hears nor fails.)
"""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from devicelink import codec

from speaker.http import judge_dates

T = TypeVar("T")
KEEP_ALIVE_S = 60
FAREWELL_S = 1.0
MOST_UNSENT = 256 << 10  # bytes that a line may still owe to the network


class Lost(Exception):
    """There is no connection, or none any more."""


class LoginRefused(Lost):
    """The engine answered, and said no."""


@dataclass(frozen=True, slots=True)
class Address:
    """Of the engine: "mqtt://host:1883" or "mqtts://host:8883"."""

    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError(f"not an mqtt address: {url}")
        secure = parts.scheme == "mqtts"
        return cls(parts.hostname, parts.port or (8883 if secure else 1883), secure)


class Line:
    """A connection. Quiet for `quiet` seconds it is asked for a sign of life; without one for `pong` more it is Lost.

    Every method may raise Lost or OSError; then only `drop` makes sense.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, quiet: float, pong: float
    ) -> None:
        self._reader, self._writer = reader, writer
        self._quiet, self._pong = quiet, pong
        self._parser = codec.Parser()
        self._arrived: deque[codec.Packet] = deque()

    @classmethod
    async def open(
        cls, address: Address, context: ssl.SSLContext | None, now: Callable[[], int], *, quiet: float, pong: float
    ) -> "Line":
        """Connected, not yet logged in. `now()` (Unix ms) judges the dates of the engine's certificate."""
        reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
        line = cls(reader, writer, quiet=quiet, pong=pong)
        try:
            if context is not None:
                judge_dates(writer.get_extra_info("peercert"), now())
        except BaseException:
            line.drop()
            raise
        return line

    async def login(self, device: str, token: str) -> None:
        """CONNECT with a clean session. Raises LoginRefused."""
        self._writer.write(codec.connect(device, device, token, keep_alive=KEEP_ALIVE_S))
        code = _read(codec.read_connack, await self._packet())
        if code:
            raise LoginRefused(f"the engine refuses the login ({code})")

    async def subscribe(self, filters: tuple[str, ...]) -> list[bool]:
        """All filters in one packet (each packet costs the engine a write); for each, whether the engine took it."""
        self._writer.write(codec.subscribe(1, filters))
        early: list[codec.Packet] = []
        while (packet := await self._packet()).kind != codec.SUBACK:
            early.append(packet)
        self._arrived.extendleft(reversed(early))
        _, codes = _read(codec.read_suback, packet)
        return [code < codec.SUBSCRIPTION_REFUSED for code in codes]

    def publish(self, topic: str, payload: bytes) -> bool:
        """At QoS 0; False if the line is closing or owes too much already."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size() > MOST_UNSENT:
            return False
        self._writer.write(codec.publish(topic, payload))
        return True

    async def message(self) -> bytes:
        """The payload of the next message, whatever its topic."""
        while True:
            packet = await self._sign_of_life()
            if packet.kind == codec.PUBLISH:
                return _read(codec.read_publish, packet).payload

    async def goodbye(self) -> None:
        """Leave politely, and soon."""
        with contextlib.suppress(OSError):
            self._writer.write(codec.GOODBYE)
            self._writer.close()
            async with asyncio.timeout(FAREWELL_S):
                await self._writer.wait_closed()

    def drop(self) -> None:
        """Break the connection without a word, as a lost link does. Whoever waits for a packet gets Lost."""
        self._writer.transport.abort()

    async def _sign_of_life(self) -> codec.Packet:
        try:
            async with asyncio.timeout(self._quiet):
                return await self._packet()
        except TimeoutError:
            self._writer.write(codec.PING)
        try:
            async with asyncio.timeout(self._pong):
                return await self._packet()
        except TimeoutError:
            raise Lost(f"no sign of life for {self._quiet + self._pong:.0f} s") from None

    async def _packet(self) -> codec.Packet:
        while not self._arrived:
            data = await self._reader.read(1 << 16)
            if not data:
                raise Lost("the engine closed the connection")
            try:
                self._arrived.extend(self._parser.feed(data))
            except codec.BadPacket as error:
                raise Lost(str(error)) from error
        return self._arrived.popleft()


def _read(read: Callable[[codec.Packet], T], packet: codec.Packet) -> T:
    """Raises Lost: who does not speak MQTT is not the engine."""
    try:
        return read(packet)
    except codec.BadPacket as error:
        raise Lost(f"not MQTT as spoken here: {error}") from error
