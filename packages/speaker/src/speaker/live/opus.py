"""Opus packets of 20 ms to PCM. What never came is concealed by the codec itself where its library is in reach.

PyAV brings libopus along but does not pass "there was no packet" on to it; so the library is asked directly. Where it
cannot be found, PyAV decodes and `conceal.worn` stands in for what is missing.
"""

import contextlib
import ctypes
import ctypes.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import av
import av.error
import numpy as np

from speaker.live.conceal import worn
from speaker.sink import RATE, Pcm

PACKET = RATE // 50
_LONGEST = RATE * 120 // 1000
_NOTHING: Pcm = np.zeros(PACKET, np.int16)


class Decoder(Protocol):
    """Packet after packet, in order; `lost` instead of one that is missing. Always `PACKET` samples."""

    def decode(self, packet: bytes) -> Pcm:
        """What is in the packet; concealed if it is junk."""

    def lost(self) -> Pcm:
        """The codec's guess of what the missing packet held."""


def decoder() -> Decoder:
    """The best there is on this machine."""
    library = _library()
    return Plain() if library is None else Native(library)


class Native:
    """libopus itself, with its own packet loss concealment."""

    def __init__(self, library: Any) -> None:
        self._library = library
        error = ctypes.c_int()
        self._state = library.opus_decoder_create(RATE, 1, ctypes.byref(error))
        if not self._state:
            raise OSError(f"opus_decoder_create: {error.value}")
        self._out: Pcm = np.zeros(_LONGEST, np.int16)

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):
            self._library.opus_decoder_destroy(self._state)

    def decode(self, packet: bytes) -> Pcm:
        """See `Decoder`."""
        count = self._call(packet, len(packet), _LONGEST)
        return self._out[:PACKET].copy() if count == PACKET else self.lost()

    def lost(self) -> Pcm:
        """See `Decoder`."""
        return self._out[:PACKET].copy() if self._call(None, 0, PACKET) == PACKET else _NOTHING.copy()

    def _call(self, packet: bytes | None, size: int, room: int) -> int:
        return int(self._library.opus_decode(self._state, packet, size, self._out.ctypes.data, room, 0))


class Plain:
    """PyAV; what is missing is the last packet once more, softer each time."""

    def __init__(self) -> None:
        self._context: Any = av.CodecContext.create("libopus", "r")
        self._context.sample_rate, self._context.layout = RATE, "mono"
        self._last: Pcm = _NOTHING
        self._missed = 0

    def decode(self, packet: bytes) -> Pcm:
        """See `Decoder`."""
        try:
            samples = np.concatenate([np.zeros(0, np.int16), *self._samples(packet)])
        except (av.error.FFmpegError, ValueError):
            return self.lost()
        if len(samples) != PACKET:
            return self.lost()
        self._last, self._missed = samples, 0
        return samples

    def lost(self) -> Pcm:
        """See `Decoder`."""
        self._missed += 1
        return worn(self._last, self._missed)

    def _samples(self, packet: bytes) -> Iterator[Pcm]:
        for frame in self._context.decode(av.Packet(packet)):
            yield frame.to_ndarray().reshape(-1)


@cache
def _library() -> Any:
    """libopus as PyAV brought it along, or as the system has it; None if neither."""
    brought = sorted((Path(av.__file__).parent.parent / "av.libs").glob("libopus*"))
    for name in [*map(str, brought), ctypes.util.find_library("opus") or ""]:
        if name:
            with contextlib.suppress(OSError, AttributeError):
                return _described(ctypes.CDLL(name))
    return None


def _described(library: Any) -> Any:
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
    library.opus_decode.argtypes = [
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int, ctypes.c_int
    ]  # fmt: skip
    return library
