"""Reads of the record, and its verification."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from loa.audit import rules
from loa.audit.heads import HeadLog, Line
from loa.audit.models import Entry, Seal
from loa.audit.rules import Finding, Link, Row

_COLUMNS = "e.id, e.at, e.written, e.actor_id, e.actor_name, e.verb, e.object_kind, e.object_id, e.area, e.facts::text"
SELECT_ENTRY = f"select {_COLUMNS} from audit_entry e"  # noqa: S608 - constants only
_CHAIN = f"""select s.seq, s.entry_id, s.content, s.digest, {_COLUMNS}
from audit_seal s left join audit_entry e on e.id = s.entry_id order by s.seq
"""  # noqa: S608 - constants only
_UNSEALED = """
select e.id, e.verb from audit_entry e
where e.written < %s and not exists (select from audit_seal s where s.entry_id = e.id) order by e.id limit %s
"""
# Trigger and the bits of pg_trigger.tgtype: row 1, before 2, delete 8, update 16, truncate 32.
_GUARDS = {
    "audit_entry_only_grows": 27,
    "audit_entry_not_emptied": 34,
    "audit_seal_only_grows": 27,
    "audit_seal_not_emptied": 34,
}
_GUARDED = """
select t.tgname, t.tgtype from pg_trigger t join pg_proc p on p.oid = t.tgfoid
where t.tgrelid in ('audit_entry'::regclass, 'audit_seal'::regclass) and t.tgenabled in ('O', 'A') and t.tgqual is null
    and t.tgattr = '' and p.prosrc like '%%raise exception%%' and p.prosrc not like '%%return%%'
"""
_WAITING = "select count(*) from audit_entry where id > (select coalesce(max(entry_id), 0) from audit_seal)"
LOG_BEGUN = "record.heads_begun_again"
_ROWS_A_FETCH = 2000
_TOLD_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a verification: how much was read, and up to 1,000 findings (none = untouched)."""

    sealed: int
    waiting: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """True if nothing was found."""
        return not self.findings


def page(entries: QuerySet[Entry], before: int | None, rows: int) -> tuple[list[Entry], int | None]:
    """The newest `rows` entries (those below the number `before`), and the number to go on from; None at the end."""
    older = entries if before is None else entries.filter(pk__lt=before)
    found = list(older.order_by("-pk")[: rows + 1])
    return found[:rows], found[rows - 1].pk if len(found) > rows else None


@dataclass(frozen=True, slots=True)
class Verified:
    """The last verification of the whole chain: when, how many links, how many findings."""

    at: datetime
    sealed: int
    findings: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the record is sealed, verified and told outside the database.

    `sealed` is the number of links, `entry_id` that of the newest sealed entry, taken in at `sealed_to`; `waiting` have
    no seal yet; `head` is the newest line of the log.
    """

    sealed: int
    entry_id: int
    sealed_to: datetime | None
    waiting: int
    verified: Verified | None
    head: Line | None

    @property
    def head_at(self) -> datetime | None:
        """When the newest line of the log was written."""
        return datetime.fromisoformat(self.head.at) if self.head else None


def of_object(kind: str, identifier: object) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(object_kind=kind, object_id=str(identifier)).order_by("id")


def head_log() -> HeadLog:
    """The installation's file of heads; signed if the key file exists."""
    key = Path(settings.LOA_AUDIT_KEY)
    return HeadLog(Path(settings.LOA_AUDIT_HEADS), key.read_bytes() if key.is_file() else None)


def standing() -> Standing:
    """What a person is told about the record itself; reads two rows and three small files."""
    last = Seal.objects.order_by("-seq").first()
    entry = Entry.objects.filter(pk=last.entry_id).first() if last else None
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        waiting = int(cursor.fetchone()[0])
    return Standing(
        sealed=last.seq if last else 0,
        entry_id=last.entry_id if last else 0,
        sealed_to=entry.written if entry else None,
        waiting=waiting,
        verified=last_verified(),
        head=head_log().last(),
    )


def verified_file() -> Path:
    """Where the result of the last verification is kept, beside the heads."""
    return Path(settings.LOA_AUDIT_HEADS).with_name("verified.json")


def last_verified() -> Verified | None:
    """The last verification; None before the first."""
    try:
        told = json.loads(verified_file().read_text())
        return Verified(datetime.fromisoformat(told["at"]), int(told["sealed"]), int(told["findings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def head() -> tuple[int, bytes]:
    """Number and digest of the newest link; (0, 32 zero bytes) of an empty chain."""
    last = Seal.objects.order_by("-seq").first()
    return (last.seq, bytes(last.digest)) if last else (0, rules.GENESIS)


def verify(*, now: datetime, log: HeadLog | None = None, limit: timedelta = rules.UNSEALED_LIMIT) -> Verdict:
    """Read the whole chain and compare it with the entries and with the heads outside the database.

    `limit` is how long an entry may wait for its seal; `log` defaults to the installation's file.
    """
    with transaction.atomic():
        counter = _Counter()
        chain = rules.check_chain(counter.counted(_links()))
        waiting = _unsealed(now - limit)
        log = log or head_log()
        outside = log.check(digest_at)
        findings = tuple(islice(chain, _TOLD_AT_MOST)) + waiting + _guards_off() + _begun_again(log)
        _drain(chain)
        findings += tuple(islice(outside, _TOLD_AT_MOST))
    return Verdict(counter.links, len(waiting), findings)


def _drain(chain: Iterator[Finding]) -> None:
    """Read on after the last finding that is told, so that the number of links is that of all."""
    deque(chain, maxlen=0)


def _guards_off() -> tuple[Finding, ...]:
    """The triggers that let the tables only grow and that are missing, switched off or no longer refuse."""
    with connection.cursor() as cursor:
        cursor.execute(_GUARDED, [])
        there = set(cursor.fetchall())
    return tuple(Finding("guard_off", detail=name) for name in _GUARDS if (name, _GUARDS[name]) not in there)


def _begun_again(log: HeadLog) -> tuple[Finding, ...]:
    """Times at which the heads were gone; a restore that was noted since then excuses them."""
    told = of_object("record", "heads").filter(verb=LOG_BEGUN)
    if restores := [datetime.fromisoformat(line.at) for line in log.restores()]:
        told = told.filter(at__gt=max(restores))
    rows = told.values_list("pk", "at", "facts__sealed")[:_TOLD_AT_MOST]
    return tuple(Finding("heads_begun_again", sealed, entry, at.isoformat()) for entry, at, sealed in rows)


class _Counter:
    """Counts what passes through."""

    links = 0

    def counted(self, links: Iterator[Link]) -> Iterator[Link]:
        for link in links:
            self.links += 1
            yield link


def _unsealed(before: datetime) -> tuple[Finding, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED, [before, _TOLD_AT_MOST])
        return tuple(Finding("unsealed", entry_id=entry, detail=verb) for entry, verb in cursor.fetchall())


def digest_at(seq: int) -> bytes | None:
    """Digest of one link."""
    found = Seal.objects.filter(seq=seq).values_list("digest", flat=True).first()
    return None if found is None else bytes(found)


def _links() -> Iterator[Link]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_CHAIN)
        while rows := cursor.fetchmany(_ROWS_A_FETCH):
            for seq, entry_id, content, digest, *entry in rows:
                yield Link(seq, entry_id, bytes(content), bytes(digest), Row(*entry) if entry[0] is not None else None)
