"""Settings from outside: documented, checked, refused loudly."""

from pathlib import Path

import pytest

from loa.config import env
from loa.config.database import database
from loa.config.mail import mail_server
from loa.config.proxy import client_address

PAGE = env.ROOT / "docs" / "how-to" / "settings.md"


def test_the_settings_page_lists_every_variable_and_no_other() -> None:
    reader = env.Reader({})
    env.read_with(reader)
    page = PAGE.read_text()
    assert [name for name in reader.names if f"`{name}`" not in page] == []
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    listed = {word.strip(" `") for row in rows for word in row.split("|")[1].split(",")}
    assert listed == set(reader.names)


def test_without_anything_it_is_a_test_with_a_key_of_its_own(tmp_path: Path) -> None:
    first, second = env.read({"LOA_VAR": str(tmp_path)}), env.read({"LOA_VAR": str(tmp_path)})
    assert first.mode == "test"
    assert first.secret_key != second.secret_key


def test_a_data_folder_remembers_what_it_is_for(tmp_path: Path) -> None:
    (tmp_path / "mode").write_text("demo\n")
    assert env.read({"LOA_VAR": str(tmp_path)}).mode == "demo"
    assert env.read({"LOA_VAR": str(tmp_path)}).sample_data


def test_real_use_never_runs_with_a_made_up_secret(tmp_path: Path) -> None:
    real = {"LOA_VAR": str(tmp_path), "LOA_MODE": "up"}
    with pytest.raises(env.BadSetting, match="LOA_SECRET_KEY is not set"):
        env.read(real)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret-key").write_text("from-the-file\n")
    assert env.read(real).secret_key == "from-the-file"
    assert env.read({**real, "LOA_SECRET_KEY": "given"}).secret_key == "given"


@pytest.mark.parametrize("name", ["LOA_SIGNER_KEYS", "LOA_GATEWAY_KEYS", "LOA_ENGINE_KEYS"])
def test_the_pages_read_no_folder_with_keys_of_others(name: str, tmp_path: Path) -> None:
    own = {"LOA_VAR": str(tmp_path), "LOA_TICKET_KEYS": str(tmp_path / "one"), name: str(tmp_path / "one")}
    with pytest.raises(env.BadSetting, match="LOA_TICKET_KEYS"):
        env.read(own)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOA_MODE", "production"),
        ("DATABASE_URL", "mysql://localhost/loa"),
        ("NATS_URL", "localhost:4222"),
        ("LOA_SITE_URL", "loa.example.vn"),
        ("LOA_BEHIND_PROXY", "yes"),
        ("LOA_MQTT_PORT", "mqtt"),
        ("LOA_EMAIL_URL", "mail.example.vn"),
        ("LOA_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(env.BadSetting, match=name):
        env.read({name: value})


def test_secrets_do_not_show_when_the_settings_are_printed() -> None:
    shown = repr(env.read({"LOA_SECRET_KEY": "hush", "LOA_EMAIL_URL": "smtp://user:hush@localhost"}))
    assert "hush" not in shown


def test_a_database_address_becomes_settings() -> None:
    made = database("postgresql://loa%40x:p%2Fw@db.example.vn:5433/quy_mong?sslmode=require")
    assert (made["USER"], made["PASSWORD"], made["HOST"], made["PORT"]) == ("loa@x", "p/w", "db.example.vn", "5433")
    assert (made["NAME"], made["OPTIONS"]) == ("quy_mong", {"sslmode": "require"})
    assert database("postgresql://postgres@/loa?host=/run/pg")["HOST"] == "/run/pg"


def test_mail_goes_to_files_until_there_is_a_server(tmp_path: Path) -> None:
    assert mail_server("", tmp_path)["EMAIL_FILE_PATH"] == tmp_path / "mail"
    made = mail_server("smtp+tls://u:p%40@mail.example.vn", tmp_path)
    assert (made["EMAIL_PORT"], made["EMAIL_USE_TLS"], made["EMAIL_HOST_PASSWORD"]) == (587, True, "p@")


@pytest.mark.parametrize(
    ("remote", "forwarded", "seen"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not our proxy: what it writes counts for nothing
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.66, 198.51.100.1", "198.51.100.1"),  # the visitor wrote the first one
        ("127.0.0.1", "198.51.100.1, 127.0.0.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_whose_address_counts_behind_a_proxy(remote: str, forwarded: str, seen: str) -> None:
    assert client_address(remote, forwarded, ("127.0.0.1", "::1")) == seen
