"""The word list behind the rules, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Abbreviation -> words: those read in one way, those read in several, ends of document numbers, road classes."""

    sure: Mapping[str, str]
    unsure: Mapping[str, str]
    documents: Mapping[str, str]
    roads: Mapping[str, str]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The list that is shipped."""
    text = Path(__file__).with_name("lexicon.yaml").read_text(encoding="utf-8")
    return Lexicon(**yaml.safe_load(text))
