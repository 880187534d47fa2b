"""Starts the agent, starts it again, and takes a release back that does not work. Never updated itself: keep it small.

It runs from the delivered software, reads `slots.json` and nothing else of the agent, and writes it only while no agent
runs. A loss of power at any point leaves a slot that starts: the old one, or on trial the new one, at most three times.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from devicelink.updates import Step

from speaker.update import install, slots
from speaker.update.slots import BASE, MOST_STARTS, RESTART, Slots, Trial

log = logging.getLogger("speaker.launcher")

END_S = 20.0
LOOK_S = 0.1
QUICK_S = 15.0  # an agent that ends sooner did not really run
MOST_QUICK = 3
STATUS = "status.json"


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: `trial` until a release on trial has to have shown that it works, `sounding` longer while it sounds;
    pauses between starts grow from `shortest` to `longest`.
    """

    trial: float = 600.0
    sounding: float = 3_600.0
    shortest: float = 1.0
    longest: float = 30.0


class _Playing(msgspec.Struct):
    playing: str = ""


@dataclass(slots=True)
class Launcher:
    """`arguments`: what is said to `speaker run`, without the folder."""

    folder: Path
    arguments: Sequence[str]
    patience: Patience = field(default_factory=Patience)
    _stopping: bool = False
    _quick: int = 0

    def run(self) -> int:
        """Until SIGTERM or SIGINT; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        pause = self.patience.shortest
        while not self._stopping:
            began = time.monotonic()
            code = self._live(self.settled())
            short = time.monotonic() - began < QUICK_S
            self._quick = self._quick + 1 if short and code not in (0, RESTART) else 0
            if code != RESTART:
                self._rest(pause)
            pause = min(self.patience.longest, pause * 2) if short and self._trial() is None else self.patience.shortest
        return 0

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(LOOK_S)

    def settled(self) -> Slots:
        """What is to be started now, written down before it is."""
        held = slots.load(self.folder)
        if held.trial is not None:
            if not slots.is_bootable(self.folder, held.trial.slot):
                return self._kept(held.given_up(Step.NOT_INSTALLED))
            if held.trial.starts >= MOST_STARTS:
                return self._kept(held.given_up(Step.CRASHED))
            return self._kept(held.begun())
        if not slots.is_bootable(self.folder, held.active) or self._is_rotten(held):
            log.error("slot %r cannot be started, back to %r", held.active, held.previous)
            usable = held.previous if slots.is_bootable(self.folder, held.previous) else BASE
            return self._kept(Slots(active=usable if usable != held.active else BASE, outcome=held.outcome))
        return held

    def _is_rotten(self, held: Slots) -> bool:
        """It used to work and ends at once now: flash forgets. Or the reason lies elsewhere: look."""
        if held.active == BASE or self._quick < MOST_QUICK:
            return False
        self._quick = 0
        mark = slots.mark_of(self.folder, held.active)
        try:
            install.check(slots.python_of(self.folder, held.active), mark.release if mark else "")
        except install.NotInstalled:
            return True
        return False

    def _kept(self, held: Slots) -> Slots:
        try:
            slots.save(self.folder, held)
        except OSError as error:  # a full disk: what cannot be counted is not tried
            log.error("%s cannot be written: %s", slots.FILE, error)
            return msgspec.structs.replace(held, trial=None)
        return held

    def _live(self, held: Slots) -> int:
        """One life of the agent; its exit code."""
        slot = held.trial.slot if held.trial else held.active
        child = subprocess.Popen(
            [slots.python_of(self.folder, slot), "-m", "speaker", "run", "--folder", str(self.folder), *self.arguments],
            env={**os.environ, slots.VARIABLE: slot or "base"},
        )
        return self._watch(child, held.trial)

    def _watch(self, child: subprocess.Popen[bytes], trial: Trial | None) -> int:
        ends = time.monotonic() + self.patience.trial
        while child.poll() is None:
            if self._stopping:
                return self._end(child)
            if trial is not None and time.monotonic() > ends and self._late(ends):
                self._end(child)
                self._give_up(trial)
                return RESTART
            self._wait(child)
            if trial is not None and self._trial() != trial:
                trial = None  # it has shown that it works
        return int(child.returncode)

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        try:
            child.wait(LOOK_S)
        except subprocess.TimeoutExpired:
            return

    def _late(self, ends: float) -> bool:
        """Nobody's notice is cut in two because the network is away."""
        return not self._sounds() or time.monotonic() > ends + self.patience.sounding

    def _sounds(self) -> bool:
        try:
            return bool(msgspec.json.decode((self.folder / STATUS).read_bytes(), type=_Playing).playing)
        except (OSError, ValueError, msgspec.MsgspecError):
            return False

    def _trial(self) -> Trial | None:
        return slots.load(self.folder).trial

    def _give_up(self, trial: Trial) -> None:
        held = slots.load(self.folder)
        if held.trial == trial:  # it may have got through while it ended
            self._kept(held.given_up(Step.NOT_WELCOMED))

    def _end(self, child: subprocess.Popen[bytes]) -> int:
        child.terminate()
        try:
            return child.wait(END_S)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()
