"""Files named by their hash."""

import hashlib
import os
import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loa.media import rules
from loa.media.store import FileStore

CONTENT = b"OggS" + bytes(range(256)) * 9000
SOUND = uuid.UUID(int=8)
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "media")


def put(files: FileStore, content: bytes = CONTENT) -> str:
    with files.workspace(SOUND) as workspace:
        (workspace / "made").write_bytes(content)
        return files.put(workspace / "made")


def test_a_file_lies_where_its_hash_says_and_nothing_else_is_left(files: FileStore) -> None:
    assert put(files) == NAME
    assert files.path_of(NAME) == files.root / NAME[:2] / NAME[2:]
    assert files.read(NAME) == CONTENT
    assert [path for path in files.root.rglob("*") if path.is_file()] == [files.path_of(NAME)]
    assert list(files.names()) == [NAME]


def test_the_same_bytes_again_change_nothing(files: FileStore) -> None:
    put(files)
    before = files.path_of(NAME).stat().st_ino
    assert put(files) == NAME
    assert files.path_of(NAME).stat().st_ino == before


@pytest.mark.parametrize(
    ("start", "end"), [(0, None), (0, 10), (1_500_000, 1_600_000), (len(CONTENT) - 3, None), (5, 5)]
)
def test_ranges(files: FileStore, start: int, end: int | None) -> None:
    put(files)
    assert b"".join(files.pieces(NAME, start, end)) == CONTENT[start:end]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63, f"{'a' * 64}\n", "a" * 65])
def test_no_other_name_reaches_the_disk(files: FileStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        files.path_of(name)


def test_what_is_missing_is_missing(files: FileStore) -> None:
    assert not files.exists(NAME)
    with pytest.raises(FileNotFoundError):
        files.open(NAME)
    files.delete(NAME)


def test_a_file_that_grows_too_large_while_being_sent_leaves_nothing(files: FileStore) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(1024 * 1024)

    def check(size: int) -> None:
        if size > 3 * 1024 * 1024:
            raise rules.Unfit("too_large", {"megabytes": "3"})

    with pytest.raises(rules.Unfit):
        files.receive(uuid.uuid4(), endless(), check)
    assert [path for path in files.root.rglob("*") if path.is_file()] == []


def test_a_killed_put_leaves_no_file_with_a_hash_for_a_name(files: FileStore) -> None:
    put(files)
    with files.workspace(SOUND) as workspace:
        (workspace / "half").write_bytes(CONTENT[:100])
        assert list(files.names()) == [NAME]  # a half file never has a name


def test_the_next_try_begins_without_what_a_killed_one_left(files: FileStore) -> None:
    killed = files.workspace(SOUND)
    (killed.__enter__() / "spool").write_bytes(CONTENT)  # and no way out: kill -9
    with files.workspace(SOUND) as workspace:
        assert list(workspace.iterdir()) == []
    assert [path for path in files.root.rglob("*") if path.is_file()] == []


def test_young_files_are_not_deleted_even_if_no_row_names_them(files: FileStore) -> None:
    put(files)
    assert files.delete_unreferenced(lambda names: set(), datetime(2000, 1, 1, tzinfo=UTC)) == []
    assert files.delete_unreferenced(lambda names: set(names), datetime(2100, 1, 1, tzinfo=UTC)) == []
    assert files.delete_unreferenced(lambda names: set(), datetime(2100, 1, 1, tzinfo=UTC)) == [NAME]
    assert not files.exists(NAME)


def test_a_file_that_is_made_again_while_tidying_is_kept(files: FileStore) -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC)
    os.utime(files.path_of(put(files)), (old.timestamp(), old.timestamp()))

    def rows(_: Collection[str]) -> set[str]:
        put(files)  # its row is committed after this question was answered
        return set()

    assert files.delete_unreferenced(rows, old + timedelta(days=1)) == []
    assert files.exists(NAME)


def test_a_file_that_is_taken_over_while_others_are_being_deleted_is_kept(
    files: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC)
    first, second = sorted(put(files, content) for content in (b"one", b"two"))
    for name in (first, second):
        os.utime(files.path_of(name), (old.timestamp(), old.timestamp()))
    delete = files.delete

    def slow(name: str) -> None:
        delete(name)
        files.touch(second)

    monkeypatch.setattr(files, "delete", slow)
    assert files.delete_unreferenced(lambda names: set(), old + timedelta(days=1)) == [first]
    assert files.exists(second)
