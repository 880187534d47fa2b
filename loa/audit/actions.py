"""The one way in which anything gets into the record, and the one sealer that closes it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection, transaction

from loa.audit import heads, queries, rules
from loa.audit.heads import HeadLog, Line
from loa.audit.models import Entry, Seal
from loa.audit.queries import Verdict
from loa.audit.rules import Row

HEADS_EVERY = timedelta(hours=1)
BATCH = 1000
_SEALER = 0x4C6F61_5EA1  # number of the advisory lock: one sealer in the whole installation
# A pass looks at this many numbers below the newest sealed one; a transaction that stays open longer than that many
# entries take is found by the sweep over everything.
_WINDOW = 10_000
_WAITING = (
    queries.SELECT_ENTRY
    + """
where e.id > %(floor)s
    and not exists (select from audit_seal s where s.entry_id = e.id and s.entry_id > %(floor)s)
order by e.id limit %(limit)s
"""
)


class Actor(Protocol):
    """Whoever acts; an account of `people` fits."""

    @property
    def pk(self) -> int: ...
    @property
    def full_name(self) -> str: ...


def record(
    *,
    actor: Actor | None,
    verb: str,
    object: tuple[str, object],  # noqa: A002 - `object=` reads well at the caller's
    area: str | None = None,
    facts: Mapping[str, object] | None = None,
    now: datetime,
) -> int:
    """Write down, inside the caller's transaction, that `actor` (None: the system) did `verb` to `object` (kind, id).

    `verb` is `noun.deed` in the past ("bulletin.approved"), `area` a path, `facts` anything JSON can hold.
    Takes no lock that two writers share. Returns the entry's number.
    """
    kind, identifier = object
    entry = Entry.objects.create(
        at=now,
        actor_id=None if actor is None else int(actor.pk),
        actor_name="" if actor is None else actor.full_name,
        verb=verb,
        object_kind=kind,
        object_id=str(identifier),
        area=area or "",
        facts=dict(facts or {}),
    )
    return entry.pk


@transaction.atomic
def seal(*, sweep: bool = False, limit: int = BATCH) -> int:
    """Chain up to `limit` entries that have no seal yet, oldest first; returns how many (0 also if another works).

    Entries get their numbers before they are committed, so what is missing is asked for, never "above the last":
    near the end of the chain, or everywhere with `sweep`.
    """
    if not _only_sealer():
        return 0
    seq, digest = queries.head()
    rows = _waiting(sweep, limit)
    links = []
    for row in rows:
        seq, content = seq + 1, rules.content_of(row)
        digest = rules.digest_of(digest, seq, row.id, content)
        links.append(Seal(seq=seq, entry_id=row.id, content=content, digest=digest))
    Seal.objects.bulk_create(links)
    return len(links)


def keep_sealed(*, sweep: bool, now: datetime) -> int:
    """One round of the sealer: chain all that waits, keep the newest head outside, once an hour in the log.

    `sweep` also looks for entries that were committed long after they got their number. Returns how many were chained.
    """
    total, log = 0, own_log()
    _note_new_log(log, now)
    while sealed := seal(sweep=sweep):
        total += sealed
    if total or log.latest() is None:
        seq, digest = queries.head()
        log.keep(at=now, seq=seq, head=digest, digest_at=queries.digest_at)
    write_head_if_due(now=now, log=log)
    return total


def _note_new_log(log: HeadLog, now: datetime) -> None:
    """Heads that are gone although there is a chain: the record says for ever that they had to be begun again."""
    sealed, _ = queries.head()
    if sealed and log.is_lost():
        facts = {"sealed": sealed, "key": log.public_key()}
        record(actor=None, verb="record.heads_begun_again", object=("record", "heads"), facts=facts, now=now)


def keep_verified(*, now: datetime) -> Verdict:
    """Verify the whole chain and keep the result where the page of the record finds it."""
    verdict = queries.verify(now=now)
    file = queries.verified_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_suffix(".next")
    beside.write_text(json.dumps({"at": now.isoformat(), "sealed": verdict.sealed, "findings": len(verdict.findings)}))
    beside.replace(file)
    return verdict


def own_log() -> HeadLog:
    """The installation's file of heads, to be written to: makes its key if there is none yet."""
    heads.ensure_key(Path(settings.LOA_AUDIT_KEY))
    return queries.head_log()


def _only_sealer() -> bool:
    """Held until the transaction has ended, so the next sealer sees this one's links."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_SEALER])
        return bool(cursor.fetchone()[0])


def _waiting(sweep: bool, limit: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(entry_id), 0) from audit_seal")
        newest = cursor.fetchone()[0]
        cursor.execute(_WAITING, {"floor": 0 if sweep else newest - _WINDOW, "limit": limit})
        return [Row(*row) for row in cursor.fetchall()]


def write_head(*, now: datetime, log: HeadLog | None = None) -> Line:
    """Write the chain's head outside the database."""
    seq, digest = queries.head()
    return (log or own_log()).append(at=now, kind=heads.HEAD, seq=seq, head=digest)


def write_head_if_due(*, now: datetime, log: HeadLog | None = None) -> bool:
    """Once an hour, and at once when the last line is unsigned though there is a key; True if a head was written."""
    log = log or own_log()
    last = log.last()
    if last is not None and (last.sig or log.seed is None):
        at = datetime.fromisoformat(last.at)
        if at <= now < at + HEADS_EVERY:
            return False
    write_head(now=now, log=log)
    return True


@transaction.atomic
def note_restore(*, note: str, now: datetime, log: HeadLog | None = None) -> Line:
    """Say outside the database, and in the record, that it was restored on purpose, by whom and why (`note`).

    Without this line `verify` reports every newer head as missing, which is what it is for. The line names the last
    head that the chain still holds, so that it may also be written after the platform has gone on.
    """
    log = log or own_log()
    seq, digest = queries.head()
    kept, kept_digest = log.back_to(seq, digest, queries.digest_at)
    line = log.append(at=now, kind=heads.RESTORED, seq=kept, head=kept_digest, note=note)
    log.renew(at=now, seq=seq, head=digest)
    record(actor=None, verb="record.restored", object=("record", line.seq), facts={"note": note}, now=now)
    return line
