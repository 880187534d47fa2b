"""What comes out of a file: title and body to be read aloud, and everything that was left out."""

from dataclasses import dataclass, field
from enum import StrEnum

from loa.bulletins.documents.lines import Warn


class Part(StrEnum):
    """What a line is. Everything but the first three is left out of what is read."""

    BODY = "body"
    TYPE = "type"
    ABOUT = "about"
    MOTTO = "motto"
    ISSUER = "issuer"
    NUMBER = "number"
    DATE = "date"
    STAMP = "stamp"
    ADDRESS = "address"
    RECIPIENTS = "recipients"
    SIGNATURE = "signature"
    RUNNING = "running"
    NOTE = "note"
    HIDDEN = "hidden"
    RULE = "rule"  # a drawn line: not even told


@dataclass(frozen=True, slots=True)
class Dropped:
    """Lines of one kind that were left out. `before`: the paragraph of the body behind them, "" if they stood last."""

    part: str
    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A title and a body."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it can become a bulletin. `legacy`: the old encoding it was in; `original`: the words in that."""

    title: str
    body: str
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[Warn, ...] = ()
    legacy: str = ""
    original: Words | None = field(default=None)
