"""Real supervisors in folders of their own; nothing of them is left when a test ends."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loa.launch import postgres, processes
from loa.launch.folders import Folders, read_json

PATIENCE_S = 120  # for what must happen: a busy machine may need long, and nobody waits longer than it takes
DROPPED = ("DATABASE_URL", "LOA_TEST_PG", "NATS_URL")


def environ(var: Path, mode: str = "demo") -> dict[str, str]:
    """The environment of a start that has nothing to do with the database of the test run."""
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return {**kept, "LOA_VAR": str(var), "LOA_MODE": mode}


class Stack:
    """One started supervisor and what it wrote."""

    def __init__(self, var: Path, command: list[str]) -> None:
        self.folders = Folders(var)
        self.output = var.with_name(var.name + f".{time.monotonic_ns()}.out")
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(command, env=environ(var), stdout=out, stderr=out, process_group=0)

    @property
    def text(self) -> str:
        """What it said so far."""
        return self.output.read_text()

    def ready(self, word: str = "READY", seconds: float = PATIENCE_S) -> "Stack":
        """Wait until it says so."""
        done = processes.wait_until(lambda: word in self.text or self.process.poll() is not None, seconds)
        assert done, self.text
        assert word in self.text, self.text
        return self

    def end(self, number: int, seconds: float = PATIENCE_S) -> int:
        """Send a signal and wait; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def children(self) -> dict[str, int]:
        """Process numbers by name, as written for the next start."""
        return {entry["name"]: entry["pid"] for entry in read_json(self.folders.run / "children.json")["children"]}

    def worker(self) -> int:
        """The number of the leader's worker, from the leader's log."""
        processes.wait_until(lambda: "worker" in (self.folders.logs / "leader.log").read_text(), PATIENCE_S)
        return int((self.folders.logs / "leader.log").read_text().split()[-1])

    def left_over(self) -> list[int]:
        """Living processes of this data folder, but for the supervisor."""
        mark = f"LOA_SUPERVISED={self.folders.var}"
        marked = [pid for pid in processes.all_pids() if processes.carries(pid, mark)]
        return [pid for pid in marked + postgres.servers_of(self.folders.database) if processes.started(pid)]


@pytest.fixture
def var() -> Iterator[Path]:
    """A data folder that PostgreSQL can reach whoever runs the tests, with a short path for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="loa-"))
    folder.chmod(0o755)
    yield folder / "var"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def launch(var: Path) -> Iterator[Callable[..., Stack]]:
    """Starts supervisors on `var`; ends whatever still lives afterwards."""
    stacks: list[Stack] = []

    def start(*words: str, command: tuple[str, ...] = ("-m", "loa.launch.tests.rig")) -> Stack:
        stacks.append(Stack(var, [sys.executable, *command, *words]))
        return stacks[-1]

    yield start
    for stack in stacks:
        if stack.process.poll() is None:
            stack.end(signal.SIGTERM)
        for pid in stack.left_over():
            processes.send(pid, signal.SIGKILL)
