"""The supervisor with real processes: whatever is killed, nothing is left and the next start works."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from loa.launch import postgres, probes, processes
from loa.launch.tests.conftest import PATIENCE_S, Stack

pytestmark = pytest.mark.xdist_group("supervisor")
Launch = Callable[..., Stack]


def test_ctrl_c_leaves_no_child(launch: Launch) -> None:
    stack = launch().ready()
    assert len(stack.left_over()) > 3
    assert stack.end(signal.SIGINT) == 0
    assert stack.left_over() == []
    assert not stack.folders.state.exists()


def test_ctrl_c_during_the_start_leaves_no_child(launch: Launch) -> None:
    stack = launch()
    assert processes.wait_until(lambda: bool(stack.left_over()), PATIENCE_S)
    assert stack.end(signal.SIGINT) == 0
    assert stack.left_over() == []


def test_a_killed_supervisor_takes_everybody_along_and_the_next_one_starts_at_once(launch: Launch) -> None:
    stack = launch().ready()
    stack.end(signal.SIGKILL)
    again = launch().ready()
    assert probes.database_error(postgres.url(again.folders.sockets, "postgres")) == ""
    assert again.end(signal.SIGINT) == 0


def test_when_all_are_killed_at_once_the_next_start_recovers(launch: Launch) -> None:
    stack = launch().ready()
    worker = stack.worker()
    stack.process.send_signal(signal.SIGSTOP)  # or it would see its children die
    for pid in stack.left_over():
        if pid != worker:  # the one that nobody finds by asking for the children
            processes.send(pid, signal.SIGKILL)
    stack.process.kill()
    stack.process.wait(PATIENCE_S)
    assert processes.started(worker)
    again = launch().ready()
    assert not processes.started(worker)
    assert "Đã dừng phần còn sót của lần chạy trước: leader" in again.text
    assert again.end(signal.SIGINT) == 0


def test_a_killed_child_comes_back_and_its_worker_does_not_linger(launch: Launch) -> None:
    stack = launch().ready()
    before, worker = stack.children()["leader"], stack.worker()
    processes.send(before, signal.SIGKILL)
    assert processes.wait_until(lambda: stack.children().get("leader", before) != before, PATIENCE_S)
    assert processes.wait_until(lambda: not processes.started(worker), PATIENCE_S)
    assert "Chương trình thử đã dừng (mã -9)" in stack.text


def test_a_killed_database_comes_back(launch: Launch) -> None:
    stack = launch().ready()
    before = stack.children()["postgres"]
    processes.send(before, signal.SIGKILL)
    assert processes.wait_until(lambda: stack.children().get("postgres", before) != before, PATIENCE_S)
    address = postgres.url(stack.folders.sockets, "postgres")
    assert processes.wait_until(lambda: probes.database_error(address) == "", PATIENCE_S), stack.text


def test_a_lock_file_that_names_a_stranger_does_not_stop_the_start(launch: Launch) -> None:
    first = launch().ready()
    first.end(signal.SIGINT)
    pid_file = first.folders.database / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{first.folders.database}\n")
    (first.folders.sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    launch().ready()


def test_a_second_supervisor_says_that_the_first_one_runs(launch: Launch) -> None:
    stack = launch().ready()
    second = launch()
    assert second.process.wait(PATIENCE_S) == 0
    assert f"Loa đang chạy rồi (tiến trình {stack.process.pid}): http://127.0.0.1:" in second.text
    assert stack.left_over()


def test_a_part_that_does_not_start_is_named_with_its_last_words(launch: Launch) -> None:
    stack = launch("--broken")
    assert stack.process.wait(PATIENCE_S) == 1
    assert "Phần hỏng đã dừng ngay khi khởi động. Nhật ký: " in stack.text
    assert "no luck" in stack.text
    assert stack.left_over() == []


def test_in_a_folder_that_is_closed_to_others_root_works_in_a_namespace_or_says_why_not(
    launch: Launch, var: Path
) -> None:
    var.parent.chmod(0o700)
    stack = launch()
    if os.geteuid() == 0 and not postgres.namespaces_work():
        assert stack.process.wait(PATIENCE_S) == 1
        assert "PostgreSQL không chạy được dưới quyền root" in stack.text
        return
    stack.ready()
    expected = "namespace" if os.geteuid() == 0 else "plain"
    assert postgres.how(stack.folders.database) == expected
    stack.end(signal.SIGKILL)
    assert processes.wait_until(lambda: not stack.left_over(), PATIENCE_S)


def test_a_port_that_is_taken_in_the_last_moment_costs_another_try(launch: Launch) -> None:
    stack = launch("--thief").ready()
    assert stack.process.poll() is None
    assert "Máy chủ tin nhắn" in stack.text


def test_ctrl_c_while_the_database_is_made_leaves_nothing_half_made(launch: Launch) -> None:
    stack = launch()
    fresh = stack.folders.database.with_name("pg.new")
    assert processes.wait_until(lambda: (fresh / "global").exists(), PATIENCE_S, step=0.001)
    assert stack.end(signal.SIGINT) == 0
    assert stack.left_over() == []
    assert not fresh.exists()
    assert not stack.folders.database.exists()
    assert "Đã dừng hết." in stack.text
    launch().ready()
