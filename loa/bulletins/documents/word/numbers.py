"""Automatic numbers of a Word file: "1.", "a)", "Điều 1." in front of paragraphs."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from loa.bulletins.documents import numbering
from loa.bulletins.documents.word.styles import number

_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: its form, how it is written ("%1."), where it starts."""

    form: str = "decimal"
    written: str = "%1."
    start: int = 1


@dataclass(slots=True)
class Numbers:
    """All lists of the file, and how far each has come."""

    lists: dict[str, tuple[str, dict[int, Level]]] = field(default_factory=dict)
    counters: numbering.Counters = field(default_factory=numbering.Counters)

    def marker(self, listed: str, at: int) -> str:
        """What stands in front of the next paragraph of this list and level; "" for none."""
        if listed not in self.lists:
            return ""
        base, levels = self.lists[listed]
        level = levels.get(at, Level())
        count = self.counters.next(base, at, level.start)
        if level.form == "none":
            return ""
        if level.form == "bullet":
            return numbering.BULLET
        return _PLACE.sub(lambda found: self._part(base, levels, int(found[1]) - 1, at, count), level.written)[:40]

    def _part(self, base: str, levels: dict[int, Level], wanted: int, at: int, count: int) -> str:
        level = levels.get(wanted, Level())
        return numbering.shown(level.form, count if wanted == at else self.counters.now(base, wanted, level.start))


def read_numbers(root: Element | None) -> Numbers:
    """The lists of word/numbering.xml. Lists of one abstract list count on together, unless one starts anew."""
    numbers = Numbers()
    if root is None:
        return numbers
    abstract = {one.get("w.abstractNumId", ""): _levels(one) for one in root.findall("w.abstractNum")}
    for element in root.findall("w.num"):
        name, of = element.get("w.numId", ""), element.find("w.abstractNumId")
        base = "" if of is None else of.get("w.val", "")
        levels = dict(abstract.get(base, {}))
        own = element.findall("w.lvlOverride")
        for change in own:
            _override(levels, change)
        numbers.lists[name] = (f"{base}/{name}" if own else base, levels)
    return numbers


def _levels(element: Element) -> dict[int, Level]:
    return {number(level.get("w.ilvl")): _level(level) for level in element.findall("w.lvl")}


def _level(element: Element) -> Level:
    form, written, start = element.find("w.numFmt"), element.find("w.lvlText"), element.find("w.start")
    return Level(
        "decimal" if form is None else form.get("w.val", "decimal"),
        "" if written is None else written.get("w.val", ""),
        1 if start is None else number(start.get("w.val"), 1),
    )


def _override(levels: dict[int, Level], change: Element) -> None:
    at, whole, start = number(change.get("w.ilvl")), change.find("w.lvl"), change.find("w.startOverride")
    if whole is not None:
        levels[at] = _level(whole)
    if start is not None:
        old = levels.get(at, Level())
        levels[at] = Level(old.form, old.written, number(start.get("w.val"), 1))
