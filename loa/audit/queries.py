"""Reads of the record, and its verification."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from loa.audit import rules
from loa.audit.heads import HeadLog
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


def of_object(kind: str, identifier: object) -> QuerySet[Entry]:
    """What happened to one thing, oldest first."""
    return Entry.objects.filter(object_kind=kind, object_id=str(identifier)).order_by("id")


def head_log() -> HeadLog:
    """The installation's file of heads; signed if the key file exists."""
    key = Path(settings.LOA_AUDIT_KEY)
    return HeadLog(Path(settings.LOA_AUDIT_HEADS), key.read_bytes() if key.is_file() else None)


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
        outside = (log or head_log()).check(digest_at)
        findings = tuple(islice(chain, _TOLD_AT_MOST)) + waiting + tuple(islice(outside, _TOLD_AT_MOST))
    return Verdict(counter.links, len(waiting), findings)


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
