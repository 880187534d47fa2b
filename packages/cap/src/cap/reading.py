"""CAP 1.2 as XML -> `Alert`. What comes back was valid by the schema and by the written forms of CAP."""

import threading
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from typing import Any, TypeVar

import msgspec
from lxml import etree

from cap import model, values
from cap.model import NAMESPACE, Alert, Area, Info, Pair, Resource
from cap.refusals import Code, Refused
from cap.safety import XSI, parse

SIGNATURES = "http://www.w3.org/2000/09/xmldsig#"
_CAP = f"{{{NAMESPACE}}}"
_TIMES = {f"{_CAP}{name}" for name in ("sent", "effective", "onset", "expires")}
_OLDER = (
    "urn:oasis:names:tc:emergency:cap:1.0",
    "urn:oasis:names:tc:emergency:cap:1.1",
    "http://www.incident.com/cap/",
)
_HOLDERS = {f"{_CAP}{name}" for name in ("alert", "info", "resource", "area")}
_LOCAL = threading.local()
Read = TypeVar("Read")


def read(data: bytes) -> Alert:
    """The alert, whoever wrote it: a signature is not looked at. `Refused` with the reason."""
    return read_tree(parse(data))


def read_tree(root: etree._Element) -> Alert:
    """The alert of a tree that `safety.parse` made; the tree is used up."""
    check_root(root)
    extras = _set_aside(root)
    _validate(root)
    try:
        return _alert(root, extras)
    except msgspec.ValidationError as error:
        raise Refused(Code.NOT_VALID, str(error)[:200]) from error


def check_root(root: etree._Element) -> None:
    """Is it called a CAP 1.2 alert at all?"""
    name = etree.QName(root)
    if (name.namespace or "").startswith(_OLDER):
        raise Refused(Code.OLD_VERSION, f"{name.namespace}")
    if root.tag != f"{_CAP}alert":
        raise Refused(Code.NOT_CAP, f"the root is {root.tag[:80]}")


def schema() -> etree.XMLSchema:
    """One per thread: validators keep their log in themselves."""
    found: etree.XMLSchema | None = getattr(_LOCAL, "schema", None)
    if found is None:
        text = resources.files("cap").joinpath("schema/cap-1.2.xsd").read_bytes()
        found = _LOCAL.schema = etree.XMLSchema(etree.fromstring(text))
    return found


Extras = dict[etree._Element, tuple[str, ...]]


def _set_aside(root: etree._Element) -> Extras:
    """Take out elements of other namespaces, signatures, and hints where schemas would be found."""
    extras: Extras = {}
    for element in list(root.iter(*_HOLDERS)):
        foreign = [child for child in element if not child.tag.startswith(_CAP)]
        for child in foreign:
            _check_foreign(child)
            element.remove(child)
        kept = [_as_text(child) for child in foreign if not child.tag.startswith(f"{{{SIGNATURES}}}")]
        if kept:
            extras[element] = tuple(kept)
    for name in ("schemaLocation", "noNamespaceSchemaLocation"):
        for element in root.iter():
            element.attrib.pop(f"{{{XSI}}}{name}", None)
    return extras


def _check_foreign(child: etree._Element) -> None:
    if not etree.QName(child).namespace:
        raise Refused(Code.NOT_VALID, f"an element without namespace: {child.tag[:60]}")
    if (child.tail or "").strip():
        raise Refused(Code.NOT_VALID, "text between elements")


def _as_text(element: etree._Element) -> str:
    try:
        text: bytes = etree.tostring(element, method="c14n", exclusive=True, with_tail=False)
    except etree.LxmlError as error:  # a namespace that is a relative address has no canonical form
        raise Refused(Code.NOT_VALID, str(error)[:200]) from error
    return text.decode()


def _validate(root: etree._Element) -> None:
    validator = schema()
    if validator.validate(root):
        return
    first = validator.error_log[0]
    for element in root.iter(*_TIMES):
        values.read_instant(element.text or "")
    if any(f"{_CAP}{name}'" in first.message for name in ("altitude", "ceiling")):
        raise Refused(Code.BAD_SHAPE, first.message[:200])
    raise Refused(Code.NOT_VALID, f"line {first.line}: {first.message[:200]}")


def _alert(root: etree._Element, extras: Extras) -> Alert:
    found = _Fields(root)
    return Alert(
        identifier=found.text("identifier"),
        sender=found.text("sender"),
        sent=values.read_instant(found.text("sent")),
        status=found.word("status"),
        msg_type=found.word("msgType"),
        source=found.text("source"),
        scope=found.word("scope"),
        restriction=found.text("restriction"),
        addresses=values.read_words(found.text("addresses")),
        code=found.texts("code"),
        note=found.text("note"),
        references=values.read_references(found.text("references")),
        incidents=values.read_words(found.text("incidents")),
        info=tuple(_info(element, extras) for element in found.all("info")),
        extra=extras.get(root, ()),
    )


def _info(element: etree._Element, extras: Extras) -> Info:
    found = _Fields(element)
    return Info(
        language=found.text("language").strip() or model.DEFAULT_LANGUAGE,
        category=found.words("category"),
        event=found.text("event"),
        response_type=found.words("responseType"),
        urgency=found.word("urgency"),
        severity=found.word("severity"),
        certainty=found.word("certainty"),
        audience=found.text("audience"),
        event_code=found.pairs("eventCode"),
        effective=found.instant("effective"),
        onset=found.instant("onset"),
        expires=found.instant("expires"),
        sender_name=found.text("senderName"),
        headline=found.text("headline"),
        description=found.text("description"),
        instruction=found.text("instruction"),
        web=found.text("web").strip(),
        contact=found.text("contact"),
        parameter=found.pairs("parameter"),
        resource=tuple(_resource(one, extras) for one in found.all("resource")),
        area=tuple(_area(one, extras) for one in found.all("area")),
        extra=extras.get(element, ()),
    )


def _resource(element: etree._Element, extras: Extras) -> Resource:
    found = _Fields(element)
    return Resource(
        resource_desc=found.text("resourceDesc"),
        mime_type=found.text("mimeType"),
        size=_size(found.text("size").strip()),
        uri=found.text("uri").strip(),
        deref_uri=found.text("derefUri").strip(),
        digest=found.text("digest").strip(),
        extra=extras.get(element, ()),
    )


def _size(text: str) -> int | None:
    if not text:
        return None
    if len(text) > 18 or int(text) < 0:
        raise Refused(Code.BAD_RESOURCE, f"a size of {text[:40]}")
    return int(text)


def _area(element: etree._Element, extras: Extras) -> Area:
    found = _Fields(element)
    return Area(
        area_desc=found.text("areaDesc"),
        polygon=tuple(values.read_polygon(text) for text in found.texts("polygon")),
        circle=tuple(values.read_circle(text) for text in found.texts("circle")),
        geocode=found.pairs("geocode"),
        altitude=found.decimal("altitude"),
        ceiling=found.decimal("ceiling"),
        extra=extras.get(element, ()),
    )


class _Fields:
    """The children of one element by name. Valid by the schema, so single ones come once."""

    def __init__(self, element: etree._Element) -> None:
        self._by: dict[str, list[etree._Element]] = {}
        for child in element:
            self._by.setdefault(child.tag, []).append(child)

    def all(self, name: str) -> list[etree._Element]:
        return self._by.get(f"{_CAP}{name}", [])

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(element.text or "" for element in self.all(name))

    def text(self, name: str) -> str:
        found = self.texts(name)
        return found[0] if found else ""

    def word(self, name: str) -> Any:
        """One of a list that the schema has checked."""
        return self.text(name)

    def words(self, name: str) -> Any:
        return self.texts(name)

    def pairs(self, name: str) -> tuple[Pair, ...]:
        return tuple(
            Pair(value_name=one.text("valueName"), value=one.text("value")) for one in map(_Fields, self.all(name))
        )

    def instant(self, name: str) -> datetime | None:
        return self._read(name, values.read_instant)

    def decimal(self, name: str) -> float | None:
        return self._read(name, values.read_decimal)

    def _read(self, name: str, reader: Callable[[str], Read]) -> Read | None:
        text = self.text(name)
        return reader(text) if text else None
