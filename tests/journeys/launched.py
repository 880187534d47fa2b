"""Real loudspeakers that change their software: an agent under its launcher, and releases as real wheels."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from devicelink.jws import decode64
from devicelink.keyfiles import KeyFolder
from devicelink.keyring import fingerprint
from speaker.update import slots

from loa.config.env import ROOT
from loa.launch import processes
from tests.journeys.running import PATIENCE_S, Stack, until
from tests.journeys.world import LAUNCHED

sys.path.insert(0, str(ROOT / "packages" / "speaker" / "tests" / "support"))

from speaker_wheels import Change, release, surroundings

TRIAL_S = 60


def crashing(name: str, data: bytes) -> bytes:
    """A release whose agent ends as soon as it is started, though it can be imported."""
    line = b"import os, sys\nif 'run' in sys.argv: os._exit(3)\n"
    return line + data if name == "speaker/agent.py" else data


def pack(folder: Path, version: str, change: Change | None = None) -> Path:
    """The folder with the wheels of this version."""
    folder.mkdir(parents=True)
    made = release(version, change) if change else release(version)
    for wheel in made.wheels:
        (folder / wheel.name).write_bytes(made.files[wheel.sha256])
    return folder


@contextlib.contextmanager
def hung(stack: Stack) -> Iterator[None]:
    """The loudspeakers of Lương Thịnh: enrolled, started under their launchers, compared and placed."""
    root = fingerprint(decode64(KeyFolder(stack.var / "keys" / "gateway").keyset.root))
    gateway = ["--gateway", str(stack.state["gateway_url"]), "--engine", stack.environ["LOA_ENGINE_URL"]]
    claims = {name: (_home(stack, name).parent / "claim").read_text().strip() for name in LAUNCHED}
    enrolling = [
        _speaker(stack, name, "enrol", *gateway, "--claim", claim, "--root", root) for name, claim in claims.items()
    ]
    assert [one.wait(PATIENCE_S) for one in enrolling] == [0] * len(LAUNCHED)
    options = [*gateway, "--sink", "null", "--quick"]
    running = [_speaker(stack, name, "launch", "--trial", str(TRIAL_S), *options) for name in LAUNCHED]
    try:
        _place(stack)
        yield
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        for one in running:
            one.wait(PATIENCE_S)


def _home(stack: Stack, name: str) -> Path:
    return stack.var / "fleet" / name / "01"


def _speaker(stack: Stack, name: str, work: str, *options: str) -> "subprocess.Popen[bytes]":
    folder = _home(stack, name)
    folder.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "speaker", work, "--folder", str(folder), *options]
    with (stack.var / "log" / f"speaker-{name}.log").open("ab") as log:
        return subprocess.Popen(
            words, env=surroundings(), cwd=folder, stdout=log, stderr=log, preexec_fn=processes.tied(signal.SIGTERM)
        )


def _place(stack: Stack) -> None:
    waiting = {name: stack.devices[name] for name in LAUNCHED}

    def placed() -> bool:
        for name in stack.desk.do("place", fleet=str(stack.var / "fleet"), waiting=waiting):
            del waiting[name]
        return not waiting

    until("both are compared and placed", placed)
    until("both hold their place", lambda: all(stack.status(name).get("placed") for name in LAUNCHED))
    there = "select state from devices_devicestatus where device_id = %s"
    for name in LAUNCHED:
        until(f"{name} is there", lambda name=name: stack.rows(there, stack.devices[name]) == [("online",)])  # type: ignore[misc]


def active(stack: Stack, name: str) -> tuple[str, bool]:
    """Slot that runs ("" = the delivered software), and whether another one is on trial."""
    held = slots.load(_home(stack, name))
    return held.active, held.trial is not None
