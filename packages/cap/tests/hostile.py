"""What must not be taken, each with the code it is refused with. Bytes as they come from a stranger, made by hand."""

import re
from collections.abc import Iterator

from cap import samples, writing
from cap.model import NAMESPACE
from cap.refusals import Code

CAP = f"{{{NAMESPACE}}}"
HEAD = "<?xml version='1.0' encoding='UTF-8'?>"
Case = tuple[str, bytes, Code]


def plain() -> str:
    return writing.write(samples.alert()).decode().removeprefix(HEAD).strip()


def swapped(old: str, new: str) -> bytes:
    text = plain()
    assert old in text, old
    return text.replace(old, new, 1).encode()


def bytes_and_xml() -> Iterator[Case]:
    """Judged before or while it is parsed."""
    text = plain()
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    hints = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    nested = "<e xmlns='urn:x'>" * 200 + "</e>" * 200
    yield "50 MB of blanks", b" " * 50_000_000, Code.TOO_LARGE
    yield "50 MB of text", text.replace("Mưa", "M" * 50_000_000).encode(), Code.TOO_LARGE
    yield "50 MB that is no XML", b"\x00" * 50_000_000, Code.TOO_LARGE
    yield "one byte too many", (text + " " * (2 * 1024 * 1024 - len(text.encode()) + 1)).encode(), Code.TOO_LARGE
    yield "nothing", b"", Code.EMPTY
    yield "blanks", b" \n\t ", Code.EMPTY
    yield "utf-16", (HEAD.replace("UTF-8", "UTF-16") + text).encode("utf-16"), Code.WRONG_ENCODING
    yield "utf-16 without mark", text.encode("utf-16-le"), Code.WRONG_ENCODING
    yield "utf-32", text.encode("utf-32"), Code.WRONG_ENCODING
    yield "utf-7 declared", (HEAD.replace("UTF-8", "UTF-7") + text).encode(), Code.WRONG_ENCODING
    yield "latin-1 declared", (HEAD.replace("UTF-8", "ISO-8859-1") + text).encode(), Code.WRONG_ENCODING
    yield "ebcdic declared", (HEAD.replace("UTF-8", "cp037") + text).encode(), Code.WRONG_ENCODING
    yield "windows-1258 bytes", text.encode("cp1258", "replace"), Code.WRONG_ENCODING
    yield "half a letter", text.replace("ũ", "\udcc5").encode("utf-8", "surrogateescape"), Code.WRONG_ENCODING
    yield "a zero byte", b"\x00" + text.encode(), Code.WRONG_ENCODING
    yield "billion laughs", f'<!DOCTYPE alert [<!ENTITY a0 "ha">{bomb}]>{text}'.encode(), Code.HAS_DTD
    yield "quadratic blow-up", f'<!DOCTYPE alert [<!ENTITY a "{"a" * 50_000}">]>{text}'.encode(), Code.HAS_DTD
    yield "external entity", f'<!DOCTYPE alert [<!ENTITY f SYSTEM "file:///etc/passwd">]>{text}'.encode(), Code.HAS_DTD
    yield "entity over http", f'<!DOCTYPE alert [<!ENTITY f SYSTEM "http://127.0.0.1/">]>{text}'.encode(), Code.HAS_DTD
    yield (
        "parameter entity",
        f'<!DOCTYPE a [<!ENTITY % f SYSTEM "http://127.0.0.1/x">%f;]>{text}'.encode(),
        Code.HAS_DTD,
    )
    yield "external document type", f'<!DOCTYPE alert SYSTEM "http://127.0.0.1/x.dtd">{text}'.encode(), Code.HAS_DTD
    yield "public document type", f'<!DOCTYPE alert PUBLIC "-//X" "file:///x">{text}'.encode(), Code.HAS_DTD
    yield "empty document type", f"<!DOCTYPE alert>{text}".encode(), Code.HAS_DTD
    yield "attribute default", f'<!DOCTYPE a [<!ATTLIST alert x CDATA "1">]>{text}'.encode(), Code.HAS_DTD
    yield "undeclared entity", swapped("Mưa", "&mua; Mưa"), Code.NOT_XML
    yield "depth of 200", swapped("</alert>", f"{nested}</alert>"), Code.TOO_COMPLEX
    yield "depth of 20,000", ("<a>" * 20_000 + "</a>" * 20_000).encode(), Code.TOO_COMPLEX
    yield "100,000 elements", swapped("</alert>", "<e xmlns='urn:x'/>" * 100_000 + "</alert>"), Code.TOO_COMPLEX
    yield "60,000 attributes", ("<a " + " ".join(f'a{n}=""' for n in range(60_000)) + "/>").encode(), Code.TOO_COMPLEX
    yield "truncated", text.encode()[: len(text) // 2], Code.NOT_XML
    yield "without its last letter", text.encode()[:-1], Code.NOT_XML
    yield "two roots", (text + text).encode(), Code.NOT_XML
    yield "text behind", (text + "x").encode(), Code.NOT_XML
    yield "wrong end", swapped("</event>", "</evnt>"), Code.NOT_XML
    yield "the same attribute twice", swapped("<alert ", "<alert a='1' a='2' "), Code.NOT_XML
    yield "an unbound prefix", swapped("<event>", "<x:y/><event>"), Code.NOT_XML
    yield "a control character", swapped("Mưa", "&#x1;"), Code.NOT_XML
    yield "a bare ampersand", swapped("Mưa", "A & B"), Code.NOT_XML
    yield "junk", bytes(range(1, 128)) * 40, Code.NOT_XML
    yield "json", b'{"identifier": "x"}', Code.NOT_XML
    yield "html", b"<html><body>404</body></html>", Code.NOT_CAP
    yield "changed type", swapped("<event>", f'<event {hints} xsi:type="Pair">'), Code.NOT_VALID
    yield "nil", swapped("<event>", f'<event {hints} xsi:nil="true">'), Code.NOT_VALID


def form() -> Iterator[Case]:
    """XML, but not the form of CAP 1.2."""
    text = plain()
    yield "CAP 1.1", text.replace("cap:1.2", "cap:1.1").encode(), Code.OLD_VERSION
    yield "CAP 1.0", text.replace("cap:1.2", "cap:1.0").encode(), Code.OLD_VERSION
    yield "CAP before OASIS", text.replace(NAMESPACE, "http://www.incident.com/cap/1.0").encode(), Code.OLD_VERSION
    yield "CAP 1.3", text.replace("cap:1.2", "cap:1.3").encode(), Code.NOT_CAP
    yield "no namespace", text.replace(f' xmlns="{NAMESPACE}"', "").encode(), Code.NOT_CAP
    yield "an info alone", f'<info xmlns="{NAMESPACE}"/>'.encode(), Code.NOT_CAP
    yield "an alert inside another root", f"<a>{text}</a>".encode(), Code.NOT_CAP
    yield "an alert inside an alert", swapped("</alert>", f"{text}</alert>"), Code.NOT_VALID
    yield "an empty alert", f'<alert xmlns="{NAMESPACE}"/>'.encode(), Code.NOT_VALID
    yield "unknown element of CAP", swapped("</alert>", "<loud>yes</loud></alert>"), Code.NOT_VALID
    yield "element without namespace", swapped("</alert>", '<x xmlns="">y</x></alert>'), Code.NOT_VALID
    yield "unknown attribute", swapped("<status>", '<status loud="yes">'), Code.NOT_VALID
    yield (
        "other order",
        swapped("<status>Actual</status><msgType>Alert</msgType>", "<msgType>Alert</msgType><status>Actual</status>"),
        Code.NOT_VALID,
    )
    yield "a relative namespace", swapped("</alert>", '<x xmlns="here"/></alert>'), Code.NOT_VALID
    yield "text between", swapped("<status>", "now! <status>"), Code.NOT_VALID
    yield "text behind a stranger", swapped("</alert>", '<x xmlns="urn:x"/>now!</alert>'), Code.NOT_VALID
    for name in (
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "event",
        "urgency",
        "severity",
        "certainty",
        "areaDesc",
    ):
        without = re.sub(f"<{name}>.*?</{name}>", "", text, count=1)
        yield f"no {name}", without.encode(), Code.NOT_VALID
        double = re.sub(f"(<{name}>.*?</{name}>)", r"\1\1", text, count=1)
        yield f"{name} twice", double.encode(), Code.NOT_VALID
    yield "no category", text.replace("<category>Geo</category><category>Met</category>", "").encode(), Code.NOT_VALID
    for old, new in (
        ("<status>Actual", "<status>actual"), ("<status>Actual", "<status> Actual"), ("<msgType>Alert", "<msgType>Alarm"),  # noqa: E501
        ("<scope>Public", "<scope>World"), ("<category>Geo", "<category>Rain"), ("Immediate", "Now"),
        ("<severity>Severe", "<severity>Terrible"), ("<certainty>Likely", "<certainty>Very Likely"),
        ("<responseType>Evacuate", "<responseType>Run"), ("<language>vi", "<language>tiếng Việt"),
    ):  # fmt: skip
        yield f"{old} -> {new}", swapped(old, new), Code.NOT_VALID
    yield "a pair without value", swapped("<value>04531</value>", ""), Code.NOT_VALID
    yield "a pair with more", swapped("<value>04531</value>", "<value>1</value><value>2</value>"), Code.NOT_VALID


def values() -> Iterator[Case]:
    """The form of CAP, but values that are none."""
    sent = "<sent>2026-07-21T14:00:00+07:00"
    for wrong in (
        "2026-07-21T14:00:00Z", "2026-07-21T14:00:00", "2026-07-21", "21/07/2026 14:00", "2026-07-21 14:00:00+07:00",
        "2026-13-21T14:00:00+07:00", "2026-02-30T14:00:00+07:00", "2026-07-21T25:00:00+07:00", "2026-07-21T24:00:00+07:00",  # noqa: E501
        "2026-07-21T14:00:00.5+07:00", "2026-07-21T14:00:00+07", "2026-07-21T14:00:00+99:00", "-026-07-21T14:00:00+07:00",  # noqa: E501
        "0000-07-21T14:00:00+07:00", "0001-01-01T00:00:00+07:00", "", "1753081200", "٢٠٢٦-07-21T14:00:00+07:00",
    ):  # fmt: skip
        yield f"sent {wrong!r}", swapped(sent, f"<sent>{wrong}"), Code.BAD_TIME
    yield "expires never", swapped("<expires>2026", "<expires>12026"), Code.BAD_TIME
    drawn = "<geocode>"
    for shape in (
        "1,1 2,2 1,1", "1,1 2,2 3,3 4,4", "91,1 2,2 3,3 91,1", "1,181 2,2 3,3 1,181", "1;1 2;2 3;3 1;1", "nan,1 2,2 3,3 nan,1",  # noqa: E501
        "1,1,1 2,2,2 3,3,3 1,1,1", "", "1,1 1,1 1,1 1,1", "1e1,1 2,2 3,3 1e1,1", "0x1,1 2,2 3,3 0x1,1", "inf,1 2,2 3,3 inf,1",  # noqa: E501
    ):  # fmt: skip
        yield f"polygon {shape!r}", swapped(drawn, f"<polygon>{shape}</polygon>{drawn}"), Code.BAD_SHAPE
    many = " ".join(["1,1", *(f"{n / 100:.2f},2" for n in range(6_000)), "1,1"])
    yield "a polygon of 6,000 points", swapped(drawn, f"<polygon>{many}</polygon>{drawn}"), Code.BAD_SHAPE
    for shape in ("1,1", "1,1 -5", "1 5", "91,0 5", "1,1 5 5", "1,1 30000", "1,1 nan", "", "1,1 5km"):
        yield f"circle {shape!r}", swapped(drawn, f"<circle>{shape}</circle>{drawn}"), Code.BAD_SHAPE
    yield "altitude in words", swapped("</geocode>", "</geocode><altitude>high</altitude>"), Code.BAD_SHAPE
    for words in (
        "x",
        "a,b",
        "a,b,c",
        "a,b,2026-07-21T14:00:00Z",
        ",b,2026-07-21T14:00:00+07:00",
        "a,,2026-07-21T14:00:00+07:00",
    ):
        yield f"references {words!r}", swapped("<info>", f"<references>{words}</references><info>"), Code.BAD_REFERENCE
    resource = "<resource><resourceDesc>x</resourceDesc><mimeType>a/b</mimeType><size>{}</size></resource><area>"
    yield "negative size", swapped("<area>", resource.format("-1")), Code.BAD_RESOURCE
    yield "a size of 40 digits", swapped("<area>", resource.format("9" * 40)), Code.BAD_RESOURCE
