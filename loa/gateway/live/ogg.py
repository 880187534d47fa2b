"""An Ogg/Opus file that can be cut off after any page: for recordings of live sessions (RFC 3533, RFC 7845)."""

import secrets
import struct
from collections.abc import Sequence
from pathlib import Path

PACKET_SAMPLES = 960  # 20 ms at 48 kHz
SILENCE = b"\xf8\xff\xfe"  # 20 ms of digital silence, for what was not captured
_PRE_SKIP = 312
_HEAD = struct.Struct("<4sBBqIIIB")
_TABLE = []
for _byte in range(256):
    _rest = _byte << 24
    for _ in range(8):
        _rest = (_rest << 1) ^ (0x04C11DB7 if _rest & 0x80000000 else 0)
    _TABLE.append(_rest & 0xFFFFFFFF)


class OggPages:
    """Makes the pages of one mono stream, in order."""

    def __init__(self) -> None:
        self._serial = secrets.randbits(32)
        self._number = 0
        self._samples = 0

    def opening(self) -> bytes:
        """The two pages of headers."""
        head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, _PRE_SKIP, 48_000, 0, 0)
        vendor = b"Loa"
        tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
        return self._page([head], 0, first=True) + self._page([tags], 0)

    def page(self, packets: Sequence[bytes], *, last: bool = False) -> bytes:
        """At most 100 packets of 20 ms; an empty one is silence."""
        self._samples += PACKET_SAMPLES * len(packets)
        return self._page([packet or SILENCE for packet in packets], self._samples, last=last)

    def _page(self, packets: Sequence[bytes], granule: int, *, first: bool = False, last: bool = False) -> bytes:
        lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
        flags = (2 if first else 0) | (4 if last else 0)
        head = _HEAD.pack(b"OggS", 0, flags, granule, self._serial, self._number, 0, len(lacing))
        page = bytearray(head + lacing + b"".join(packets))
        struct.pack_into("<I", page, 22, _crc(page))
        self._number += 1
        return bytes(page)


def milliseconds(path: Path) -> int:
    """How much sound a file of ours holds, also one that was cut off."""
    data = path.read_bytes()
    samples, at = 0, 0
    while at + _HEAD.size <= len(data) and data[at : at + 4] == b"OggS":
        *_, granule, _serial, _number, _check, count = _HEAD.unpack_from(data, at)
        size = _HEAD.size + count + sum(data[at + _HEAD.size : at + _HEAD.size + count])
        if at + size > len(data):
            break
        samples, at = max(samples, granule), at + size
    return samples // 48


def _crc(page: bytes | bytearray) -> int:
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _TABLE[(value >> 24) ^ byte]
    return value
