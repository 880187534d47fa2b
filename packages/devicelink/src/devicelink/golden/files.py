"""Writes the golden files and reads them back. `usual` holds what most cases share; a case states what differs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from devicelink.golden import frames, messages, others
from devicelink.golden.case import FrameCase, HeardCase, MessageCase, PermitCase, ProofCase, SelfTestCase, TokenCase
from devicelink.limits import PROTOCOL_VERSION

C = TypeVar("C", bound=msgspec.Struct)

FOLDER = Path(__file__).resolve().parents[3] / "vectors"
FORMAT = "loa-vectors-1"

KINDS: dict[str, type[msgspec.Struct]] = {
    **dict.fromkeys(messages.FILES, MessageCase),
    "frames": FrameCase,
    "heard": HeardCase,
    "proofs": ProofCase,
    "selftests": SelfTestCase,
    "tokens": TokenCase,
    "permits": PermitCase,
}


def contents() -> dict[str, str]:
    """File name -> its text, made from fixed seeds: the same on every machine and on every day."""
    made: dict[str, Sequence[msgspec.Struct]] = {name: make() for name, make in messages.FILES.items()}
    made |= {"frames": frames.frames(), "heard": frames.heards()}
    made |= {"selftests": others.selftests()}
    made |= {"proofs": others.proofs(), "tokens": others.logins(), "permits": others.approvals()}
    return {f"{name}.json": _text(name, cases) for name, cases in made.items()}


def load(name: str, kind: type[C], folder: Path = FOLDER) -> list[C]:
    """The cases of one golden file, complete."""
    file = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return [msgspec.convert(file["usual"] | case, kind) for case in file["cases"]]


def write(folder: Path = FOLDER) -> list[Path]:
    """(Re)write all files; the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in contents().items():
        (folder / name).write_text(text, encoding="utf-8")
        paths.append(folder / name)
    return paths


def _text(name: str, cases: Sequence[msgspec.Struct]) -> str:
    rows: list[dict[str, Any]] = [msgspec.to_builtins(case) for case in cases]
    usual = _usual(KINDS[name], rows)
    short = [{key: value for key, value in row.items() if key not in usual or usual[key] != value} for row in rows]
    about = " ".join((KINDS[name].__doc__ or "").split())
    file = {"format": FORMAT, "protocol": PROTOCOL_VERSION, "about": about, "usual": usual, "cases": short}
    return json.dumps(file, ensure_ascii=False, indent=1) + "\n"


def _usual(kind: type[msgspec.Struct], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The value that most rows share, for each field that can be shared."""
    shared: dict[str, Any] = {}
    for field in kind.__struct_fields__:
        if field in ("name", "message", "token", "upload", "report", "airing", "expected", "frame", "kind"):
            continue
        values = [json.dumps(row[field], sort_keys=True) for row in rows]
        most = max(sorted(set(values)), key=values.count)
        if values.count(most) * 2 > len(values):
            shared[field] = json.loads(most)
    return shared
