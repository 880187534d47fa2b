"""`loa stop-all` on the machine itself: no page and no database is there, only the gateway and its engine."""

import time

import pytest

from loa.gateway.tests.conftest import (  # noqa: F401 - fixtures
    COMMUNE,
    RunningGateway,
    engine,
    folder,
    gateway,
    hang_up,
    surroundings,
)
from loa.launch.cli import main

MINUTE_MS = 60_000


@pytest.fixture
def stopped_machine(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> RunningGateway:  # noqa: F811
    """What `loa` reads on this machine."""
    for name, value in {
        "LOA_VAR": gateway.env.var,
        "LOA_MODE": "test",
        "LOA_TICKET_KEYS": gateway.env.ticket_keys,
        "LOA_GATEWAY_LISTEN": gateway.env.gateway_listen,
        "LOA_GATEWAY_URL": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, str(value))
    return gateway


def test_one_line_stops_a_commune_and_one_lets_it_sound_again(
    stopped_machine: RunningGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stopped_machine
    machine.platform.away = True
    speaker = machine.hang_device("spk-line", path=f"{COMMUNE}.h5").come()
    speaker.hello()
    began = time.time() * 1000
    assert main(["stop-all", COMMUNE, "--minutes", "30", "--reason", "đọc nhầm"]) == 0
    _, hold = speaker.document("hold")
    assert hold["audience"] == {"area": COMMUNE}
    assert 30 * MINUTE_MS - 5_000 <= hold["until"] - began <= 30 * MINUTE_MS + 30_000
    assert hold["by"].startswith("Dòng lệnh trên máy chủ")
    assert "Loa tự phát lại lúc" in capsys.readouterr().out
    assert main(["stop-all", COMMUNE, "--resume"]) == 0
    _, release = speaker.document("hold")
    assert release["until"] == 0
    assert release["revision"] > hold["revision"]
    machine.platform.away = False


def test_the_neighbour_and_those_above_are_reached_by_their_own_name(stopped_machine: RunningGateway) -> None:
    machine = stopped_machine
    speaker = machine.hang_device("spk-far", path="vn.15.04498").come()
    speaker.hello()
    assert main(["stop-all", COMMUNE]) == 0
    assert main(["stop-all", "vn.15"]) == 0
    _, hold = speaker.document("hold")
    assert hold["audience"] == {"area": "vn.15"}
    for area in (COMMUNE, "vn.15"):
        assert main(["stop-all", area, "--resume"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Quy Mông"], "không phải mã vùng"),
        (["vn.15", "--minutes", "1441"], "24 giờ"),
        (["vn.15", "--minutes", "0"], "đã qua"),
    ],
)
def test_what_cannot_be_is_said_in_words(
    stopped_machine: RunningGateway, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["stop-all", *words]) == 1
    assert said in capsys.readouterr().err


def test_without_gateway_or_key_it_says_what_to_do(
    stopped_machine: RunningGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_GATEWAY_LISTEN", "127.0.0.1:1")
    assert main(["stop-all", COMMUNE]) == 1
    assert "tắt tại tủ loa" in capsys.readouterr().err
    monkeypatch.setenv("LOA_TICKET_KEYS", str(stopped_machine.env.var / "nowhere"))
    assert main(["stop-all", COMMUNE]) == 1
    assert "khóa vé" in capsys.readouterr().err
