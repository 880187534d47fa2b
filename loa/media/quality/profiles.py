"""The named sets of limits: data of `profiles.yaml`, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEFAULT = "speech_horn"


@dataclass(frozen=True, slots=True)
class Limit:
    """From which value of `figure` on something is noted, warned of, or fails; higher is worse. `source` says why."""

    figure: str
    unit: str
    source: str
    note: float | None = None
    warn: float | None = None
    fail: float | None = None

    def level(self, value: float) -> str:
        """The highest step that the value reaches; "" if none."""
        for name in ("fail", "warn", "note"):
            step: float | None = getattr(self, name)
            if step is not None and value >= step:
                return name
        return ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One use of sound; `limits` by code of finding."""

    id: str
    name: str
    limits: Mapping[str, Limit]


def profile(name: str) -> Profile:
    """A profile by its id. Raises KeyError."""
    return profiles()[name]


@cache
def profiles() -> Mapping[str, Profile]:
    """All, by id."""
    raw = yaml.safe_load((Path(__file__).parent / "profiles.yaml").read_text(encoding="utf-8"))
    return {name: Profile(name, facts["name"], _limits(raw, facts)) for name, facts in raw.items()}


def _limits(raw: Mapping[str, Any], facts: Mapping[str, Any]) -> Mapping[str, Limit]:
    inherited = raw[facts["base"]]["limits"] if "base" in facts else {}
    return {code: Limit(**limit) for code, limit in {**inherited, **facts["limits"]}.items()}
