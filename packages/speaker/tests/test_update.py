"""Another release reaches a real agent under its launcher: a good one stays, a broken one goes back by itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import speaker_village as village
from devicelink.updates import Step
from speaker.update import slots
from speaker_home import PATIENCE_S, enrolled
from speaker_platform import Platform, now_ms, ready
from speaker_wheels import Change, Release, release, surroundings

STARTED: list[subprocess.Popen[bytes]] = []


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


@pytest.fixture(autouse=True)
def no_orphans() -> Iterator[None]:
    """Nothing that a test began outlives it."""
    yield
    for process in STARTED:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    STARTED.clear()


class Pole:
    """A loudspeaker under its launcher."""

    def __init__(self, platform: Platform, folder: Path, trial: float = 60.0) -> None:
        self.platform, self.folder = platform, folder
        if not (folder / "state.db").exists():
            enrolled(platform, folder)
            ready(platform)
        options = ["--gateway", platform.gateway_url, "--engine", platform.engine_url, "--sink", "null", "--quick"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "speaker", "launch", "--folder", str(folder), "--trial", str(trial), *options],
            env=surroundings(),
            start_new_session=True,
        )
        STARTED.append(self.process)

    def order(self, one: Release, **changes: object) -> int:
        """Revision of the order."""
        self.platform.media.update(one.files)
        manifest = one.manifest(now_ms(), **changes)
        self.platform.publish("release", manifest)
        self.platform.send(village.signed(village.command(manifest.issued, f"u-{manifest.revision}", "update")))
        return manifest.revision

    def said(self, step: Step, revision: int) -> bool:
        return any((beat.update, beat.step) == (revision, step) for beat in self.platform.of().beats)

    def agents(self) -> list[str]:
        """Versions that said hello, in order."""
        found: list[str] = []
        for hello in list(self.platform.of().hellos):
            if not found or found[-1] != hello.agent:
                found.append(hello.agent)
        return [name.partition("/")[2] for name in found]

    def connected(self) -> None:
        wait(self.platform.connected)
        wait(lambda: any(ack.of.startswith("plan:") for ack in self.platform.of().acks))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0

    def kill(self) -> None:
        """The power is cut: launcher, agent and whatever they started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def broken(where: str, line: bytes) -> Change:
    """A release in which this file begins with that line."""
    return lambda name, data: line + b"\n" + data if name == where else data


CRASHING = broken("speaker/agent.py", b"import os, sys\nif 'run' in sys.argv: os._exit(3)")
DEAF = broken("speaker/link.py", b"import sys, time\nif 'run' in sys.argv: time.sleep(3600)")


def test_a_good_release_stays_and_a_broken_one_goes_back_and_says_why(platform: Platform, tmp_path: Path) -> None:
    pole = Pole(platform, tmp_path)
    pole.connected()
    first = pole.agents()[0]
    good = pole.order(release("1.0.0"))
    wait(lambda: pole.said(Step.DONE, good))
    assert slots.load(tmp_path).active == "a"
    assert platform.of().beats[-1].agent == "loa-speaker/1.0.0"
    assert platform.of().byes[-1].cause == "stopping"  # no silent link: nobody is alarmed
    bad = pole.order(release("1.1.0", CRASHING))
    wait(lambda: pole.said(Step.CRASHED, bad))
    held = slots.load(tmp_path)
    assert (held.active, held.trial) == ("a", None)
    assert pole.agents() == [first, "1.0.0"]
    pole.stop()


def test_a_release_that_never_gets_through_goes_back_when_its_time_is_over(platform: Platform, tmp_path: Path) -> None:
    """Power is cut in the middle of its trial, too: it is begun again, and that counts."""
    pole = Pole(platform, tmp_path)
    pole.connected()
    order = pole.order(release("1.0.0", DEAF))
    wait(lambda: (trial := slots.load(tmp_path).trial) and trial.starts == 1)
    pole.kill()
    held = slots.load(tmp_path)
    assert held.trial is not None
    assert (held.active, held.trial.slot, held.trial.starts) == ("", "a", 1)
    pole = Pole(platform, tmp_path, trial=2.0)
    wait(lambda: pole.said(Step.NOT_WELCOMED, order))
    assert slots.load(tmp_path).active == ""
    assert len(pole.agents()) == 1
    pole.stop()


def test_what_was_called_back_is_not_begun(platform: Platform, tmp_path: Path) -> None:
    """It waits for its hour; meanwhile somebody halts the rollout."""
    pole = Pole(platform, tmp_path)
    pole.connected()
    order = pole.order(release("1.0.0"), not_before=now_ms() + 6_000)
    wait(lambda: pole.said(Step.WAITING, order))
    del platform.papers["release"]
    wait(lambda: platform.of().beats[-1].step == "")
    assert slots.load(tmp_path).trial is None
    pole.stop()
