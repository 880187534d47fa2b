"""Bytes of any document into a Document. What they are is found by looking, not by the name of the file."""

from collections.abc import Callable

from loa.bulletins.documents import plain
from loa.bulletins.documents.layout.arrange import arrange
from loa.bulletins.documents.layout.document import Document
from loa.bulletins.documents.legacy.convert import NAMES, convert_lines
from loa.bulletins.documents.lines import Read, Unreadable
from loa.bulletins.documents.odf.read import read as read_odf
from loa.bulletins.documents.package import Package
from loa.bulletins.documents.pdf.read import read as read_pdf
from loa.bulletins.documents.refusals import MAX_BYTES
from loa.bulletins.documents.word.read import TYPES
from loa.bulletins.documents.word.read import read as read_word

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Word before 2007, and of encrypted newer files
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
WORD_STREAM = "WordDocument".encode("utf-16-le")
PDF_WITHIN = 1024  # octets that may stand before the mark of a PDF
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*", b"BM")


def open_document(data: bytes) -> Document:
    """The document in the bytes of a file. Raises Unreadable.

    Call it only in a process that is bound (see child): the file may be hostile.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("empty")
    if len(data) > MAX_BYTES:
        raise Unreadable("too_large")
    read = _reader(data)(data)
    lines, encoding = convert_lines(read.lines)
    return arrange(Read(tuple(lines), read.warnings), NAMES[encoding] if encoding else "")


def _reader(data: bytes) -> Callable[[bytes], Read]:
    start = data[:PDF_WITHIN].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"%PDF-" in data[:PDF_WITHIN]:
        return read_pdf
    if data.startswith(b"PK"):
        return _read_package
    if data.startswith(OLE):
        raise Unreadable(_old_kind(data))
    if start.startswith(b"{\\rtf"):
        raise Unreadable("rtf")
    if start.startswith((b"<html", b"<!doctype html", b"mime-version:", b"<?xml")):
        raise Unreadable("web_page")
    if data.startswith(PICTURES):
        raise Unreadable("other_kind")
    return plain.read


def _old_kind(data: bytes) -> str:
    if ENCRYPTED_PACKAGE in data:
        return "encrypted"
    return "old_word" if WORD_STREAM in data else "other_kind"


def _read_package(data: bytes) -> Read:
    package = Package(data)
    if TYPES in package.names:
        return read_word(package)
    if "mimetype" in package.names:
        return read_odf(package)
    raise Unreadable("other_kind")
