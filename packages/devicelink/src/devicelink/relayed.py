"""Live sound between processes, and from the platform to loudspeakers: frames of one form on a pipe and on a wire.

A frame is one byte `kind`, eight bytes `stamp` (signed, Unix microseconds at which its first sample is to be heard; 0
= as it comes), four bytes of length, all big-endian, then the payload. PCM: s16 little-endian, mono, 48 kHz. OPUS: one
packet of 20 ms, mono, 48 kHz. NEWS: JSON, see `News`.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from devicelink.refusals import Reason, Refused

PCM, OPUS, NEWS = 1, 2, 3
RATE = 48_000
PACKET = 960  # samples of an OPUS frame
MAX_FRAME = 65_536
MEDIA_TYPE = "application/vnd.loa.relay"
# Why a source gives nothing. `gone`: refused, closed, ended. `stuck`: open, but nothing comes. `junk`: not sound.
# `forbidden`: an address that must not be read. `missing`: no such station, input or page. `no_tuner`: an FM station,
# and the device has no receiver.
TROUBLES = ("gone", "stuck", "silent", "junk", "forbidden", "missing", "no_tuner")

_HEAD = struct.Struct("!BqI")


class Frame(NamedTuple):
    """See the module."""

    kind: int
    stamp: int
    payload: bytes


class Spec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reading process reads: one line of JSON on its standard input.

    `kind` as in `messages.Relay`. `local`: hosts ("10.1.2.3", "tram-phat:8100", "10.1.0.0/16") that may be read though
    they are not public; "*" = all. `token`: the device's, only for the platform itself, which sends stamped frames.
    `ca`: PEM of the authority believed alone. `folder`: where simulated stations and inputs lie; "" = real ones.
    `program`: the words of the program that gives the samples of a real one.
    """

    kind: str
    url: str = ""
    frequency: int = 0
    input: str = ""
    local: tuple[str, ...] = ()
    token: str = ""
    ca: str = ""
    stamped: bool = False
    folder: str = ""
    program: tuple[str, ...] = ()


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reading process knows of its source; the last one may say why it ends (`trouble`, see `TROUBLES`)."""

    codec: str = ""
    container: str = ""
    rate: int = 0
    channels: int = 0
    received: int = 0
    title: str = ""
    hops: int = 0
    trouble: str = ""
    detail: str = ""


def pack(kind: int, stamp: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    return _HEAD.pack(kind, stamp, len(payload)) + payload


def pack_news(news: News) -> bytes:
    """The bytes of what a reading process has to say."""
    return pack(NEWS, 0, msgspec.json.encode(news))


def read_news(payload: bytes) -> News:
    """The other way; what cannot be read is junk."""
    try:
        return msgspec.json.decode(payload, type=News)
    except msgspec.MsgspecError:
        return News(trouble="junk", detail="news that cannot be read")


class Parser:
    """Bytes in whatever pieces, frames out. Refused(TOO_LARGE, MALFORMED) ends it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Every frame that is complete now."""
        self._held += data
        at = 0
        while len(self._held) - at >= _HEAD.size:
            kind, stamp, length = _HEAD.unpack_from(self._held, at)
            if length > MAX_FRAME:
                raise Refused(Reason.TOO_LARGE, f"a frame of {length} bytes")
            if kind not in (PCM, OPUS, NEWS):
                raise Refused(Reason.MALFORMED, f"a frame of kind {kind}")
            end = at + _HEAD.size + length
            if end > len(self._held):
                break
            yield Frame(kind, stamp, bytes(self._held[at + _HEAD.size : end]))
            at = end
        del self._held[:at]
