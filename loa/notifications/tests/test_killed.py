"""kill -9 of the process that writes letters or sends them, on a real database and a real line: nothing is lost.

Who is killed after the server took a letter and before that was noted sends it once more, with the same Message-ID
(ADR 38): of all letters that one alone, once for each such death.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection, transaction

from loa.devices.models import DeviceStatus
from loa.notifications import actions
from loa.notifications.models import Letter, Notification, Told
from loa.notifications.rules import retry
from loa.notifications.tests.conftest import stand
from loa.notifications.tests.mailbox import WAITS, Mailbox
from loa.notifications.tests.test_letters import write
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
ROOT = Path(__file__).parents[3]


def database() -> str:
    """The address of that of this test."""
    held = connection.settings_dict
    return f"postgresql://{held['USER']}@/{held['NAME']}?host={quote(held['HOST'])}"


@contextmanager
def worker(deed: str, now: datetime, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, at this instant; it is dead afterwards."""
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "loa.config.settings",
        "DATABASE_URL": database(),
        "MAILBOX": str(port),
    }
    words = [sys.executable, "-m", "loa.notifications.tests.worker", deed, now.isoformat()]
    process = subprocess.Popen(words, env=environ, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def until(look: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 60
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def names(post: Mailbox) -> Counter[str]:
    """How often each letter arrived, by its Message-ID."""
    return Counter(str(one["Message-ID"]).strip() for one in post.letters)


@pytest.mark.parametrize(("at", "twice"), [("DATA", 0), ("DATA.", 1)], ids=["before", "after"])
def test_killed_in_the_middle_of_a_letter(night: Cast, post: Mailbox, at: str, twice: int) -> None:
    """Three letters; the server answers the first, and says nothing to the second any more."""
    people = ((night.lan, night.quy_mong), (night.son, night.lao_cai), (night.mai, night.tran_yen))
    for number, (person, area) in enumerate(people):
        with transaction.atomic():
            write(person, area, night.now + number * MINUTE, f"Việc {number}")
    now = night.now + 5 * MINUTE
    usual = [("DATA", "354 go on"), ("DATA.", "250 taken"), ("DATA", "354 go on")]
    post.says.extend(usual[: 2 if at == "DATA" else 3])
    post.says.append((at, WAITS))
    with worker("send", now, post.port) as process:
        assert post.waits.wait(60), "it never came to the second letter"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    assert process.returncode == -signal.SIGKILL
    first, second, third = Letter.objects.order_by("made_at")
    assert (first.state, second.state, third.state) == ("sent", "waiting", "waiting")
    assert second.claimed_at == now
    assert actions.send_letters(clock=lambda: now + MINUTE) == 1, "the third; the second may still be in its hands"
    assert actions.send_letters(clock=lambda: now + retry.CLAIM_HOLDS) == 1
    assert actions.send_letters(clock=lambda: now + 2 * retry.CLAIM_HOLDS) == 0
    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}
    arrived = names(post)
    assert len(arrived) == 3
    assert sum(arrived.values()) == 3 + twice
    assert arrived[f"<{second.pk}@laocai.example>"] == 1 + twice


def test_killed_while_it_writes_leaves_nothing_half_written_and_loses_nothing(night: Cast, post: Mailbox) -> None:
    """It has opened notifications and told people, and waits for the table of letters when it dies."""
    poles = stand(night.quy_mong, "Viettel", 2, night.now)
    DeviceStatus.objects.filter(device=poles[0]).update(threat_at=night.now)
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    with psycopg.connect(database()) as other:
        other.execute("lock table notifications_letter in access exclusive mode")
        with worker("write", night.now + MINUTE, post.port) as process:
            until(lambda: _rows(waiting), "it never came to the letters")
            os.kill(process.pid, signal.SIGKILL)
            process.wait(30)
        assert process.returncode == -signal.SIGKILL
        pids = {row[0] for row in _rows("select pid from pg_stat_activity where wait_event_type = 'Lock'")}
    until(lambda: not pids & {row[0] for row in _rows("select pid from pg_stat_activity")}, "its connection stays")
    assert not Notification.objects.exists()
    assert not Told.objects.exists()
    for number in (1, 2):
        done = actions.reconcile(now=night.now + number * MINUTE)
        assert (done.opened, done.letters) == ((1, 1) if number == 1 else (0, 0))
    assert actions.send_letters(clock=lambda: night.now + 3 * MINUTE) == 1
    assert [str(one["Subject"]).strip() for one in post.letters] == ["Khẩn: Xã Quy Mông: 1 cụm loa đã từ chối lệnh giả"]


def _rows(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
