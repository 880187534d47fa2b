"""Radio stations on loopback: they speak Icecast and HLS, and fail in the ways in which stations fail."""

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import av
import numpy as np
from speaker.sink import RATE, Pcm

SECOND_BYTES = 64_000 // 8


def tone(frequency: float, seconds: float = 20.0, level: float = 0.3) -> Pcm:
    """A tone that is not the same twice: its frequency creeps up."""
    at = np.arange(int(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * (frequency + at * 3) * at) * level * 32_767).astype(np.int16)


def silence(seconds: float = 20.0) -> Pcm:
    """Digital silence."""
    return np.zeros(int(seconds * RATE), np.int16)


def coded(pcm: Pcm, container: str = "mp3", codec: str = "libmp3lame", bits: int = 64_000) -> bytes:
    """The sound as a station sends it."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=RATE)
        stream.layout, stream.bit_rate = "mono", bits
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return buffer.getvalue()


class Station:
    """One listening socket; `answer(line, path)` speaks to whoever came. `asked`: the paths, in order."""

    def __init__(self, answer: Callable[[socket.socket, str], None] | None = None, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self._answer = answer
        self._open: list[socket.socket] = []
        self.asked: list[str] = []
        self.closed = threading.Event()
        self.paused = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def icecast(self, pcm: Pcm, *, metadata: bool = True, burst_s: float = 2.0) -> str:
        """Send this sound, over and over, at its speed after a burst; the address of it."""
        data = coded(pcm)
        self._answer = lambda line, path: self._send(line, data, 8_192 if metadata else 0, burst_s)
        return f"{self.url}/vov1"

    def hls(self, pcm: Pcm, *, seconds: int = 1) -> str:
        """The same as a live playlist of short parts; its address."""
        parts = [
            coded(pcm[at : at + seconds * RATE], "adts", "aac")
            for at in range(0, len(pcm) - seconds * RATE + 1, seconds * RATE)
        ]
        begun = time.monotonic()
        self._answer = lambda line, path: self._list(line, path, parts, seconds, begun)
        return f"{self.url}/live.m3u8"

    def close(self) -> None:
        """It is gone: everybody who listens is cut off, nobody gets in any more."""
        self.closed.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # or the thread that waits for callers keeps it open
        self._socket.close()
        for line in self._open:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _serve(self) -> None:
        while not self.closed.is_set():
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(line)
            threading.Thread(target=self._speak, args=(line,), daemon=True).start()

    def _speak(self, line: socket.socket) -> None:
        try:
            head = b""
            while b"\r\n\r\n" not in head and (piece := line.recv(4_096)):
                head += piece
            words = head.split(b" ")
            if len(words) < 2:  # whoever came was ended before it asked
                return
            path = words[1].decode()
            self.asked.append(path)
            while self._answer is None:  # somebody who waited for it to come back is quicker than its programme
                time.sleep(0.01)
            self._answer(line, path)
        except OSError:
            pass
        finally:
            line.close()

    def _list(self, line: socket.socket, path: str, parts: list[bytes], seconds: int, begun: float) -> None:
        newest = int((time.monotonic() - begun) / seconds) + 4
        if path.endswith(".m3u8"):
            rows = [f"#EXTINF:{seconds},\npart{number}.aac" for number in range(newest - 4, newest)]
            text = f"#EXTM3U\n#EXT-X-TARGETDURATION:{seconds}\n#EXT-X-MEDIA-SEQUENCE:{newest - 4}\n" + "\n".join(rows)
            body, kind = text.encode(), "application/vnd.apple.mpegurl"
        else:
            number = int(path.rsplit("part", 1)[1].split(".")[0])
            body, kind = parts[number % len(parts)], "audio/aac"
        line.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def _send(self, line: socket.socket, data: bytes, every: int, burst_s: float) -> None:
        extra = f"icy-metaint: {every}\r\n" if every else ""
        line.sendall(f"ICY 200 OK\r\nContent-Type: audio/mpeg\r\n{extra}\r\n".encode())
        begun, at, until = time.monotonic(), 0, every
        while not self.closed.is_set():
            if self.paused.is_set():
                time.sleep(0.05)
                continue
            count = min(1_024, until) if every else 1_024
            piece = (data + data)[at % len(data) :][:count]
            line.sendall(piece)
            at, until = at + count, until - count
            if every and until == 0:
                words = b"StreamTitle='Ban tin sang';"
                line.sendall(bytes([(len(words) + 15) // 16]) + words.ljust((len(words) + 15) // 16 * 16, b"\0"))
                until = every
            time.sleep(max(0.0, at / SECOND_BYTES - burst_s - (time.monotonic() - begun)))
