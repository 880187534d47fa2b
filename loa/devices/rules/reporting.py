"""How often a loudspeaker may be asked for its record, how long that is kept, how much of it is read. Pure."""

import zlib
from datetime import timedelta

DAILY = 5
LIFE = timedelta(hours=12)  # a loudspeaker that comes back within it still answers
KEPT = timedelta(days=7)
MOST_TEXT = 2_000_000


def unpacked(data: bytes) -> str:
    """The text of a gzip, at most MOST_TEXT bytes of it. ValueError for more or for none, zlib.error."""
    reader = zlib.decompressobj(wbits=31)
    text = reader.decompress(data, MOST_TEXT)
    if not reader.eof:
        raise ValueError("more text than any log, or not all of it")
    return text.decode("utf-8", "replace").replace("\x00", "")
