"""A printed paper of an office: heading, table, sums, signatures. What it says, not how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Length:
    """How long something lasts, in milliseconds; a spreadsheet can add it up."""

    ms: int


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in đồng."""

    dong: int


Cell = str | int | Length | Money


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `share` is its part of the width beside the others'."""

    title: str
    share: float = 1
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a caption; `sums` is a last row in bold, as long as a row, () for none."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    sums: tuple[Cell, ...] = ()

    def __post_init__(self) -> None:
        for row in (*self.rows, *((self.sums,) if self.sums else ())):
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells below {len(self.columns)} columns")


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose signature stands below: "LÃNH ĐẠO UBND XÃ", what belongs to it, the name if it is known."""

    who: str
    how: str = "(ký, ghi rõ họ tên)"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper in the form of Nghị định 30/2020/NĐ-CP: `above` is the office over `office`, `place` stands before the
    date. `empty` is said where no table has a row.
    """

    title: str
    subtitle: str
    above: str
    office: str
    place: str
    day: date
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    empty: str = ""
    landscape: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in any table."""
        return not any(table.rows for table in self.tables)


def total(lengths: Sequence[Length]) -> Length:
    """All of them together."""
    return Length(sum(one.ms for one in lengths))
