"""An .odt file (OpenDocument 1.0 to 1.3) as lines: as its page looks once every tracked change is accepted."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from loa.bulletins.documents.lines import Apart, Cell, Line, Read, Unreadable, Warn, limited
from loa.bulletins.documents.numbering import Counters
from loa.bulletins.documents.odf.styles import Level, Look, Styles, number, read_styles
from loa.bulletins.documents.package import Package
from loa.bulletins.documents.paragraph import BREAK, Piece, Shape, lines

KINDS = {"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text-template"}
MOST_SPACES = 40
# Containers of paragraphs that show what is in them.
OPEN = {"text.section", "text.index-body", "text.table-of-content", "text.alphabetical-index", "text.user-index"}
UNSEEN = {"office.annotation", "office.annotation-end", "text.tracked-changes", "text.ruby-text"}
NOTES = {"text.note"}


def read(package: Package) -> Read:
    """All of the file. Raises Unreadable `encrypted`, `other_kind`, `broken`, `too_heavy`."""
    _check(package)
    root = package.tree("content.xml")
    body = None if root is None else root.find("office.body/office.text")
    if root is None or body is None:
        raise Unreadable("broken")
    kept = package.tree("styles.xml")
    reader = _Reader(read_styles(kept, root))
    if body.find("text.tracked-changes") is not None:
        reader.warnings.add(Warn.TRACKED)
    found = limited(reader.blocks(body, None))
    found += reader.notes
    found += _running(reader, kept)
    return Read(tuple(found), frozenset(reader.warnings))


def _check(package: Package) -> None:
    kind = (package.read("mimetype") or b"").decode("ascii", "replace").strip()
    manifest = package.tree("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("manifest.encryption-data"), None) is not None:
        raise Unreadable("encrypted")
    if kind not in KINDS:
        raise Unreadable("other_kind")


def _running(reader: "_Reader", kept: Element | None) -> Iterator[Line]:
    for page in [] if kept is None else list(kept.iter("style.master-page")):
        for part in page:
            if part.tag.startswith(("style.header", "style.footer")):
                yield from (replace(line, apart=Apart.RUNNING) for line in reader.blocks(part, None))


@dataclass(slots=True)
class _Reader:
    styles: Styles
    warnings: set[Warn] = field(default_factory=set)
    notes: list[Line] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)
    tables: int = 0
    boxes: list[Element] = field(default_factory=list)

    def blocks(self, element: Element, cell: Cell | None, marker: str = "") -> Iterator[Line]:
        """Paragraphs, lists and tables in their order; `marker` goes in front of the first paragraph."""
        for child in element:
            if child.tag in ("text.p", "text.h"):
                yield from self._paragraph(child, cell, marker)
                marker = ""
            elif child.tag == "text.list":
                yield from self._list(child, cell, child.get("text.style-name", ""), 0)
            elif child.tag == "table.table":
                yield from self._table(child, cell)
            elif child.tag in OPEN and child.get("text.display") != "none":
                yield from self.blocks(child, cell)
            elif child.tag.startswith("draw."):
                yield from self._in_boxes([child], cell)

    def _paragraph(self, element: Element, cell: Cell | None, marker: str) -> Iterator[Line]:
        name = element.get("text.style-name")
        look = self.styles.of("paragraph", name)
        pieces = list(self._pieces(element, look))
        heading = element.tag == "text.h" or (name or "") in self.styles.headings
        shape = Shape(centred=look.align == "center", heading=heading, marker=marker, cell=cell)
        yield from lines(pieces, shape)
        boxes, self.boxes = self.boxes, []
        yield from self._in_boxes(boxes, cell)

    def _in_boxes(self, drawings: list[Element], cell: Cell | None) -> Iterator[Line]:
        for drawing in drawings:
            for box in drawing.iter("draw.text-box"):
                self.tables += 1
                yield from self.blocks(box, cell or Cell(self.tables, 0, 0))

    def _pieces(self, element: Element, look: Look) -> Iterator[Piece]:
        yield from self._words(element.text, look)
        for child in element:
            if child.tag in NOTES:
                self._note(child)
            elif child.tag.startswith("draw."):
                self.boxes.append(child)
            elif child.tag not in UNSEEN:
                yield from self._inline(child, look)
            yield from self._words(child.tail, look)

    def _inline(self, child: Element, look: Look) -> Iterator[Piece]:
        if child.tag == "text.s":
            yield Piece(" " * min(number(child.get("text.c"), 1), MOST_SPACES))
        elif child.tag in ("text.tab", "text.line-break"):
            yield Piece("\t" if child.tag == "text.tab" else BREAK)
        elif child.tag in ("text.hidden-text", "text.hidden-paragraph"):
            yield Piece(child.text or "", hidden=True)
        else:
            name = child.get("text.style-name") if child.tag == "text.span" else None
            inner = self.styles.of("text", name).over(look) if name else look
            yield from self._pieces(child, inner)

    def _words(self, text: str | None, look: Look) -> Iterator[Piece]:
        if text:
            # Line ends in the file are spaces of the page.
            words = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
            shown = words.upper() if look.caps else words
            yield Piece(shown, look.font or "", bool(look.bold), bool(look.hidden))

    def _note(self, note: Element) -> None:
        for body in note.findall("text.note-body"):
            self.notes += [replace(line, apart=Apart.NOTE) for line in self.blocks(body, None)]

    def _list(self, element: Element, cell: Cell | None, style: str, depth: int) -> Iterator[Line]:
        if not depth and "text.continue-list" not in element.attrib and not element.get("text.continue-numbering"):
            self.counters.forget(style)
        for item in element:
            if item.tag not in ("text.list-item", "text.list-header"):
                continue
            marker = self._marker(item, style, depth)
            for child in item:
                if child.tag == "text.list":
                    yield from self._list(child, cell, child.get("text.style-name", style), depth + 1)
                else:
                    yield from self.blocks([child], cell, marker)  # type: ignore[arg-type]
                    marker = ""

    def _marker(self, item: Element, style: str, depth: int) -> str:
        if item.tag != "text.list-item":
            return ""
        level = self.styles.lists.get(style, {}).get(depth, Level(form="-"))
        start = number(item.get("text.start-value"), level.start)
        return level.marker(self.counters.next(style, depth, start))

    def _table(self, table: Element, outer: Cell | None) -> Iterator[Line]:
        if outer is None:
            self.tables += 1
        here = self.tables
        for index, (row, header) in enumerate(_rows(table, header=False)):
            yield from self._row(row, Cell(here, index, 0, 1, header), outer)

    def _row(self, row: Element, first: Cell, outer: Cell | None) -> Iterator[Line]:
        column, beside = 0, 0  # how many cells to the right the last one covers
        for element in row:
            covered = element.tag == "table.covered-table-cell"
            if covered and beside:
                column, beside = column + 1, beside - 1
            elif covered or element.tag == "table.table-cell":
                width = min(number(element.get("table.number-columns-spanned"), 1), 100)
                cell = outer or replace(first, column=column, width=width, merged=covered)
                found = [] if covered else list(self.blocks(element, cell))
                yield from found or [Line((), cell=cell)]
                column, beside = column + 1, width - 1


def _rows(table: Element, *, header: bool) -> Iterator[tuple[Element, bool]]:
    for child in table:
        if child.tag == "table.table-row":
            yield child, header
        elif child.tag in ("table.table-header-rows", "table.table-rows", "table.table-row-group"):
            yield from _rows(child, header=header or child.tag == "table.table-header-rows")
