"""What a check says."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, how it is, and the way out when it is not well."""

    name: str
    level: Level
    text: str
    way_out: str = ""


def ok(name: str, text: str) -> Finding:
    """All well."""
    return Finding(name, "ok", text)


def warn(name: str, text: str, way_out: str) -> Finding:
    """It works, but somebody should look after it."""
    return Finding(name, "warn", text, way_out)


def bad(name: str, text: str, way_out: str) -> Finding:
    """Loa will not work, or not safely."""
    return Finding(name, "bad", text, way_out)
