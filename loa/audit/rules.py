"""What the chain is made of. Pure; a verifier in another language needs nothing but this page.

An entry's canonical form is the UTF-8 JSON array of its columns, without spaces, keys sorted, times as integer Unix
microseconds. `content` = SHA-256(canonical form). `digest` = SHA-256(digest before || seq || entry id || content),
numbers as 8 bytes big-endian; the digest before the first is 32 zero bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

GENESIS = bytes(32)
UNSEALED_LIMIT = timedelta(seconds=60)
# No transaction stays open that long: an entry that is sealed after another and says that the database took it in so
# much earlier was slipped in afterwards (or the clock of the machine was set back).
BACKDATED = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Row(NamedTuple):
    """An entry as the database gives it back; `facts` is JSON text."""

    id: int
    at: datetime
    written: datetime
    actor_id: int | None
    actor_name: str
    verb: str
    object_kind: str
    object_id: str
    area: str
    facts: str


class Link(NamedTuple):
    """One stored link, and the entry it names if that is still there."""

    seq: int
    entry_id: int
    content: bytes
    digest: bytes
    entry: Row | None


CODES = (
    "entry_changed", "entry_removed", "seal_missing", "chain_broken", "backdated", "unsealed",
    "head_missing", "head_differs", "heads_damaged", "heads_unverified", "heads_begun_again",
    "guard_off",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an untouched record never shows.

    Codes: `CODES`.
    """

    code: str
    seq: int | None = None
    entry_id: int | None = None
    detail: str = ""


def canonical(row: Row) -> bytes:
    """The bytes that are hashed for an entry."""
    fields = [
        row.id,
        (row.at - _EPOCH) // _MICROSECOND,
        (row.written - _EPOCH) // _MICROSECOND,
        *row[3:9],
        json.loads(row.facts),
    ]
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_of(row: Row) -> bytes:
    """SHA-256 of an entry's canonical form."""
    return hashlib.sha256(canonical(row)).digest()


def digest_of(before: bytes, seq: int, entry_id: int, content: bytes) -> bytes:
    """The link's own digest; it fixes everything up to here."""
    return hashlib.sha256(before + seq.to_bytes(8, "big") + entry_id.to_bytes(8, "big") + content).digest()


def check_chain(links: Iterable[Link]) -> Iterator[Finding]:
    """Findings of a whole chain, streaming; after a break it goes on from the stored digest, so a fault tells once."""
    before, expected = GENESIS, 1
    written: datetime | None = None
    for link in links:
        if link.seq != expected:
            yield Finding("seal_missing", seq=expected, detail=str(link.seq - expected))
        if link.entry is None:
            yield Finding("entry_removed", seq=link.seq, entry_id=link.entry_id)
        elif content_of(link.entry) != link.content:
            yield Finding("entry_changed", seq=link.seq, entry_id=link.entry_id)
        elif written is not None and written - link.entry.written > BACKDATED:
            yield Finding("backdated", seq=link.seq, entry_id=link.entry_id, detail=link.entry.written.isoformat())
        written = link.entry.written if link.entry else written
        if digest_of(before, link.seq, link.entry_id, link.content) != link.digest:
            yield Finding("chain_broken", seq=link.seq, entry_id=link.entry_id)
        before, expected = link.digest, link.seq + 1
