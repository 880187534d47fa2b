"""Starts the parts in order, keeps them alive, stops them in order. One supervisor for each data folder.

Rules found by trial are in docs/adr/0009-one-machine-supervisor.md; the tests play them with real processes.
"""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from loa.launch import processes, trouble
from loa.launch.child import REFUSED, Child, Step, always
from loa.launch.folders import Folders
from loa.launch.nursery import Nursery, Running, trim_in_place

POLL_S = 0.05
CHECK_EVERY_S = 10.0
UNWELL_LIMIT = 3
FIRST_BACK_OFF_S = 0.5
LONGEST_BACK_OFF_S = 30.0
STEADY_AFTER_S = 60.0
IN_A_HURRY_S = 0.2
AHEAD_S = 0.5


class AlreadyRunning(Exception):
    """Another supervisor has this data folder."""


class StartFailed(Exception):
    """A needed child did not come up; the message is Vietnamese and ends with its last log lines."""


class TurnedDown(StartFailed):
    """A piece of work said no and changed nothing; the message is what it said."""


class Stopped(Exception):
    """Somebody asked to stop while the start was under way."""


def back_off(failures: int) -> float:
    """Seconds until the next try after so many quick ends in a row (0 = the first)."""
    return min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2.0 ** min(failures, 16))


def lock(file: Path) -> int:
    """Take the lock for as long as this process lives; its descriptor is not inherited. Raises AlreadyRunning."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise AlreadyRunning from error
    return descriptor


def is_held(file: Path) -> bool:
    """Whether a supervisor lives; files that a killed one left say nothing."""
    try:
        os.close(lock(file))
    except AlreadyRunning:
        return True
    except OSError:  # no such folder, or one that we may not look into
        return False
    return False


class Supervisor:
    """`say` gets one Vietnamese line for each thing a person should know."""

    def __init__(self, folders: Folders, say: Callable[[str], None]) -> None:
        self.nursery = Nursery(folders)
        self.folders = folders
        self.say = say
        self.stopping = False
        self.in_a_hurry = False
        self._may_break_off = False
        self.order: list[list[str]] = []
        self._checks: dict[str, bool] = {}
        self._asking = threading.Lock()

    # --- signals -------------------------------------------------------------------------------------------------
    def listen(self) -> None:
        """From now on Ctrl-C, SIGTERM and a closed terminal ask for an orderly stop; a second time hurries it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.in_a_hurry = self.stopping
        self.stopping = True
        if self._may_break_off:
            self._may_break_off = False  # once: the stop that follows must not be broken off
            raise Stopped

    # --- start ---------------------------------------------------------------------------------------------------
    def clear_leftovers(self) -> None:
        """End what an earlier start left living."""
        for name in self.nursery.end_leftovers():
            self.say(f"Đã dừng phần còn sót của lần chạy trước: {name}")

    def start(self, steps: Sequence[Step]) -> None:
        """Bring everything up, step by step. Raises StartFailed, Stopped; call `stop` then."""
        for step in steps:
            for child in step.ahead():
                self._spawn(child)
            for task in step.first():
                self._run_through(task)
            self._start_together(step.children())

    def _run_through(self, task: Child) -> None:
        """Run one piece of work to its end."""
        began = time.monotonic()
        self.order.append([task.name])
        running = self._spawn(task)
        while not running.ended:
            self._wait(task, began)
        self.nursery.forget(task.name)
        if running.process.returncode == REFUSED:
            raise TurnedDown(self.nursery.tail(task.name, 1))
        if running.process.returncode:
            raise StartFailed(self._failure(task))
        self._done(task.label, began)

    def _start_together(self, children: Sequence[Child]) -> None:
        began = time.monotonic()
        self.order.append([child.name for child in children])
        waiting = {child.name: self.nursery.running.get(child.name) or self._spawn(child) for child in children}
        while waiting:
            for name, running in list(waiting.items()):
                if running.ended and running.child.needed:
                    raise StartFailed(self._failure(running.child))
                if running.ended or self._is_ready(running):
                    del waiting[name]
                    if running.child.ready is not always:
                        self._done(running.child.label, began)
            if waiting:
                self._wait(next(iter(waiting.values())).child, began)

    def _is_ready(self, running: Running) -> bool:
        port = running.child.port
        return running.child.ready() and (not port or processes.listens(running.process.pid, port))

    def _spawn(self, child: Child) -> Running:
        if self.stopping:
            raise Stopped
        self._make_ready(child)
        return self.nursery.spawn(child)

    def _make_ready(self, child: Child) -> None:
        """What comes before a child may take long (a new database) and is broken off when somebody asks to stop."""
        try:
            self._may_break_off = True
            child.before()
        finally:
            self._may_break_off = False

    def _wait(self, child: Child, began: float) -> None:
        if self.stopping:
            raise Stopped
        if time.monotonic() - began > child.patience:
            raise StartFailed(self._failure(child, f"chưa sẵn sàng sau {child.patience:.0f} giây"))
        time.sleep(POLL_S)

    def _done(self, label: str, began: float) -> None:
        self.say(f"  {label}: sẵn sàng sau {time.monotonic() - began:.1f} giây".replace(".", ","))

    def _failure(self, child: Child, what: str = "đã dừng ngay khi khởi động") -> str:
        log = self.nursery.log(child.name)
        return f"{child.label} {what}. Nhật ký: {log}\n{self.nursery.tail(child.name)}"

    # --- keep alive ----------------------------------------------------------------------------------------------
    def watch(self) -> None:
        """Keep the children alive until somebody asks to stop."""
        threading.Thread(target=self._ask_round, daemon=True, name="health").start()
        next_trim = time.monotonic() + 600
        while not self.stopping:
            for running in list(self.nursery.running.values()):
                self._care_for(running)
            if time.monotonic() > next_trim:
                next_trim = time.monotonic() + 600
                for name in self.nursery.running:
                    trim_in_place(self.nursery.log(name))
            time.sleep(POLL_S * 2)

    def _ask_round(self) -> None:
        """Ask every child how it is; a thread of its own, since an answer may take seconds. It starts nothing."""
        while not self.stopping:
            time.sleep(CHECK_EVERY_S)
            for name, running in list(self.nursery.running.items()):
                with self._asking:
                    self._checks[name] = running.child.well()

    def _care_for(self, running: Running) -> None:
        """What the machine refuses (a full disk) must not take the others along."""
        try:
            self._look_after(running)
        except OSError as error:
            self.say(trouble.words(error) or f"{running.child.label}: {error}")

    def _look_after(self, running: Running) -> None:
        now = time.monotonic()
        if running.next_start:
            if now >= running.next_start:
                self._again(running)
        elif running.ended and running.child.once and running.process.returncode == 0:
            self.nursery.forget(running.child.name)
            running.child.after()
            self.say(f"{running.child.label}: xong sau {now - running.began:.0f} giây")
        elif running.ended:
            self.nursery.clear(running)
            steady = now - running.began > STEADY_AFTER_S
            running.failures = 0 if steady else running.failures + 1
            delay = back_off(max(0, running.failures - 1))
            running.next_start = now + delay
            code = running.process.returncode
            self.say(f"{running.child.label} đã dừng (mã {code}), khởi động lại sau {delay:.1f} giây".replace(".", ","))
        elif running.child.name in self._checks:
            fine = self._checks.pop(running.child.name) or now - running.began < STEADY_AFTER_S
            running.unwell = 0 if fine else running.unwell + 1
            if running.unwell >= UNWELL_LIMIT:
                self.say(f"{running.child.label} không trả lời, đang khởi động lại")
                self.nursery.ask_to_stop(running)
                self.nursery.end(running)

    def _again(self, before: Running) -> None:
        try:
            with self._asking:  # no other thread may be in the middle of something when the process is copied
                before.child.before()
                fresh = self.nursery.spawn(before.child)
        except Exception as error:  # whatever keeps one child down must not take the others along
            self.say(f"{before.child.label} chưa khởi động lại được: {error}")
            before.failures += 1
            before.next_start = time.monotonic() + back_off(before.failures)
            return
        fresh.failures = before.failures

    # --- stop ----------------------------------------------------------------------------------------------------
    def stop(self) -> None:
        """Stop everything for good. Never raises for a child that is gone already."""
        self.stopping = True
        self.end_children()

    def end_children(self) -> None:
        """Stop the children, those that lean on others first; `start` may be called again."""
        ahead = self.nursery.running.keys() - {name for names in self.order for name in names}
        for names in reversed([*self.order, sorted(ahead)]):
            together = [self.nursery.running[name] for name in names if name in self.nursery.running]
            for running in together:
                self.nursery.ask_to_stop(running)
            for running in together:
                self.nursery.end(running, self._grace(running.child.name in ahead))
                self.nursery.forget(running.child.name)
        self.order.clear()

    def _grace(self, ahead: bool) -> float | None:
        """Seconds until SIGKILL; None is the child's own. One that waits for its turn has nothing to bring to an end,
        and granian does not listen to SIGTERM before its pages are loaded."""
        if self.in_a_hurry:
            return IN_A_HURRY_S
        return AHEAD_S if ahead else None
