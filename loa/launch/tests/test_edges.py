"""What real use refuses, and that it says the way out."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loa.config import env
from loa.launch import edges, prepared
from loa.launch.folders import Folders
from loa.launch.setup import Setup, for_use, is_loopback, split_address
from loa.launch.tests.conftest import environ

SAFE = edges.Facts(
    exposed=True, beyond=True, tls=True, https=True, behind_proxy=False, sample_accounts=False, demo_keys=False
)


def test_nothing_is_said_against_a_safe_start() -> None:
    assert edges.reasons(SAFE) == []


@pytest.mark.parametrize(
    ("change", "reason", "way_out"),
    [
        ({"tls": False}, "không có mã hóa TLS", "--tls-cert"),
        ({"beyond": False, "behind_proxy": True, "https": False}, "https://", "--site"),
        ({"https": False}, "https://", "--site"),
        ({"beyond": False, "tls": False, "https": False}, "https://", "LOA_SITE_URL"),
        ({"sample_accounts": True}, "tài khoản trình diễn", "LOA_VAR"),
        ({"demo_keys": True}, "khóa trình diễn", "loa keys init"),
    ],
)
def test_each_danger_is_refused_with_its_way_out(change: dict[str, bool], reason: str, way_out: str) -> None:
    (said,) = edges.reasons(replace(SAFE, **change))
    assert reason in said
    assert way_out in said


def test_on_loopback_samples_are_welcome() -> None:
    alone = replace(SAFE, exposed=False, beyond=False, tls=False, https=False, sample_accounts=True, demo_keys=True)
    assert edges.reasons(alone) == []


def test_all_dangers_are_named_at_once() -> None:
    assert len(edges.reasons(replace(SAFE, tls=False, sample_accounts=True, demo_keys=True))) == 3


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("loa.example.vn", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


def test_a_certificate_that_cannot_work_is_named_before_anything_starts(tmp_path: Path) -> None:
    assert edges.certificate_fault("", "") == ""
    assert "--tls-key" in edges.certificate_fault("/c.pem", "")
    assert "Không đọc được" in edges.certificate_fault(str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))
    for name in ("c.pem", "k.pem"):
        (tmp_path / name).write_text("-----BEGIN CERTIFICATE-----\nkhông phải\n-----END CERTIFICATE-----\n")
    assert "không dùng được" in edges.certificate_fault(str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))


def test_addresses_are_read_as_people_write_them() -> None:
    assert split_address("0.0.0.0:443", 8000) == ("0.0.0.0", 443)
    assert split_address("[::]:443", 8000) == ("::", 443)
    assert split_address("9000", 8000) == ("127.0.0.1", 9000)
    assert split_address("", 8000) == ("127.0.0.1", 8000)


def _setup(var: Path, **options: str | bool) -> Setup:
    settings = env.read({"LOA_VAR": str(var), "LOA_MODE": "up", "LOA_SECRET_KEY": "x" * 50})
    return for_use(settings, Folders(var), given={}, **options)  # type: ignore[arg-type]


def test_behind_a_proxy_devices_and_browsers_come_through_it(tmp_path: Path) -> None:
    made = _setup(tmp_path, behind_proxy=True, site="https://loa.example.vn")
    told = made.environ({})
    assert made.exposed
    assert made.engine_listen.host == "127.0.0.1"
    assert told["LOA_GATEWAY_URL"] == "https://loa.example.vn"
    assert told["LOA_ENGINE_URL"] == "mqtts://loa.example.vn:8883"
    assert "loa.example.vn" in told["LOA_HOSTS"].split(",")


def test_with_tls_of_its_own_everything_speaks_it(tmp_path: Path) -> None:
    made = _setup(tmp_path, listen="0.0.0.0:443", tls_cert="/c.pem", tls_key="/k.pem", site="https://loa.example.vn")
    told = made.environ({})
    assert told["LOA_GATEWAY_URL"] == "https://loa.example.vn:8001"
    assert told["LOA_GATEWAY_LISTEN"] == "0.0.0.0:8001"
    assert told["LOA_ENGINE_URL"] == "mqtts://loa.example.vn:8883"
    assert made.engine_listen.tls_cert == "/c.pem"


def test_the_command_refuses_before_it_touches_anything_but_its_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loa.launch", "up", "--listen", "0.0.0.0:8443"]
    done = subprocess.run(command, env=environ(tmp_path / "var", "up"), capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "không có mã hóa TLS" in done.stderr
    assert not (tmp_path / "var" / "pg").exists()


@pytest.mark.django_db
def test_a_database_that_once_held_samples_is_known_for_ever(settings: object) -> None:
    from django.db import connection

    address = connection.get_connection_params()
    url = f"postgresql://{address['user']}@/{address['dbname']}?host={address['host']}"
    assert not prepared.holds_samples(url)
    assert prepared.remembered(url) == ""
    prepared.remember(url, "abc", sample=True)
    prepared.remember(url, "def", sample=False)
    assert prepared.remembered(url) == "def"
    assert prepared.holds_samples(url)
    with connection.cursor() as cursor:
        cursor.execute(f"drop table {prepared.TABLE}")
