"""kill -9 at any moment, again and again, of a real process: nothing accepted is lost, nothing half-made is used."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import speaker_village as village
from devicelink.messages import Plan, Proof
from speaker.disk import RealDisk
from speaker.sinks import recording
from speaker.store import Store
from speaker_home import PATIENCE_S, enrolled
from speaker_platform import Platform, now_ms, ready

KILLS = 6
CHIRP = village.Sound("tiếng chuông", 0.4)
FILES = [village.Sound(f"tệp {number}", 3) for number in range(4)]


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def start(platform: Platform, folder: Path) -> subprocess.Popen[bytes]:
    arguments = ["--folder", str(folder), "--gateway", platform.gateway_url, "--engine", platform.engine_url]
    return subprocess.Popen(
        [sys.executable, "-m", "speaker", "run", *arguments, "--sink", "wav", "--quick"],
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def wait(condition: object) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_killed_again_and_again_it_keeps_what_it_acknowledged(platform: Platform, tmp_path: Path) -> None:
    chance = random.Random(5)
    enrolled(platform, tmp_path)
    platform.media_bytes = 20_000  # transfers break as well
    begin = now_ms() + 2_000
    chirps = tuple(village.airing(f"c-{number}", begin + number * 900, CHIRP) for number in range(40))
    plan = ready(platform, *chirps, sounds=(CHIRP, *FILES))
    process = start(platform, tmp_path)
    wait(lambda: platform.of().hellos)
    for turn in range(KILLS):
        revision = now_ms()
        newer = village.plan(revision, chirps, (CHIRP, *FILES), start=plan.start)
        platform.publish("plan", newer)
        platform.publish("volume", village.volume(revision, 20 + turn))
        if platform.connected():
            platform.hint("plan")
            platform.hint("volume")
            platform.send(village.signed(village.command(revision, f"k-{turn}", action="refresh")))
        time.sleep(chance.uniform(0.3, 2.2))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        check(platform, tmp_path)
        process = start(platform, tmp_path)
    platform.media_bytes = None
    last = len(platform.of().hellos)
    wait(lambda: len(platform.of().hellos) > last)
    wait(lambda: any(ack.detail == "complete" for ack in platform.of().acks))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    assert platform.of().byes[-1].cause == "stopping"
    check(platform, tmp_path)
    check_proofs(platform, tmp_path)


def check(platform: Platform, folder: Path) -> None:
    """What the platform was told is there."""
    store = Store(RealDisk(), folder)
    try:
        held = {document.typ: document for document in store.documents()}
        for ack in list(platform.of().acks):
            typ, _, name = ack.of.partition(":")
            if ack.code == "ok" and typ in ("keyset", "placement", "plan", "volume"):
                assert held[typ].revision >= int(name)
            elif ack.code == "ok" and typ in ("command", "changed"):
                assert store.seen(ack.of)
        for document in held.values():
            assert document.token in {token for _, token in platform.papers.values()} or document.revision > 0
        for path in (folder / "media").iterdir():
            if not path.name.endswith(".part"):
                assert path.read_bytes() == platform.media[path.name]
    finally:
        store.close()


def check_proofs(platform: Platform, folder: Path) -> None:
    """Each intention is accounted for at most once as played, and what is said to have sounded did sound."""
    store = Store(RealDisk(), folder)
    waiting = [row for boot in _boots(store) for row in _rows(store, boot)]
    store.close()
    rows: dict[tuple[str, int], Proof] = {(row.boot, row.count): row for row in waiting} | platform.of().proofs
    played = [row.airing for row in rows.values() if row.outcome == "played"]
    assert len(played) == len(set(played))
    assert played
    heard = list(recording.read_all(folder / "out"))
    for row in rows.values():
        if row.outcome == "played":
            near = [found for found in heard if found.at(0) <= row.started * 1_000_000 <= found.at(len(found.samples))]
            there = row.clock_bound + 5  # it knows how well it knows
            _, likeness = recording.find(near[-1], CHIRP.pcm[:7_200], row.started * 1_000_000, within_ms=there)
            assert likeness > 0.4


def _boots(store: Store) -> list[str]:
    return [row[0] for row in store._db.execute("select distinct boot from proof")]


def _rows(store: Store, boot: str) -> list[Proof]:
    import msgspec

    rows = store._db.execute("select row from proof where boot = ? order by count", (boot,))
    return [msgspec.json.decode(row[0], type=Proof) for row in rows]


def test_two_processes_cannot_share_a_folder(platform: Platform, tmp_path: Path) -> None:
    enrolled(platform, tmp_path)
    ready(platform)
    process = start(platform, tmp_path)
    wait(lambda: platform.of().hellos)
    second = start(platform, tmp_path)
    assert second.wait(PATIENCE_S) == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0


def test_a_plan_is_never_half_a_plan(platform: Platform, tmp_path: Path) -> None:
    """The largest plan there is, killed while it is stored."""
    chance = random.Random(9)
    enrolled(platform, tmp_path)
    begin = now_ms() + village.HOUR
    items = tuple(village.airing(f"a-{number}", begin + number * 120_000, CHIRP) for number in range(1_000))
    plan = ready(platform, *items, sounds=(CHIRP,))
    seen: set[int] = set()
    for _ in range(4):
        process = start(platform, tmp_path)
        before = len(platform.of().hellos)
        wait(lambda before=before: len(platform.of().hellos) > before)
        time.sleep(chance.uniform(0.0, 0.5))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        store = Store(RealDisk(), tmp_path)
        for document in store.documents():
            if document.typ == Plan.typ:
                seen.add(document.revision)
                assert document.token == platform.papers["plan"][1]
        store.close()
    assert seen <= {plan.revision}
