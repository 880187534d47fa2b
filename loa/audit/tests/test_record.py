"""The record only grows; what is written late is sealed all the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from loa.audit import actions, queries
from loa.audit.heads import HeadLog
from loa.audit.models import Entry, Seal

NOW = datetime(2026, 8, 20, 9, 50, tzinfo=UTC)


class Lan:
    """Somebody who acts, without the tables of people."""

    pk = 7
    full_name = "Hoàng Thị Lan"


def write(verb: str = "bulletin.submitted", **facts: object) -> int:
    return actions.record(actor=Lan(), verb=verb, object=("bulletin", "b1"), area="vn.15.04531", facts=facts, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("deed", ["update {} set {} = {}", "delete from {}", "truncate {}"])
def test_the_database_refuses_to_change_the_record(table: str, deed: str) -> None:
    write()
    actions.seal()
    column = "verb = 'x'" if table == "audit_entry" else "digest = '\\x00'"
    statement = {"u": f"update {table} set {column}", "d": f"delete from {table}", "t": f"truncate {table}"}[deed[0]]
    with connection.cursor() as cursor:
        cursor.execute(f"alter table {table} enable trigger all")
        with pytest.raises((ProgrammingError, InternalError), match="the record only grows"), transaction.atomic():
            cursor.execute(statement)
    assert Entry.objects.count() == Seal.objects.count() == 1


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_recorded() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_facts_of_every_sort_come_back_sealed_and_sound(tmp_path: Path) -> None:
    write(when=NOW, lines=["Kính gửi", "bà con"], nothing=None, number=1.10, big=2**70, nested={"b": 1, "a": {"ă": []}})
    actions.seal()
    assert queries.verify(now=NOW, log=HeadLog(tmp_path / "heads.log")).sound


@pytest.mark.django_db
def test_the_story_of_one_thing_in_order() -> None:
    write("bulletin.submitted")
    actions.record(actor=None, verb="bulletin.expired", object=("bulletin", "b1"), now=NOW)
    actions.record(actor=None, verb="device.placed", object=("device", "spk-1"), now=NOW)
    verbs = [(entry.verb, entry.actor_name) for entry in queries.of_object("bulletin", "b1")]
    assert verbs == [("bulletin.submitted", "Hoàng Thị Lan"), ("bulletin.expired", "")]


@pytest.mark.django_db
def test_sealing_goes_on_where_it_stopped_and_never_seals_twice() -> None:
    first, second, third = write(), write(), write()
    assert (actions.seal(limit=2), actions.seal(limit=2), actions.seal(limit=2)) == (2, 1, 0)
    assert list(Seal.objects.order_by("seq").values_list("seq", "entry_id")) == [(1, first), (2, second), (3, third)]


def _second_connection() -> "psycopg.Connection[tuple[int, ...]]":
    settings = connection.settings_dict
    return psycopg.connect(
        host=settings["HOST"] or settings["OPTIONS"].get("host"), user=settings["USER"], dbname=settings["NAME"]
    )


_INSERT = (
    "insert into audit_entry (at, actor_name, verb, object_kind, object_id, area, facts) "
    "values (now(), '', 'slow.deed', 'thing', '1', '', '{}') returning id"
)


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_after_later_ones_were_sealed_is_not_missed(tmp_path: Path) -> None:
    with _second_connection() as slow:
        row = slow.execute(_INSERT).fetchone()
        quick = write()
        assert row is not None
        assert row[0] < quick, "the slow one has the lower number"
        assert actions.seal() == 1
        slow.commit()
        assert actions.seal() == 1
    assert list(Seal.objects.order_by("seq").values_list("entry_id", flat=True)) == [quick, row[0]]
    assert queries.verify(now=NOW, log=HeadLog(tmp_path / "heads.log")).sound


@pytest.mark.django_db
def test_an_entry_from_long_before_is_found_by_the_sweep() -> None:
    late, new = write(), write()
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update audit_entry set id = id + 1000000 where id = %s", [new])
        cursor.execute("set local session_replication_role = origin")
    with connection.cursor() as cursor:
        cursor.execute("insert into audit_seal values (1, %s, '\\x00', '\\x00')", [new + 1_000_000])
    assert actions.seal() == 0
    assert actions.seal(sweep=True) == 1
    assert Seal.objects.get(seq=2).entry_id == late


@pytest.mark.django_db(transaction=True)
def test_only_one_sealer_works_at_a_time() -> None:
    write()
    with _second_connection() as other:
        other.execute("select pg_advisory_xact_lock(%s)", [actions._SEALER])
        assert actions.seal() == 0
        other.rollback()
    assert actions.seal() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_the_sealer_nor_for_each_other() -> None:
    with _second_connection() as other:
        other.execute(_INSERT)
        other.execute("select pg_advisory_xact_lock(%s)", [actions._SEALER])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '100ms'")
            write()
        other.rollback()
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_heads_are_written_once_an_hour(tmp_path: Path) -> None:
    log = HeadLog(tmp_path / "heads.log")
    minutes = [0, 1, 59, 60, 61]
    written = [actions.write_head_if_due(now=NOW + timedelta(minutes=m), log=log) for m in minutes]
    assert written == [True, False, False, True, False]
