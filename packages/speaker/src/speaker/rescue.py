"""A state file that cannot be read any more: set aside and made anew, so that the loudspeaker goes on and says so.

Flash forgets. What cannot be had again is kept twice (who this device is); what the platform has is fetched again; what
only this file knew (proofs, what was aired, events seen) is saved as far as it can be read.
Marks of revisions are not saved: one wrong bit in them would refuse every later plan.
"""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from devicelink.jws import decode64, encode64
from devicelink.messages import Proof
from devicelink.proofs import row_hash

from speaker.disk import Disk
from speaker.store import DATABASE, Damaged, Store

COPY = "identity.json"
ASIDE = "state.damaged.db"
WORDS = ("seed", "root", "device", "engine_url", "media_url", "gateway_url")

log = logging.getLogger("speaker.rescue")


def opened(disk: Disk, folder: Path) -> Store:
    """The state of this folder. Raises Damaged when it cannot be read and nobody wrote down who this device is."""
    identity = _copy(folder)
    try:
        store = Store(disk, folder)
    except Damaged as damage:
        if identity is None:
            raise
        _set_aside(disk, folder, damage)
        store = Store(disk, folder)
    if identity is not None and store.identity("device") is None:
        _begin_anew(store, identity)
    _keep_copy(disk, store)
    return store


def _set_aside(disk: Disk, folder: Path, damage: Damaged) -> None:
    log.error("%s: the state file is damaged and is made anew: %s", folder, damage)
    for name in (f"{DATABASE}-journal", ASIDE):
        disk.remove(folder / name)
    disk.publish(folder / DATABASE, folder / ASIDE)


def _begin_anew(store: Store, identity: dict[str, bytes]) -> None:
    """The second copy says who this is; interrupted here, the next start does it again."""
    folder = store.folder
    store.take_over(
        events=_rows(folder / ASIDE, "select id, until from event"),
        aired=_rows(folder / ASIDE, "select airing, planned, begins, at from aired"),
        proofs=list(filter(_genuine, _proofs(folder / ASIDE))),
    )
    store.identify(**identity, rescued=b"yes")


def _copy(folder: Path) -> dict[str, bytes] | None:
    try:
        words = msgspec.json.decode((folder / COPY).read_bytes(), type=dict[str, str])
        identity = {name: decode64(value) for name, value in words.items() if name in WORDS}
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
    return identity if {"seed", "root", "device"} <= set(identity) else None


def _keep_copy(disk: Disk, store: Store) -> None:
    """Written when it is not there yet, or somebody enrolled anew."""
    identity = {name: value for name in WORDS if (value := store.identity(name)) is not None}
    if "device" not in identity or _copy(store.folder) == identity:
        return
    part = store.folder / f"{COPY}.part"
    try:
        disk.remove(part)
        disk.append(part, msgspec.json.encode({name: encode64(value) for name, value in identity.items()}), 0)
        disk.sync(part)
        disk.publish(part, store.folder / COPY)
    except OSError as error:  # a full disk: the next start tries again
        log.warning("%s: no second copy of the identity: %s", store.folder, error)


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """As many as can be read."""
    found: list[tuple[Any, ...]] = []
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            for row in connection.execute(query):
                found.append(row)  # what was read before the fault counts
        finally:
            connection.close()
    except sqlite3.Error as error:
        log.warning("%s: %d rows saved, then: %s", path.name, len(found), error)
    return found


def _proofs(path: Path) -> Iterator[Proof]:
    for (row,) in _rows(path, "select row from proof where sent = 0"):
        try:
            yield msgspec.json.decode(row, type=Proof)
        except (msgspec.MsgspecError, TypeError):
            continue


def _genuine(proof: Proof) -> bool:
    return row_hash(proof) == proof.hash
