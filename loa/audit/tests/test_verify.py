"""What somebody with all the rights of the database can do, and how it shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loa.audit import actions, queries, rules, tasks
from loa.audit.heads import HeadLog
from loa.audit.management.commands.audit import told
from loa.audit.models import Entry, Seal
from loa.audit.rules import Finding

NOW = datetime(2026, 8, 20, 9, 50, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def write(count: int = 1) -> list[int]:
    return [
        actions.record(actor=None, verb="thing.done", object=("thing", number), facts={"n": number}, now=NOW)
        for number in range(count)
    ]


@pytest.fixture
def log(tmp_path: Path) -> HeadLog:
    return HeadLog(tmp_path / "audit" / "heads.log")


@pytest.fixture
def chain(db: None, log: HeadLog) -> list[int]:
    """Ten sealed entries whose head is written outside."""
    entries = write(10)
    actions.seal()
    actions.write_head(now=NOW, log=log)
    return entries


def superuser(statement: str, *values: int) -> None:
    """Run it with the triggers off, as the owner of the database can."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("set local session_replication_role = origin")


def findings(log: HeadLog, now: datetime = NOW) -> set[tuple[str, int | None]]:
    return {(finding.code, finding.seq) for finding in queries.verify(now=now, log=log).findings}


def test_an_untouched_record_is_sound(chain: list[int], log: HeadLog) -> None:
    verdict = queries.verify(now=LATER, log=log)
    assert (verdict.sound, verdict.sealed, verdict.waiting) == (True, 10, 0)


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'thing.undone'",
        "actor_id = 9",
        "actor_name = 'Ai đó'",
        "at = at + interval '1 microsecond'",
        "written = written - interval '1 hour'",
        "object_id = '77'",
        "object_kind = 'other'",
        "area = 'vn'",
        """facts = '{"n": 3.0}'""",
    ],
)
def test_a_changed_entry(chain: list[int], log: HeadLog, change: str) -> None:
    superuser(f"update audit_entry set {change} where id = %s", chain[3])
    assert findings(log) == {("entry_changed", 4)}


def test_a_removed_entry(chain: list[int], log: HeadLog) -> None:
    superuser("delete from audit_entry where id = %s", chain[0])
    assert findings(log) == {("entry_removed", 1)}


def test_an_entry_removed_with_its_seal(chain: list[int], log: HeadLog) -> None:
    superuser("delete from audit_entry where id = %s", chain[4])
    superuser("delete from audit_seal where seq = 5")
    assert findings(log) == {("seal_missing", 5), ("chain_broken", 6)}


def test_entries_that_changed_places(chain: list[int], log: HeadLog) -> None:
    superuser("update audit_seal set entry_id = -entry_id where seq in (4, 5)")
    superuser(
        "update audit_seal set entry_id = case seq when 4 then %s else %s end where seq in (4, 5)", chain[4], chain[3]
    )
    assert {code for code, _ in findings(log)} == {"entry_changed", "chain_broken"}


def test_links_that_changed_places(chain: list[int], log: HeadLog) -> None:
    superuser("update audit_seal set seq = 100 where seq = 4")
    superuser("update audit_seal set seq = 4 where seq = 5")
    superuser("update audit_seal set seq = 5 where seq = 100")
    assert findings(log) == {("chain_broken", 4), ("chain_broken", 5), ("chain_broken", 6)}


def test_an_entry_slipped_in_between_is_sealed_late_or_not_at_all(chain: list[int], log: HeadLog) -> None:
    write()
    assert findings(log, now=datetime.now(UTC)) == set(), "a sealer may take a moment"
    assert findings(log, now=LATER) == {("unsealed", None)}
    actions.seal()
    assert findings(log, now=LATER) == set()


def test_a_tail_cut_off(chain: list[int], log: HeadLog) -> None:
    superuser("delete from audit_seal where seq > 7")
    superuser("delete from audit_entry where id > %s", chain[6])
    assert findings(log) == {("head_missing", 10)}


def test_everything_emptied(chain: list[int], log: HeadLog) -> None:
    superuser("delete from audit_seal")
    superuser("delete from audit_entry")
    assert findings(log) == {("head_missing", 10)}


def forge() -> None:
    """Rewrite the whole chain so that it fits together again."""
    superuser("delete from audit_seal")
    actions.seal(sweep=True)


def test_a_chain_that_was_rewritten_from_the_start(chain: list[int], log: HeadLog) -> None:
    superuser("update audit_entry set verb = 'thing.undone' where id = %s", chain[3])
    forge()
    assert findings(log) == {("head_differs", 10)}


def test_a_restored_database_that_went_on_is_a_fork(chain: list[int], log: HeadLog) -> None:
    superuser("delete from audit_seal where seq > 7")
    superuser("delete from audit_entry where id > %s", chain[6])
    write(5)
    actions.seal()
    assert findings(log) == {("head_differs", 10)}


def test_a_restore_that_was_noted_is_no_finding_but_what_came_before_still_counts(
    chain: list[int], log: HeadLog
) -> None:
    superuser("delete from audit_seal where seq > 7")
    superuser("delete from audit_entry where id > %s", chain[6])
    actions.note_restore(note="Phạm Quốc Bảo, bản sao 19/8, hỏng đĩa", now=NOW, log=log)
    write(5)
    actions.seal()
    actions.write_head(now=NOW, log=log)
    assert findings(log) == set()
    superuser("update audit_entry set verb = 'thing.undone' where id = %s", chain[0])
    forge()
    assert findings(log) == {("head_differs", 7), ("head_differs", 13)}


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[1:],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0].replace(b"2026", b"2025"), *lines[1:]],
    ],
)
def test_a_file_of_heads_that_was_edited(
    chain: list[int], log: HeadLog, damage: Callable[[list[bytes]], list[bytes]]
) -> None:
    for hour in (1, 2):
        actions.write_head(now=NOW + timedelta(hours=hour), log=log)
    log.path.write_bytes(b"\n".join(damage(log.path.read_bytes().splitlines())) + b"\n")
    assert ("heads_damaged", 10) in findings(log)


def test_a_line_torn_by_a_power_cut_is_passed_over(chain: list[int], log: HeadLog) -> None:
    with log.path.open("ab") as file:
        file.write(b'{"at": "2026-08-2')
    actions.write_head(now=NOW + timedelta(hours=1), log=log)
    assert findings(log) == set()
    assert len(log.path.read_bytes().splitlines()) == 3


def test_heads_signed_with_the_installation_s_key_cannot_be_made_without_it(chain: list[int], log: HeadLog) -> None:
    signed = HeadLog(log.path.with_name("signed.log"), seed=bytes(range(32)))
    actions.write_head(now=NOW, log=signed)
    assert findings(signed) == set()
    stranger = HeadLog(signed.path, seed=bytes(32))
    actions.write_head(now=NOW, log=stranger)
    assert findings(signed) == {("heads_damaged", 10)}


def test_the_command_says_what_is_wrong_and_fails(
    chain: list[int], capsys: pytest.CaptureFixture[str], settings: pytest.FixtureRequest, tmp_path: Path
) -> None:
    settings.LOA_AUDIT_HEADS = tmp_path / "heads.log"  # type: ignore[attr-defined]
    call_command("audit", "head")
    call_command("audit", "verify")
    assert "Nhật ký nguyên vẹn: 10 mắt xích." in capsys.readouterr().out
    superuser("delete from audit_entry where id = %s", chain[2])
    with pytest.raises(CommandError, match="1 điểm bất thường"):
        call_command("audit", "verify")
    assert f"mục {chain[2]} (mắt xích 3) đã bị xóa" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_seals_what_waits(capsys: pytest.CaptureFixture[str]) -> None:
    write(3)
    call_command("audit", "seal")
    assert "Đã niêm phong 3 mục." in capsys.readouterr().out
    assert Seal.objects.count() == Entry.objects.count() == 3


def round_of(log: HeadLog, settings: Any, now: datetime = NOW) -> None:
    """What the sealer does once a second."""
    settings.LOA_AUDIT_HEADS, settings.LOA_AUDIT_KEY = log.path, log.path.with_name("key")
    actions.keep_sealed(sweep=True, now=now)


@pytest.fixture
def kept(db: None, log: HeadLog, settings: Any) -> HeadLog:
    """Ten entries whose head is in the hourly log, and ten more of the minutes since: only the newest head knows."""
    write(10)
    round_of(log, settings)
    write(10)
    round_of(log, settings, NOW + timedelta(minutes=20))
    return queries.head_log()


def cut(first_seq: int) -> None:
    """Take off the end of the record, entries and seals together."""
    superuser("delete from audit_entry where id in (select entry_id from audit_seal where seq >= %s)", first_seq)
    superuser("delete from audit_seal where seq >= %s", first_seq)


def test_what_was_sealed_since_the_last_hour_cannot_be_cut_off_unseen(kept: HeadLog) -> None:
    assert findings(kept) == set()
    cut(15)
    assert findings(kept) == {("head_missing", 20)}


def test_nor_when_the_sealer_goes_on_and_writes_newer_heads_over_it(kept: HeadLog, settings: Any) -> None:
    cut(15)
    for minute in (21, 22, 200):
        write(5)
        round_of(kept, settings, NOW + timedelta(minutes=minute))
    assert findings(kept) == {("head_differs", 20)}


def test_a_restore_noted_after_the_platform_went_on_is_excused_too(kept: HeadLog, settings: Any) -> None:
    cut(15)
    write(9)
    round_of(kept, settings, NOW + timedelta(minutes=21))
    assert findings(kept) == {("head_differs", 20)}
    actions.note_restore(note="Phạm Quốc Bảo, bản sao 19/8", now=NOW + timedelta(minutes=30))
    write(1)
    round_of(kept, settings, NOW + timedelta(minutes=31))
    assert findings(kept) == set()
    assert Entry.objects.get(verb="record.restored").facts["note"] == "Phạm Quốc Bảo, bản sao 19/8"
    cut(12)
    assert ("head_missing", 25) in findings(kept)


def test_a_restore_to_before_the_first_head_is_excused_when_noted(kept: HeadLog, settings: Any) -> None:
    cut(5)
    write(30)
    round_of(kept, settings, NOW + timedelta(minutes=21))
    actions.note_restore(note="bản sao cũ nhất", now=NOW + timedelta(minutes=30))
    round_of(kept, settings, NOW + timedelta(minutes=31))
    assert findings(kept) == set()


def test_the_first_round_makes_a_key_and_every_head_is_signed(kept: HeadLog) -> None:
    key = kept.path.with_name("key")
    assert (key.stat().st_mode & 0o777, len(key.read_bytes())) == (0o600, 32)
    last, newest = kept.last(), kept.latest()
    assert last is not None
    assert newest is not None
    assert last.sig
    assert newest.sig
    assert len(kept.public_key()) == 64


def test_lines_of_the_time_before_the_key_are_believed_but_no_unsigned_one_after_it(
    chain: list[int], log: HeadLog, settings: Any
) -> None:
    round_of(log, settings)
    signed = queries.head_log()
    assert findings(signed) == set()
    actions.write_head(now=NOW, log=HeadLog(log.path))
    assert findings(signed) == {("heads_damaged", 10)}


def test_a_log_that_was_replaced_by_an_unsigned_one_and_a_key_that_was_taken_away(kept: HeadLog) -> None:
    forged = HeadLog(kept.path)
    signed = kept.path.read_bytes()
    kept.path.unlink()
    actions.write_head(now=NOW, log=forged)
    assert findings(kept) == {("heads_damaged", 20)}
    kept.path.write_bytes(signed)
    assert findings(forged) == {("heads_unverified", None)}


def test_a_newest_head_that_somebody_wrote_by_hand(kept: HeadLog) -> None:
    cut(15)
    seq, digest = queries.head()
    HeadLog(kept.path).renew(at=NOW, seq=seq, head=digest)
    assert findings(kept) == {("heads_damaged", 14)}


def test_an_old_entry_slipped_in_later_does_not_pass_for_an_old_one(chain: list[int], log: HeadLog) -> None:
    (late,) = write()
    superuser("update audit_entry set written = written - interval '3 days' where id = %s", late)
    actions.seal()
    assert findings(log) == {("backdated", 11)}


GUARDS = [
    (table, f"{table}_{deed}") for table in ("audit_entry", "audit_seal") for deed in ("only_grows", "not_emptied")
]


@pytest.mark.parametrize(("table", "guard"), GUARDS)
def test_a_guard_of_the_database_that_is_off(chain: list[int], log: HeadLog, table: str, guard: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"alter table {table} disable trigger {guard}")
    assert {code for code, _ in findings(log)} == {"guard_off"}
    with connection.cursor() as cursor:
        cursor.execute(f"drop trigger {guard} on {table}")
    assert {code for code, _ in findings(log)} == {"guard_off"}


@pytest.mark.parametrize(
    "instead",
    [
        "create trigger audit_entry_only_grows before delete on audit_entry"
        " for each row execute function audit_refuse()",
        "create trigger audit_entry_only_grows before update or delete on audit_entry for each row when (old.id < 0)"
        " execute function audit_refuse()",
        "create table elsewhere (id int); create trigger audit_entry_only_grows before update or delete on elsewhere"
        " for each row execute function audit_refuse()",
    ],
)
def test_a_guard_that_only_looks_like_one(chain: list[int], log: HeadLog, instead: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("drop trigger audit_entry_only_grows on audit_entry")
        cursor.execute(instead)
    assert {code for code, _ in findings(log)} == {"guard_off"}


def test_guards_whose_function_lets_everything_pass(chain: list[int], log: HeadLog) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "create or replace function audit_refuse() returns trigger language plpgsql as $$begin return new; end$$"
        )
    assert {code for code, _ in findings(log)} == {"guard_off"}


def test_the_log_is_not_read_whole_every_second(log: HeadLog, chain: list[int]) -> None:
    with log.path.open("ab") as file:
        file.write(b"x" * 1_000_000 + b"\n")
    actions.write_head(now=NOW + timedelta(hours=1), log=log)
    last = log.last()
    assert last is not None
    assert last.at.startswith("2026-08-20T10:50")


def test_the_result_of_a_verification_is_kept(kept: HeadLog) -> None:
    assert queries.last_verified() is None
    assert actions.keep_verified(now=NOW).sound
    told = queries.standing()
    assert told.verified is not None
    assert (told.verified.at, told.verified.sealed, told.verified.findings) == (NOW, 20, 0)
    assert (told.sealed, told.waiting, told.head and told.head.seq) == (20, 0, 10)
    cut(15)
    tasks.verify.func(timestamp=0)
    found = queries.last_verified()
    assert found is not None
    assert found.findings == 1


def test_every_finding_has_its_sentence() -> None:
    assert all(told(Finding(code)) for code in rules.CODES)
    assert "lúc 16:50:00 ngày 20/08/2026" in told(Finding("head_missing", seq=7, detail=NOW.isoformat()))
    assert told(Finding("seal_missing", seq=9, detail="2")) == "thiếu 2 mắt xích liền nhau, từ mắt xích 9"


def test_a_round_of_the_sealer_leaves_nothing_open(db: None, settings: Any, tmp_path: Path) -> None:
    settings.LOA_AUDIT_HEADS = tmp_path / "audit" / "heads.log"
    write(3)
    assert actions.keep_sealed(sweep=True, now=NOW) == 3
    assert queries.verify(now=LATER).sound
    assert settings.LOA_AUDIT_HEADS.exists()
