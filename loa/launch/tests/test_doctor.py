"""What `loa doctor` says about installations that are not well."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from signer import keys

from loa.config import env
from loa.launch import trouble
from loa.launch.doctor import machine, parts
from loa.launch.folders import Folders
from loa.launch.tests.conftest import environ

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
NOON_MS = round(NOON.timestamp() * 1000)


@pytest.fixture
def key_folders(tmp_path: Path) -> keys.Folders:
    """Keys of a demonstration, made at noon."""
    folders = keys.Folders(root=tmp_path / "root", signer=tmp_path / "signer", gateway=tmp_path / "gateway")
    keys.init(folders, now=NOON_MS, demo=True)
    return folders


def test_a_healthy_keyset(key_folders: keys.Folders) -> None:
    found = parts.keyset("bộ phận ký", key_folders.signer, NOON, real=False)
    assert found.level == "ok"
    assert "3 vai trò" in found.text


def test_demonstration_keys_are_nothing_for_real_use(key_folders: keys.Folders) -> None:
    found = parts.keyset("bộ phận ký", key_folders.signer, NOON, real=True)
    assert (found.level, found.text) == ("bad", "là khóa trình diễn")


def test_a_keyset_that_ends_soon_is_named_with_its_day(key_folders: keys.Folders) -> None:
    found = parts.keyset("bộ phận ký", key_folders.signer, NOON + timedelta(days=350), real=False)
    assert found.level == "warn"
    assert "loa keys renew" in found.way_out


def test_a_key_that_others_can_read_is_named(key_folders: keys.Folders) -> None:
    loose = next(key_folders.gateway.glob("*.key"))
    loose.chmod(0o644)
    found = parts.key_modes(key_folders.gateway)
    assert found.level == "bad"
    assert str(loose) in found.way_out


def test_a_damaged_key(key_folders: keys.Folders) -> None:
    next(key_folders.signer.glob("*.key")).write_bytes(b"{")
    assert parts.keyset("bộ phận ký", key_folders.signer, NOON, real=False).level == "bad"


def test_no_keys_yet(tmp_path: Path) -> None:
    found = parts.keyset("bộ phận ký", tmp_path / "none", NOON, real=False)
    assert (found.level, "loa keys init" in found.way_out) == ("warn", True)


def test_an_old_python_is_told_what_to_install() -> None:
    found = machine.python((3, 9, 2))
    assert found.level == "bad"
    assert "Python 3.11" in found.way_out


def test_a_clock_of_another_year() -> None:
    assert machine.clock(NOON.replace(year=1970)).level == "bad"


def test_a_path_that_no_socket_takes(tmp_path: Path) -> None:
    assert machine.sockets(Folders(tmp_path / ("x" * 120))).level == "bad"
    assert machine.sockets(Folders(Path("/srv/loa"))).level == "ok"


def test_parts_that_do_not_answer(tmp_path: Path) -> None:
    assert parts.message_engine("nats://127.0.0.1:1").level == "bad"
    assert parts.signer(tmp_path / "none.sock").level == "bad"
    assert parts.pages("Trang web", "http://127.0.0.1:1").level == "bad"
    settings = env.read({"LOA_VAR": str(tmp_path)})
    (found,) = parts.database("postgresql://postgres@/loa?host=/nowhere", settings, NOON)
    assert "không kết nối được" in found.text


def test_a_short_secret_is_bad_only_for_real_use(tmp_path: Path) -> None:
    settings = env.read({"LOA_VAR": str(tmp_path), "LOA_SECRET_KEY": "short"})
    assert parts.secret_key(Folders(tmp_path), settings).level == "ok"
    assert parts.secret_key(Folders(tmp_path), replace(settings, mode="up")).level == "bad"


def test_a_missing_key_of_the_record_is_named(tmp_path: Path) -> None:
    folders, settings = Folders(tmp_path / "var"), env.read({"LOA_VAR": str(tmp_path / "var")})
    assert parts.audit_key(folders, settings).level == "ok"
    folders.make()
    settings.gateway_keys.mkdir()
    assert parts.audit_key(folders, settings).level == "warn"
    folders.audit_key.write_bytes(bytes(32))
    assert parts.audit_key(folders, settings).level == "ok"


def test_a_file_where_a_folder_should_be_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "tệp").touch()
    for command in ("demo", "up", "doctor"):
        words = [sys.executable, "-m", "loa.launch", command]
        done = subprocess.run(words, env=environ(tmp_path / "tệp" / "var"), capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "không phải thư mục" in done.stdout + done.stderr


@pytest.mark.parametrize(("number", "why"), [(28, "đã đầy"), (30, "chỉ cho đọc"), (13, "không có quyền")])
def test_what_the_disk_refuses_is_said_with_the_way_out(number: int, why: str) -> None:
    said = trouble.words(OSError(number, "", "/srv/loa"))
    assert why in said
    assert "/srv/loa" in said
    assert trouble.words(OSError(111, "connection refused")) == ""


def test_the_command_answers_for_machines_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loa.launch", "doctor", "--json"]
    done = subprocess.run(command, env=environ(tmp_path / "var"), capture_output=True, text=True, timeout=60)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1)
    assert {"Python", "Ổ đĩa", "Đồng hồ", "Tệp khóa"} <= {finding["name"] for finding in report["findings"]}


def test_the_command_names_a_wrong_setting(tmp_path: Path) -> None:
    wrong = {**environ(tmp_path / "var"), "NATS_URL": "localhost"}
    command = [sys.executable, "-m", "loa.launch", "doctor"]
    done = subprocess.run(command, env=wrong, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "NATS_URL must start with nats://" in done.stdout
