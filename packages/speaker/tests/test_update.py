"""Another release reaches a real agent under its launcher: a good one stays, a broken one goes back by itself."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import speaker_village as village
from devicelink.messages import Wheel
from devicelink.updates import Step
from speaker.budget import MEGABYTE, month_of
from speaker.faults import SimulatedDisk
from speaker.update import slots
from speaker.update.software import Software
from speaker_home import PATIENCE_S, awake, enrolled, settled, until
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


# --- an agent inside the test ----------------------------------------------------------------------------------------


LAUNCHED = Software(slot=slots.BASE)


def offered(platform: Platform) -> tuple[int, bytes]:
    """Revision of an order for a package that is no package, and what it is."""
    data = os.urandom(900_000)
    named = hashlib.sha256(data).hexdigest()
    platform.media[named] = data
    wheel = Wheel(name="loa_speaker-9.0.0-py3-none-any.whl", sha256=named, size=len(data))
    manifest = Release("9.0.0", (wheel,), {}).manifest(now_ms())
    platform.publish("release", manifest)
    platform.send(village.signed(village.command(manifest.issued, f"u-{manifest.revision}", "update")))
    return manifest.revision, data


def says(platform: Platform, step: Step, revision: int) -> bool:
    return any((beat.update, beat.step) == (revision, step) for beat in platform.of().beats)


def test_a_sim_that_is_used_up_waits_for_the_next_month_and_nothing_is_fetched(
    platform: Platform, tmp_path: Path
) -> None:
    """Waiting is no failure: once there is data again, it goes on by itself."""

    async def story() -> None:
        config = enrolled(platform, tmp_path)
        ready(platform)
        platform.publish("placement", village.placement(now_ms(), monthly_mb=10))
        async with awake(config, software=LAUNCHED) as agent:
            await settled(agent)
            await until(lambda: agent.papers.placement and agent.papers.placement.monthly_mb)
            agent.store.used(month_of(now_ms()), 8 * MEGABYTE)
            revision, data = offered(platform)
            await until(lambda: says(platform, Step.NO_DATA, revision))
            assert list(agent.updater.kept.iterdir()) == []
            assert slots.load(tmp_path).outcome is None
            topped_up = village.placement(now_ms(), monthly_mb=100)
            platform.publish("placement", topped_up)
            platform.send(village.signed(village.changed(now_ms(), "c-1", "placement", topped_up.revision)))
            await until(lambda: says(platform, Step.NOT_INSTALLED, revision))  # fetched, and it is no package
            assert [path.read_bytes() for path in agent.updater.kept.iterdir()] == [data]

    asyncio.run(story())


def test_without_room_for_a_second_release_it_says_so_and_fetches_nothing(platform: Platform, tmp_path: Path) -> None:
    async def story() -> None:
        config = enrolled(platform, tmp_path)
        ready(platform)
        disk = SimulatedDisk()
        async with awake(config, software=LAUNCHED, disk=disk) as agent:
            await settled(agent)
            disk.full = True
            revision, _ = offered(platform)
            await until(lambda: says(platform, Step.NO_ROOM, revision))
            assert not agent.updater.kept.exists()
            assert slots.load(tmp_path) == slots.Slots(
                outcome=slots.Outcome(order="order-9.0.0", revision=revision, step=Step.NO_ROOM)
            )

    asyncio.run(story())
