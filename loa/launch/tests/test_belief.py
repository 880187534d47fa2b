"""A person says that the new time of the machine is right; whoever read another time is refused."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loa.audit.models import Entry
from loa.config import env
from loa.launch import processes
from loa.launch.doctor import belief
from loa.launch.folders import Folders, write_json
from loa.launch.nursery import Nursery
from loa.launch.supervisor import lock

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
WATCH = "12:00 22/11/2026"
HEARS = (
    "import pathlib, signal, sys; heard = pathlib.Path(sys.argv[1])\n"
    "signal.signal(signal.SIGUSR1, lambda *_: heard.touch()); print('ready', flush=True)\n"
    "while True: signal.pause()"
)
pytestmark = pytest.mark.django_db


@dataclass
class Host:
    """A supervisor with a gateway that doubts its clock until it is told otherwise."""

    env: env.Env
    heard: Path
    told: str = "stepped"

    def facts(self, *_: object, **__: object) -> dict[str, str]:
        return {"clock": "ok" if self.heard.exists() else self.told}

    def refuses(self, said: str = WATCH, now: datetime = NOON) -> str:
        """The refusal; nothing was recorded and nothing sent."""
        with pytest.raises(belief.CannotBelieve) as caught:
            belief.believe(said, env=self.env, now=now)
        assert not Entry.objects.filter(verb="clock.believed").exists()
        assert not self.heard.exists()
        return str(caught.value)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    folders, heard = Folders(tmp_path / "var"), tmp_path / "heard"
    folders.make()
    held = lock(folders.run / "lock")
    with subprocess.Popen([sys.executable, "-c", HEARS, str(heard)], stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        gateway.stdout.readline()
        entry = {"name": "gateway", "pid": gateway.pid, "start": processes.started(gateway.pid), "signal": 15}
        write_json(Nursery(folders).record, {"boot": "", "children": [entry]})
        found = Host(env.read({"LOA_VAR": str(folders.var)}), heard)
        monkeypatch.setattr("loa.launch.probes.http_facts", found.facts)
        yield found
        gateway.send_signal(signal.SIGKILL)
    os.close(held)


def test_bao_reads_his_watch_and_the_gateway_tells_the_time_again(host: Host) -> None:
    assert "báo giờ cho loa trở lại" in belief.believe(WATCH, env=host.env, now=NOON + timedelta(seconds=70))
    entry = Entry.objects.get(verb="clock.believed")
    assert WATCH in entry.facts["note"]
    assert entry.actor_id is None


@pytest.mark.parametrize("wrong", [timedelta(minutes=5), timedelta(minutes=-5), timedelta(days=366)])
def test_a_machine_that_says_another_time_than_the_watch_is_not_believed(host: Host, wrong: timedelta) -> None:
    assert "Đừng xác nhận" in host.refuses(now=NOON + wrong)


@pytest.mark.parametrize("said", ["", "12:00", "12:00 2026-11-22", "đúng"])
def test_words_that_are_no_time_confirm_nothing(host: Host, said: str) -> None:
    assert "14:05 23/11/2026" in host.refuses(said)


@pytest.mark.parametrize(("told", "words"), [("ok", "không nghi ngờ"), ("database", "cả hai máy"), ("", "không nghi")])
def test_only_a_step_can_be_confirmed(host: Host, told: str, words: str) -> None:
    host.told = told
    assert words in host.refuses()


def test_without_a_running_loa_there_is_nobody_to_tell(host: Host) -> None:
    write_json(Nursery(Folders(host.env.var)).record, {"boot": "", "children": []})
    assert "khởi động lại" in host.refuses()
