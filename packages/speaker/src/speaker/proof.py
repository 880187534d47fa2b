"""The chained record of what sounded, was cut or was left out."""

import sqlite3
from collections.abc import Callable

import msgspec
from devicelink import proofs
from devicelink.messages import Proof, ProofUpload, Receipt
from devicelink.refusals import Reason

from speaker.store import Sounding, Store

BATCH = 500


class ProofBook:
    """The chain of this boot. With a full disk rows wait in memory and are written as soon as there is room."""

    def __init__(self, store: Store, device: str, boot: str, seed: bytes) -> None:
        self._store = store
        self._device = device
        self._boot = boot
        self._seed = seed
        self._last = store.last_proof(boot)
        self._unwritten: list[tuple[Proof, int, int]] = []
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
        """The oldest rows without a receipt, with a signed head; None if there are none."""
        rows = self._store.proofs(BATCH)
        if not rows:
            return None
        return ProofUpload(head=proofs.sign_head(self._device, rows[-1], self._seed), rows=rows)

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
