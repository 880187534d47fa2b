"""Who lives and who does not."""

import os
import signal
import subprocess
import sys
import threading

from loa.launch import processes
from loa.launch.tests.conftest import PATIENCE_S


def test_a_zombie_counts_as_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    assert processes.wait_until(lambda: processes.started(child.pid) is None, PATIENCE_S)
    os.kill(child.pid, 0)  # the kernel still knows its number
    assert child.wait() == 0


def test_a_number_used_again_is_another_process() -> None:
    here = processes.started(os.getpid())
    assert here is not None
    assert processes.alive(os.getpid(), here)
    assert not processes.alive(os.getpid(), here - 1)


def test_nobody_has_the_number_zero() -> None:
    assert processes.started(0) is None
    assert not processes.carries(0, "A=b")


def test_a_tied_child_ends_with_the_thread_that_made_it() -> None:
    made: list[subprocess.Popen[bytes]] = []
    command = [sys.executable, "-c", "import time; time.sleep(600)"]

    def spawn() -> None:
        made.append(subprocess.Popen(command, preexec_fn=processes.tied(signal.SIGTERM)))

    thread = threading.Thread(target=spawn)
    thread.start()
    thread.join()
    assert made[0].wait(PATIENCE_S) == -signal.SIGTERM  # why the supervisor starts children from its main thread only


def test_who_listens_on_a_port() -> None:
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); "
    command = [sys.executable, "-c", code + "time.sleep(600)"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, process_group=0)
    assert child.stdout is not None
    with child.stdout:
        port = int(child.stdout.readline())
    assert processes.listens(child.pid, port)
    assert not processes.listens(child.pid, port + 1)
    assert not processes.listens(os.getpgid(0), port)
    processes.kill_group(child.pid)
    child.wait(PATIENCE_S)


def test_what_a_process_carries_in_its_environment() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env={"MARK": "x"}, process_group=0)
    assert processes.wait_until(lambda: processes.carries(child.pid, "MARK=x"), PATIENCE_S)
    assert not processes.carries(child.pid, "MARK=y")
    assert processes.group(child.pid) == [child.pid]
    processes.kill_group(child.pid)
    assert child.wait(PATIENCE_S) == -signal.SIGKILL
    assert processes.group(child.pid) == []
