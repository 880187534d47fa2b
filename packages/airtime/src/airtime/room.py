"""Free time, kept so that the first gap with room is found without looking at every gap."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Piece = tuple[int, int]
_BLOCK = 64


class Room:
    """Sorted, disjoint free pieces in blocks; each block knows its longest piece, so blocks without room are skipped.

    With n pieces a search looks at about n / 64 blocks and 64 pieces: for the 2,000 items of a plan that is as good as
    a tree, and short.
    """

    def __init__(self, pieces: Iterable[Piece]) -> None:
        rows = list(pieces)
        self._blocks = [rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK)]
        self._starts = [block[0][0] for block in self._blocks]
        self._longest = [_longest(block) for block in self._blocks]

    def first(self, wish: int, latest: int, length: int) -> int | None:
        """The first start in [wish, latest] with `length` of free time after it; None if there is none."""
        for index in range(max(bisect_right(self._starts, wish) - 1, 0), len(self._blocks)):
            if self._starts[index] > latest:
                return None
            if self._longest[index] < length:
                continue
            start = _first_in(self._blocks[index], wish, length)
            if start is not None:
                return start if start <= latest else None
        return None

    def within(self, start: int, end: int) -> Iterator[Piece]:
        """The free pieces inside [start, end), cut to it. Do not `take` while iterating."""
        for index in range(max(bisect_right(self._starts, start) - 1, 0), len(self._blocks)):
            if self._starts[index] >= end:
                return
            for left, right in self._blocks[index]:
                low, high = max(left, start), min(right, end)
                if low < high:
                    yield low, high

    def take(self, start: int, end: int) -> None:
        """[start, end), a part of one free piece, is free no longer."""
        index = max(bisect_right(self._starts, start) - 1, 0)
        block = self._blocks[index]
        place = bisect_right(block, start, key=lambda piece: piece[0]) - 1
        left, right = block[place]
        if not left <= start <= end <= right:
            raise ValueError("this time is not free")
        block[place : place + 1] = [piece for piece in ((left, start), (end, right)) if piece[0] < piece[1]]
        self._settle(index)

    def pieces(self) -> list[Piece]:
        """All free time, sorted."""
        return [piece for block in self._blocks for piece in block]

    def _settle(self, index: int) -> None:
        block = self._blocks[index]
        parts = [block[:_BLOCK], block[_BLOCK:]] if len(block) > 2 * _BLOCK else [block]
        parts = [part for part in parts if part]
        self._blocks[index : index + 1] = parts
        self._starts[index : index + 1] = [part[0][0] for part in parts]
        self._longest[index : index + 1] = [_longest(part) for part in parts]


def _longest(block: list[Piece]) -> int:
    return max(end - start for start, end in block)


def _first_in(block: list[Piece], wish: int, length: int) -> int | None:
    for start, end in block:
        begin = max(start, wish)
        if begin < end and end - begin >= length:
            return begin
    return None


class Taken:
    """What sounds already, sorted by start, to name the one that stands in the way."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._rows: list[tuple[int, str]] = []

    def add(self, start: int, end: int, name: str) -> None:
        """Remember; rows never overlap, because they were free before."""
        place = bisect_left(self._starts, start)
        self._starts.insert(place, start)
        self._rows.insert(place, (end, name))

    def first_over(self, start: int, end: int) -> tuple[int, str] | None:
        """(start, name) of the first row that overlaps [start, end), None if none does."""
        place = bisect_right(self._starts, start) - 1
        if place >= 0 and self._rows[place][0] > start:
            return self._starts[place], self._rows[place][1]
        if place + 1 < len(self._starts) and self._starts[place + 1] < end:
            return self._starts[place + 1], self._rows[place + 1][1]
        return None
