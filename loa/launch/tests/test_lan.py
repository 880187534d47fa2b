"""The demonstration in the local network: where it listens, what it shows, and whom it does not let in."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from loa.config import env
from loa.demo import cast, guests
from loa.kernel import clock
from loa.launch import demo, lan, prepared
from loa.launch.folders import Folders
from loa.launch.setup import for_demo


@pytest.fixture
def settings(tmp_path: Path) -> env.Env:
    return env.read({"LOA_VAR": str(tmp_path), "LOA_MODE": "demo"})


def test_phones_reach_pages_and_gateway_but_not_the_engine(settings: env.Env, tmp_path: Path) -> None:
    made = for_demo(settings, Folders(tmp_path), lan="192.168.1.7")
    told = made.environ({})
    assert made.host == "0.0.0.0"
    assert made.engine_listen.host == "127.0.0.1"
    assert told["LOA_SITE_URL"] == f"http://192.168.1.7:{made.ports['web']}"
    assert told["LOA_GATEWAY_URL"] == f"http://192.168.1.7:{made.ports['gateway']}"
    assert told["LOA_ENGINE_URL"] == f"mqtt://127.0.0.1:{made.ports['mqtt']}"
    assert {"192.168.1.7", "127.0.0.1"} <= set(told["LOA_HOSTS"].split(","))


def test_without_the_word_nobody_else_reaches_anything(settings: env.Env, tmp_path: Path) -> None:
    assert not for_demo(settings, Folders(tmp_path)).exposed


def test_the_known_password_is_replaced_by_a_random_one_for_good(settings: env.Env, tmp_path: Path) -> None:
    before = prepared.wanted(settings, "demo", clock.now())
    assert guests.password(tmp_path) == cast.PASSWORD
    lan.close_to_strangers(settings)
    made = guests.password(tmp_path)
    assert made != cast.PASSWORD
    assert len(made.replace("-", "")) == 16
    assert stat.S_IMODE((tmp_path / "keys" / guests.FILE).stat().st_mode) == 0o600
    lan.close_to_strangers(settings)
    assert guests.password(tmp_path) == made
    assert prepared.wanted(settings, "demo", clock.now()) != before  # so that accounts made earlier get it too


def test_an_address_that_the_machine_does_not_have_is_refused() -> None:
    with pytest.raises(lan.NoAddress, match="không có địa chỉ"):
        lan.address("203.0.113.9")


def test_a_machine_without_a_network_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "own_addresses", list)
    with pytest.raises(lan.NoAddress, match="Hãy nối Wi-Fi"):
        lan.address(lan.AUTO)


def test_what_is_printed_warns_and_carries_the_address_of_phones(settings: env.Env, tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.make()
    (folders.keys / "secret-key").write_text("bí mật\n")
    made = replace(for_demo(settings, folders, lan="192.168.1.7"), env=settings)
    said: list[str] = []
    demo._started(made, said.append)
    text = "\n".join(said)
    assert "ĐANG MỞ RA MẠNG NỘI BỘ" in text
    assert f"http://192.168.1.7:{made.ports['web']}/xem-thu/dien-thoai/{guests.code('bí mật')}/" in text
    assert "thu giọng thì không" in text
    assert "▄" in text
    alone: list[str] = []
    demo._started(for_demo(settings, folders), alone.append)
    assert "MẠNG NỘI BỘ" not in "\n".join(alone)


@pytest.mark.parametrize(
    ("wanted", "address", "said"),
    [
        ("http://localhost:8765/", "http://localhost:8765", ""),
        ("http://localhost", "http://localhost:", ""),
        ("https://loa.laocai.example", "http://127.0.0.1:", "Không dùng LOA_SITE_URL"),
        ("http://127.0.0.1:1", "http://127.0.0.1:", "cổng ấy không dùng được"),
    ],
)
def test_the_address_that_was_set_is_taken_or_the_reason_is_given(
    wanted: str, address: str, said: str, settings: env.Env, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_SITE_URL", wanted)
    monkeypatch.setattr("loa.launch.ports.is_free", lambda port, host="127.0.0.1": port > 1023)
    folders = Folders(tmp_path)
    folders.make()
    made, lines = for_demo(settings, folders), list[str]()
    demo._started(made, lines.append)
    assert made.site_url.startswith(address)
    assert f"Mở trình duyệt ở: {made.site_url}" in lines
    assert said in "\n".join(lines)
    assert ("LOA_SITE_URL" in "\n".join(lines)) is bool(said)
