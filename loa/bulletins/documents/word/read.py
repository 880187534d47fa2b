"""A .docx file (ECMA-376) as lines: as its page looks once every tracked change is accepted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from loa.bulletins.documents.lines import Apart, Cell, Line, Read, Unreadable, Warn, limited
from loa.bulletins.documents.package import Package
from loa.bulletins.documents.paragraph import Shape, lines
from loa.bulletins.documents.word.numbers import Numbers, read_numbers
from loa.bulletins.documents.word.runs import TAKEN_OUT, Runs
from loa.bulletins.documents.word.styles import OFF, Look, Styles, look, number, read_styles

TYPES = "[Content_Types].xml"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TEMPLATE = DOCUMENT.replace(".document.main", ".template.main")
HEADERS = re.compile(r"word/header\d*\.xml")
FOOTERS = re.compile(r"word/footer\d*\.xml")
NOTES = re.compile(r"word/(footnotes|endnotes)\.xml")
# Containers of paragraphs and tables that show what is in them.
OPEN = {"w.sdt", "w.sdtContent", "w.customXml", "w.ins", "w.moveTo", "w.smartTag"}
CENTRED = {"center", "centre"}


def read(package: Package) -> Read:
    """All of the file. Raises Unreadable `macros`, `other_kind`, `broken`, `too_heavy`."""
    main = _main_part(package)
    root = package.tree(main)
    body = None if root is None else root.find("w.body")
    if body is None:
        raise Unreadable("broken")
    reader = _Reader(
        read_styles(package.tree(main.replace("document", "styles"))),
        read_numbers(package.tree(main.replace("document", "numbering"))),
    )
    found = limited(reader.blocks(body, None))
    found += [replace(line, apart=Apart.NOTE) for line in reader.parts(package, NOTES)]
    for names in (HEADERS, FOOTERS):
        found += [replace(line, apart=Apart.RUNNING) for line in reader.parts(package, names)]
    return Read(tuple(found), frozenset(reader.warnings))


def _main_part(package: Package) -> str:
    types = package.tree(TYPES)
    if types is None:
        raise Unreadable("other_kind")
    kinds = {one.get("PartName", "").lstrip("/"): one.get("ContentType", "") for one in types.findall("ct.Override")}
    if any("macroEnabled" in kind for kind in kinds.values()) or any("vbaProject" in name for name in package.names):
        raise Unreadable("macros")
    main = next((name for name, kind in kinds.items() if kind in (DOCUMENT, TEMPLATE)), None)
    if main is None:
        raise Unreadable("other_kind")
    return main


@dataclass(slots=True)
class _Reader:
    styles: Styles
    numbers: Numbers
    warnings: set[Warn] = field(default_factory=set)
    tables: int = 0
    # A paragraph whose end was taken out by a tracked change goes on in the next one.
    open_end: list[Element] = field(default_factory=list)

    def parts(self, package: Package, names: re.Pattern[str]) -> Iterator[Line]:
        """Lines of the parts beside the text, the signs that Word itself puts between notes left out."""
        for name in sorted(name for name in package.names if names.fullmatch(name)):
            root = package.tree(name)
            for block in [] if root is None else [root, *root]:
                if block.get("w.type", "normal") == "normal":
                    yield from self.blocks(block, None)

    def blocks(self, element: Element, cell: Cell | None) -> Iterator[Line]:
        """Paragraphs and tables in their order."""
        for child in element:
            if child.tag == "w.p":
                yield from self._paragraph(child, cell)
            elif child.tag == "w.tbl":
                yield from self._table(child, cell)
            elif child.tag == "mc.AlternateContent":
                for choice in child.findall("mc.Choice")[:1]:
                    yield from self.blocks(choice, cell)
            elif child.tag in OPEN:
                yield from self.blocks(child, cell)

    def _paragraph(self, element: Element, cell: Cell | None) -> Iterator[Line]:
        properties = element.find("w.pPr")
        if properties is not None and properties.find("w.rPr/w.del") is not None:
            self.warnings.add(Warn.TRACKED)
            self.open_end.append(element)
            return
        whole, self.open_end = [*self.open_end, element], []
        style = None if properties is None else properties.find("w.pStyle")
        named = None if style is None else style.get("w.val")
        below = self.styles.of(named)
        runs = Runs(self.styles, below)
        pieces = [piece for part in whole for piece in runs.pieces(part)]
        self.warnings |= runs.warnings
        shape = self._shape(look(None, properties).over(below), named, cell)
        if any(piece.text.strip() for piece in pieces):
            shape = replace(shape, marker=self._marker(look(None, properties).over(below)))
        yield from lines(pieces, shape)
        for box in runs.boxes:
            self.tables += 1
            yield from self.blocks(box, Cell(self.tables, 0, 0) if cell is None else cell)

    def _shape(self, seen: Look, style: str | None, cell: Cell | None) -> Shape:
        heading = style in self.styles.titles or (seen.outline is not None and seen.outline < 9)
        return Shape(centred=seen.justified in CENTRED, heading=heading, cell=cell)

    def _marker(self, seen: Look) -> str:
        if seen.number is None or seen.number[0] in OFF:
            return ""
        return self.numbers.marker(*seen.number)

    def _table(self, table: Element, outer: Cell | None) -> Iterator[Line]:
        """The cells row by row; a table inside a cell is text of that cell."""
        if outer is None:
            self.tables += 1
        here = self.tables
        for index, row in enumerate(_children(table, "w.tr")):
            if any(row.find(f"w.trPr/{taken}") is not None for taken in TAKEN_OUT):
                self.warnings.add(Warn.TRACKED)
                continue
            yield from self._row(row, index, here, outer)

    def _row(self, row: Element, index: int, table: int, outer: Cell | None) -> Iterator[Line]:
        header = row.find("w.trPr/w.tblHeader")
        column = 0
        for element in _children(row, "w.tc"):
            span, merged = element.find("w.tcPr/w.gridSpan"), element.find("w.tcPr/w.vMerge")
            width = max(1, number(span.get("w.val"), 1)) if span is not None else 1
            goes_on = merged is not None and merged.get("w.val", "continue") == "continue"
            is_header = header is not None and header.get("w.val", "1") not in OFF
            cell = outer or Cell(table, index, column, width, is_header, goes_on)
            found = list(self.blocks(element, cell))
            # An empty cell has its place, too.
            yield from found or [Line((), cell=cell)]
            column += width


def _children(element: Element, name: str) -> Iterator[Element]:
    """Rows of a table, cells of a row, also those inside content controls."""
    for child in element:
        if child.tag == name:
            yield child
        elif child.tag in OPEN:
            yield from _children(child, name)
