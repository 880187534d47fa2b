"""The power goes at any write. What was accepted is still there afterwards; nothing half-made is ever used."""

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from devicelink.refusals import Refused
from speaker.cache import MediaCache
from speaker.clock import Anchor
from speaker.proof import ProofBook, blank, unbroken
from speaker.store import Damaged, Document, HoldSpan, Sounding, Store
from speaker_platter import Platter, PlatterDisk, PowerCut

FOLDER = Path("/loa")
SEED = bytes(32)
FILES = [hashlib.sha256(str(n).encode()).digest() * 400 for n in range(6)]


@dataclass
class Accepted:
    """What the agent was told is done, and could have acknowledged to the platform."""

    identity: dict[str, bytes] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    proofs: dict[tuple[str, int], str] = field(default_factory=dict)
    media: set[str] = field(default_factory=set)
    floor: int = 0
    clock: int = 1_000_000


def document(slot: str, revision: int) -> Document:
    token = f"{slot}.{revision}." + "x" * 2_000
    return Document(
        slot=slot,
        typ="plan",
        revision=revision,
        digest=hashlib.sha256(token.encode()).hexdigest(),
        kid="plan-1",
        token=token,
        accepted=revision,
    )


def live(disk: PlatterDisk, chance: random.Random, done: Accepted) -> None:
    """A life of writes, each noted once it has returned."""
    store = Store(disk, FOLDER)
    cache = MediaCache(disk, store, reserve=0)
    book = ProofBook(store, "spk", f"b-{chance.random()}", SEED)
    if store.identity("device") is None:
        store.identify(seed=SEED, device=b"spk", root=b"r")
        done.identity = {"seed": SEED, "device": b"spk", "root": b"r"}
    for turn in range(1, 12):
        now = done.clock = done.clock + 1
        store.accept(document("plan/plan_set/ps", now))
        done.revisions["plan/plan_set/ps"] = now
        store.accept(document("hold/area/vn", now), holds=[HoldSpan(slot="hold/area/vn", begins=now, ends=now + 5)])
        done.revisions["hold/area/vn"] = now
        store.remember(f"command:{now}", now + 10_000)
        done.events.add(f"command:{now}")
        store.sound(Sounding(airing="a", planned=now, begins=-1, started=now))
        row = book.add(blank(f"a-{now}", now, outcome="played"), begins=-1, now=now)
        book.flush()
        if book.flush():  # else it waits in memory, and is not called written
            done.proofs[row.boot, row.count] = row.hash
        store.keep_clock(Anchor(boot="b", ticks=1, wall=None, true=float(now), bound=1.0), now)
        done.floor = now
        fetch(cache, FILES[turn % len(FILES)], done, chance)


def fetch(cache: MediaCache, data: bytes, done: Accepted, chance: random.Random) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    if not cache.missing([sha256]):
        return
    at = cache.begun(sha256)
    while at < len(data):
        step = chance.randrange(1, 6_000)
        cache.append(sha256, data[at : at + step], at)
        at += step
    try:
        cache.finish(sha256)
    except Refused:
        return  # the beginning from before the loss was damaged; it is fetched anew next time
    done.media.add(sha256)


def check(disk: PlatterDisk, done: Accepted) -> None:
    """A new start finds everything, and believes nothing that is not whole."""
    store = Store(disk, FOLDER)
    for name, value in done.identity.items():
        assert store.identity(name) == value
    for slot, revision in done.revisions.items():
        mark = store.mark(slot)
        assert mark is not None
        assert mark.revision >= revision
    for held in store.documents():
        assert held == document(held.slot, held.revision)
    assert all(store.seen(event) for event in done.events)
    assert store.clock()[1] >= done.floor
    assert done.proofs.items() <= dict(all_proofs(store)).items()
    cache = MediaCache(disk, store, reserve=0)
    assert not any(cache.ready(sha256) for sha256 in done.media)
    for sha256 in cache.unchecked():
        assert cache.check(sha256)  # only complete files carry a final name
    assert all(cache.ready(sha256) for sha256 in done.media)
    store.close()


def all_proofs(store: Store) -> Iterator[tuple[tuple[str, int], str]]:
    while rows := unbroken(store.proofs(1_000)):
        yield from (((row.boot, row.count), row.hash) for row in rows)
        store.receive(rows[-1].boot, rows[-1].count, current="")


def life_and_cut(seed: int, cuts: int = 3) -> None:
    chance = random.Random(seed)
    platter, done = Platter(), Accepted()
    for _ in range(cuts):
        platter.left, platter.dead = chance.randrange(1, 400), False
        try:
            live(PlatterDisk(platter), chance, done)
        except (PowerCut, sqlite3.OperationalError, sqlite3.DatabaseError, Refused):
            assert platter.dead
        platter = platter.after_cut(chance)
        check(PlatterDisk(platter), done)
        done.proofs.clear()  # the check took them away


@pytest.mark.parametrize("block", range(6))
def test_nothing_accepted_is_lost_when_the_power_goes_at_a_random_write(block: int) -> None:
    for seed in range(block * 25, block * 25 + 25):
        life_and_cut(seed)


@pytest.mark.parametrize("pragma", ["synchronous = off", "journal_mode = delete"])
def test_the_test_would_notice_a_weaker_setting(pragma: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SQLite's default journal the last commit can come undone; without syncs anything can."""
    strict = Store._open

    def weak(self: Store) -> None:
        strict(self)
        self._db.execute("pragma locking_mode = normal")
        self._db.execute(f"pragma {pragma}")

    monkeypatch.setattr(Store, "_open", weak)
    losses = 0
    for seed in range(40):
        try:
            life_and_cut(seed, cuts=1)
        except (AssertionError, Damaged):
            losses += 1
    assert losses > 0


def test_a_file_renamed_before_its_fsync_would_be_noticed() -> None:
    """The order in `MediaCache.finish` matters: rename first, and a cut leaves a final name on half a file."""
    data = FILES[0]
    sha256 = hashlib.sha256(data).hexdigest()
    broken = 0
    for seed in range(30):
        platter = Platter()
        disk = PlatterDisk(platter)
        store = Store(disk, FOLDER)
        part, final = FOLDER / "media" / "x.part", FOLDER / "media" / sha256
        disk.append(part, data, 0)
        disk.publish(part, final)
        store.close()
        after = PlatterDisk(platter.after_cut(random.Random(seed)))
        cache = MediaCache(after, Store(after, FOLDER), reserve=0)
        broken += not all(cache.check(name) for name in cache.unchecked())
        assert not cache.unchecked() or cache.ready(sha256)  # checked at the start: never used
    assert broken > 0
