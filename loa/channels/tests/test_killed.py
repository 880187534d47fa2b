"""kill -9 of the process that sends, on a real database and a real line; messages that break the code."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest
from django.conf import settings as configured
from django.db import connection
from pytest_django import Settings

from loa.channels.actions import keeping, posting
from loa.channels.actions.keeping import Entered
from loa.channels.actions.sending import MOST_BREAKS, send_waiting
from loa.channels.models import Outcome
from loa.channels.rules import limits, retry
from loa.channels.tests import web
from loa.channels.tests.conftest import flood, listed
from loa.channels.ways.base import Message, Report, Result, To
from loa.channels.ways.email import Email
from tests.cast import Cast

ROOT = Path(__file__).parents[3]
_SENDER = """
import sys, django
django.setup()
from datetime import datetime
from uuid import UUID
from django.conf import settings
from pathlib import Path
settings.LOA_CHANNELS_LOCAL = ("127.0.0.1",)
settings.LOA_ACCOUNT_KEYS = Path(sys.argv[3])
from loa.channels.actions.sending import send_waiting
send_waiting(channel_id=UUID(sys.argv[1]), clock=lambda: datetime.fromisoformat(sys.argv[2]))
"""


def database() -> str:
    held = connection.settings_dict
    return f"postgresql://{held['USER']}@/{held['NAME']}?host={quote(held['HOST'])}"


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_of_a_message(cast: Cast, settings: Settings) -> None:
    """It dies after the other side has got it and before that is noted: once more, under the same name, and no more."""
    settings.LOA_CHANNELS_LOCAL = ("127.0.0.1",)
    with web.running(lambda asked: (200, {})) as server:
        server.gate = Event()
        channel, _ = keeping.add_channel(
            actor=cast.bao, area=cast.quy_mong, kind="webhook", entered=Entered("Xã", {"url": server.url}), now=cast.now
        )
        posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
        environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "loa.config.settings", "DATABASE_URL": database()}
        words = [sys.executable, "-c", _SENDER, str(channel.pk), cast.now.isoformat(), str(configured.LOA_ACCOUNT_KEYS)]
        process = subprocess.Popen(words, env=environ, cwd=ROOT)
        try:
            assert server.arrived.wait(90), "it never sent"
            os.kill(process.pid, signal.SIGKILL)
        finally:
            process.kill()
            process.wait(30)
        server.gate.set()
        row = Outcome.objects.get()
        assert (row.state, row.claimed_at) == ("waiting", cast.now)
        soon = cast.now + timedelta(seconds=30)
        assert send_waiting(channel_id=channel.pk, clock=lambda: soon) == 0, "it may still be in its hands"
        later = cast.now + retry.CLAIM_HOLDS
        assert send_waiting(channel_id=channel.pk, clock=lambda: later) == 1
        assert send_waiting(channel_id=channel.pk, clock=lambda: later + retry.CLAIM_HOLDS) == 0
        assert len(server.asked) == 2
        assert len({asked.headers["loa-delivery"] for asked in server.asked}) == 1


class _Poison(Email):
    """A way whose code breaks with one address."""

    seen: list[str] = []

    def send(self, message: Message, to: Sequence[To]) -> Iterator[Result | Report]:
        for one in to:
            if one.address.startswith("poison"):
                raise ZeroDivisionError
            self.seen.append(one.address)
            yield Result(one.key, "ok")


@pytest.mark.django_db
def test_a_message_that_breaks_the_code_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    way = _Poison()
    way.seen.clear()
    monkeypatch.setattr("loa.channels.actions.sending.way_of", lambda channel, clock: way)
    channel, _ = keeping.add_channel(
        actor=cast.bao, area=cast.lao_cai, kind="email", entered=Entered("Thư"), now=cast.now
    )
    for name in ("an", "poison", "binh", "cuong", "dung"):
        listed(cast, name, "", email=f"{name}@xa.example")
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    now = cast.now
    for _ in range(MOST_BREAKS + 2):
        send_waiting(channel_id=channel.pk, clock=lambda moment=now: moment)  # type: ignore[misc]
        now += timedelta(minutes=5)
    assert sorted(way.seen) == ["an@xa.example", "binh@xa.example", "cuong@xa.example", "dung@xa.example"]
    broken = Outcome.objects.exclude(state="sent").get()
    assert (broken.address, broken.state, broken.code) == ("poison@xa.example", "failed", "broken")


@pytest.mark.django_db
def test_nobodys_telephone_is_flooded_and_a_real_alert_still_comes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    way = _Poison()
    monkeypatch.setattr("loa.channels.actions.sending.way_of", lambda channel, clock: way)
    entered = Entered("Thư", per_hour=limits.MOST_OTHER)
    channel, _ = keeping.add_channel(actor=cast.bao, area=cast.lao_cai, kind="email", entered=entered, now=cast.now)
    listed(cast, "an", "", email="an@xa.example")

    def send(key: str, status: str) -> tuple[str, str]:
        posting.post(notice=flood(cast, key, status=status), area=cast.quy_mong, now=cast.now)
        send_waiting(channel_id=channel.pk, clock=lambda: cast.now)
        row = Outcome.objects.get(sending__key=key)
        return row.state, row.code

    told = [send(f"drill:{n}", "exercise") for n in range(limits.MOST_OTHER + 1)]
    assert told == [("sent", "ok")] * limits.MOST_OTHER + [("held", "limit_person")]
    listed(cast, "binh", "", email="binh@xa.example")
    posting.post(notice=flood(cast, "alert:2"), area=cast.quy_mong, now=cast.now)
    send_waiting(channel_id=channel.pk, clock=lambda: cast.now)
    assert set(Outcome.objects.filter(sending__key="alert:2").values_list("state", flat=True)) == {"sent"}
