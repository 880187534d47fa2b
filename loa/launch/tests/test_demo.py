"""The two ways to start the whole product, with every part of it."""

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from loa.launch import ports, prepared, processes
from loa.launch.folders import read_json
from loa.launch.tests.conftest import Stack, environ

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("supervisor")]
Launch = Callable[..., Stack]
DEMO = ("-m", "loa.launch", "demo")
# A busy machine may need minutes; what is measured is printed by `loa demo` itself.
PATIENCE_S = 300


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return int(answer.status)


def _loa(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loa.launch", *words]
    kept = {name: value for name, value in environ(var).items() if name != "LOA_MODE"}
    return subprocess.run(command, env=kept, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


def _open_to_others(var: Path) -> list[str]:
    """Files that anybody but their owner may read, and folders that others may look into."""
    found = [(path.relative_to(var), path.lstat()) for path in var.rglob("*") if not path.is_symlink()]
    return [
        f"{path} {stat.filemode(entry.st_mode)}"
        for path, entry in found
        if entry.st_mode & (0o066 if stat.S_ISDIR(entry.st_mode) else 0o077) and not path.is_relative_to("pg")
    ]


def test_the_demonstration_starts_serves_and_leaves_nothing(launch: Launch, var: Path) -> None:
    stack = launch(command=DEMO).ready("Dừng: Ctrl-C", PATIENCE_S)
    state = read_json(stack.folders.state)
    assert _status(state["site_url"] + "/healthz") == 200
    assert _status(state["gateway_url"] + "/healthz") == 200
    assert "lan      Hoàng Thị Lan, Cán bộ truyền thanh" in stack.text

    assert processes.wait_until(lambda: "Dữ liệu mẫu: xong" in stack.text, PATIENCE_S), stack.text
    report = json.loads(_loa(var, "doctor", "--json").stdout)
    assert [finding for finding in report["findings"] if finding["level"] == "bad"] == []
    assert processes.wait_until(lambda: _loa(var, "audit", "verify").returncode == 0, PATIENCE_S, step=1)

    assert _open_to_others(var) == []
    assert stack.end(signal.SIGINT, PATIENCE_S) == 0
    assert stack.left_over() == []

    again = launch(command=DEMO).ready("Dừng: Ctrl-C", PATIENCE_S)
    assert "Chuẩn bị dữ liệu" not in again.text  # nothing changed, so nothing is prepared
    again.end(signal.SIGKILL)
    imported = _loa(var, "areas", "import")  # with a database of its own, for this command only
    assert imported.returncode == 0, imported.stderr
    assert "Thêm 0, sửa 0" in imported.stdout
    assert again.left_over() == []

    elsewhere = _loa(var, "demo", "--province", "01")
    assert elsewhere.returncode == 2
    assert len(elsewhere.stderr.splitlines()) == 1, elsewhere.stderr
    assert "đã là bản trình diễn của Tỉnh Lào Cai" in elsewhere.stderr
    assert (again.folders.fleet / prepared.SETTLED).exists()


def test_real_use_shows_the_first_administrators_link_once(
    launch: Launch, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, gateway, mqtt = ports.choose({"web": 8100, "gateway": 8200, "mqtt": 8300}, {}).values()
    monkeypatch.setenv("LOA_GATEWAY_LISTEN", f"127.0.0.1:{gateway}")
    monkeypatch.setenv("LOA_MQTT_PORT", str(mqtt))
    up = ("-m", "loa.launch", "up", "--listen", str(port))
    stack = launch(command=up).ready("Trang web: http", PATIENCE_S)
    assert f"http://127.0.0.1:{port}/tai-khoan/moi/" in stack.text
    assert stack.end(signal.SIGTERM, PATIENCE_S) == 0
    again = launch(command=up).ready("Trang web: http", PATIENCE_S)
    assert "/moi/" not in again.text
    assert os.stat(again.folders.keys / "secret-key").st_mode & 0o777 == 0o600
    samples = _loa(var, "demo")
    assert samples.returncode == 2
    assert "chứa dữ liệu thật" in samples.stderr
