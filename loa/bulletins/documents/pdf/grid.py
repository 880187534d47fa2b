"""Tables of a PDF page: cells between drawn lines."""

from collections.abc import Iterable
from dataclasses import dataclass

from loa.bulletins.documents.pdf.words import Edge, Word

NEAR = 3.0  # two lines as close as this are the two sides of one
FEWEST = 3  # lines each way: two rows, two columns
MOST = 200


@dataclass(frozen=True, slots=True)
class Grid:
    """One table. `xs` from left to right, `ys` from top to bottom."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    edges: tuple[Edge, ...]

    def holds(self, word: Word) -> bool:
        """Whether a word stands in it."""
        x, y = _middle(word)
        return self.xs[0] < x < self.xs[-1] and self.ys[-1] < y < self.ys[0]

    def cell(self, word: Word) -> tuple[int, int]:
        """Row and column; of cells that are one, the first."""
        x, y = _middle(word)
        row = next(index for index in range(len(self.ys) - 1) if y >= self.ys[index + 1] or index == len(self.ys) - 2)
        column = next(index for index in range(len(self.xs) - 1) if x < self.xs[index + 1] or index == len(self.xs) - 2)
        while column and not self._wall(self.xs[column], y):
            column -= 1
        while row and not self._floor(self.ys[row], x):
            row -= 1
        return row, column

    def merged(self, row: int, column: int) -> bool:
        """Whether this cell goes on from the one above."""
        return row > 0 and not self._floor(self.ys[row], (self.xs[column] + self.xs[column + 1]) / 2)

    def joined(self, row: int, column: int) -> bool:
        """Whether this cell goes on from the one to its left."""
        return column > 0 and not self._wall(self.xs[column], (self.ys[row] + self.ys[row + 1]) / 2)

    def _wall(self, x: float, y: float) -> bool:
        return any(
            edge.upright and abs(edge.at - x) < NEAR and edge.low - 1 <= y <= edge.high + 1 for edge in self.edges
        )

    def _floor(self, y: float, x: float) -> bool:
        return any(
            not edge.upright and abs(edge.at - y) < NEAR and edge.low - 1 <= x <= edge.high + 1 for edge in self.edges
        )


def _middle(word: Word) -> tuple[float, float]:
    return (word.x0 + word.x1) / 2, word.y + word.size / 4


def grids(edges: list[Edge]) -> list[Grid]:
    """The tables that these lines make, from the top of the page down."""
    found = []
    for low, high in _stretches(edges):
        inside = [edge for edge in edges if _within(edge, low, high)]
        xs = _places(edge.at for edge in inside if edge.upright)
        ys = _places(edge.at for edge in inside if not edge.upright)
        if FEWEST <= len(xs) <= MOST and FEWEST <= len(ys) <= MOST:
            found.append(Grid(tuple(xs), tuple(reversed(ys)), tuple(inside)))
    return sorted(found, key=lambda grid: -grid.ys[0])


def _stretches(edges: list[Edge]) -> list[tuple[float, float]]:
    """From where to where upright lines follow each other without a gap."""
    found: list[tuple[float, float]] = []
    for edge in sorted((edge for edge in edges if edge.upright), key=lambda edge: edge.low):
        if found and edge.low <= found[-1][1] + NEAR:
            found[-1] = (found[-1][0], max(found[-1][1], edge.high))
        else:
            found.append((edge.low, edge.high))
    return found


def _within(edge: Edge, low: float, high: float) -> bool:
    if edge.upright:
        return edge.high > low - NEAR and edge.low < high + NEAR
    return low - NEAR < edge.at < high + NEAR


def _places(values: Iterable[float]) -> list[float]:
    """Sorted, each once."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > NEAR:
            found.append(value)
    return found
