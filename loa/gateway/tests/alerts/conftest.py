"""A gateway without alerts at the beginning of each story."""

import secrets
from collections.abc import Iterator

import pytest

from loa.gateway import limits
from loa.gateway.tests.alerts.desk import Desk
from loa.gateway.tests.conftest import COMMUNE, RunningGateway
from loa.gateway.tests.mqtt import SimulatedDevice


@pytest.fixture
def desk(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Nobody is too quick here: many stories are told by the same two people within seconds."""
    monkeypatch.setattr(limits.Limit, "require", lambda self, name, now: None)
    yield Desk(gateway)
    gateway.platform.away, gateway.platform.sign = False, None

    def clear() -> None:
        way, world = gateway.hub.alerts, gateway.hub.world
        way.cases._all.clear()
        way.cases._enders.clear()
        way.boards._all.clear()
        way.sending._parcels._open.clear()
        for name in list(world.members):
            world.remove(name)

    gateway.do(clear)


@pytest.fixture
def device(desk: Desk) -> SimulatedDevice:
    """A loudspeaker of Quy Mông that is there."""
    device = desk.gateway.hang_device(f"spk-{secrets.token_hex(4)}", path=f"{COMMUNE}.h5").come()
    device.hello()
    return device
