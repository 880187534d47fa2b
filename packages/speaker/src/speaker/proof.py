"""The chained record of what sounded, was cut or was left out."""

import logging
import sqlite3
from collections.abc import Callable, Iterable

import msgspec
from devicelink import proofs
from devicelink.messages import Proof, ProofUpload, Receipt
from devicelink.refusals import Reason

from speaker.store import Sounding, Store

BATCH = 500

log = logging.getLogger("speaker.proof")


class ProofBook:
    """The chain of this boot. With a full disk rows wait in memory and are written as soon as there is room."""

    def __init__(self, store: Store, device: str, boot: str, seed: bytes) -> None:
        self._store = store
        self._device = device
        self._boot = boot
        self._seed = seed
        self._last = store.last_proof(boot)
        self._unwritten: list[tuple[Proof, int, int]] = []
        self._aside: set[str] = set()
        self.on_add: Callable[[], None] = lambda: None

    def add(self, proof: Proof, *, begins: int, now: int) -> Proof:
        """The row as it stands in the chain, written by the next `flush`. `begins`: see `Store.aired`.

        `proof` needs no boot, count or hash.
        """
        linked = proofs.chained(_of_boot(proof, self._boot), self._last)
        self._last = linked
        self._unwritten.append((linked, begins, now))
        self.on_add()
        return linked

    def flush(self) -> bool:
        """Write what waits; True if nothing waits any more."""
        try:
            if self._unwritten:
                self._store.prove(self._unwritten)
                self._unwritten = []
        except sqlite3.OperationalError:
            return False
        return True

    def upload(self) -> ProofUpload | None:
        """The oldest rows without a receipt, up to a gap, with a signed head; None if there are none.

        A row that rotted on the disk is thrown away: kept, it would hold back every row after it for ever.
        """
        while kept := self._store.proofs(BATCH, without=self._aside):
            rows = unbroken(kept)
            if rows:
                return ProofUpload(head=proofs.sign_head(self._device, rows[-1], self._seed), rows=rows)
            boot, count, _ = kept[0]
            log.error("%s: row %d of %s is damaged and proves nothing any more", self._device, count, boot)
            self._store.drop_proof(boot, count)
        return None

    def set_aside(self, upload: ProofUpload) -> None:
        """The platform will never take these rows as they are: others first, until `take_up` says to try again."""
        self._aside.add(upload.head.boot)

    def take_up(self) -> None:
        """What was set aside is tried once more."""
        self._aside.clear()

    def receive(self, receipt: Receipt, upload: ProofUpload) -> bool:
        """The platform holds the rows of `upload`, at most; a receipt for more is not believed. True if it helped."""
        if receipt.boot != upload.head.boot or receipt.count < upload.rows[0].count:
            return False
        count = min(receipt.count, upload.head.count)
        self._store.receive(receipt.boot, count, current=self._boot)
        return True

    def waiting(self) -> int:
        """Rows without a receipt."""
        return self._store.proofs_waiting() + len(self._unwritten)


def unbroken(kept: Iterable[tuple[str, int, bytes]]) -> tuple[Proof, ...]:
    """From the first row on, as long as each is as it was written and follows the one before."""
    rows: list[Proof] = []
    for boot, count, text in kept:
        row = _read(text)
        if row is None or (row.boot, row.count) != (boot, count) or row.hash != proofs.row_hash(row):
            break
        if rows and row.previous != rows[-1].hash:
            break
        rows.append(row)
    return tuple(rows)


def _read(text: bytes) -> Proof | None:
    try:
        return msgspec.json.decode(text, type=Proof)
    except (msgspec.MsgspecError, TypeError):
        return None


def interrupted(row: Sounding) -> Proof:
    """What sounded when the power went: cut, with as much as is certain."""
    return blank(
        row.airing,
        row.planned,
        outcome="cut",
        reason=str(Reason.INTERRUPTED),
        started=row.started,
        rendered=row.rendered,
        plan=row.plan,
        clock_bound=row.bound,
    )


def blank(airing: str, planned: int, **fields: object) -> Proof:
    """A row outside any chain."""
    values: dict[str, object] = {
        "boot": "",
        "count": 0,
        "airing": airing,
        "planned": planned,
        "started": 0,
        "rendered": 0,
        "previous": "",
        "hash": "",
    }
    return Proof(**(values | fields))  # type: ignore[arg-type]


def _of_boot(proof: Proof, boot: str) -> Proof:
    return msgspec.structs.replace(proof, boot=boot)
