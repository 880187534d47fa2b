"""What `loa doctor` says about installations that are not well."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Role
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.db import connection
from psycopg.conninfo import make_conninfo
from signer import confirmers, keys

from loa.config import env
from loa.devices import tickets
from loa.launch import prepare, trouble
from loa.launch.doctor import data, machine, parts
from loa.launch.folders import Folders
from loa.launch.setup import WANTED_PORTS
from loa.launch.tests.conftest import environ
from loa.notifications.models import Letter

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
    assert "6 vai trò" in found.text


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


def test_a_key_that_others_can_read_is_named_wherever_it_lies(key_folders: keys.Folders, tmp_path: Path) -> None:
    loose = next(key_folders.signer.glob("*.key"))
    loose.chmod(0o640)
    assert parts.key_modes(tmp_path / "none", key_folders.gateway).level == "ok"
    assert parts.key_modes(tmp_path / "none", key_folders.gateway, key_folders.signer).level == "bad"


@pytest.mark.parametrize(("taken", "way"), [
    ("web", "--listen"),
    ("gateway", "LOA_GATEWAY_LISTEN"),
    ("mqtt", "LOA_MQTT_PORT"),
    ("nats", "`loa up` cũng tự chọn"),
])  # fmt: skip
def test_a_taken_port_is_named_with_its_own_way_out(taken: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_free", lambda port: port != WANTED_PORTS[taken])
    found = machine.free_ports(running=False)
    assert str(WANTED_PORTS[taken]) in found.text
    assert way in found.way_out
    assert ("--listen" in found.way_out) == (taken == "web")


def test_a_damaged_key(key_folders: keys.Folders) -> None:
    next(key_folders.signer.glob("*.key")).write_bytes(b"{")
    assert parts.keyset("bộ phận ký", key_folders.signer, NOON, real=False).level == "bad"


def test_a_role_whose_only_key_is_over_is_named(key_folders: keys.Folders) -> None:
    keys.rotate(key_folders, Role.PLAN, now=NOON_MS)
    old = KeyFolder(key_folders.signer).kids(NOON_MS)["plan"]
    (key_folders.signer / f"{old}.key").unlink()
    found = parts.keyset("bộ phận ký", key_folders.signer, NOON, real=False)
    assert (found.level, "plan" in found.text, "loa keys rotate" in found.way_out) == ("bad", True, True)


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


def test_a_ticket_key_among_the_keys_of_the_gateway_is_named_until_it_is_moved(tmp_path: Path) -> None:
    settings = env.read({"LOA_VAR": str(tmp_path)})
    assert "lần đầu" in parts.ticket_key(settings).text
    seed = tickets.ensure_seed(settings.gateway_keys)
    found = parts.ticket_key(settings)
    assert (found.level, str(settings.ticket_keys) in found.way_out) == ("warn", True)
    tickets.move_in(settings.ticket_keys, former=settings.gateway_keys)
    assert tickets.ensure_seed(settings.ticket_keys) == seed
    assert parts.ticket_key(settings).level == "ok"
    settings.ticket_keys.chmod(0o750)
    assert parts.ticket_key(settings).level == "bad"


def test_missing_keys_of_accounts_are_named_with_what_they_lock(tmp_path: Path) -> None:
    assert data.account_keys(tmp_path, installed=False).level == "ok"
    found = data.account_keys(tmp_path, installed=True)
    assert found.level == "bad"
    assert "keys/accounts/*.secret" in found.way_out
    (tmp_path / "1-a.secret").touch()
    assert data.account_keys(tmp_path, installed=True).level == "ok"


def test_the_hours_of_the_signer_and_who_may_widen_them(key_folders: keys.Folders) -> None:
    (found,) = parts.hours(key_folders.signer, NOON)
    assert found.text == (
        "không cần người thứ hai: 05:00–21:00 hằng ngày; chưa có ai xác nhận được giờ rộng hơn; "
        "0 người bảo đảm được cho cảnh báo"
    )
    bao = confirmers.Confirmer(
        user="18", name="Phạm Quốc Bảo", scope="vn.15", credential="YQ", public="YQ",
        valid_from=NOON_MS, valid_to=NOON_MS + 1000,
    )  # fmt: skip
    confirmers.add(key_folders.signer, bao)
    (found,) = parts.hours(key_folders.signer, NOON)
    assert (found.level, "1 người" in found.text) == ("warn", True)  # no site yet, so no key can be used
    (found,) = parts.hours(key_folders.signer, NOON + timedelta(days=1))
    assert "chưa có ai" in found.text
    (key_folders.signer / confirmers.HOURS_FILE).write_text("{")
    assert parts.hours(key_folders.signer, NOON)[0].level == "bad"


@pytest.mark.parametrize(("told", "level", "words"), [
    ("ok", ["ok"], "đang báo giờ cho loa"),
    ("stepped", ["bad"], "bị chỉnh đột ngột"),
    ("database", ["bad"], "lệch nhau quá 30 giây"),
    ("", [], ""),
])  # fmt: skip
def test_a_gateway_that_doubts_its_clock_is_named(
    told: str, level: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loa.launch.probes.http_facts", lambda *_, **__: {"clock": told} if told else {})
    found = parts.gateway_clock("http://127.0.0.1:8001")
    assert [one.level for one in found] == level
    assert words in "".join(one.text for one in found)


@pytest.mark.parametrize(("listen", "tls", "found"), [
    ("127.0.0.1:8001", "", "http://127.0.0.1:8001"),
    ("0.0.0.0:9001", "cert.pem", "https://127.0.0.1:9001"),
    ("[::]:8001", "", "http://[::1]:8001"),
])  # fmt: skip
def test_the_gateway_itself_is_asked_and_not_the_proxy_before_it(listen: str, tls: str, found: str) -> None:
    settings = env.read(
        {"LOA_GATEWAY_URL": "https://loa.example.vn", "LOA_GATEWAY_LISTEN": listen, "LOA_TLS_CERT": tls}
    )
    assert parts.own_gateway(settings) == found


@pytest.fixture
def address(transactional_db: None) -> str:
    """The database of the tests, for programs that do not go through Django."""
    held = connection.settings_dict
    return make_conninfo(dbname=held["NAME"], user=held["USER"] or None, host=held["HOST"] or None)


def test_data_of_a_version_that_never_was_released_are_named(address: str) -> None:
    assert data.version(address).level == "ok"
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_entry rename column facts to details")
        try:
            found = data.version(address)
        finally:
            cursor.execute("alter table audit_entry rename column details to facts")
    assert (found.level, "audit_entry.facts" in found.text) == ("bad", True)
    with connection.cursor() as cursor:
        cursor.execute("insert into django_migrations (app, name, applied) values ('areas', '9999_later', now())")
        try:
            found = data.version(address)
        finally:
            cursor.execute("delete from django_migrations where name = '9999_later'")
    assert "areas 9999_later" in found.text


def test_a_start_on_data_of_a_later_version_changes_nothing(address: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into django_migrations (app, name, applied) values ('areas', '9999_later', now())")
        try:
            with pytest.raises(CommandError, match=r"areas 9999_later\. Chưa có gì thay đổi"):
                prepare._refuse_later_tables(address)
        finally:
            cursor.execute("delete from django_migrations where name = '9999_later'")


def test_a_key_that_something_is_sealed_with_and_that_is_gone_is_named(address: str, tmp_path: Path) -> None:
    person = get_user_model().objects.create(username="lan", full_name="Hoàng Thị Lan")
    Authenticator.objects.create(user=person, type="totp", data={"secret": "loa1.0001-ab.c2VhbGVk"})
    (found,) = data.account_keys_used(address, tmp_path)
    assert "0001-ab" in found.text
    (tmp_path / "0001-ab.secret").touch()
    assert data.account_keys_used(address, tmp_path) == []


def test_letters_that_do_not_go_out_are_told(address: str) -> None:
    server = "smtp://mail.laocai.example"
    assert data.letters(address, server, demo=False).level == "ok"
    assert data.letters(address, server, demo=True).level == "ok"
    assert data.letters(address, "", demo=False).level == "warn"
    person = get_user_model().objects.create(username="lan", full_name="Hoàng Thị Lan")
    Letter.objects.create(
        user=person, address="lan@loa.example", subject="s", text="t", html="h", made_at=NOON,
        next_at=NOON, fault="ConnectionRefusedError", tries=2,
    )  # fmt: skip
    found = data.letters(address, server, demo=False)
    assert (found.level, "1 thư gửi chưa được" in found.text, "ConnectionRefused" in found.text) == ("warn", True, True)


def test_a_file_where_a_folder_should_be_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "tệp").touch()
    for command in ("demo", "up", "doctor"):
        words = [sys.executable, "-m", "loa.launch", command]
        done = subprocess.run(words, env=environ(tmp_path / "tệp" / "var"), capture_output=True, text=True, timeout=300)
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
    done = subprocess.run(command, env=environ(tmp_path / "var"), capture_output=True, text=True, timeout=300)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1)
    assert {"Python", "Ổ đĩa", "Đồng hồ", "Tệp khóa"} <= {finding["name"] for finding in report["findings"]}


def test_the_command_names_a_wrong_setting(tmp_path: Path) -> None:
    wrong = {**environ(tmp_path / "var"), "NATS_URL": "localhost"}
    command = [sys.executable, "-m", "loa.launch", "doctor"]
    done = subprocess.run(command, env=wrong, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "NATS_URL must start with nats://" in done.stdout
