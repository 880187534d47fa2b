"""The pieces of a Word paragraph: what a reader of the page sees of its runs, and text boxes that hang on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from loa.bulletins.documents.lines import Warn
from loa.bulletins.documents.paragraph import BREAK, Piece
from loa.bulletins.documents.word.styles import Look, Styles, look

# Text inside these was taken out by somebody whose changes are tracked.
TAKEN_OUT = {"w.del", "w.moveFrom"}
PUT_IN = {"w.ins", "w.moveTo"}
# Containers that show what is in them.
OPEN = {"w.hyperlink", "w.smartTag", "w.sdt", "w.sdtContent", "w.fldSimple", "w.customXml", "w.dir", "w.bdo"} | PUT_IN
MATHS = {"m.oMath", "m.oMathPara"}
SYMBOLS_FROM = 0xF000  # private letters under which Word keeps those of symbol fonts
SYMBOLS_TO = 0xF0FF


@dataclass(slots=True)
class Runs:
    """Reads the runs of one paragraph; `boxes` are the text boxes found in it."""

    styles: Styles
    below: Look
    boxes: list[Element] = field(default_factory=list)
    warnings: set[Warn] = field(default_factory=set)
    _codes: int = 0  # fields whose code, not yet their result, is being read

    def pieces(self, element: Element) -> Iterator[Piece]:
        """All that is shown inside a paragraph or a container of it."""
        for child in element:
            if child.tag in TAKEN_OUT or child.tag in PUT_IN:
                self.warnings.add(Warn.TRACKED)
            if child.tag == "w.r":
                yield from self._run(child)
            elif child.tag in OPEN:
                yield from self.pieces(child)
            elif child.tag in MATHS:
                yield Piece("".join(text.text or "" for text in child.iter("m.t")))
            elif child.tag == "mc.AlternateContent":
                yield from self.pieces(_chosen(child))

    def _run(self, run: Element) -> Iterator[Piece]:
        properties = run.find("w.rPr")
        style = None if properties is None else properties.find("w.rStyle")
        named = self.styles.looks.get(style.get("w.val", "")) if style is not None else None
        seen = look(properties, None).over(named.over(self.below) if named else self.below)
        for child in run:
            yield from self._child(child, seen)

    def _child(self, child: Element, seen: Look) -> Iterator[Piece]:
        if child.tag == "w.fldChar":
            self._field(child.get("w.fldCharType", ""))
        elif child.tag == "mc.AlternateContent":
            for inner in _chosen(child):
                yield from self._child(inner, seen)
        elif child.tag in ("w.drawing", "w.pict"):
            self.boxes += list(_boxes(child))
        elif child.tag == "w.ruby":
            for run in child.findall("w.rubyBase/w.r"):
                yield from self._run(run)
        elif not self._codes and (text := _text(child)):
            shown = text.upper() if seen.caps else text
            yield Piece(shown, _font(child, seen), bool(seen.bold), bool(seen.hidden))

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._codes += 1
        elif kind in ("separate", "end") and self._codes:
            self._codes -= 1


def _text(child: Element) -> str:
    """What a part of a run shows."""
    if child.tag == "w.t":
        return "".join(_from_symbol(letter) for letter in child.text or "").replace("\n", " ")
    if child.tag == "w.sym":
        return _symbol(child.get("w.char", ""))
    if child.tag in ("w.br", "w.cr"):
        return BREAK
    return {"w.tab": "\t", "w.ptab": "\t", "w.noBreakHyphen": "-", "w.softHyphen": "\u00ad"}.get(child.tag, "")


def _font(child: Element, seen: Look) -> str:
    return (child.get("w.font") or "") if child.tag == "w.sym" else (seen.font or "")


def _symbol(code: str) -> str:
    try:
        return _from_symbol(chr(int(code, 16)))
    except (ValueError, OverflowError):
        return ""


def _from_symbol(letter: str) -> str:
    return chr(ord(letter) - SYMBOLS_FROM) if SYMBOLS_FROM < ord(letter) <= SYMBOLS_TO else letter


def _chosen(element: Element) -> Element:
    """Word keeps drawings twice, for itself and for old readers: the first is the one to read."""
    for name in ("mc.Choice", "mc.Fallback"):
        found = element.find(name)
        if found is not None:
            return found
    return Element("none")


def _boxes(drawing: Element) -> Iterator[Element]:
    """Text boxes of a drawing, each once."""
    for child in drawing:
        if child.tag == "w.txbxContent":
            yield child
        elif child.tag == "mc.AlternateContent":
            yield from _boxes(_chosen(child))
        else:
            yield from _boxes(child)
