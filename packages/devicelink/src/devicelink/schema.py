"""JSON Schemas (2020-12) of every message, made from the types: `python -m devicelink.schema` writes them.

They describe payloads. Unknown fields are allowed on purpose: protocol N+1 may add some.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from devicelink.limits import PROTOCOL_VERSION
from devicelink.messages import DOWNWARD, UPWARD, Message

FOLDER = Path(__file__).resolve().parents[2] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: type[Message]) -> dict[str, Any]:
    """The schema of one message type, with everything it refers to."""
    (reference,), parts = msgspec.json.schema_components([kind])
    identity = f"urn:loa:protocol:{PROTOCOL_VERSION}:{kind.typ}"
    return {"$schema": DIALECT, "$id": identity, **reference, "$defs": _tidy(parts)}


def contents() -> dict[str, str]:
    """File name -> text, for every message in both directions."""
    kinds = DOWNWARD | UPWARD
    return {f"{typ}.json": json.dumps(schema_of(kinds[typ]), indent=2) + "\n" for typ in sorted(kinds)}


def write(folder: Path = FOLDER) -> list[Path]:
    """(Re)write all schemas; the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents().items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in contents()]


def _tidy(part: Any) -> Any:
    """Descriptions on one line each."""
    if isinstance(part, dict):
        tidy = {key: _tidy(value) for key, value in part.items()}
        if isinstance(tidy.get("description"), str):
            tidy["description"] = " ".join(tidy["description"].split())
        return tidy
    return [_tidy(item) for item in part] if isinstance(part, list) else part


if __name__ == "__main__":
    for path in write():
        print(path)
