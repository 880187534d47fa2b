"""Listening to a simulated loudspeaker in the browser: passes on what the fleet renders, from its tap on loopback.

For the demonstration only; a real loudspeaker has no tap.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from loa.kernel.errors import NotFound, Unavailable

FACTS = "fleet.json"
PIECE = 4096
PATIENCE_S = 5


class Tap:
    """Finds the fleet by the file it writes into its folder, each time anew: it may have been restarted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def stream(self, device: str) -> AsyncIterator[bytes]:
        """WAV from now on, until either side hangs up. NotFound (not simulated here), Unavailable.

        Not Ogg/Opus: silence has 0.5 KB a second there, and Chromium waits for about 32 KB before it opens a sound.
        """
        host, port = self._address()
        try:
            heard = Heard(*await asyncio.wait_for(asyncio.open_connection(host, port), PATIENCE_S))
            status = await heard.ask(f"/speakers/{device}/live.wav", host)
        except (OSError, TimeoutError, ValueError) as error:
            raise Unavailable("Loa mô phỏng chưa sẵn sàng để nghe. Hãy thử lại sau vài giây.") from error
        if status != 200:
            await heard.aclose()
            raise NotFound
        return heard

    def _address(self) -> tuple[str, int]:
        try:
            parts = urlsplit(str(json.loads((self._folder / FACTS).read_text())["tap"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotFound from error
        if parts.hostname not in ("127.0.0.1", "localhost") or parts.port is None:
            raise NotFound
        return parts.hostname, parts.port


class Heard:
    """Pieces from one line to the fleet. Whoever has it closes it, also when they never took the first piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, path: str, host: str) -> int:
        """The status; the headers are read over. OSError, TimeoutError, ValueError: the line is closed."""
        self._writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        try:
            return await asyncio.wait_for(self._head(), PATIENCE_S)
        except BaseException:
            await self.aclose()
            raise

    async def _head(self) -> int:
        words = (await self._reader.readline()).split()
        while (await self._reader.readline()).strip():
            pass
        return int(words[1]) if len(words) > 1 else 0

    def __aiter__(self) -> "Heard":
        return self

    async def __anext__(self) -> bytes:
        if piece := await self._reader.read(PIECE):
            return piece
        await self.aclose()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Hang up."""
        self._writer.close()
