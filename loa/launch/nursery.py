"""Starting and ending processes so that none is ever left behind, and remembering them for the next start."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from loa.launch import processes
from loa.launch.child import Child
from loa.launch.folders import Folders, read_json, write_json

LOG_LIMIT = 20 * 1024 * 1024
MARK = "LOA_SUPERVISED"


@dataclass(slots=True)
class Running:
    """A started child. `failures` counts quick ends in a row, `next_start` is monotonic time (0 = it runs)."""

    child: Child
    process: subprocess.Popen[bytes]
    start: int
    began: float = field(default_factory=time.monotonic)
    failures: int = 0
    next_start: float = 0.0
    unwell: int = 0

    @property
    def ended(self) -> bool:
        """Whether the process is gone (and reaped)."""
        return self.process.poll() is not None


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


class Nursery:
    """Spawns into process groups of their own, tied to this process, and keeps children.json true."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self.running: dict[str, Running] = {}

    @property
    def record(self) -> Path:
        """Who lives: read by the next start."""
        return self.folders.run / "children.json"

    @property
    def mark(self) -> str:
        """Stands in the environment of every child of this data folder, and of their children."""
        return f"{MARK}={self.folders.var}"

    def log(self, name: str) -> Path:
        """Log file of a child."""
        return self.folders.logs / f"{name}.log"

    def spawn(self, child: Child) -> Running:
        """Start a child that is made ready; from the main thread only. Raises OSError when there is no such program."""
        _trim(self.log(child.name))
        environ = {**child.environ, MARK: str(self.folders.var)}
        with self.log(child.name).open("ab") as out:
            process = subprocess.Popen(
                child.argv,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
                preexec_fn=processes.tied(child.stop),
                **child.options,
            )
        running = Running(child, process, processes.started(process.pid) or 0)
        self.running[child.name] = running
        self._write()
        return running

    def ask_to_stop(self, running: Running) -> None:
        """Send the child its own signal."""
        if not running.ended:
            processes.send(running.process.pid, running.child.stop)

    def end(self, running: Running, seconds: float | None = None) -> None:
        """Wait for the end, then SIGKILL what is left of its group: a killed leader may leave workers that serve on."""
        try:
            running.process.wait(running.child.grace if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            processes.kill_group(running.process.pid)
            running.process.wait()
        self.clear(running)

    def clear(self, running: Running) -> None:
        """After its leader ended: nothing of the group may live on."""
        if processes.group(running.process.pid):
            processes.kill_group(running.process.pid)

    def forget(self, name: str) -> None:
        """A child that is gone for good."""
        self.running.pop(name, None)
        self._write()

    def tail(self, name: str, lines: int = 12) -> str:
        """Last lines of a child's log."""
        try:
            with self.log(name).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 8000))
                text = file.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _write(self) -> None:
        children = [
            {"name": name, "pid": one.process.pid, "start": one.start, "signal": int(one.child.stop)}
            for name, one in self.running.items()
        ]
        with suppress(OSError):  # a full disk: the next start then ends fewer leftovers, that is all
            write_json(self.record, {"boot": _boot(), "children": children})

    def end_leftovers(self) -> list[str]:
        """End what an earlier start left living; returns the names. PostgreSQL's backends are postgres.py's affair."""
        record = read_json(self.record)
        if record.get("boot") != _boot():
            return []
        children = [entry for entry in record.get("children", []) if isinstance(entry, dict)]
        living = [entry for entry in children if processes.alive(entry["pid"], entry["start"])]
        for entry in living:
            processes.send(entry["pid"], entry["signal"])
        processes.wait_gone(((entry["pid"], entry["start"]) for entry in living), 10)
        ended = [str(entry["name"]) for entry in living]
        return ended + [str(entry["name"]) for entry in children if self._end_group(entry["pid"], entry["start"])]

    def _end_group(self, pid: int, start: int) -> bool:
        """SIGKILL the members of a group of ours. A number used again by a stranger has another leader or no mark."""
        if processes.started(pid) not in (None, start):
            return False
        members = [member for member in processes.group(pid) if processes.carries(member, self.mark)]
        for member in members:
            processes.send(member, signal.SIGKILL)
        processes.wait_until(lambda: not any(processes.started(member) for member in members), 5)
        return bool(members)


def _trim(log: Path) -> None:
    """Keep one older file; logs of a machine that runs for years must not fill its disk."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def trim_in_place(log: Path) -> None:
    """Shorten the log of a running child: it writes with O_APPEND, so emptying the file is safe."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        older = log.with_suffix(".log.1")
        try:
            older.write_bytes(log.read_bytes()[-LOG_LIMIT // 4 :])
        except OSError:  # the disk is full, perhaps of this very log
            older.unlink(missing_ok=True)
        os.truncate(log, 0)
