"""`Alert` -> CAP 1.2 as XML: valid by the same schema that reads it, or `Refused`."""

from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from cap import values
from cap.model import NAMESPACE, Alert, Area, Info, Pair, Resource
from cap.reading import read_tree
from cap.refusals import Code, Refused
from cap.safety import check_bytes, parse

_CAP = f"{{{NAMESPACE}}}"


def write(alert: Alert) -> bytes:
    """UTF-8 with its declaration. What is written is read again before it is given out."""
    data = encode(tree(alert))
    read_tree(parse(data))
    return data


def encode(root: etree._Element) -> bytes:
    """The bytes of a tree."""
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    check_bytes(data)
    return data


def tree(alert: Alert) -> etree._Element:
    """The elements in the order of the standard. Refused for characters that XML does not have."""
    root = etree.Element(f"{_CAP}alert", nsmap={None: NAMESPACE})
    try:
        _write_alert(root, alert)
    except (ValueError, etree.XMLSyntaxError) as error:
        raise Refused(Code.BAD_TEXT, str(error)[:200]) from error
    return root


def _write_alert(root: etree._Element, alert: Alert) -> None:
    _text(root, "identifier", alert.identifier, always=True)
    _text(root, "sender", alert.sender, always=True)
    _instant(root, "sent", alert.sent)
    _text(root, "status", alert.status)
    _text(root, "msgType", alert.msg_type)
    _text(root, "source", alert.source)
    _text(root, "scope", alert.scope)
    _text(root, "restriction", alert.restriction)
    _text(root, "addresses", values.write_words(alert.addresses))
    _texts(root, "code", alert.code)
    _text(root, "note", alert.note)
    _text(root, "references", values.write_references(alert.references))
    _text(root, "incidents", values.write_words(alert.incidents))
    for info in alert.info:
        _write_info(etree.SubElement(root, f"{_CAP}info"), info)
    _extra(root, alert.extra)


def _write_info(element: etree._Element, info: Info) -> None:
    _text(element, "language", info.language)
    _texts(element, "category", info.category)
    _text(element, "event", info.event, always=True)
    _texts(element, "responseType", info.response_type)
    _text(element, "urgency", info.urgency)
    _text(element, "severity", info.severity)
    _text(element, "certainty", info.certainty)
    _text(element, "audience", info.audience)
    _pairs(element, "eventCode", info.event_code)
    _instant(element, "effective", info.effective)
    _instant(element, "onset", info.onset)
    _instant(element, "expires", info.expires)
    _text(element, "senderName", info.sender_name)
    _text(element, "headline", info.headline)
    _text(element, "description", info.description)
    _text(element, "instruction", info.instruction)
    _text(element, "web", info.web)
    _text(element, "contact", info.contact)
    _pairs(element, "parameter", info.parameter)
    for resource in info.resource:
        _write_resource(etree.SubElement(element, f"{_CAP}resource"), resource)
    for area in info.area:
        _write_area(etree.SubElement(element, f"{_CAP}area"), area)
    _extra(element, info.extra)


def _write_resource(element: etree._Element, resource: Resource) -> None:
    _text(element, "resourceDesc", resource.resource_desc, always=True)
    _text(element, "mimeType", resource.mime_type, always=True)
    _text(element, "size", "" if resource.size is None else str(resource.size))
    _text(element, "uri", resource.uri)
    _text(element, "derefUri", resource.deref_uri)
    _text(element, "digest", resource.digest)
    _extra(element, resource.extra)


def _write_area(element: etree._Element, area: Area) -> None:
    _text(element, "areaDesc", area.area_desc, always=True)
    _texts(element, "polygon", map(values.write_polygon, area.polygon))
    _texts(element, "circle", map(values.write_circle, area.circle))
    _pairs(element, "geocode", area.geocode)
    _number(element, "altitude", area.altitude)
    _number(element, "ceiling", area.ceiling)
    _extra(element, area.extra)


def _text(parent: etree._Element, name: str, text: str, *, always: bool = False) -> None:
    if text or always:
        etree.SubElement(parent, f"{_CAP}{name}").text = text


def _texts(parent: etree._Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _text(parent, name, text, always=True)


def _pairs(parent: etree._Element, name: str, pairs: Iterable[Pair]) -> None:
    for pair in pairs:
        element = etree.SubElement(parent, f"{_CAP}{name}")
        _text(element, "valueName", pair.value_name, always=True)
        _text(element, "value", pair.value, always=True)


def _instant(parent: etree._Element, name: str, instant: datetime | None) -> None:
    if instant is not None:
        _text(parent, name, values.write_instant(instant))


def _number(parent: etree._Element, name: str, value: float | None) -> None:
    if value is not None:
        _text(parent, name, values.write_number(value))


def _extra(parent: etree._Element, extra: Iterable[str]) -> None:
    for text in extra:
        parent.append(parse(text.encode()))
