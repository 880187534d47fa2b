"""The gold set: sentences of commune life, each with the words a good announcer would speak.

Written by people who know how it is said, before any program had read them. One file of `gold/` a topic; of several
readings that are equally good the first is how Loa is meant to say it and the others stand under `also`. The files
outside_*.yaml hold sentences of people who did not know the rules, read in the conventions of docs/reading.md.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
        for row in yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
    )
