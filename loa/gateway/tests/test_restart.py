"""The gateway is killed at the worst moment, and starts again while PostgreSQL is down."""

import asyncio
import json
import threading
import time
from pathlib import Path

import pytest
from devicelink import jws
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Audience, Hold

from loa.devices.actions.holding import HoldEntry
from loa.gateway import hub
from loa.gateway.journal import Journal
from loa.gateway.loops import Loops
from loa.gateway.snapshot import Snapshot
from loa.gateway.tests.conftest import (
    COMMUNE,
    Platform,
    RunningGateway,
    Surroundings,
    elsewhere,
    wait_until,
)
from loa.gateway.tests.mqtt import PATIENCE_S, Client, SimulatedDevice
from loa.gateway.world import Paper
from tests import engine as engines


@pytest.fixture
def env(surroundings: Surroundings, tmp_path: Path) -> Surroundings:
    return elsewhere(surroundings, gateway_state=tmp_path / "state")


def start(env: Surroundings, engine: engines.RunningEngine) -> RunningGateway:
    return RunningGateway(elsewhere(env), engine, Platform(away=True))


def written_stop(env: Surroundings) -> HoldEntry:
    """What is on disk when the process dies between writing and sending."""
    moment = int(time.time() * 1000)
    audience = Audience(area=COMMUNE)
    hold = Hold(audience=audience, revision=moment, issued=moment, until=moment + 3_600_000, by="Hoàng Thị Lan")
    return HoldEntry(
        entry="7d9c1e0a-2f44-4a0e-9d2b-0f1f6a3f5b21",
        subject=f"area/{COMMUNE}",
        area=COMMUNE,
        revision=moment,
        until=hold.until,
        jws=KeyFolder(env.gateway_keys).sign(hold, moment),
        user=1,
        name="Hoàng Thị Lan",
        at=moment,
    )


def test_stop_that_was_written_but_not_sent_is_sent_after_the_start(
    env: Surroundings, engine: engines.RunningEngine
) -> None:
    with start(env, engine) as first:
        wait_until(lambda: first.hub.leader.active)
        device = first.hang_device("spk-1").come()
        device.hello()
    journal = Journal(env.gateway_state / "holds.journal")
    journal.append(written_stop(env))
    journal.close()
    with start(env, engine) as second:
        _, hold = device.document("hold")
        assert hold["audience"] == {"area": COMMUNE}
        wait_until(lambda: second.hub.leader.active)
        assert len(device.hello()["holds"]) == 1
        assert [entry.name for entry in second.hub.holds.waiting()] == ["Hoàng Thị Lan"]


def test_everything_is_known_again_from_the_snapshot(env: Surroundings, engine: engines.RunningEngine) -> None:
    with start(env, engine) as first:
        wait_until(lambda: first.hub.leader.active)
        device = first.hang_device("spk-2")
        first.file("placement", "device/spk-2", 41, "p.q.r")
        first.file("plan", "plan_set/ps-1", 42, "s.t.u")
    with start(env, engine) as second:
        device.come()
        wait_until(lambda: second.hub.leader.active)
        assert device.hello()["revisions"] | {"keyset": 0} == {
            "keyset": 0, "placement": 41, "plan": 42, "volume": 0, "release": 0,
        }  # fmt: skip
        token = device.token(audience="loa-gateway")
        assert second.request("GET", "/device/plan", token=token)[2] == b"s.t.u"


def test_revoked_while_the_gateway_was_away_is_thrown_out_when_it_learns_of_it(
    env: Surroundings, engine: engines.RunningEngine
) -> None:
    with start(env, engine) as first:
        wait_until(lambda: first.hub.leader.active)
        device = first.hang_device("spk-3").come()
        member = first.hub.world.members["spk-3"]
    with start(env, engine) as second:
        import msgspec

        second.do(lambda: second.hub.learning.learn(msgspec.structs.replace(member, state="revoked", public="")))
        assert device.closed()
        assert Client(engine.listen.mqtt).login("spk-3", "spk-3", device.token()) == 5


def test_damaged_snapshot_is_no_reason_not_to_start(env: Surroundings, engine: engines.RunningEngine) -> None:
    folder = env.gateway_state / "snapshot"
    Snapshot(folder)
    (folder / "state.json").write_bytes(b'{"saved": 1, "members": [')
    with start(env, engine) as gateway:
        status, _, body = gateway.request("GET", "/healthz")
        assert (status, json.loads(body)["devices"]) == (200, 0)


def test_connected_devices_are_present_again_after_a_restart(env: Surroundings, engine: engines.RunningEngine) -> None:
    with start(env, engine) as first:
        wait_until(lambda: first.hub.leader.active)
        device: SimulatedDevice = first.hang_device("spk-4").come()
        device.hello()
    with start(env, engine) as second:
        wait_until(lambda: second.hub.leader.active)
        wait_until(lambda: second.do(lambda: second.hub.presence.is_online("spk-4")))


def test_keyset_that_was_renewed_is_told_to_everybody(
    env: Surroundings, engine: engines.RunningEngine, folder: Path, tmp_path: Path
) -> None:
    import shutil

    from signer import keys

    own = keys.Folders(root=tmp_path / "root", signer=tmp_path / "signer", gateway=tmp_path / "keys")
    for name in ("root", "signer", "keys"):
        shutil.copytree(folder / name, tmp_path / name)
    with start(elsewhere(env, gateway_keys=own.gateway), engine) as gateway:
        wait_until(lambda: gateway.hub.leader.active)
        device = gateway.hang_device("spk-5").come()
        before = device.hello()["revisions"]["keyset"]
        keys.renew(own, now=int(time.time() * 1000))
        gateway.wait_for(gateway.hub._look_after_keys())
        told = device.document("changed", document="keyset")[1]
        assert told["revision"] > before
        assert jws.parse(gateway.request("GET", "/device/keyset")[2]).header.typ == "keyset"


def test_what_changed_while_the_snapshot_was_being_written_is_in_the_next(
    env: Surroundings, engine: engines.RunningEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is asked to end in the middle of it."""
    monkeypatch.setattr(hub, "SNAPSHOT_EVERY_S", 0.05)
    writes, ends = threading.Event(), threading.Event()
    with start(env, engine) as first:
        save, cancel = first.hub._snapshot.save, first.hub.loops.cancel

        def slow(taken: tuple[bytes, list[Paper]]) -> None:
            writes.set()
            assert ends.wait(PATIENCE_S)
            save(taken)

        async def end() -> None:
            await cancel()
            ends.set()

        monkeypatch.setattr(first.hub._snapshot, "save", slow)
        monkeypatch.setattr(first.hub.loops, "cancel", end)
        first.file("plan", "plan_set/ps-1", 1)
        assert writes.wait(PATIENCE_S)
        first.file("plan", "plan_set/ps-1", 2)
    with start(env, engine) as second:
        paper = second.hub.world.paper("plan", "plan_set/ps-1")
        assert paper is not None
        assert paper.revision == 2


def test_who_misses_that_everything_ends_is_told_again() -> None:
    """As a wait that is over in the very moment in which it is cancelled."""
    missed: list[str] = []
    begun = asyncio.Event()

    async def deaf() -> None:
        begun.set()
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            if missed:
                raise
            missed.append("once")

    async def story() -> None:
        loops = Loops()
        loops.every("deaf", deaf)
        await begun.wait()
        await asyncio.wait_for(loops.cancel(), PATIENCE_S)

    asyncio.run(story())
    assert missed == ["once"]
