"""The sample radio station: `python -m loa.demo.station --port PORT --off FILE`, our own melody over Icecast.

The page with the way through the product takes it off the air for half a minute (`transmitter`): it hangs up on
everybody and lets nobody in until then, as a station does whose transmitter failed.
"""

import argparse
import asyncio
import contextlib
import io
import os
import signal
import time
from pathlib import Path
from typing import Any

import av
import numpy as np

from loa.demo import sounds
from loa.demo.transmitter import PATH, is_off

BITS = 64_000
BURST_S = 2.0
PIECE = 1_024
LOOK_S = 0.1
MELODY_S, KEY = 60, 8
TITLE = b"StreamTitle='Dai mau';"
METADATA_EVERY = 8_192


def coded(samples: sounds.Samples) -> bytes:
    """As MP3, mono."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as out:
        stream: Any = out.add_stream("libmp3lame", rate=sounds.RATE)
        stream.layout, stream.bit_rate = "mono", BITS
        pcm = (np.clip(samples, -1, 1) * 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = sounds.RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return buffer.getvalue()


class Station:
    """`data` goes round for everybody who listens; `off`: see the module."""

    def __init__(self, data: bytes, off: Path) -> None:
        self._round, self._off = data + data[:PIECE], off
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()

    async def run(self, port: int, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            if is_off(self._off, time.time()):
                self._hang_up()
            elif self._server is None:
                self._server = await asyncio.start_server(self._speak, "127.0.0.1", port)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_S)
        self._hang_up()

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in self._lines:
            line.transport.abort()
        self._lines.clear()

    async def _speak(self, reader: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        self._lines.add(line)
        try:
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
            if head.split(b" ")[1:2] != [PATH.encode()]:
                line.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                return
            line.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n"
                + f"icy-name: Dai mau\r\nicy-metaint: {METADATA_EVERY}\r\n\r\n".encode()
            )
            await self._send(line)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._lines.discard(line)
            line.close()

    async def _send(self, line: asyncio.StreamWriter) -> None:
        """At the speed of the sound, after a first burst; who hung up is noticed by the write."""
        begun, at = time.monotonic(), 0
        words = bytes([(len(TITLE) + 15) // 16]) + TITLE.ljust((len(TITLE) + 15) // 16 * 16, b"\0")
        while True:
            offset = at % (len(self._round) - PIECE)
            line.write(self._round[offset : offset + PIECE])
            at += PIECE
            if at % METADATA_EVERY == 0:
                line.write(words)
            await line.drain()
            await asyncio.sleep(max(0.0, at * 8 / BITS - BURST_S - (time.monotonic() - begun)))


async def serve(port: int, off: Path) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    data = await asyncio.to_thread(lambda: coded(sounds.relay(MELODY_S, KEY)))
    await Station(data, off).run(port, stop)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="loa.demo.station")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--off", type=Path, required=True)
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.port, chosen.off))
    return 0


if __name__ == "__main__":
    os._exit(main())
