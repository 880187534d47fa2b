"""Styles of an OpenDocument text: what a paragraph or a run inherits when it does not say itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from xml.etree.ElementTree import Element

from loa.bulletins.documents import numbering

MAX_CHAIN = 20
HEADINGS = ("title", "subtitle", "heading")


@dataclass(frozen=True, slots=True)
class Look:
    """None: not said here."""

    font: str | None = None
    bold: bool | None = None
    caps: bool | None = None
    hidden: bool | None = None
    align: str | None = None

    def over(self, below: "Look") -> "Look":
        """What is said here, else below."""
        mine = {one.name: getattr(self, one.name) for one in fields(self)}
        return Look(**{name: getattr(below, name) if value is None else value for name, value in mine.items()})


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: its form ("1", "a", "" for none, numbering.BULLET), what stands around it."""

    form: str = "1"
    before: str = ""
    after: str = "."
    start: int = 1

    def marker(self, number: int) -> str:
        """What is shown before a paragraph."""
        if self.form == numbering.BULLET:
            return numbering.BULLET
        shown = numbering.shown(self.form, number)
        return f"{self.before}{shown}{self.after}"[:40] if shown else ""


@dataclass(slots=True)
class Styles:
    """Looks by family and name, lists by name and level."""

    looks: dict[tuple[str, str], Look] = field(default_factory=dict)
    headings: set[str] = field(default_factory=set)
    lists: dict[str, dict[int, Level]] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)

    def of(self, family: str, name: str | None) -> Look:
        """The look of a style, with what it inherits."""
        return self.looks.get((family, name or ""), self.looks.get((family, ""), Look()))


def number(text: str | None, otherwise: int) -> int:
    """A whole number of the file that stays small, else `otherwise`."""
    return int(text) if text and len(text) < 6 and text.isascii() and text.isdecimal() else otherwise


def read_styles(*roots: Element | None) -> Styles:
    """The styles of styles.xml and the automatic ones of content.xml."""
    styles, found = Styles(), {}
    faces: dict[str, str] = {}
    for root in roots:
        if root is None:
            continue
        faces |= {face.get("style.name", ""): face.get("svg.font-family", "") for face in root.iter("style.font-face")}
        for element in root.iter("style.default-style"):
            found[element.get("style.family", ""), ""] = element
        for element in root.iter("style.style"):
            found[element.get("style.family", ""), element.get("style.name", "")] = element
        for element in root.iter("text.list-style"):
            styles.lists[element.get("style.name", "")] = dict(_levels(element))
    for key, element in found.items():
        _take(styles, found, faces, key, element)
    return styles


def _take(
    styles: Styles,
    found: Mapping[tuple[str, str], Element],
    faces: Mapping[str, str],
    key: tuple[str, str],
    element: Element,
) -> None:
    look = Look()
    for one in _chain(key[0], element, found):
        look = look.over(_look(one, faces))
        names = (one.get("style.name", "").lower(), one.get("style.display-name", "").lower())
        if any(name.startswith(HEADINGS) for name in names):
            styles.headings.add(key[1])
        if key[1] not in styles.listed and one.get("style.list-style-name"):
            styles.listed[key[1]] = one.get("style.list-style-name", "")
    styles.looks[key] = look


def _chain(family: str, element: Element, found: Mapping[tuple[str, str], Element]) -> Iterator[Element]:
    """The style, those it is based on, the default of its family."""
    current: Element | None = element
    for _ in range(MAX_CHAIN):
        if current is None:
            break
        yield current
        parent = current.get("style.parent-style-name")
        current = found.get((family, parent)) if parent else None
    default = found.get((family, ""))
    if default is not None and default is not element:
        yield default


def _look(element: Element, faces: Mapping[str, str]) -> Look:
    text, paragraph = element.find("style.text-properties"), element.find("style.paragraph-properties")
    values: dict[str, object] = {}
    if text is not None:
        weight = text.get("fo.font-weight")
        face = text.get("style.font-name")
        values["font"] = (faces.get(face, face) if face else text.get("fo.font-family") or "").strip("'\"") or None
        values["bold"] = None if weight is None else weight in ("bold", "600", "700", "800", "900")
        values["caps"] = None if text.get("fo.text-transform") is None else text.get("fo.text-transform") == "uppercase"
        values["hidden"] = None if text.get("text.display") is None else text.get("text.display") == "none"
    if paragraph is not None:
        values["align"] = paragraph.get("fo.text-align")
    return Look(**values)  # type: ignore[arg-type]


def _levels(element: Element) -> Iterator[tuple[int, Level]]:
    for level in element:
        at = number(level.get("text.level"), 1) - 1
        if level.tag == "text.list-level-style-bullet":
            yield at, Level(numbering.BULLET)
        elif level.tag == "text.list-level-style-number":
            start = number(level.get("text.start-value"), 1)
            form = level.get("style.num-format", "")
            yield at, Level(form, level.get("style.num-prefix", ""), level.get("style.num-suffix", ""), start)
