"""What may be warned of, as data (`data/hazards.yaml`): names, levels and their colours, category, siren."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

FILE = Path(__file__).parent / "data" / "hazards.yaml"
SIRENS = ("", "flood", "fire", "storm", "generic")
CATEGORIES = frozenset(
    {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"}
)
SEVERITIES = ("extreme", "severe", "moderate", "minor", "unknown")
URGENCIES = ("immediate", "expected", "future", "past", "unknown")
CERTAINTIES = ("observed", "likely", "possible", "unlikely", "unknown")
OF_LEVEL: Mapping[int, "Severity"] = {1: "minor", 2: "moderate", 3: "severe", 4: "severe", 5: "extreme"}
Severity = Literal["extreme", "severe", "moderate", "minor", "unknown"]


@dataclass(frozen=True, slots=True)
class Colour:
    """How a level of risk is shown: its name in the Decision, the token of our style sheet."""

    level: int
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Hazard:
    """One kind. `levels` are the levels of risk that the Decision knows for it, none for what it does not speak of.

    `checked`: somebody has compared the levels with the text of the Decision.
    """

    code: str
    name: str
    natural: bool
    levels: tuple[int, ...]
    category: str
    siren: str
    severity: Severity
    urgency: str
    certainty: str
    checked: bool

    def severity_at(self, risk: int) -> Severity:
        """How severe an alert of this level is (CAP); without level the usual one of the kind."""
        return OF_LEVEL.get(risk, self.severity)


@dataclass(frozen=True, slots=True)
class Book:
    """The whole file."""

    kinds: Mapping[str, Hazard]
    colours: Mapping[int, Colour]

    def name_of(self, code: str) -> str:
        """For people; an unknown code (of a newer version, of a foreign feed) stands as it is."""
        found = self.kinds.get(code)
        return found.name if found else code


@lru_cache(maxsize=1)
def book() -> Book:
    """What the installation knows. ValueError names the row that is wrong."""
    return read(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def read(data: Mapping[str, Any]) -> Book:
    """The content of the file, checked."""
    colours = {level: Colour(level, row["name"], row["token"]) for level, row in data["colours"].items()}
    if sorted(colours) != [1, 2, 3, 4, 5]:
        raise ValueError("colours: five levels")
    rows = [_hazard(row) for row in data["kinds"]]
    if len({row.code for row in rows}) != len(rows):
        raise ValueError("kinds: a code stands twice")
    return Book({row.code: row for row in rows}, colours)


def _hazard(row: Mapping[str, Any]) -> Hazard:
    severity, urgency, certainty = row["default"]
    levels = tuple(range(row["from"], row["to"] + 1)) if "from" in row else ()
    natural = row["group"] == "natural"
    fits = (
        row["code"].isascii()
        and row["code"].replace("-", "").isalnum()
        and row["cap"] in CATEGORIES
        and row["siren"] in SIRENS
        and severity in SEVERITIES
        and urgency in URGENCIES
        and certainty in CERTAINTIES
        and set(levels) <= {1, 2, 3, 4, 5}
        and bool(levels) == natural
    )
    if not fits:
        raise ValueError(f"kinds: {row['code']}")
    return Hazard(
        row["code"], row["name"], natural, levels, row["cap"], row["siren"], severity, urgency, certainty,
        bool(row.get("checked", True)),
    )  # fmt: skip
