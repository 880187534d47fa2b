"""Ogg/Opus to PCM, ahead of time and once for all speakers of a process."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from speaker.sink import RATE, Pcm

CHUNK = RATE  # samples: one second
PREROLL = RATE  # an Opus decoder needs 80 ms to settle after a seek; a page of Ogg holds up to a second
MAX_OPEN = 8


class Unplayable(Exception):
    """The file is not sound."""


class Decoding:
    """One file being decoded forwards, chunk by chunk of one second."""

    def __init__(self, path: Path, chunk: int) -> None:
        self.next = chunk
        try:
            self._container: Any = av.open(str(path))
            self._stream: Any = self._container.streams.audio[0]
        except (av.error.FFmpegError, IndexError, OSError) as error:
            raise Unplayable(str(error)) from error
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        self._pieces = self._forward(chunk * CHUNK)
        self._rest: Pcm = np.zeros(0, np.int16)

    def close(self) -> None:
        """Give the file back."""
        self._container.close()

    def chunk(self) -> Pcm:
        """The next second; shorter or empty at the end."""
        parts, have = [self._rest], len(self._rest)
        try:
            while have < CHUNK and (piece := next(self._pieces, None)) is not None:
                parts.append(piece)
                have += len(piece)
        except (av.error.FFmpegError, OSError) as error:
            raise Unplayable(str(error)) from error
        whole = np.concatenate(parts)
        self._rest = whole[CHUNK:]
        self.next += 1
        return whole[:CHUNK]

    def _forward(self, first: int) -> Iterator[Pcm]:
        """Samples from number `first` of the file on."""
        if first > PREROLL:
            seconds = (first - PREROLL) / RATE
            self._container.seek(int(seconds / self._stream.time_base), stream=self._stream)
        at: int | None = None
        for frame in self._frames():
            if at is None:
                at = round(float(frame.time or 0) * RATE)
            samples = frame.to_ndarray().reshape(-1)
            drop = min(max(0, first - at), len(samples))
            at += len(samples)
            if drop < len(samples):
                yield samples[drop:]

    def _frames(self) -> Iterator[Any]:
        for frame in self._container.decode(self._stream):
            yield from self._resampler.resample(frame)
        with contextlib.suppress(av.error.EOFError):
            yield from self._resampler.resample(None)


class PcmCache:
    """Decoded seconds by (hash, number), least recently used thrown out; asked by one decoder thread at a time."""

    def __init__(self, limit_bytes: int = 48 << 20) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._chunks: OrderedDict[tuple[str, int], Pcm] = OrderedDict()
        self._open: OrderedDict[str, Decoding] = OrderedDict()
        self._lock = threading.Lock()
        self.decoded = 0

    def chunk(self, sha256: str, path: Path, number: int) -> Pcm:
        """One second of the file; shorter or empty at its end. Raises Unplayable."""
        with self._lock:
            found = self._chunks.get((sha256, number))
            if found is None:
                found = self._decode(sha256, path, number)
                self._keep((sha256, number), found)
            self._chunks.move_to_end((sha256, number))
            return found

    def _decode(self, sha256: str, path: Path, number: int) -> Pcm:
        decoding = self._open.pop(sha256, None)
        if decoding is not None and decoding.next != number:
            decoding.close()
            decoding = None
        decoding = decoding or Decoding(path, number)
        try:
            chunk = decoding.chunk()
        except Unplayable:
            decoding.close()
            raise
        self.decoded += 1
        self._retain(sha256, decoding, ended=len(chunk) < CHUNK)
        return chunk

    def _retain(self, sha256: str, decoding: Decoding, *, ended: bool) -> None:
        if ended:
            decoding.close()
            return
        self._open[sha256] = decoding
        while len(self._open) > MAX_OPEN:
            self._open.popitem(last=False)[1].close()

    def _keep(self, key: tuple[str, int], chunk: Pcm) -> None:
        self._chunks[key] = chunk
        self._held += chunk.nbytes
        while self._held > self._limit and len(self._chunks) > 1:
            self._held -= self._chunks.popitem(last=False)[1].nbytes


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of a reel after `gap` samples of silence."""

    sha256: str
    path: Path
    gap: int = 0


@dataclass(slots=True)
class Reel:
    """Gaps and files of one airing in a row, from sample number `skip` on."""

    pieces: tuple[Piece, ...]
    skip: int = 0
    known: dict[str, int] = field(default_factory=dict)

    def chunks(self, cache: PcmCache) -> Iterator[Pcm]:
        """Blocks of at most one second, never empty. Raises Unplayable."""
        skip = self.skip
        for piece in self.pieces:
            silence, skip = max(0, piece.gap - skip), max(0, skip - piece.gap)
            yield from _silence(silence)
            length = self.known.get(piece.sha256)
            if length is not None and skip >= length:
                skip -= length
                continue
            yield from _file(piece, skip, cache)
            skip = 0


def _silence(samples: int) -> Iterable[Pcm]:
    while samples > 0:
        yield np.zeros(min(samples, CHUNK), np.int16)
        samples -= CHUNK


def _file(piece: Piece, skip: int, cache: PcmCache) -> Iterator[Pcm]:
    number, drop = divmod(skip, CHUNK)
    while True:
        chunk = cache.chunk(piece.sha256, piece.path, number)
        if len(chunk) > drop:
            yield chunk[drop:]
        if len(chunk) < CHUNK:
            return
        number, drop = number + 1, 0
