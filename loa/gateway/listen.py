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
            reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), PATIENCE_S)
            writer.write(f"GET /speakers/{device}/live.wav HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            status = await asyncio.wait_for(_head(reader), PATIENCE_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise Unavailable("Loa mô phỏng chưa sẵn sàng để nghe. Hãy thử lại sau vài giây.") from error
        if status != 200:
            writer.close()
            raise NotFound
        return _pieces(reader, writer)

    def _address(self) -> tuple[str, int]:
        try:
            parts = urlsplit(str(json.loads((self._folder / FACTS).read_text())["tap"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotFound from error
        if parts.hostname not in ("127.0.0.1", "localhost") or parts.port is None:
            raise NotFound
        return parts.hostname, parts.port


async def _head(reader: asyncio.StreamReader) -> int:
    """The status; the headers are read over."""
    words = (await reader.readline()).split()
    while (await reader.readline()).strip():
        pass
    return int(words[1]) if len(words) > 1 else 0


async def _pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    try:
        while piece := await reader.read(PIECE):
            yield piece
    finally:
        writer.close()
