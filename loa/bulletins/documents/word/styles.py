"""Styles of a Word file: what a paragraph or a run inherits when it does not say itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from xml.etree.ElementTree import Element

MAX_CHAIN = 20
OFF = {"0", "false", "off", "none"}


@dataclass(frozen=True, slots=True)
class Look:
    """None: not said here."""

    font: str | None = None
    bold: bool | None = None
    caps: bool | None = None
    hidden: bool | None = None
    justified: str | None = None
    number: tuple[str, int] | None = None
    outline: int | None = None

    def over(self, below: "Look") -> "Look":
        """What is said here, else below."""
        mine = {one.name: getattr(self, one.name) for one in fields(self)}
        return Look(**{name: getattr(below, name) if value is None else value for name, value in mine.items()})


@dataclass(slots=True)
class Styles:
    """Every named style with what it inherits, and the defaults of the file."""

    looks: dict[str, Look] = field(default_factory=dict)
    titles: set[str] = field(default_factory=set)
    plain: Look = field(default_factory=Look)
    paragraph: str = ""

    def of(self, name: str | None) -> Look:
        """The look of a paragraph style, of the default one if none is named."""
        return self.looks.get(name or self.paragraph, self.plain)


def on(element: Element | None) -> bool | None:
    """<w:b/> is on, <w:b w:val="0"/> is off, nothing is None."""
    return None if element is None else element.get("w.val", "1") not in OFF


def number(text: str | None, otherwise: int = 0) -> int:
    """A whole number of the file that stays small, else `otherwise`."""
    return int(text) if text and len(text) < 9 and text.lstrip("-").isdecimal() and text.isascii() else otherwise


def look(run: Element | None, paragraph: Element | None) -> Look:
    """What <w:rPr> and <w:pPr> say."""
    values: dict[str, object] = {}
    if run is not None:
        fonts = run.find("w.rFonts")
        values["font"] = None if fonts is None else fonts.get("w.ascii") or fonts.get("w.hAnsi") or fonts.get("w.cs")
        values |= {"bold": on(run.find("w.b")), "caps": on(run.find("w.caps")), "hidden": on(run.find("w.vanish"))}
    if paragraph is not None:
        values |= _paragraph(paragraph)
    return Look(**values)  # type: ignore[arg-type]


def _paragraph(element: Element) -> dict[str, object]:
    justified, outline, numbered = element.find("w.jc"), element.find("w.outlineLvl"), element.find("w.numPr")
    values: dict[str, object] = {
        "justified": None if justified is None else justified.get("w.val"),
        "outline": None if outline is None else number(outline.get("w.val"), 9),
    }
    if numbered is not None:
        listed, level = numbered.find("w.numId"), numbered.find("w.ilvl")
        if listed is not None:
            values["number"] = (listed.get("w.val", "0"), 0 if level is None else number(level.get("w.val")))
    return values


def read_styles(root: Element | None) -> Styles:
    """The styles of word/styles.xml."""
    styles = Styles()
    if root is None:
        return styles
    styles.plain = look(root.find("w.docDefaults/w.rPrDefault/w.rPr"), root.find("w.docDefaults/w.pPrDefault/w.pPr"))
    named = {element.get("w.styleId", ""): element for element in root.findall("w.style")}
    for name, element in named.items():
        styles.looks[name] = _inherited(element, named).over(styles.plain)
        if _called(element) in ("title", "subtitle") or _called(element).startswith("heading"):
            styles.titles.add(name)
        if element.get("w.type") == "paragraph" and element.get("w.default", "0") not in OFF:
            styles.paragraph = name
    return styles


def _called(element: Element) -> str:
    name = element.find("w.name")
    return "" if name is None else name.get("w.val", "").lower()


def _inherited(element: Element, named: dict[str, Element]) -> Look:
    found = Look()
    for one in _chain(element, named):
        found = found.over(look(one.find("w.rPr"), one.find("w.pPr")))
    return found


def _chain(element: Element, named: dict[str, Element]) -> Iterator[Element]:
    """The style and those it is based on."""
    current: Element | None = element
    for _ in range(MAX_CHAIN):
        if current is None:
            return
        yield current
        based = current.find("w.basedOn")
        current = None if based is None else named.get(based.get("w.val", ""))
