"""The process part `relay`: fetches each stream once while somebody needs it. The gateway asks it over a Unix socket.

One line with the name of what stands behind `/relay/`, then frames (`devicelink.relayed`) until either side ends. A
name that nobody serves gets no byte.
"""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from loa.relays.serving.source import Source

KNOWN_S = 5.0
LONGEST_NAME = 200
PREFIX = "/relay/"

log = logging.getLogger("loa.relays")


class Server:
    """`served()` reads which names there are: path -> address, in a thread."""

    def __init__(self, served: Callable[[], Mapping[str, str]], local: Collection[str] = ()) -> None:
        self._served, self._local = served, local
        self._known: Mapping[str, str] = {}
        self._read_at = -KNOWN_S
        self.sources: dict[str, Source] = {}

    async def run(self, socket: Path, stop: asyncio.Event) -> None:
        """Until `stop`."""
        socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._speak, str(socket))
        os.chmod(socket, 0o600)
        async with server:
            await stop.wait()
        for source in self.sources.values():
            await source.close()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                name = (await reader.readline())[:LONGEST_NAME].decode("ascii", "ignore").strip()
            url = await self._address(name)
            if url:
                await self._hand_on(self._source(name, url), reader, writer)
        except (TimeoutError, ConnectionError, ValueError, asyncio.CancelledError):
            pass  # cancelled only when everything ends: nobody has to read of it in the log
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _address(self, name: str) -> str:
        path = PREFIX + name
        if path not in self._known or time.monotonic() - self._read_at > KNOWN_S:
            self._read_at = time.monotonic()
            try:
                self._known = await asyncio.to_thread(self._served)
            except Exception:  # the database is away: what was known goes on
                log.exception("which streams are served cannot be read")
        return self._known.get(path, "")

    def _source(self, name: str, url: str) -> Source:
        if name not in self.sources:
            self.sources[name] = Source(url, self._local)
        return self.sources[name]

    async def _hand_on(self, source: Source, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue = source.listen()
        gone = asyncio.ensure_future(reader.read(1))
        try:
            while not gone.done():
                waiting = asyncio.ensure_future(queue.get())
                await asyncio.wait((waiting, gone), return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    return
                frame = waiting.result()
                if frame is None:
                    return
                writer.write(frame)
                await writer.drain()
        finally:
            gone.cancel()
            source.leave(queue)


async def serve(socket: Path, served: Callable[[], Mapping[str, str]], local: Collection[str]) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Server(served, local).run(socket, stop)
