"""Ready rules of the air, from `data/rule-profiles.yaml`: what to fill in for an urban ward or a rural commune."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from loa.areas.actions.ruling import TERMS, Terms
from loa.areas.hours import WindowText

FILE = Path(__file__).parent / "data" / "rule-profiles.yaml"


@dataclass(frozen=True, slots=True)
class Profile:
    """`kinds` are the `rules.Kind` of areas that it is meant for; `source` says where its numbers come from."""

    code: str
    name: str
    about: str
    source: str
    kinds: tuple[str, ...]
    windows: tuple[WindowText, ...]
    terms: Terms


@cache
def profiles() -> tuple[Profile, ...]:
    """All of them, in the order of the file."""
    return tuple(map(_read, yaml.safe_load(FILE.read_text(encoding="utf-8"))))


def profile(code: str) -> Profile | None:
    """The one with this code."""
    return next((one for one in profiles() if one.code == code), None)


def fitting(kind: str) -> list[Profile]:
    """Those for this kind of area first, then the others."""
    return sorted(profiles(), key=lambda one: kind not in one.kinds)


def _read(row: dict[str, Any]) -> Profile:
    terms = {name: row[name] for name in TERMS if name in row}
    return Profile(
        code=row["code"],
        name=row["name"],
        about=row["about"],
        source=row["source"],
        kinds=tuple(row["for"]),
        windows=tuple(row["windows"]),
        terms=cast(Terms, {**terms, "profile": row["code"]}),
    )
