"""The groups of the essential information as the repository ships them (`data/essential-information.yaml`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "data" / "essential-information.yaml"


@dataclass(frozen=True, slots=True)
class Group:
    """One group in the order of the file; `essential` is False for duties of the channel outside Art. 6."""

    code: str
    name: str
    essential: bool
    position: int


def groups() -> list[Group]:
    """All groups."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [Group(row["code"], row["vi"], row.get("art6", True), at) for at, row in enumerate(rows, 1)]


def load(model: Any) -> None:
    """Bring the table's groups to the state of the file; groups are never removed. `model` is Category of any age."""
    for group in groups():
        model.objects.update_or_create(
            code=group.code,
            area=None,
            defaults={"name": group.name, "essential": group.essential, "position": group.position},
        )
