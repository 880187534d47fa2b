"""Pieces of one paragraph, as Word and LibreOffice keep them, put together to lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from loa.bulletins.documents.lines import Apart, Cell, Line, Run

BREAK = "\n"
BOLD_SHARE = 0.8  # a line with one plain word in it still looks bold


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that looks the same; "\\n" is a line break."""

    text: str
    font: str = ""
    bold: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What holds for the whole paragraph. `marker`: its number or bullet, kept apart in the file."""

    centred: bool = False
    heading: bool = False
    marker: str = ""
    cell: Cell | None = None
    apart: Apart = Apart.NO


def lines(pieces: Iterable[Piece], shape: Shape) -> Iterator[Line]:
    """The lines of one paragraph; hidden text comes after them as a line apart. Nothing for an empty one."""
    shown: list[Piece] = []
    hidden: list[Piece] = []
    for piece in pieces:
        (hidden if piece.hidden else shown).append(piece)
    soft = False
    for part in _split(shown):
        if any(piece.text.strip() for piece in part):
            yield _line(part, shape, soft)
            soft = True
    if any(piece.text.strip() for piece in hidden):
        yield Line(tuple(Run(piece.text, piece.font) for piece in hidden), cell=shape.cell, apart=Apart.HIDDEN)


def _split(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    part: list[Piece] = []
    for piece in pieces:
        first, *more = piece.text.split(BREAK)
        part.append(Piece(first, piece.font, piece.bold))
        for text in more:
            yield part
            part = [Piece(text, piece.font, piece.bold)]
    yield part


def _line(pieces: list[Piece], shape: Shape, soft: bool) -> Line:
    runs = [Run(piece.text, piece.font) for piece in pieces if piece.text]
    if shape.marker and not soft:
        runs.insert(0, Run(shape.marker + " "))
    letters = sum(len(piece.text.strip()) for piece in pieces)
    bold = sum(len(piece.text.strip()) for piece in pieces if piece.bold)
    return Line(
        tuple(runs),
        bold=bold >= letters * BOLD_SHARE,
        centred=shape.centred,
        heading=shape.heading,
        soft=soft,
        cell=shape.cell,
        apart=shape.apart,
    )
