"""Backup and restore: what comes back, and what is refused before anything is touched."""

import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from loa.config import env
from loa.devices import tickets
from loa.launch import postgres, prepared
from loa.launch.care import archive, backup, box, dump, restore
from loa.launch.folders import Folders
from loa.launch.tests.conftest import Stack, environ

PHRASE = "lời hứa của thôn năm"
NOW = datetime(2026, 8, 20, 2, 50, tzinfo=UTC)
CHEAP = box.Cost(operations=1, memory=8192)
Launch = Callable[..., Stack]


def _settings(var: Path) -> env.Env:
    return env.read({"LOA_VAR": str(var), "LOA_MODE": "demo"})


def _fill(var: Path) -> str:
    """Something in every drawer; returns the address of the database."""
    folders = Folders(var)
    url = postgres.url(folders.sockets, "loa")
    prepared.make_database(postgres.url(folders.sockets, "postgres"), "loa")
    with psycopg.connect(url) as connection:
        connection.execute("create table story (told text)")
        connection.execute("insert into story values ('Xã Quy Mông')")
    prepared.remember(url, "abc", sample=True)
    for name, content in (
        ("media/ab/cdef", b"OggS"), ("gateway/snapshot.json", b"{}"), ("keys/signer/plan.key", b"secret"),
        ("keys/signer/journal/000001.log", b"signed"), ("keys/secret-key", b"hush"),
        ("keys/accounts/1-a.secret", b"hush"),
    ):  # fmt: skip
        file = var / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return url


@pytest.fixture
def saved(launch: Launch, var: Path) -> Path:
    """A backup of a running installation that has stopped since."""
    stack = launch().ready()
    url = _fill(var)
    file = var.parent / "loa.tar"
    backup.write(file, env=_settings(var), database_url=url, passphrase=PHRASE, now_ms=1, cost=CHEAP)
    assert stack.end(signal.SIGINT) == 0
    return file


def test_everything_comes_back_in_an_empty_folder(saved: Path, launch: Launch, var: Path) -> None:
    shutil.rmtree(var)
    manifest = restore.read(saved, var=var, passphrase=PHRASE, now=NOW, environ={})
    assert manifest.created == 1
    for name in (
        "media/ab/cdef",
        "gateway/snapshot.json",
        "keys/signer/journal/000001.log",
        "keys/secret-key",
        "keys/accounts/1-a.secret",
    ):
        assert (var / name).is_file(), name
    assert (var / "keys/signer/plan.key").stat().st_mode & 0o777 == 0o600
    launch().ready()
    url = postgres.url(Folders(var).sockets, "loa")
    with psycopg.connect(url) as connection:
        assert connection.execute("select told from story").fetchone() == ("Xã Quy Mông",)
    assert prepared.remembered(url) == ""  # so that the next start prepares, and signs all states anew
    assert prepared.holds_samples(url)
    assert (var / prepared.RESTORED).exists()
    with pytest.raises(restore.NotEmpty, match="không trống"):
        restore.read(saved, var=var, passphrase=PHRASE, now=NOW, environ={})


def _python(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A program of the platform on this folder's database."""
    own = {
        **environ(var, "test"), "DJANGO_SETTINGS_MODULE": "loa.config.settings",
        "DATABASE_URL": postgres.url(Folders(var).sockets, "loa"),
    }  # fmt: skip
    return subprocess.run([sys.executable, "-m", *words], env=own, capture_output=True, text=True, check=False)


def _live_on(var: Path, deeds: int) -> None:
    """So many things happen, are sealed, and the chain's head is kept outside."""
    code = (
        "from loa.audit import actions; from loa.kernel.clock import now\n"
        f"for n in range({deeds}): actions.record(actor=None, verb='thing.done', object=('thing', n), now=now())\n"
        "actions.keep_sealed(sweep=True, now=now())"
    )
    done = _python(var, "django", "shell", "-v0", "-c", code)
    assert done.returncode == 0, done.stderr


def test_the_record_tells_of_a_restore_and_accuses_one_by_hand(launch: Launch, var: Path) -> None:
    stack = launch().ready()
    url, file = _fill(var), var.parent / "loa.tar"
    assert _python(var, "loa.launch.prepare").returncode == 0
    _live_on(var, 5)
    backup.write(file, env=_settings(var), database_url=url, passphrase=PHRASE, now_ms=1, cost=CHEAP)
    _live_on(var, 4)

    with psycopg.connect(postgres.url(Folders(var).sockets, "postgres"), autocommit=True) as connection:
        connection.execute("drop database loa with (force)")
        connection.execute("create database loa")
    by_hand = var.parent / "database.dump"
    by_hand.write_bytes(restore._member(file, archive.DATABASE))
    dump.load(url, by_hand)
    accused = _python(var, "django", "audit", "verify")
    assert accused.returncode == 1
    assert "đã bị cắt hoặc phục hồi bản cũ" in accused.stdout
    assert stack.end(signal.SIGINT) == 0

    shutil.rmtree(var)
    restore.read(file, var=var, passphrase=PHRASE, now=NOW, environ={})
    launch().ready()
    before = _python(var, "django", "audit", "verify")
    assert (before.returncode, "nguyên vẹn" in before.stdout) == (0, True), before.stdout
    assert _python(var, "loa.launch.prepare").returncode == 0
    _live_on(var, 3)
    after = _python(var, "django", "audit", "verify")
    assert (after.returncode, "nguyên vẹn" in after.stdout) == (0, True), after.stdout
    assert "ghi nhận đã phục hồi" in after.stdout
    assert "loa restore lúc 09:50 20/08/2026" in after.stdout
    assert not (var / prepared.RESTORED).exists()


def test_a_backup_of_a_later_version_is_refused(launch: Launch, var: Path, tmp_path: Path) -> None:
    stack = launch().ready()
    url, file = _fill(var), var.parent / "loa.tar"
    with psycopg.connect(url) as connection:
        connection.execute("create table django_migrations (app text, name text)")
        connection.execute("insert into django_migrations values ('areas', '0001_initial'), ('areas', '9999_later')")
    backup.write(file, env=_settings(var), database_url=url, passphrase=PHRASE, now_ms=1, cost=CHEAP)
    assert stack.end(signal.SIGINT) == 0
    fresh = var.with_name("fresh")
    with pytest.raises(restore.TooNew, match="areas 9999_later"):
        restore.read(file, var=fresh, passphrase=PHRASE, now=NOW, environ={})
    assert not fresh.exists()
    assert not fresh.with_name("fresh.new").exists()


def test_a_wrong_passphrase_touches_nothing(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(box.WrongPassphrase, match="Chưa có gì thay đổi"):
        restore.read(saved, var=tmp_path / "new", passphrase="một câu khác hẳn", now=NOW, environ={})
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_use_is_not_written_over(saved: Path, launch: Launch, var: Path, tmp_path: Path) -> None:
    launch().ready()
    url = postgres.url(Folders(var).sockets, "loa")
    with pytest.raises(restore.NotEmpty, match="DATABASE_URL không trống"):
        restore.read(saved, var=tmp_path / "new", passphrase=PHRASE, now=NOW, environ={"DATABASE_URL": url})


@pytest.mark.parametrize("damage", ["cut", "bit", "foreign", "way out"])
def test_a_damaged_file_is_refused_as_a_whole(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "loa.tar"
    with file.open("wb") as out:
        writer = archive.Writer(out)
        writer.add_bytes(archive.KEYS, box.seal(b"", PHRASE, CHEAP))
        writer.add_bytes("../escape" if damage == "way out" else "media/ab/cdef", b"OggS" * 1000)
        writer.finish(version="1", created=1, mode="demo")
    whole = file.read_bytes()
    if damage == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "bit":
        file.write_bytes(whole.replace(b"OggSOggS", b"OggSOggX", 1))
    elif damage == "foreign":
        with tarfile.open(file, "w") as other:
            other.add(__file__, arcname="test.py")
    with pytest.raises(archive.Damaged):
        restore.read(file, var=tmp_path / "new", passphrase=PHRASE, now=NOW, environ={})
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "escape").exists()


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "var" / "keys").mkdir(parents=True)
    file = tmp_path / "loa.tar"
    with pytest.raises(dump.DumpFailed, match="pg_dump không làm được"):
        backup.write(
            file, env=_settings(tmp_path / "var"), database_url="postgresql://postgres@/loa?host=/nowhere",
            passphrase=PHRASE, now_ms=1, cost=CHEAP,
        )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


def test_an_older_backup_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "loa.tar"
    file.touch()
    with pytest.raises(FileExistsError):
        backup.write(file, env=_settings(tmp_path), database_url="", passphrase=PHRASE, now_ms=1)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(box.WrongPassphrase, match="ít nhất 12"):
        box.seal(b"keys", "ngắn")


def test_a_password_never_stands_in_the_arguments() -> None:
    made = dump.environ("postgresql://loa:hush@db.example.vn:5433/quy_mong?sslmode=require")
    assert (made["PGPASSWORD"], made["PGHOST"], made["PGPORT"]) == ("hush", "db.example.vn", "5433")
    assert (made["PGDATABASE"], made["PGSSLMODE"]) == ("quy_mong", "require")


def test_keys_that_lie_elsewhere_are_in_the_sealed_part(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "var")
    (folders.keys / "audit").mkdir(parents=True)
    (folders.keys / "audit" / "heads.key").write_text("a")
    for name in ("signer", "gateway", "engine"):
        place = tmp_path / "apart" / name / "journal"
        place.mkdir(parents=True)
        (place.parent / ("x.nk" if name == "engine" else "x.key")).write_text(name)
        (place / "signed.jsonl").write_text("{}")
    tickets.ensure_seed(tmp_path / "apart" / "ticket")
    apart = ("signer", "gateway", "ticket", "engine")
    given = {f"LOA_{name.upper()}_KEYS": str(tmp_path / "apart" / name) for name in apart}
    settings = env.read({"LOA_VAR": str(folders.var), "LOA_MODE": "demo", **given})
    box.unpack(box.pack(backup._keys(folders, settings), frozenset({backup.JOURNAL})), tmp_path / "back")
    found = {
        file.relative_to(tmp_path / "back").as_posix() for file in (tmp_path / "back").rglob("*") if file.is_file()
    }
    assert {"audit/heads.key", "signer/x.key", "gateway/x.key", "engine/x.nk", "tickets/ticket.secret"} <= found
    assert "signer/journal/signed.jsonl" not in found
    assert "journal/signed.jsonl" in {name for name, _ in backup._files(settings)}
    assert backup.unseen(settings) == []
    (tmp_path / "apart" / "signer" / "x.key").unlink()
    assert backup.unseen(settings) == [tmp_path / "apart" / "signer"]


def test_what_passes_is_left_out(tmp_path: Path) -> None:
    for name in ("gateway/logins/123", "gateway/snapshot/state.json.new", "gateway/snapshot/state.json", "media/ab/cd"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [name for name, _ in backup._files(_settings(tmp_path))] == ["media/ab/cd", "gateway/snapshot/state.json"]


def test_wherever_a_backup_breaks_off_it_is_known_as_damaged(tmp_path: Path) -> None:
    with (tmp_path / "whole.tar").open("wb") as out:
        writer = archive.Writer(out)
        writer.add_bytes(archive.DATABASE, b"d" * 3000)
        writer.add_bytes(archive.KEYS, b"k" * 700)
        writer.finish(version="1", created=1, mode="up")
    whole = (tmp_path / "whole.tar").read_bytes()
    assert archive.verify(tmp_path / "whole.tar").mode == "up"
    end = whole.rindex(b'"members"')
    for cut in [*range(0, end, 512), *range(1, end, 701)]:
        (tmp_path / "cut.tar").write_bytes(whole[:cut])
        with pytest.raises(archive.Damaged):
            archive.verify(tmp_path / "cut.tar")
    for at in range(0, end, 311):
        (tmp_path / "cut.tar").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        if _is_content(whole, at):
            with pytest.raises(archive.Damaged):
                archive.verify(tmp_path / "cut.tar")


def _is_content(whole: bytes, at: int) -> bool:
    """A byte of a member, not of the padding around it."""
    return whole[at : at + 1] in (b"d", b"k")


def test_a_restore_takes_away_only_what_a_restore_has_left(tmp_path: Path) -> None:
    draft = tmp_path / "var.new"
    draft.mkdir()
    (draft / "bài viết.txt").write_text("của tôi")
    with pytest.raises(restore.NotEmpty, match=r"var\.new"):
        restore._clear(draft)
    assert (draft / "bài viết.txt").exists()
    (draft / restore.DRAFT).touch()
    restore._clear(draft)
    assert not draft.exists()
