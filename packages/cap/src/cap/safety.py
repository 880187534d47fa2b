"""From bytes of strangers to a tree: size, encoding, document type and depth are judged before anything is believed.

UTF-8 only, and no document type declaration at all: so there are no entities to expand and nothing to fetch, and
looking for one costs one search through the bytes. What is refused is refused in milliseconds.
"""

import codecs
import re

from lxml import etree

from cap.refusals import Code, Refused

MAX_BYTES = 2 * 1024 * 1024
MAX_MARKS = 100_000  # '<' in a document: elements begin and end with one
MAX_DEPTH = 64
MAX_ATTRIBUTES = 50_000

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DECLARED = re.compile(rb"""^<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF8 = ("utf-8", "us-ascii", "ascii", "utf8")


def parse(data: bytes, *, comments: bool = False, limit: int = MAX_BYTES) -> etree._Element:
    """The root. Refused when it is too large, not UTF-8, has a document type, is too deep or no XML.

    `comments`: keep comments and processing instructions (signatures may cover them); otherwise text on both sides of
    one is read as one.
    """
    check_bytes(data, limit=limit)
    try:
        root = etree.fromstring(data, parser(comments=comments))
    except (etree.XMLSyntaxError, ValueError) as error:
        deep = "depth" in str(error)
        raise Refused(Code.TOO_COMPLEX if deep else Code.NOT_XML, str(error)[:200]) from error
    if root is None:
        raise Refused(Code.NOT_XML, "no element")
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused(Code.HAS_DTD, "document type")
    _check_depth(root)
    return root


def parser(*, comments: bool = False) -> etree.XMLParser:
    """Nothing is resolved, fetched or allowed to grow. A new one each time: a parser is not shared between threads."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        recover=False,
        remove_comments=not comments,
        remove_pis=not comments,
    )


def check_bytes(data: bytes, *, limit: int = MAX_BYTES) -> None:
    """What can be said without a parser."""
    if len(data) > limit:
        raise Refused(Code.TOO_LARGE, f"{len(data)} bytes, at most {limit}")
    if not data.strip():
        raise Refused(Code.EMPTY, "nothing")
    _check_encoding(data)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refused(Code.HAS_DTD, "document type declaration")
    if data.count(b"<") > MAX_MARKS or data.count(b"=") > MAX_ATTRIBUTES + data.count(b"<"):
        raise Refused(Code.TOO_COMPLEX, "too many elements or attributes")


def _check_encoding(data: bytes) -> None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) or b"\x00" in data[:64]:
        raise Refused(Code.WRONG_ENCODING, "not UTF-8")
    declared = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8).lstrip()[:200])
    if declared and declared[1].decode("ascii").lower() not in _UTF8:
        raise Refused(Code.WRONG_ENCODING, f"declared as {declared[1][:40]!r}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(Code.WRONG_ENCODING, f"not UTF-8 at byte {error.start}") from error


def _check_depth(root: etree._Element) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise Refused(Code.TOO_COMPLEX, f"deeper than {MAX_DEPTH}")
        if event == "start" and element.attrib:
            _check_hints(element)


def _check_hints(element: etree._Element) -> None:
    """`xsi:type` and `xsi:nil` would change what a schema says. Locations of schemas are read by nobody here."""
    if f"{{{XSI}}}type" in element.attrib or f"{{{XSI}}}nil" in element.attrib:
        raise Refused(Code.NOT_VALID, "xsi:type or xsi:nil")
