"""A gateway behind which people may speak live, and a loudspeaker that listens."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from devicelink import batches, jws
from devicelink.batches import Batch
from devicelink.jws import decode64
from devicelink.keyfiles import KeyFolder
from devicelink.messages import DOWNWARD, Session
from devicelink.refusals import Reason, Refused
from devicelink.signing import Job, SignerUnavailable

from loa.broadcasts.actions.speaking import Spoken
from loa.broadcasts.queries.speaking import LiveLeave
from loa.gateway.live.ways import Ways
from loa.gateway.tests.conftest import (
    COMMUNE,
    Platform,
    RunningGateway,
    Surroundings,
    elsewhere,
    wait_until,
)
from loa.gateway.tests.mqtt import Client, SimulatedDevice
from loa.gateway.tests.speaking import Microphone
from tests import engine as engines

HAMLET = f"{COMMUNE}.h5"
PROVINCE = "vn.15"
MAY = ("view", "live.speak")


@dataclass
class Hall(Platform):
    """A platform on which Lan may speak in Quy Mông; `signer` holds the keys."""

    signer: Path = Path()
    minutes: float = 15
    no_signer: bool = False
    no_leave: Exception | None = None
    refuse: Reason | None = None
    spoken: list[tuple[Spoken, bytes]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    def live(self) -> Ways:
        return Ways(sign=self._sign, leave=self._leave, named=self._named, record=self._record)

    def _sign(self, job: Job) -> str:
        self.jobs.append(job)
        if self.no_signer:
            raise SignerUnavailable("down")
        if self.refuse is not None and job.typ == "session":
            raise Refused(self.refuse, "no")
        message = msgspec.json.decode(job.payload, type=DOWNWARD[job.typ])
        return KeyFolder(self.signer).sign(message, int(time.time() * 1000))

    def _leave(self, user: int, path: str, at: datetime) -> LiveLeave:
        if self.no_leave is not None:
            raise self.no_leave
        return LiveLeave(permit="p-1", area=path, until=at + timedelta(minutes=self.minutes))

    def _named(self, areas: tuple[str, ...], groups: tuple[str, ...]) -> tuple[str, ...]:
        return ("Xã Quy Mông",)

    def _record(self, spoken: Spoken, sound: Path | None) -> None:
        self._answer()
        self.spoken.append((spoken, sound.read_bytes() if sound else b""))


@pytest.fixture(scope="module")
def hall(folder: Path) -> Hall:
    return Hall(signer=folder / "signer")


@pytest.fixture(scope="module")
def live(surroundings: Surroundings, engine: engines.RunningEngine, hall: Hall) -> Iterator[RunningGateway]:
    with RunningGateway(elsewhere(surroundings), engine, hall) as running:
        wait_until(lambda: running.hub.leader.active)
        yield running


@pytest.fixture(autouse=True)
def fresh(hall: Hall, live: RunningGateway) -> Iterator[None]:
    yield
    hall.minutes, hall.no_signer, hall.no_leave, hall.refuse, hall.away = 15, False, None, None, False
    wait_until(lambda: not live.hub.live.airs)
    live.hub.live._reserved.clear()


@pytest.fixture
def pole(live: RunningGateway) -> Iterator[SimulatedDevice]:
    name = f"spk-{secrets.token_hex(4)}"
    yield live.hang_device(name, path=HAMLET).come()
    live.do(lambda: live.hub.world.remove(name))


def page(live: RunningGateway, **changes: Any) -> Microphone:
    return Microphone(live.port, live.ticket(may=MAY, **changes))


def is_certified(payload: bytes) -> bool:
    return not batches.is_batch(payload) and jws.parse(payload).header.typ == "session"


def certificate(pole: Client) -> Session:
    while not is_certified(payload := pole.message().payload):
        pass
    return jws.decode(jws.parse(payload).payload, Session)


def heard(pole: Client, session: Session, count: int) -> list[Batch]:
    found: list[Batch] = []
    while len(found) < count:
        payload = pole.message().payload
        if batches.is_batch(payload):
            found.append(batches.unpack(payload, decode64(session.public)))
    return found
