"""What is tracked, as the rules of the house see it."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Brought in as they are from elsewhere, with their licences beside them.
VENDORED = ("/vendor/", "/fonts/")


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the repository: tracked ones, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return tuple(sorted(ROOT / name for name in names if name and (ROOT / name).is_file()))


def named(path: Path) -> str:
    """The path as messages show it."""
    return path.relative_to(ROOT).as_posix()


def ours() -> Iterator[Path]:
    """Files that we write ourselves."""
    return (path for path in tracked() if not any(part in f"/{named(path)}" for part in VENDORED))


def python() -> Iterator[Path]:
    """Python files, migrations left out: those are made by a program."""
    return (path for path in ours() if path.suffix == ".py" and "migrations" not in path.parts)


def code() -> Iterator[Path]:
    """Python files of the product: no tests, no measurements."""
    left_out = {"tests", "bench", "conftest.py"}
    return (path for path in python() if not left_out & set(path.relative_to(ROOT).parts))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree."""
    return ast.parse(path.read_text(), filename=str(path))
