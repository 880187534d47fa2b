"""Hands relayed streams on from the process that fetches them to the loudspeakers that ask: bytes, nothing decided."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from devicelink.forms import IDENTIFIER
from devicelink.refusals import Reason, Refused

MOST_A_DEVICE = 4  # a device takes one; the others may still be closing
FIRST_S = 20.0
IDLE_S = 30.0
PIECE = 8_192


class Relays:
    """`socket`: where the process part `relay` listens."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._open: Counter[str] = Counter()

    async def frames(self, device: str, name: str) -> AsyncIterator[bytes]:
        """The stream of this name. Refused missing_file if nobody serves it, limit_exceeded for too many at once."""
        if not IDENTIFIER.fullmatch(name):
            raise Refused(Reason.MISSING_FILE, "no such relay")
        if self._open[device] >= MOST_A_DEVICE:
            raise Refused(Reason.LIMIT_EXCEEDED, "too many relays at once")
        self._open[device] += 1
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket))
            writer.write(name.encode() + b"\n")
            async with asyncio.timeout(FIRST_S):
                first = await reader.read(PIECE)
        except (OSError, TimeoutError) as error:
            self._close(device)
            raise Refused(Reason.MISSING_FILE, "nothing comes of this relay") from error
        if not first:
            writer.close()
            self._close(device)
            raise Refused(Reason.MISSING_FILE, "no such relay")
        return self._rest(device, first, reader, writer)

    async def _rest(
        self, device: str, piece: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncIterator[bytes]:
        try:
            while piece:
                yield piece
                async with asyncio.timeout(IDLE_S):
                    piece = await reader.read(PIECE)
        except (OSError, TimeoutError):
            return
        finally:
            self._close(device)
            with contextlib.suppress(OSError):
                writer.close()

    def _close(self, device: str) -> None:
        self._open[device] -= 1
        if self._open[device] <= 0:
            del self._open[device]
