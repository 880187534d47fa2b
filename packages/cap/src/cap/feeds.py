"""Feeds of alerts: Atom and RSS are read, Atom is written. A faulty entry never spoils the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree

from cap.model import NAMESPACE, Alert, Info
from cap.refusals import Code, Refused
from cap.safety import parse

ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
JSON_TYPE = "application/json"
MAX_ENTRIES = 500
MAX_FIELD = 2_000
_A = f"{{{ATOM}}}"
_ALERT = f"{{{NAMESPACE}}}alert"
_WEB = ("http", "https")
_RELATIONS = ("alternate", "enclosure", "related")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: where its CAP document is (`link`), or the document itself (`inline`); `code` = why neither."""

    id: str
    title: str = ""
    updated: datetime | None = None
    link: str = ""
    inline: bytes = b""
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One alert as our feed tells it: `id` and addresses are those under which it stays."""

    id: str
    alert: Alert
    xml: str
    json: str
    updated: datetime


def read(data: bytes, base: str = "") -> tuple[Entry, ...]:
    """Entries of an Atom or RSS feed, each id once; a bare alert is a feed of one. `base` makes links absolute."""
    root = parse(data)
    if root.tag == _ALERT:
        return (Entry(id=(root.findtext(f"{{{NAMESPACE}}}identifier") or "")[:MAX_FIELD], inline=data),)
    if root.tag == f"{_A}feed":
        found = [_read(element, base, _AtomItem) for element in root.findall(f"{_A}entry")]
    elif root.tag == "rss":
        found = [_read(element, base, _RssItem) for element in root.findall("channel/item")]
    else:
        raise Refused(Code.NOT_CAP, f"neither Atom nor RSS: {root.tag[:80]}")
    if len(found) > MAX_ENTRIES:
        raise Refused(Code.TOO_COMPLEX, f"{len(found)} entries, at most {MAX_ENTRIES}")
    seen: dict[str, Entry] = {}
    for entry in found:
        seen.setdefault(entry.id or entry.link or f"#{len(seen)}", entry)
    return tuple(seen.values())


def write(*, id: str, title: str, author: str, address: str, updated: datetime, offers: Iterable[Offer]) -> bytes:  # noqa: A002 - as Atom calls it
    """An Atom feed that names each alert, in the order given, with links to its XML and its JSON."""
    root = etree.Element(f"{_A}feed", nsmap={None: ATOM})
    _put(root, "id", id)
    _put(root, "title", title)
    _put(root, "updated", _written(updated))
    _put(etree.SubElement(root, f"{_A}author"), "name", author)
    etree.SubElement(root, f"{_A}link", rel="self", href=address, type="application/atom+xml")
    for offer in offers:
        _write_entry(etree.SubElement(root, f"{_A}entry"), offer)
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data


def _write_entry(element: etree._Element, offer: Offer) -> None:
    first = offer.alert.info[0] if offer.alert.info else None
    _put(element, "id", offer.id)
    _put(element, "title", title_of(offer.alert))
    _put(element, "updated", _written(offer.updated))
    _put(element, "published", _written(offer.alert.sent))
    _put(element, "summary", _summary(first) if first is not None else offer.alert.note)
    for category in first.category if first is not None else ():
        etree.SubElement(element, f"{_A}category", term=category)
    etree.SubElement(element, f"{_A}link", rel="alternate", type=CAP_TYPE, href=offer.xml)
    etree.SubElement(element, f"{_A}link", rel="alternate", type=JSON_TYPE, href=offer.json)


def title_of(alert: Alert) -> str:
    """What it says in one line; drills and tests say so in front."""
    mark = {"Exercise": "[Diễn tập] ", "Test": "[Kiểm tra] "}.get(alert.status, "")
    said = next((info.headline or info.event for info in alert.info), "") or alert.note
    end = "Hủy cảnh báo: " if alert.msg_type == "Cancel" else ""
    return f"{mark}{end}{said or alert.identifier}"


def _summary(info: Info) -> str:
    return "\n".join(text for text in (info.description, info.instruction) if text)


def _read(element: etree._Element, base: str, reader: "type[_AtomItem | _RssItem]") -> Entry:
    item = reader(element)
    entry_id = item.id()[:MAX_FIELD]
    try:
        return _entry(entry_id, element, item, base)
    except (Refused, ValueError) as error:
        code = error.code if isinstance(error, Refused) else Code.NOT_VALID
        return Entry(id=entry_id, code=code)


def _entry(entry_id: str, element: etree._Element, item: "_AtomItem | _RssItem", base: str) -> Entry:
    title, updated = item.title()[:MAX_FIELD], item.updated()
    inside = next(element.iter(_ALERT), None)
    if inside is not None:
        document = etree.tostring(inside, encoding="UTF-8", xml_declaration=True, with_tail=False)
        return Entry(entry_id, title, updated, inline=document)
    named = item.link().strip()
    link = urljoin(base, named)
    if not named or len(link) > MAX_FIELD or urlsplit(link).scheme not in _WEB or not urlsplit(link).hostname:
        return Entry(entry_id, title, updated, code=Code.NOT_CAP)
    return Entry(entry_id, title, updated, link=link)


class _Item:
    """An entry of a feed, whatever the feed calls its parts."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    def text(self, name: str) -> str:
        return (self.element.findtext(name) or "").strip()


class _AtomItem(_Item):
    def id(self) -> str:
        return self.text(f"{_A}id")

    def title(self) -> str:
        return self.text(f"{_A}title")

    def updated(self) -> datetime | None:
        text = self.text(f"{_A}updated") or self.text(f"{_A}published")
        return _aware(datetime.fromisoformat(text)) if text else None

    def link(self) -> str:
        links = [one for one in self.element.findall(f"{_A}link") if one.get("rel", "alternate") in _RELATIONS]
        links.sort(key=lambda one: one.get("type") != CAP_TYPE)
        return links[0].get("href", "") if links else ""


class _RssItem(_Item):
    def id(self) -> str:
        return self.text("guid") or self.text("link")

    def title(self) -> str:
        return self.text("title")

    def updated(self) -> datetime | None:
        text = self.text("pubDate")
        return _aware(parsedate_to_datetime(text)) if text else None

    def link(self) -> str:
        enclosed = self.element.find(f"enclosure[@type='{CAP_TYPE}']")
        return enclosed.get("url", "") if enclosed is not None else self.text("link")


def _aware(instant: datetime) -> datetime:
    return instant if instant.utcoffset() is not None else instant.replace(tzinfo=UTC)


def _put(parent: etree._Element, name: str, text: str) -> None:
    try:
        etree.SubElement(parent, f"{_A}{name}").text = text
    except ValueError as error:
        raise Refused(Code.BAD_TEXT, str(error)[:200]) from error


def _written(instant: datetime) -> str:
    return instant.replace(microsecond=0).isoformat()
