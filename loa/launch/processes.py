"""Processes by identity: a process is its number and its start time, and a zombie counts as dead.

Linux only. Numbers are used again and zombies answer to `kill(pid, 0)`, so neither alone says that a process lives.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # loaded before any fork


def tied(number: int) -> Callable[[], None]:
    """A `preexec_fn`: the child gets the signal when the thread that made it ends, also by kill -9.

    Python runs it after the change of user, which would clear the setting. Spawn from the main thread only.
    """
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # the parent ended before the setting took hold
            os._exit(1)

    return tie


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the state on; None for a dead process or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in "ZX" else fields


def started(pid: int) -> int | None:
    """Start time in clock ticks since boot; None when there is no such living process."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def alive(pid: int, start: int) -> bool:
    """Whether this very process lives."""
    return started(pid) == start


def all_pids() -> list[int]:
    """Numbers of all processes that can be seen."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def group(pgid: int) -> list[int]:
    """Living members of a process group, zombies left out."""
    found = []
    for pid in all_pids():
        fields = _stat(pid)
        if fields and int(fields[2]) == pgid:
            found.append(pid)
    return found


def listens(pgid: int, port: int) -> bool:
    """Whether a member of the process group listens on this TCP port."""
    for pid in group(pgid):
        with suppress(psutil.Error):
            for connection in psutil.Process(pid).net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    return True
    return False


def carries(pid: int, mark: str) -> bool:
    """Whether the process was started with `mark` ("NAME=value") in its environment; False when it may not be read."""
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone already is fine."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def kill_group(pgid: int) -> None:
    """SIGKILL to whatever is left in the group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], seconds: float, *, step: float = 0.02) -> bool:
    """Poll until the condition holds; False when it did not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(step)
    return True


def wait_gone(living: Iterable[tuple[int, int]], seconds: float) -> bool:
    """Wait until none of these (pid, start time) lives."""
    watched = list(living)
    return wait_until(lambda: not any(alive(pid, start) for pid, start in watched), seconds)
