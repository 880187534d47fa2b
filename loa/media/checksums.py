"""Checksums of what is sent, as the tus protocol writes them: the name of the kind, a space, Base64. Pure."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping

KINDS: Mapping[str, Callable[[bytes], bytes]] = {
    "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}


def of(data: bytes, kind: str = "crc32") -> str:
    """The checksum as it stands in the header."""
    return f"{kind} {base64.b64encode(KINDS[kind](data)).decode()}"


def matches(header: str, data: bytes) -> bool:
    """Whether `data` is what was sent. Raises ValueError when the header is none, or of a kind not known here."""
    kind, _, value = header.partition(" ")
    if kind not in KINDS:
        raise ValueError(f"no checksum of a known kind: {header[:40]!r}")
    try:
        return base64.b64decode(value, validate=True) == KINDS[kind](data)
    except binascii.Error as error:
        raise ValueError(f"not Base64: {header[:40]!r}") from error
