"""An emulated way between loudspeakers and engine: a proxy on a port of its own that delays and drops.

`Mqtt` cuts the stream into packets and drops whole PUBLISH packets on the way down; `Tcp` hands on pieces as they come.
Each connection is delayed in order, as one path of a network is: what comes later never overtakes. A delay is uniform
between `mean - jitter` and `mean + jitter`, drawn for each packet; `back` is the way up (None = as the way down).
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from devicelink import codec

MOST_PACKET = 1 << 20


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds."""

    mean: float = 0.0
    jitter: float = 0.0

    def draw(self, chance: random.Random) -> float:
        """Of one packet."""
        return max(0.0, self.mean + chance.uniform(-self.jitter, self.jitter))


@dataclass(frozen=True, slots=True)
class Path:
    """`loss`: of PUBLISH packets on the way down, 0..1; `drops(payload)` says which may be lost."""

    down: Delay = Delay()
    back: Delay | None = None
    loss: float = 0.0
    drops: Callable[[bytes], bool] = lambda _payload: True

    @property
    def up(self) -> Delay:
        """The way to the engine."""
        return self.down if self.back is None else self.back


class Tcp:
    """Listens on a free port of 127.0.0.1 and hands everything on to `target` there, over `path`."""

    def __init__(self, target: int, path: Path, *, seed: int = 0) -> None:
        self._target, self._path = target, path
        self._chance, self._losses = random.Random(seed), random.Random(seed + 1)
        self._tasks: set[asyncio.Task[None]] = set()
        self.dropped = self.passed = 0
        self.port = 0

    async def __aenter__(self) -> "Tcp":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, back, self._path.up, down=False))
                group.create_task(self._carry(there, writer, self._path.down, down=True))
        except* (ConnectionError, codec.BadPacket, asyncio.CancelledError):
            pass  # either end closed, or we do
        finally:
            self._tasks.discard(task)
            for line in (writer, back):
                await hung_up(line)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: Delay, *, down: bool
    ) -> None:
        """Until either end closes; then both do."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        writing = asyncio.create_task(_write(writer, pieces))
        due = 0.0
        cut = self._cutter(down=down)
        try:
            while data := await reader.read(1 << 16):
                for piece in cut(data):
                    due = max(due, loop.time() + delay.draw(self._chance))
                    pieces.put_nowait((due, piece))
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writing
        raise ConnectionError("closed")

    def _cutter(self, *, down: bool) -> Callable[[bytes], Iterable[bytes]]:
        """What makes pieces of the bytes of one direction."""
        return lambda data: (data,)


class Mqtt(Tcp):
    """The same for MQTT: whole packets, some of which are lost on the way down."""

    def _cutter(self, *, down: bool) -> Callable[[bytes], Iterable[bytes]]:
        parser = codec.Parser(limit=MOST_PACKET)

        def cut(data: bytes) -> Iterable[bytes]:
            for packet in parser.feed(data):
                if not (down and self._loses(packet)):
                    yield codec.packet(packet.kind, packet.flags, packet.body)

        return cut

    def _loses(self, packet: codec.Packet) -> bool:
        if packet.kind != codec.PUBLISH or not self._path.drops(codec.read_publish(packet).payload):
            return False
        lost = self._losses.random() < self._path.loss
        self.dropped, self.passed = self.dropped + lost, self.passed + (not lost)
        return lost


async def hung_up(writer: asyncio.StreamWriter) -> None:
    """Closed for good, whatever the other end does."""
    writer.transport.abort()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()


async def _write(writer: asyncio.StreamWriter, pieces: "asyncio.Queue[tuple[float, bytes]]") -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, piece = await pieces.get()
        await asyncio.sleep(max(0.0, due - loop.time()))
        writer.write(piece)
        await writer.drain()
