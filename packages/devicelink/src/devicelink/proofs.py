"""The device's record of what sounded: rows chained by hashes, the head signed by the device.

Row:  hash = SHA-256( previous + "." + canonical JSON of the row without `previous` and `hash`, and without `relayed`
      where that is empty )
Head: signature = Ed25519( "loa-proof-1." + canonical JSON of the head without `signature` )

Every boot starts a chain of its own; `count` starts at 1 and `previous` at 64 zeros.
"""

import hashlib
import re
from dataclasses import dataclass

import msgspec
import nacl.bindings
import nacl.exceptions

from devicelink.canonical import without
from devicelink.jws import decode64, encode64
from devicelink.limits import MAX_INTEGER
from devicelink.messages import Proof, ProofHead, ProofUpload
from devicelink.refusals import Reason, Refused

GENESIS = "0" * 64
HEAD_DOMAIN = b"loa-proof-1."
MAX_ROWS = 2_000
MAX_RELAYED = 16

_PLAIN = re.compile(r"[ !#-\[\]-~]{0,80}")  # printable ASCII without quote and backslash: nothing to escape in C


@dataclass(frozen=True, slots=True)
class Stored:
    """What the platform already holds of this boot's chain: its last row."""

    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class NewRows:
    """Verified rows not stored before. `gap` = number of rows missing in front of them.

    A gap is no crime: after a restore the platform has forgotten rows whose receipt let the device delete them.
    """

    rows: tuple[Proof, ...]
    gap: int = 0


def row_hash(row: Proof) -> str:
    """The hash that `row` has to carry."""
    left_out = ("previous", "hash") if row.relayed else ("previous", "hash", "relayed")
    return hashlib.sha256(row.previous.encode() + b"." + without(row, *left_out)).hexdigest()


def chained(row: Proof, previous: Proof | None) -> Proof:
    """`row` with `count`, `previous` and `hash` set so that it follows `previous` (None = first of its boot)."""
    count, before = (previous.count + 1, previous.hash) if previous else (1, GENESIS)
    linked = msgspec.structs.replace(row, count=count, previous=before, hash="")
    return msgspec.structs.replace(linked, hash=row_hash(linked))


def head_bytes(head: ProofHead) -> bytes:
    """What the device signs."""
    return HEAD_DOMAIN + without(head, "signature")


def sign_head(device: str, last: Proof, seed: bytes) -> ProofHead:
    """The signed head of the chain that ends with `last`; `seed` is the device's 32-byte Ed25519 seed."""
    head = ProofHead(device=device, boot=last.boot, count=last.count, hash=last.hash)
    _, secret = nacl.bindings.crypto_sign_seed_keypair(seed)
    signature = nacl.bindings.crypto_sign(head_bytes(head), secret)[:64]
    return msgspec.structs.replace(head, signature=encode64(signature))


def verify_upload(upload: ProofUpload, *, device: str, public: bytes, stored: Stored | None = None) -> NewRows:
    """Rows of `upload` that are new, after head, order and every hash were checked.

    `device` is who logged in, `public` its key, `stored` the last row held of this boot. Rows sent again are checked
    and left out. Refuses with wrong_audience (another device's head), bad_signature, malformed (order, gap inside,
    characters), wrong_hash, too_large, conflicting_revision (the chain was forked).
    """
    _check_head(upload.head, device, public)
    if len(upload.rows) > MAX_ROWS:
        raise Refused(Reason.TOO_LARGE, f"{len(upload.rows)} rows")
    _check_rows(upload)
    return _new_rows(upload.rows, stored)


def _check_head(head: ProofHead, device: str, public: bytes) -> None:
    if head.device != device:
        raise Refused(Reason.WRONG_AUDIENCE, "head of another device")
    try:
        nacl.bindings.crypto_sign_open(decode64(head.signature) + head_bytes(head), public)
    except (nacl.exceptions.CryptoError, ValueError, TypeError) as error:
        raise Refused(Reason.BAD_SIGNATURE, "proof head") from error


def _check_rows(upload: ProofUpload) -> None:
    if not upload.rows:
        raise Refused(Reason.MALFORMED, "no rows")
    before: Proof | None = None
    for row in upload.rows:
        _check_row(row, upload.head, before)
        before = row
    last = upload.rows[-1]
    if (last.count, last.hash) != (upload.head.count, upload.head.hash):
        raise Refused(Reason.MALFORMED, "rows do not end at the head")


def _check_row(row: Proof, head: ProofHead, before: Proof | None) -> None:
    texts = [row.boot, row.airing, row.reason, row.previous, row.hash]
    texts += [text for part in row.relayed for text in (part.source, part.cause)]
    if row.boot != head.boot or not all(_PLAIN.fullmatch(text) for text in texts):
        raise Refused(Reason.MALFORMED, f"row {row.count}: boot or characters")
    numbers = [row.count, row.planned, row.started, row.rendered, row.plan, row.clock_bound]
    numbers += [part.ms for part in row.relayed]
    if not all(-1 <= number <= MAX_INTEGER for number in numbers):
        raise Refused(Reason.MALFORMED, "a number out of range")
    if len(row.relayed) > MAX_RELAYED:
        raise Refused(Reason.MALFORMED, f"row {row.count}: a relay of too many kinds")
    if row.count < 1 or (before is not None and row.count != before.count + 1):
        raise Refused(Reason.MALFORMED, f"row {row.count}: out of order")
    expected = before.hash if before is not None else GENESIS if row.count == 1 else row.previous
    if row.previous != expected or row.hash != row_hash(row):
        raise Refused(Reason.WRONG_HASH, f"row {row.count}")


def _new_rows(rows: tuple[Proof, ...], stored: Stored | None) -> NewRows:
    if stored is None:
        return NewRows(rows, gap=rows[0].count - 1)
    for row in rows:
        if (row.count == stored.count and row.hash != stored.hash) or (
            row.count == stored.count + 1 and row.previous != stored.hash
        ):
            raise Refused(Reason.CONFLICTING_REVISION, f"the chain was forked at row {row.count}")
    fresh = tuple(row for row in rows if row.count > stored.count)
    return NewRows(fresh, gap=max(0, rows[0].count - stored.count - 1))
