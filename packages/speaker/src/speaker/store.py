"""What a loudspeaker remembers, in one SQLite file that survives a loss of power at any instant.

`synchronous=FULL` with `journal_mode=TRUNCATE`: a commit that returned is on the disk. (With the default DELETE the
journal's removal is not synced, so the last commit may come undone; WAL would need a checkpoint and two more files.)
"""

import contextlib
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from devicelink.freshness import Mark
from devicelink.messages import Proof

from speaker.clock import Anchor
from speaker.disk import Disk

DATABASE = "state.db"
SCHEMA = 2
_TABLES = """
create table identity(key text primary key, value blob not null) without rowid;
create table state(
  slot text primary key, typ text not null, revision integer not null, digest text not null, kid text not null,
  token text not null, accepted integer not null) without rowid;
create table event(id text primary key, until integer not null) without rowid;
create table hold(
  slot text not null, begins integer not null, ends integer not null, primary key (slot, begins)) without rowid;
create table proof(
  boot text not null, count integer not null, hash text not null, row blob not null, sent integer not null default 0,
  at integer not null, primary key (boot, count)) without rowid;
create table aired(
  airing text not null, planned integer not null, begins integer not null, at integer not null,
  primary key (airing, planned, begins)) without rowid;
create table sounding(id integer primary key check (id = 1), row blob not null);
create table media(sha256 text primary key, size integer not null, needed integer not null) without rowid;
create table usage(month text primary key, bytes integer not null) without rowid;
"""
_ALERTS = """
create table alert(
  event text primary key, token text not null, until integer not null, progress blob not null) without rowid
"""
# Where a new version finds an older file, it brings it up to date here: version -> statements.
_UPGRADES: dict[int, str] = {1: _ALERTS}
PROOFS_KEPT = 20_000


class Damaged(Exception):
    """The file cannot be read; the loudspeaker has to be enrolled again."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A state as it was accepted: `token` is the complete JWS."""

    slot: str
    typ: str
    revision: int
    digest: str
    kid: str
    token: str
    accepted: int


class Sounding(msgspec.Struct, frozen=True, kw_only=True):
    """What sounded when the process was last seen alive; `rendered` ms are certain."""

    airing: str
    planned: int
    begins: int
    started: int
    rendered: int = 0
    plan: int = 0
    bound: int = -1


class HoldSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing but emergencies from `begins` to `ends` (ms), ordered by the hold in `slot`."""

    slot: str
    begins: int
    ends: int


class Store:
    """One folder of one loudspeaker. Every method that changes something returns when the change is durable.

    Raises Damaged when the file is no database of ours, sqlite3.OperationalError when the disk is full or the folder is
    in use by another process.
    """

    def __init__(self, disk: Disk, folder: Path) -> None:
        disk.prepare(folder)
        self.disk = disk
        self.folder = folder
        self._writing = threading.Lock()
        self._db = disk.connect(folder / DATABASE)
        try:
            self._open()
        except sqlite3.OperationalError:
            self._db.close()
            raise
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise Damaged(str(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # --- identity ----------------------------------------------------------------------------------------------------

    def identity(self, key: str) -> bytes | None:
        """One of: seed, root, device, engine_url, media_url, gateway_url, welcomed, anchor, floor, rescued,
        selftest.
        """
        row = self._one("select value from identity where key = ?", key)
        return None if row is None else bytes(row[0])

    def identify(self, **values: bytes) -> None:
        """Set these, all or none."""
        with self._transaction():
            self._db.executemany("insert or replace into identity values (?, ?)", values.items())

    # --- clock (speaker.clock.ClockMemory) ---------------------------------------------------------------------------

    def clock(self) -> tuple[Anchor | None, int]:
        """The last signed time and the time floor."""
        anchor, floor = self.identity("anchor"), self.identity("floor")
        return (msgspec.json.decode(anchor, type=Anchor | None) if anchor else None), int(floor or b"0")

    def keep_clock(self, anchor: Anchor | None, floor: int) -> None:
        """Both at once."""
        self.identify(anchor=msgspec.json.encode(anchor), floor=str(floor).encode())

    # --- freshness (devicelink.freshness.Ledger) ---------------------------------------------------------------------

    def mark(self, slot: str) -> Mark | None:
        """The state held in this slot."""
        row = self._one("select revision, digest from state where slot = ?", slot)
        return None if row is None else Mark(revision=row[0], digest=row[1])

    def seen(self, event: str) -> bool:
        """True if this event was remembered."""
        return self._one("select 1 from event where id = ?", event) is not None

    def remember(self, event: str, until: int, *, token: str = "") -> None:
        """Keep the id at least until `until`; of an alert or a cancel the complete JWS too, both or none."""
        with self._transaction():
            self._db.execute("insert or replace into event values (?, ?)", (event, until))
            if token:
                self._db.execute("insert or replace into alert values (?, ?, ?, ?)", (event, token, until, b""))

    def alerts(self) -> list[tuple[str, str, bytes]]:
        """(event, JWS, progress) of every alert and cancel that is kept."""
        return self._db.execute("select event, token, progress from alert").fetchall()

    def progress(self, event: str, progress: bytes) -> None:
        """How far this alert came."""
        with self._transaction():
            self._db.execute("update alert set progress = ? where event = ?", (progress, event))

    def drop_alert(self, event: str) -> None:
        """It is over for good; its id is still remembered."""
        with self._transaction():
            self._db.execute("delete from alert where event = ?", (event,))

    def accept(self, document: Document, *, holds: Sequence[HoldSpan] | None = None) -> None:
        """The state, its mark and, for a hold, all spans that its slot has from now on; all or none."""
        with self._transaction():
            self._db.execute("insert or replace into state values (?,?,?,?,?,?,?)", msgspec.structs.astuple(document))
            if holds is not None:
                self._replace_holds(document.slot, holds)

    def documents(self) -> list[Document]:
        """All states held."""
        fields = ", ".join(Document.__struct_fields__)
        rows = self._db.execute(f"select {fields} from state")  # noqa: S608 - our own names
        return [Document(**dict(zip(Document.__struct_fields__, row, strict=True))) for row in rows]

    def drop(self, slots: Sequence[str]) -> None:
        """Forget states, marks included: their key was taken out of the keyset."""
        if slots:
            with self._transaction():
                self._db.executemany("delete from state where slot = ?", [(slot,) for slot in slots])
                self._db.executemany("delete from hold where slot = ?", [(slot,) for slot in slots])

    def holds(self, slot: str | None = None) -> list[HoldSpan]:
        """Every span still remembered, past ones too."""
        rows = self._db.execute("select slot, begins, ends from hold where ?1 is null or slot = ?1", (slot,))
        return [HoldSpan(slot=row[0], begins=row[1], ends=row[2]) for row in rows]

    def _replace_holds(self, slot: str, spans: Sequence[HoldSpan]) -> None:
        self._db.execute("delete from hold where slot = ?", (slot,))
        rows = [(span.slot, span.begins, span.ends) for span in spans if span.begins < span.ends]
        self._db.executemany("insert or replace into hold values (?, ?, ?)", rows)

    # --- what sounded ------------------------------------------------------------------------------------------------

    def sound(self, row: Sounding) -> None:
        """This begins to sound or still sounds."""
        with self._transaction():
            self._db.execute("insert or replace into sounding values (1, ?)", (msgspec.json.encode(row),))

    def sounding(self) -> Sounding | None:
        """What sounded when the process ended without saying so."""
        row = self._one("select row from sounding")
        return None if row is None else msgspec.json.decode(row[0], type=Sounding)

    def prove(self, rows: Sequence[tuple[Proof, int, int]]) -> None:
        """Rows of the chain (row, begins, at), all or none; what they speak of is over and does not sound again.

        Together, because a commit may take a tenth of a second, and a week without power leaves 2,000 rows.
        """
        with self._transaction():
            for proof, begins, at in rows:
                self._prove(proof, begins, at)

    def _prove(self, proof: Proof, begins: int, at: int) -> None:
        encoded = msgspec.json.encode(proof)
        self._db.execute(
            "insert into proof(boot, count, hash, row, at) values (?,?,?,?,?)",
            (proof.boot, proof.count, proof.hash, encoded, at),
        )
        self._db.execute("insert or replace into aired values (?,?,?,?)", (proof.airing, proof.planned, begins, at))
        if proof.outcome != "skipped":
            self._db.execute("delete from sounding")

    def aired(self) -> set[tuple[str, int, int]]:
        """(airing, planned, begins) of everything that is over."""
        return set(self._db.execute("select airing, planned, begins from aired"))

    def last_proof(self, boot: str) -> Proof | None:
        """The newest row of this boot."""
        row = self._one("select row from proof where boot = ? order by count desc limit 1", boot)
        return None if row is None else msgspec.json.decode(row[0], type=Proof)

    def proofs(self, limit: int, *, without: Collection[str] = ()) -> list[tuple[str, int, bytes]]:
        """(boot, count, row) of the oldest rows without a receipt, all of one boot, in order; no boot of `without`."""
        boots = self._db.execute("select boot from proof where sent = 0 group by boot order by min(at), min(count)")
        first = next((boot for (boot,) in boots.fetchall() if boot not in without), None)
        rows = self._db.execute(
            "select boot, count, row from proof where boot = ? and sent = 0 order by count limit ?", (first, limit)
        )
        return rows.fetchall()

    def drop_proof(self, boot: str, count: int) -> None:
        """This row can prove nothing any more."""
        with self._transaction():
            self._db.execute("delete from proof where boot = ? and count = ?", (boot, count))

    def proofs_waiting(self) -> int:
        """Rows without a receipt."""
        row = self._one("select count(*) from proof where sent = 0")
        return int(row[0]) if row else 0

    def receive(self, boot: str, count: int, *, current: str) -> None:
        """The platform holds these rows. The last one of the `current` boot stays: the next is chained to it."""
        with self._transaction():
            self._db.execute("update proof set sent = 1 where boot = ? and count <= ?", (boot, count))
            self._db.execute(
                "delete from proof where sent = 1 and not (boot = ?1 and count = "
                "(select max(count) from proof where boot = ?1))",
                (current,),
            )

    def take_over(
        self, *, events: Sequence[tuple[Any, ...]], aired: Sequence[tuple[Any, ...]], proofs: Sequence[Proof]
    ) -> None:
        """What was saved from a damaged file: (id, until), (airing, planned, begins, at), rows without a receipt."""
        rows = [(proof.boot, proof.count, proof.hash, msgspec.json.encode(proof), proof.planned) for proof in proofs]
        with self._transaction():
            self._db.executemany("insert or ignore into event values (?, ?)", events)
            self._db.executemany("insert or ignore into aired values (?, ?, ?, ?)", aired)
            self._db.executemany("insert or ignore into proof(boot, count, hash, row, at) values (?,?,?,?,?)", rows)

    def tidy(self, now: int) -> None:
        """Forget what has no more effect: events over, airings older than 40 days, proofs beyond 20,000."""
        with self._transaction():
            self._db.execute("delete from event where until < ?", (now,))
            self._db.execute("delete from alert where until < ?", (now,))
            self._db.execute("delete from aired where max(at, planned) < ? - 40 * 86400000", (now,))
            self._db.execute("delete from hold where ends < ? - 2 * 86400000", (now,))
            self._db.execute(
                "delete from proof where (boot, count) in (select boot, count from proof order by at desc, count desc "
                "limit -1 offset ?)",
                (PROOFS_KEPT,),
            )

    # --- media and data ----------------------------------------------------------------------------------------------

    def need(self, files: Sequence[tuple[str, int]], now: int) -> None:
        """(sha256, size) of files that the plan needs now."""
        with self._transaction():
            self._db.executemany(
                "insert into media values (?, ?, ?) on conflict(sha256) do update set size = excluded.size, "
                "needed = max(needed, excluded.needed)",
                [(sha256, size, now) for sha256, size in files],
            )

    def needed(self) -> dict[str, int]:
        """When each file was last needed (ms)."""
        return dict(self._db.execute("select sha256, needed from media"))

    def forget_media(self, sha256: str) -> None:
        """The file was removed."""
        with self._transaction():
            self._db.execute("delete from media where sha256 = ?", (sha256,))

    def used(self, month: str, more: int = 0) -> int:
        """Bytes received in this month ("2026-11"), after adding `more`."""
        if more:
            with self._transaction():
                self._db.execute(
                    "insert into usage values (?1, ?2) on conflict(month) do update set bytes = bytes + ?2",
                    (month, more),
                )
        row = self._one("select bytes from usage where month = ?", month)
        return int(row[0]) if row else 0

    # --- the file ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._db.execute("pragma locking_mode = exclusive")
        self._db.execute("pragma journal_mode = truncate")
        self._db.execute("pragma synchronous = full")
        self._db.execute("pragma trusted_schema = off")
        if self._one("pragma quick_check(1)") != ("ok",):
            raise sqlite3.DatabaseError("quick_check")
        version = self._version()
        if version == 0:
            self._run(_TABLES, 1)
        for step in range(max(version, 1), SCHEMA):
            self._run(_UPGRADES[step], step + 1)
        if version > SCHEMA:
            raise sqlite3.DatabaseError(f"written by a newer version ({version})")

    def _run(self, script: str, version: int) -> None:
        with self._transaction():
            for statement in filter(str.strip, script.split(";")):
                self._db.execute(statement)
            self._db.execute(f"pragma user_version = {version}")

    def _version(self) -> int:
        row = self._one("pragma user_version")
        return int(row[0]) if row else 0

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return row

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._writing:  # files are checked in worker threads, and forgotten there
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("rollback")
                raise
