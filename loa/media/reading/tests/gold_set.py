"""The gold set: sentences of commune life, each with the words a good announcer would speak.

Written by people who know how it is said, before any program had read them. One file of `gold/` a topic; of several
readings that are equally good the first is how Loa is meant to say it and the others stand under `also`.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Sentence:
    """`written` read as any of `readings`; `topic` is the file it stands in."""

    topic: str
    written: str
    readings: tuple[str, ...]


@lru_cache(maxsize=1)
def sentences() -> tuple[Sentence, ...]:
    """All of them, topic by topic."""
    return tuple(
        Sentence(file.stem, row["written"], (row["spoken"], *row.get("also", ())))
        for file in sorted(Path(__file__).with_name("gold").glob("*.yaml"))
        for row in yaml.safe_load(file.read_text(encoding="utf-8"))
    )
