"""A preview leaves nothing behind; two who keep at once do not mix; who dies on the way has kept nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from loa.broadcasts.changes import keeping
from loa.broadcasts.changes.change import Change
from loa.broadcasts.changes.kinds import groups, schedules
from loa.broadcasts.models import KeptChange, Schedule
from loa.broadcasts.tests.changes.conftest import see
from loa.broadcasts.tests.changes.test_schedules import at_hour
from loa.broadcasts.tests.conftest import Station, at
from loa.broadcasts.tests.story.conftest import fresh
from loa.devices.announce import CHANGED, OUTBOX
from loa.kernel.clock import to_ms
from loa.kernel.errors import LoaError
from tests.at_once import PATIENCE_S, somebody_else, until_it_waits
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    with somebody_else() as pool:
        yield pool


def everything() -> dict[str, str]:
    """A digest of every table there is, those of the jobs too."""
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        names = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in sorted(names):
            cursor.execute(f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from \"{name}\" t")
            found[name] = cursor.fetchone()[0]
    return found


def files() -> list[Path]:
    return sorted(Path(settings.MEDIA_ROOT).rglob("*"))


@contextmanager
def notified() -> Iterator[list[str]]:
    """What the gateway would be told meanwhile."""
    found: list[str] = []
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": True, "cursor_factory": None}) as line:
        line.execute(f"listen {OUTBOX}")
        line.execute(f"listen {CHANGED}")
        yield found
        found += [note.payload for note in line.notifies(timeout=0.3)]


def kinds(cast: Cast, station: Station, row: Schedule) -> list[tuple[Change, object]]:
    path, start = cast.quy_mong.path, to_ms(at(cast, 5, days=1))
    members = tuple(station.speakers[number].pk for number in (1, 2, 4))
    return [
        (at_hour(row, "05:30"), cast.lan),
        (at_hour(row, "03:15"), cast.lan),
        (schedules.DropAiring(area=path, schedule=row.pk, start=start), cast.lan),
        (schedules.EndSchedule(area=path, schedule=row.pk, reason="Hết mùa"), cast.lan),
        (
            groups.SaveGroup(area=path, group=station.groups["Trung tâm"].pk, name="Trung tâm", members=members),
            cast.lan,
        ),
    ]


def test_a_preview_leaves_no_row_no_job_no_word_and_no_file(
    cast: Cast, station: Station, bulletin_at_five: Schedule
) -> None:
    tables, stored = everything(), files()
    with notified() as words:
        for change, actor in kinds(cast, station, bulletin_at_five):
            see(cast, change, actor)  # type: ignore[arg-type]
    assert everything() == tables
    assert files() == stored
    assert words == []


def test_looking_at_an_undo_leaves_nothing_either(cast: Cast, bulletin_at_five: Schedule) -> None:
    change = schedules.DropAiring(
        area=cast.quy_mong.path, schedule=bulletin_at_five.pk, start=to_ms(at(cast, 5, days=1))
    )
    kept = keeping.keep(actor=cast.lan, change=change, token=see(cast, change).token, now=cast.now)
    tables = everything()
    with notified() as words:
        keeping.preview_undo(actor=cast.lan, kept_id=kept.pk, now=cast.now)
    assert (everything(), words) == (tables, [])


def test_of_two_who_keep_at_once_the_second_learns_of_the_first(
    cast: Cast, other: ThreadPoolExecutor, bulletin_at_five: Schedule
) -> None:
    path, pk = cast.quy_mong.path, bulletin_at_five.pk
    changes = [schedules.DropAiring(area=path, schedule=pk, start=to_ms(at(cast, 5, days=days))) for days in (1, 2)]
    tokens = [see(cast, change).token for change in changes]
    with transaction.atomic():
        keeping.keep(actor=cast.lan, change=changes[0], token=tokens[0], now=cast.now)
        later = other.submit(keeping.keep, actor=cast.lan, change=changes[1], token=tokens[1], now=cast.now)
        until_it_waits(later)
    with pytest.raises(LoaError) as caught:
        later.result(PATIENCE_S)
    assert caught.value.code == "diff_changed"
    assert len(fresh(bulletin_at_five).dropped) == 1
    assert KeptChange.objects.count() == 1


def test_one_token_keeps_one_change_however_often_it_is_pressed(
    cast: Cast, other: ThreadPoolExecutor, bulletin_at_five: Schedule
) -> None:
    change = at_hour(bulletin_at_five, "05:30")
    token = see(cast, change).token
    with transaction.atomic():
        keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now)
        later = other.submit(keeping.keep, actor=cast.lan, change=change, token=token, now=cast.now)
        until_it_waits(later)
    with pytest.raises(LoaError) as caught:
        later.result(PATIENCE_S)
    assert caught.value.code == "already_kept"
    assert Schedule.objects.filter(replaces=bulletin_at_five).count() == 1


def test_a_change_of_the_province_waits_for_one_of_a_commune(cast: Cast, other: ThreadPoolExecutor) -> None:
    with transaction.atomic():
        keeping.hold([cast.quy_mong.path])

        def above() -> None:
            with transaction.atomic():
                keeping.hold([cast.lao_cai.path])

        later = other.submit(above)
        until_it_waits(later)
        assert not later.done()
    later.result(PATIENCE_S)


def test_two_communes_do_not_wait_for_each_other(cast: Cast, other: ThreadPoolExecutor) -> None:
    with transaction.atomic():
        keeping.hold([cast.quy_mong.path])

        def beside() -> None:
            with transaction.atomic():
                keeping.hold([cast.tran_yen.path])

        other.submit(beside).result(PATIENCE_S)


def test_who_dies_before_the_end_has_kept_nothing(
    cast: Cast, other: ThreadPoolExecutor, bulletin_at_five: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks as with a kill -9, after the action and before the commit."""
    change = at_hour(bulletin_at_five, "05:30")
    token = see(cast, change).token
    tables = everything()

    def dies(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "record", dies)
        later = other.submit(keeping.keep, actor=cast.lan, change=change, token=token, now=cast.now)
        with pytest.raises(OperationalError):
            later.result(PATIENCE_S)
    assert everything() == tables
    keeping.keep(actor=cast.lan, change=change, token=token, now=cast.now)
    assert Schedule.objects.filter(replaces=bulletin_at_five).count() == 1
