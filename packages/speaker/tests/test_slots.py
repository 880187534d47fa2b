"""Whatever the power does while a release is installed, what is started next is whole."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from devicelink.messages import Manifest
from devicelink.updates import Step
from speaker.update import install, slots
from speaker.update.launcher import Launcher
from speaker.update.slots import BASE, MOST_STARTS, Slots, Trial
from speaker_wheels import Release, release

NOW = 1_790_000_000_000
GOOD = release("1.0.0")


class PowerCut(BaseException):
    """Nothing after this line happens."""


class Cutter:
    """Cuts the power before the step with this number."""

    def __init__(self, at: int) -> None:
        self.left = at

    def around(self, work: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **facts: object) -> object:
            if self.left == 0:
                raise PowerCut
            self.left -= 1
            return work(*args, **facts)

        return step


@pytest.fixture(autouse=True)
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it imports is tried by the tests with a real agent."""
    monkeypatch.setattr(install, "check", lambda _python, _release: None)


def laid(folder: Path, one: Release) -> Path:
    kept = folder / slots.FOLDER / "wheels"
    kept.mkdir(parents=True, exist_ok=True)
    for sha256, data in one.files.items():
        (kept / sha256).write_bytes(data)
    return kept


def order() -> Manifest:
    return GOOD.manifest(NOW)


def take(folder: Path, slot: str) -> None:
    """All that the agent does from the wheels to the trial."""
    install.install(folder, slot, order(), laid(folder, GOOD))
    held = slots.load(folder)
    trial = Trial(slot=slot, order="o-1", revision=NOW, release="1.0.0")
    slots.save(folder, Slots(active=held.active, previous=held.previous, trial=trial))


def next_start(folder: Path) -> str:
    """The slot that the launcher would start now."""
    held = Launcher(folder, ()).settled()
    return held.trial.slot if held.trial else held.active


def test_power_cut_before_each_step_leaves_a_slot_that_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: set[str] = set()
    for number in range(40):
        cutter = Cutter(number)
        with monkeypatch.context() as patch:
            for module, name in (
                (install, "empty"),
                (install, "_unpack"),
                (install, "write"),
                (slots, "write"),
                (install.venv.EnvBuilder, "create"),
                (install.os, "sync"),
            ):
                patch.setattr(module, name, cutter.around(getattr(module, name)))
            try:
                take(tmp_path, "a")
                whole = True
            except PowerCut:
                whole = False
        begins = next_start(tmp_path)
        assert slots.is_bootable(tmp_path, begins)
        assert (begins == "a") is whole
        started.add(begins)
        if whole:
            break
    assert started == {BASE, "a"}
    python = slots.python_of(tmp_path, "a")
    found = subprocess.run([python, "-m", "speaker", "check"], capture_output=True, text=True, cwd="/")
    assert found.stdout.strip() == "1.0.0", found.stderr


def test_a_slot_being_made_anew_counts_for_nothing_until_it_is_whole(tmp_path: Path) -> None:
    take(tmp_path, "a")
    install.empty(slots.place_of(tmp_path, "a"))
    assert next_start(tmp_path) == BASE
    outcome = slots.load(tmp_path).outcome
    assert outcome is not None
    assert outcome.step is Step.NOT_INSTALLED


def test_a_trial_is_begun_three_times_and_no_more(tmp_path: Path) -> None:
    take(tmp_path, "b")
    assert [next_start(tmp_path) for _ in range(MOST_STARTS + 2)] == ["b", "b", "b", BASE, BASE]
    outcome = slots.load(tmp_path).outcome
    assert outcome is not None
    assert (outcome.order, outcome.step) == ("o-1", Step.CRASHED)


def test_a_kept_release_is_left_for_the_one_before_it_when_its_slot_rots(tmp_path: Path) -> None:
    take(tmp_path, "a")
    slots.save(tmp_path, slots.load(tmp_path).kept())
    assert next_start(tmp_path) == "a"
    take(tmp_path, "b")
    slots.save(tmp_path, slots.load(tmp_path).kept())
    assert (slots.load(tmp_path).active, slots.load(tmp_path).previous) == ("b", "a")
    (slots.place_of(tmp_path, "b") / slots.MARK).write_text("{")
    assert next_start(tmp_path) == "a"
    (slots.place_of(tmp_path, "a") / slots.MARK).unlink()
    assert next_start(tmp_path) == BASE


@pytest.mark.parametrize("content", ["", "{", '{"active":"../../etc"}', '{"trial":{"slot":"c"}}', "\x00\x00"])
def test_a_file_that_cannot_be_read_means_the_delivered_software(tmp_path: Path, content: str) -> None:
    (tmp_path / slots.FOLDER).mkdir()
    (tmp_path / slots.FOLDER / slots.FILE).write_text(content)
    assert next_start(tmp_path) == BASE
    assert slots.python_of(tmp_path, BASE) == sys.executable


def test_a_wheel_that_is_not_what_its_record_says_is_not_installed(tmp_path: Path) -> None:
    kept = laid(tmp_path, GOOD)
    wheel = order().wheels[0]
    whole = (kept / wheel.sha256).read_bytes()
    (kept / wheel.sha256).write_bytes(whole[:-200])
    with pytest.raises(install.NotInstalled) as fault:
        install.install(tmp_path, "a", order(), kept)
    assert fault.value.step is Step.NOT_INSTALLED
    assert not slots.is_bootable(tmp_path, "a")


def test_wheels_for_another_machine_or_python_are_not_tried() -> None:
    assert install.fits(order())
    assert not install.fits(GOOD.manifest(NOW, python=("3.99",)))
    assert not install.fits(GOOD.manifest(NOW, machine="riscv64"))
    assert not install.fits(GOOD.manifest(NOW, protocol=2))
