"""What every file format is read into: lines with what a page shows of them, in the order in which they are read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

MAX_CHARACTERS = 20_000  # of a body
MOST_LETTERS = 4 * MAX_CHARACTERS  # of a whole file: what is left out counts, too
MOST_LINES = 5_000


class Apart(StrEnum):
    """Text that stands in the file, but not in the text itself."""

    NO = ""
    RUNNING = "running"  # headers, footers, page numbers
    NOTE = "note"  # footnotes, endnotes
    HIDDEN = "hidden"


class Warn(StrEnum):
    """What the officer should know about the file, beside what was left out."""

    TABLE = "table"
    TRACKED = "tracked"
    NO_TITLE = "no_title"
    SECRET = "secret"  # noqa: S105 - a stamp on paper
    DRAFT = "draft"
    SOME_PICTURES = "some_pictures"
    UNCLEAR = "unclear"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one font; the name is "" where the format does not say."""

    text: str
    font: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where in which table of the file a line stands; `merged`: the cell above goes on here."""

    table: int
    row: int
    column: int
    width: int = 1
    header: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph, or the part of one up to a line break that its writer made.

    `soft`: it goes on the line before within one paragraph. `heading`: the format itself calls it a title or heading.
    `original`: the text as it stands in the file, if an old encoding was turned into Unicode.
    """

    runs: tuple[Run, ...]
    bold: bool = False
    centred: bool = False
    heading: bool = False
    soft: bool = False
    cell: Cell | None = None
    apart: Apart = Apart.NO
    original: str | None = None

    @property
    def text(self) -> str:
        """All its runs."""
        return "".join(run.text for run in self.runs)

    @property
    def written(self) -> str:
        """As it stands in the file."""
        return self.text if self.original is None else self.original

    def saying(self, text: str) -> "Line":
        """The same line with other words; the font no longer matters."""
        return replace(self, runs=(Run(text),))


@dataclass(frozen=True, slots=True)
class Read:
    """A file, read."""

    lines: tuple[Line, ...]
    warnings: frozenset[Warn] = field(default_factory=frozenset)


class Unreadable(Exception):
    """The file is refused; `code` is one of `refusals.MESSAGES`, `facts` fill its message."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def limited(lines: Iterable[Line]) -> list[Line]:
    """These lines. Raises Unreadable `too_long` as soon as there are more than any notice has."""
    found: list[Line] = []
    letters = 0
    for line in lines:
        found.append(line)
        letters += sum(len(run.text) for run in line.runs)
        if letters > MOST_LETTERS or len(found) > MOST_LINES:
            raise Unreadable("too_long")
    return found
