"""A zip file of strangers, in which Word and LibreOffice keep their documents: read part by part, never unpacked."""

import io
import zipfile
import zlib
from xml.etree.ElementTree import Element

from loa.bulletins.documents import markup
from loa.bulletins.documents.lines import Unreadable

MAX_PARTS = 5_000
MAX_PART_BYTES = 40_000_000
ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


class Package:
    """The parts of one file, by their names inside it."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN:
            raise Unreadable("broken") from None
        if len(self._zip.infolist()) > MAX_PARTS:
            raise Unreadable("too_heavy")

    @property
    def names(self) -> list[str]:
        """All parts."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes | None:
        """One part, None if there is none. What a part says of its size is not believed."""
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            return None
        if info.flag_bits & ENCRYPTED:
            raise Unreadable("encrypted")
        try:
            with self._zip.open(info) as part:
                data = part.read(MAX_PART_BYTES + 1)
        except _BROKEN:
            raise Unreadable("broken") from None
        if len(data) > MAX_PART_BYTES:
            raise Unreadable("too_heavy")
        return data

    def tree(self, name: str) -> Element | None:
        """One part as XML, None if there is none."""
        data = self.read(name)
        return None if data is None else markup.parse(data)
