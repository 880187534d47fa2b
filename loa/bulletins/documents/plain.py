"""A text file as lines."""

import re
import unicodedata

from loa.bulletins.documents.legacy.convert import reads_well
from loa.bulletins.documents.lines import MOST_LETTERS, Line, Read, Run, Unreadable, limited

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def read(data: bytes) -> Read:
    """All of the file. Raises Unreadable `other_kind` for what is no text."""
    text = decode(data)
    if len(text) > MOST_LETTERS:
        raise Unreadable("too_long")
    found = re.split(r"\r\n|[\n\r\f\v\u2028\u2029\x85]", text)
    return Read(tuple(limited(Line((Run(line),)) for line in found if line.strip())))


def decode(data: bytes) -> str:
    """UTF-8 or UTF-16 by their marks, UTF-8 without one, Windows 1258 if it reads well then.

    Else the octets as the Western letters that texts of the old encodings show.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            windows = unicodedata.normalize("NFC", data.decode("cp1258", "replace"))
            text = windows if reads_well(windows) else data.decode("latin-1")
    if _CONTROL.search(text):
        raise Unreadable("other_kind")
    return text
