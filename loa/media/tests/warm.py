"""The limited child without the start of Python: a warm process forks it for each file. For tests with many files.

What runs in the fork is `pipeline.child.main` as in the product, limits and all; only loading numpy and av is shared.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

PIPE = subprocess.PIPE
PROGRAM = """
import gc, json, os, sys
from loa.media.pipeline import child, normalise
from loa.media.quality.spectrum import Spectrum
Spectrum()  # its tables are shared as well
gc.freeze()
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(order["errors"], os.O_WRONLY), 2)
        os.dup2(os.open(order["out"], os.O_WRONLY), 1)
        code = 1
        try:
            code = child.main(*order["arguments"])
            sys.stdout.flush()
        finally:
            os._exit(code)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Warm:
    """Stands where `run` looks for the subprocess module."""

    PIPE = PIPE

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        os.mkfifo(self.out)
        self.server = subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=PIPE, stdout=PIPE, text=True)

    def Popen(self, command: list[str], *, stdout: int, stderr: IO[bytes], env: dict[str, str]) -> "Child":  # noqa: N802
        """Fork the child that `command` names."""
        assert command[2:4] == ["-m", "loa.media.pipeline.child"]
        assert self.server.stdin is not None
        order = {"arguments": command[4:], "errors": stderr.name, "out": str(self.out)}
        self.server.stdin.write(json.dumps(order) + "\n")
        self.server.stdin.flush()
        return Child(self.server, self.out)

    def close(self) -> None:
        """End the warm process."""
        self.server.communicate()


class Child:
    """As much of a Popen as `run` uses."""

    def __init__(self, server: "subprocess.Popen[str]", out: Path) -> None:
        assert server.stdout is not None
        self._told: IO[str] = server.stdout
        self.pid = int(self._told.readline())
        self.stdout: IO[bytes] = out.open("rb", buffering=0)
        self._code: int | None = None

    @property
    def returncode(self) -> int:
        return self.wait()

    def kill(self) -> None:
        """At once; it may have ended."""
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code."""
        if self._code is None:
            self._code = int(self._told.readline())
        return self._code
