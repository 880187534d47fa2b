"""The voices that are known by name (catalogue.yaml)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("catalogue.yaml")


@dataclass(frozen=True, slots=True)
class Known:
    """One entry; `verified` says whether its figures were compared with the file by us."""

    id: str
    name: str
    language: str
    dialects: tuple[str, ...]
    licence: str
    author: str
    model: str
    config: str
    bytes: int
    sha256: str
    verified: bool


@cache
def known() -> dict[str, Known]:
    """All entries by their name."""
    entries = yaml.safe_load(FILE.read_text())
    return {name: Known(id=name, **entry | {"dialects": tuple(entry["dialects"])}) for name, entry in entries.items()}
