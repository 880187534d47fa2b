"""Keys that are taken back under a running gateway: what stands stays, what the old key said is told to nobody."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from devicelink import jws
from devicelink.freshness import Clock
from devicelink.keyring import Keyring, open_keyset, open_signed
from devicelink.messages import Changed, Hold
from devicelink.refusals import Reason, Refused
from signer import keys
from signer.keys import Folders

from loa.gateway.tests.alerts.desk import Desk, alert
from loa.gateway.tests.conftest import (
    COMMUNE,
    Platform,
    RunningGateway,
    Surroundings,
    elsewhere,
    wait_until,
)
from loa.gateway.tests.test_stops import stop
from tests import engine as engines


def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Folders:
    """Keys that may be changed."""
    for name in ("root", "signer", "keys"):
        shutil.copytree(folder / name, tmp_path / name)
    return Folders(root=tmp_path / "root", signer=tmp_path / "signer", gateway=tmp_path / "keys")


@pytest.fixture
def gateway(
    surroundings: Surroundings, engine: engines.RunningEngine, own: Folders, tmp_path: Path
) -> Iterator[RunningGateway]:
    env = elsewhere(surroundings, gateway_keys=own.gateway, gateway_state=tmp_path / "state")
    with RunningGateway(env, engine, Platform()) as running:
        wait_until(lambda: running.hub.leader.active)
        yield running


def revoke(gateway: RunningGateway, own: Folders, kid: str) -> Keyring:
    """Taken back; what a loudspeaker fetches then. The gateway looks every ten seconds, here at once."""
    made = keys.revoke(own, kid, now=now_ms())
    gateway.wait_for(gateway.hub._look_after_keys())
    token = gateway.request("GET", "/device/keyset")[2]
    return Keyring.of(open_keyset(token, made.fingerprint).message)


def kid_of(token: str | bytes) -> str:
    return jws.parse(token).header.kid


def refusal(token: str | bytes, kind: type[Hold] | type[Changed], ring: Keyring) -> str:
    """Why a loudspeaker refuses it, "" if it does not."""
    try:
        open_signed(token, kind, keyring=ring, clock=Clock(now=now_ms()))
    except Refused as refused:
        return str(refused.reason)
    return ""


def test_a_stop_outlives_the_key_that_signed_it(gateway: RunningGateway, own: Folders) -> None:
    """Loudspeakers forget the stop together with its key: without another they would sound into the silence."""
    device = gateway.hang_device("spk-a").come()
    _, told = stop(gateway)
    before = device.signed("hold", revision=told["revision"])
    ring = revoke(gateway, own, kid_of(before))
    after = device.signed("hold", until=told["until"], by="Hoàng Thị Lan")
    assert json.loads(jws.parse(after).payload)["revision"] > told["revision"]
    assert [refusal(token, Hold, ring) for token in (before, after)] == [Reason.UNKNOWN_KEY, ""]
    late = gateway.hang_device("spk-late").come()
    held = [token for token in late.hello()["holds"] if json.loads(jws.parse(token).payload)["until"]]
    assert [kid_of(token) for token in held] == [kid_of(after)]
    wait_until(lambda: any("ký lại" in entry.reason for entry in gateway.platform.recorded))
    (again,) = (entry for entry in gateway.platform.recorded if "ký lại" in entry.reason)
    assert (again.area, again.until, again.user) == (COMMUNE, told["until"], 1)
    gateway.wait_for(gateway.hub._look_after_keys())
    assert not any(entry.revision > again.revision for entry in gateway.platform.recorded)


def test_the_news_of_a_keyset_without_the_old_time_key_is_by_the_new_one(gateway: RunningGateway, own: Folders) -> None:
    device = gateway.hang_device("spk-a").come()
    device.hello()
    old = gateway.hub._parts.keys.kids(now_ms())["time"]
    ring = revoke(gateway, own, old)
    hint = device.signed("changed", document="keyset")
    assert kid_of(hint) != old
    assert refusal(hint, Changed, ring) == ""
    assert device.hello()["revisions"]["keyset"] == ring.keyset.revision


def test_an_alert_by_a_key_that_was_taken_back_is_told_to_nobody_any_more(
    gateway: RunningGateway, own: Folders
) -> None:
    desk, here = Desk(gateway), gateway.hang_device("spk-a", path=f"{COMMUNE}.h5").come()
    here.hello()
    desk.send(flood := alert())
    token = here.signed("alert", id=flood.id)
    assert gateway.hang_device("spk-b").come().hello()["alerts"] == [token.decode()]
    revoke(gateway, own, kid_of(token))
    late = gateway.hang_device("spk-c").come()
    assert late.hello().get("alerts", []) == []
    assert not [payload for payload in late.heard_by_now() if kid_of(payload) == kid_of(token)]
