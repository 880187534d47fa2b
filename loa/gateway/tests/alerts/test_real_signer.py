"""Gateway and signer as they are: a process of its own, real passkeys, no database for either."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from devicelink.freshness import Clock
from devicelink.jws import encode64
from devicelink.keyring import Keyring, open_keyset, open_signed
from devicelink.messages import Alert
from devicelink.vouching import Part
from signer import authenticator, confirmers, keys, root

from loa.alerts.wishes import Confirmation
from loa.gateway.alerts.doors import Outside, asking
from loa.gateway.tests.alerts.desk import CONFIRMER, LAN, THANH, Desk, alert, now_ms, wish
from loa.gateway.tests.conftest import (
    COMMUNE,
    NEIGHBOUR,
    NO_DATABASE,
    Platform,
    RunningGateway,
    Surroundings,
    elsewhere,
    wait_until,
)
from tests import engine as engines

DAY_MS = 86_400_000
SITE, ORIGIN = "localhost", "https://loa.example"
STRANGER = 9


class RealSigner(Platform):
    """Everything as in the tests beside, but the signer."""

    socket: Path

    def outside(self, keys: Path, media: Path) -> Outside:
        return replace(super().outside(keys, media), sign=asking(self.socket))


class Hands:
    """Passkeys of Lan, Thành and somebody of the commune beside."""

    def __init__(self, folder: Path) -> None:
        self._keys = {user: authenticator.make() for user in (LAN, THANH, STRANGER)}
        confirmers.write_site(folder, confirmers.Site(rp_id=SITE, origins=(ORIGIN,)))
        for user, key in self._keys.items():
            scope = NEIGHBOUR if user == STRANGER else COMMUNE
            confirmers.add(
                folder,
                confirmers.Confirmer(
                    user=str(user), name=str(user), scope=scope, credential=encode64(key.credential),
                    public=key.public, valid_from=now_ms() - DAY_MS, valid_to=now_ms() + DAY_MS, rights=("alert",),
                ),
            )  # fmt: skip

    def word(self, message: Alert, part: Part, user: int, **how: Any) -> Any:
        facts: dict[str, Any] = {"rp_id": SITE, "origin": ORIGIN} | how
        return self._keys[user].vouch(message, part=part, user=str(user), at=now_ms(), **facts)


@contextmanager
def signer(folder: Path) -> Iterator[Path]:
    """The process; its socket."""
    short = Path(tempfile.mkdtemp(prefix="loa-"))
    words = ["-m", "signer", "serve", "--socket", str(short / "s"), "--keys", str(folder), "--database", NO_DATABASE]
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until((short / "s").exists)
        yield short / "s"
    finally:
        process.kill()
        process.wait(30)
        shutil.rmtree(short)


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> keys.Folders:
    for name in ("root", "signer", "keys"):
        shutil.copytree(folder / name, tmp_path / name, ignore=shutil.ignore_patterns("confirmers.json", "hours.json"))
    return keys.Folders(root=tmp_path / "root", signer=tmp_path / "signer", gateway=tmp_path / "keys")


def test_two_passkeys_make_an_alert_that_a_loudspeaker_believes_and_fewer_make_none(
    own: keys.Folders, surroundings: Surroundings, engine: engines.RunningEngine, tmp_path: Path
) -> None:
    hands, platform = Hands(own.signer), RealSigner()
    with signer(own.signer) as platform.socket:
        env = elsewhere(surroundings, gateway_state=tmp_path / "state", gateway_keys=own.gateway)
        with RunningGateway(env, engine, platform) as gateway:
            wait_until(lambda: gateway.hub.leader.active)
            device, desk, flood = gateway.hang_device("spk-real").come(), Desk(gateway), alert()

            def confirm(user: int, **how: Any) -> tuple[int, dict[str, Any]]:
                body = Confirmation(word=hands.word(flood, "confirmer", user, **how))
                return desk.ask("POST", f"/edge/alerts/{flood.id}/confirm", body, user=user, may=CONFIRMER)

            mine = wish(flood, word=hands.word(flood, "author", LAN))
            assert desk.ask("POST", "/edge/alerts", mine)[1]["state"] == "waiting"
            assert confirm(STRANGER)[1]["code"] == "outside_scope"
            assert confirm(THANH, verified=False)[1]["code"] == "not_approved"
            assert confirm(THANH, origin="https://evil.example")[1]["code"] == "wrong_audience"
            status, told = confirm(THANH)
            assert (status, told.get("state")) == (200, "sent"), told
            payload = device.signed("alert")
            keyset = open_keyset((own.gateway / "keyset.jws").read_text().strip(), root.load(own.root).public).message
            clock = Clock(now=int(time.time() * 1000), bound=0)
            assert open_signed(payload, Alert, keyring=Keyring.of(keyset), clock=clock).message.id == flood.id
            forged = alert()
            assert desk.propose(forged)[0] == 200
            assert desk.confirm(forged)[1]["code"] == "unknown_key", "the gateway sees no passkey; the signer does"
            alone = alert()
            told = desk.ask("POST", "/edge/alerts", wish(alone, word=hands.word(alone, "author", LAN), alone=True))[1]
            assert told["code"] == "not_approved"
