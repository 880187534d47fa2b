"""Ports, back-off, keys of the engine, the command line."""

import errno
import os
import socket
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from loa.config.database import database
from loa.launch import arguments, cli, engine, gate, nursery, ports, postgres, prepared, start, supervisor, trouble
from loa.launch.child import Child
from loa.launch.folders import Folders, read_json, write_json
from loa.launch.nursery import Running
from loa.launch.setup import WANTED_PORTS
from loa.launch.tests.conftest import PATIENCE_S


def test_back_off_doubles_and_has_an_end() -> None:
    assert [supervisor.back_off(n) for n in range(4)] == [0.5, 1.0, 2.0, 4.0]
    assert supervisor.back_off(50) == 30.0
    assert supervisor.back_off(100_000) == 30.0, "a part that fails for weeks"


def test_a_full_disk_costs_an_old_log_and_not_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "web.log"
    monkeypatch.setattr(nursery, "LOG_LIMIT", 100)
    log.write_bytes(b"x" * 200)
    log.with_suffix(".log.1").mkdir()  # cannot be written, like on a full disk
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    nursery.trim_in_place(log)
    assert log.stat().st_size == 0


def test_a_part_that_the_machine_refuses_takes_no_other_along(tmp_path: Path) -> None:
    said: list[str] = []
    watched = supervisor.Supervisor(Folders(tmp_path), said.append)

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    done = Child(name="samples", label="Dữ liệu mẫu", argv=("true",), environ={}, once=True, after=full)
    process = subprocess.Popen(["true"])
    process.wait()
    watched._care_for(Running(done, process, 0))
    assert said == [trouble.words(OSError(errno.ENOSPC, ""))]


def test_a_part_that_loads_slowly_is_not_taken_for_dead(tmp_path: Path) -> None:
    watched = supervisor.Supervisor(Folders(tmp_path), lambda line: None)
    web = Child(name="web", label="Trang web", argv=("sleep", "600"), environ={})
    with subprocess.Popen(["sleep", "600"]) as process:
        running = Running(web, process, 0)
        for _ in range(2 * supervisor.UNWELL_LIMIT):
            watched._checks["web"] = False
            watched._care_for(running)
        assert process.poll() is None
        running.began -= 2 * supervisor.STEADY_AFTER_S
        for _ in range(supervisor.UNWELL_LIMIT):
            watched._checks["web"] = False
            watched._care_for(running)
        assert process.wait(PATIENCE_S) != 0


def test_a_terminal_that_is_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", buffering=1) as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        start.say("Đang dừng…")
        monkeypatch.undo()
        with suppress(BrokenPipeError):
            gone.close()


def test_yesterdays_ports_come_first() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        free = ports.any_free([busy])
        assert ports.choose({"web": busy}, {"web": free}) == {"web": free}
        chosen = ports.choose({"web": busy, "gateway": busy}, {"web": busy})
        assert busy not in chosen.values()
        assert len(set(chosen.values())) == 2


def test_two_that_start_together_never_choose_the_same_port() -> None:
    code = "from loa.launch import ports; print(ports.choose({'web': 8600}, {})['web'], flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        assert ports.is_free(theirs)  # nobody listens there yet
        assert ports.choose({"web": theirs}, {})["web"] != theirs
        other.communicate(b"\n")
    assert ports.choose({"web": theirs}, {})["web"] == theirs


def test_the_engine_takes_only_those_whom_the_gateway_lets_in(tmp_path: Path) -> None:
    engine.make_keys(tmp_path)
    keys = engine.public_keys(tmp_path)
    engine.make_keys(tmp_path)
    assert engine.public_keys(tmp_path) == keys
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    text = engine.configuration(engine.Listen(nats=4222, mqtt=1883, http=8222), tmp_path / "Thư mục mẫu", keys)
    assert keys["issuer"].startswith("A")
    assert "no_auth_user" not in text
    assert "timeout: 15" in text
    (tmp_path / "nats.conf").write_text(text)
    command = [engine.program(), "-c", str(tmp_path / "nats.conf"), "-t"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_files_are_replaced_as_a_whole_and_bad_ones_are_empty(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    assert read_json(file) == {}
    write_json(file, {"tên": "Quy Mông"})
    assert read_json(file) == {"tên": "Quy Mông"}
    file.write_text("{")
    assert read_json(file) == {}


def test_the_fingerprint_follows_migrations(tmp_path: Path) -> None:
    folder = tmp_path / "loa" / "areas" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").write_text("one")
    before = prepared.fingerprint("up", tmp_path)
    assert prepared.fingerprint("up", tmp_path) == before
    (folder / "0001_initial.py").write_text("two")
    assert prepared.fingerprint("up", tmp_path) != before


def test_secrets_lie_in_a_closed_folder(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "var")
    folders.make()
    assert stat.S_IMODE(folders.keys.stat().st_mode) == 0o700


def test_loa_alone_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name, _ in arguments.COMMANDS)


@pytest.mark.parametrize("command", sorted(arguments.PARSERS))
def test_every_command_explains_itself_in_vietnamese(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Cách dùng: loa " + command)
    for english in ("usage", "options", "positional", "show this", "error"):
        assert english not in shown


def test_a_wrong_word_is_answered_in_vietnamese(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["up", "--now"])
    assert ended.value.code == 2
    assert "không hiểu: --now" in capsys.readouterr().err


def test_help_does_not_load_django() -> None:
    code = "import sys; from loa.launch import cli; cli.main([]); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_who_loads_ahead_begins_when_the_gate_opens(tmp_path: Path) -> None:
    code = "from loa.launch import gate; print('loaded', flush=True); gate.wait(); print('began', flush=True)"
    named = {**os.environ, gate.VARIABLE: str(tmp_path / "prepared")}
    with subprocess.Popen([sys.executable, "-c", code], env=named, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"loaded\n"
        assert child.poll() is None
        gate.open_up(tmp_path / "prepared")
        assert child.stdout.readline() == b"began\n"
    gate.close(tmp_path / "prepared")
    assert not (tmp_path / "prepared").exists()


def test_a_folder_with_spaces_and_vietnamese_letters_has_an_address_that_everybody_reads() -> None:
    sockets = Path("/srv/Thư mục mẫu/run/pg")
    address = postgres.url(sockets, "loa")
    assert conninfo_to_dict(address)["host"] == str(sockets)
    assert database(address)["HOST"] == str(sockets)


def test_wanted_ports_differ() -> None:
    assert len(set(WANTED_PORTS.values())) == len(WANTED_PORTS)
