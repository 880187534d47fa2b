"""`loa demo --say TEXT`: one notice through every step, on the running demonstration or on one of its own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loa.launch import beside, management, prepared, processes
from loa.launch.folders import Folders, read_json

PATIENCE_S = 180.0


def run(text: str) -> int:
    """Say it and print each step; returns the exit code."""
    told = beside.environ()
    if told.get("LOA_MODE") == "demo":
        os.environ.update(told)
        return _say(text)
    with _own_demonstration() as ready:
        return _say(text) if ready else 1


def _say(text: str) -> int:
    fleet = Folders(Path(os.environ["LOA_VAR"])).fleet
    return management.run(["demo", "say", "--fleet", str(fleet), "--text", text])


@contextmanager
def _own_demonstration() -> Iterator[bool]:
    """A demonstration in a folder of its own, on free ports. The folder stays: the sound files are in it."""
    root = Path(tempfile.mkdtemp(prefix="loa-say-"))
    root.chmod(0o755)  # its database may have to run as nobody
    folders = Folders(root / "var")
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "NATS_URL")}
    print(f"Chưa có bản trình diễn nào đang chạy; đang khởi động một bản riêng ở {folders.var}", flush=True)
    command = [sys.executable, "-m", "loa.launch", "demo"]
    own = {**kept, "LOA_VAR": str(folders.var)}
    process = subprocess.Popen(command, env=own, process_group=0, preexec_fn=processes.tied(signal.SIGINT))
    try:
        settled = folders.fleet / prepared.SETTLED
        processes.wait_until(lambda: settled.exists() or process.poll() is not None, PATIENCE_S, step=0.2)
        os.environ["LOA_VAR"] = str(folders.var)
        os.environ.update({str(k): str(v) for k, v in read_json(folders.state).get("environ", {}).items()})
        yield settled.exists()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
