"""A gateway on the real database of a test, and one loudspeaker from the box to the pole."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
import pytest
from devicelink import jws, tokens
from devicelink.keyring import fingerprint
from devicelink.messages import EnrolAnswer
from django.db import connection, connections

from loa.devices import actions
from loa.devices.tests.conftest import Hardware
from loa.gateway import doors
from loa.gateway.device_http import Doors
from loa.gateway.tests.conftest import Platform, RunningGateway, Surroundings, elsewhere, wait_until
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.kernel.clock import now
from tests import engine as engines
from tests.cast import Cast


def closing(work: Callable[..., Any]) -> Callable[..., Any]:
    """Like in the product, but the thread gives its connection back, so that the test database can be dropped."""

    def run(*arguments: Any) -> Any:
        try:
            return work(*arguments)
        finally:
            connections.close_all()

    return run


class RealPlatform(Platform):
    """Copies holds into the real database."""

    def record_hold(self, entry: Any) -> None:
        closing(doors.record_hold)(entry)

    def note_refusals(self, sums: Any) -> None:
        closing(doors.note_refusals)(sums)

    def record_alert(self, entry: Any) -> None:
        closing(doors.record_alert)(entry)

    def record_heard(self, rows: Any) -> None:
        closing(doors.record_heard)(rows)


@pytest.fixture
def running(
    surroundings: Surroundings, engine: engines.RunningEngine, tmp_path: Path, cast: Cast
) -> Iterator[RunningGateway]:
    """A gateway on the test's database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    env = elsewhere(surroundings, database=url, gateway_state=tmp_path / "state")
    real = Doors(
        enrol=closing(doors.enrol),
        store_proofs=closing(doors.store_proofs),
        path_of=lambda sha256: tmp_path / sha256,
        wheel_of=lambda sha256: tmp_path / sha256,
        store_log=closing(doors.store_log),
        store_selftest=closing(doors.store_selftest),
    )
    with RunningGateway(env, engine, RealPlatform(), real) as gateway:
        wait_until(lambda: gateway.hub.leader.active and gateway.hub.leader.database_up)
        yield gateway


class Story:
    """One loudspeaker of Quy Mông from the box to the pole."""

    def __init__(self, cast: Cast, gateway: RunningGateway) -> None:
        self.cast = cast
        self.gateway = gateway
        self.hardware = Hardware()
        self.row = actions.add_device(
            actor=cast.son, area=cast.quy_mong, name="Nhà văn hóa thôn 5", hamlet=cast.thon_5, now=now()
        )
        self.code = actions.issue_claim_code(actor=cast.son, device=self.row, now=now())

    def enrol(self) -> EnrolAnswer:
        request = msgspec.json.encode(self.hardware.request(self.code))
        status, _, body = self.gateway.request("POST", "/device/enrol", body=request)
        assert status == 200, body
        return msgspec.json.decode(body, type=EnrolAnswer)

    def hang(self) -> SimulatedDevice:
        """Enrolled, compared, placed, connected."""
        self.enrol()
        seen = fingerprint(self.hardware.public_raw)
        self.row.refresh_from_db()
        actions.confirm_placement(actor=self.cast.son, device=self.row, fingerprint_seen=seen, now=now())
        wait_until(lambda: self.known_as("placed"))
        self.row.refresh_from_db()
        return self.connect()

    def known_as(self, state: str) -> bool:
        member = self.gateway.hub.world.members.get(self.row.pk)
        return member is not None and member.state == state

    def connect(self) -> SimulatedDevice:
        commune = self.gateway.hub.world.members[self.row.pk].commune
        device = SimulatedDevice(self.gateway.engine.listen.mqtt, self.row.pk, self.hardware.seed, commune)
        return device.come()

    def fetch(self, device: SimulatedDevice, typ: str, **facts: Any) -> dict[str, Any]:
        """The document that says this, once the gateway has it: each travels to the gateway by itself."""
        found: dict[str, Any] = {}

        def is_there() -> bool:
            found.update(self._fetched(device, typ))
            return bool(found) and facts.items() <= found.items()

        wait_until(is_there)
        return found

    def _fetched(self, device: SimulatedDevice, typ: str) -> dict[str, Any]:
        token = device.token(audience=tokens.GATEWAY)
        status, _, body = self.gateway.request("GET", f"/device/{typ}", token=token)
        assert status in (200, 404), body
        content: dict[str, Any] = msgspec.json.decode(jws.parse(body).payload) if status == 200 else {}
        return content


@pytest.fixture
def story(cast: Cast, running: RunningGateway) -> Story:
    return Story(cast, running)
