"""A running gateway for stories: real engine, real HTTP, its own thread; PostgreSQL there or not, as the story says."""

import asyncio
import http.client
import json
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import nacl.bindings
import pytest
import uvicorn
import uvloop
from devicelink.jws import encode64
from devicelink.keyfiles import KeyFolder
from devicelink.messages import Alert, Cancel, EnrolRequest, ProofUpload, SelfTest
from devicelink.vouching import Word
from signer import keys
from starlette.applications import Starlette

from loa.alerts.wishes import Entry, Report
from loa.devices import tickets
from loa.devices.actions.holding import HoldEntry
from loa.devices.actions.refusing import RefusalSum
from loa.gateway import http as http_side
from loa.gateway import hub as hubs
from loa.gateway import leader
from loa.gateway.alerts.doors import Outside
from loa.gateway.app import server, web
from loa.gateway.database import Away
from loa.gateway.device_http import Doors
from loa.gateway.hub import Hub, Parts
from loa.gateway.keys import EngineKeys
from loa.gateway.live.ways import Ways
from loa.gateway.tests.mqtt import PATIENCE_S, Client, SimulatedDevice
from loa.gateway.world import Member, Paper
from loa.kernel.clock import now
from tests import engine as engines

# The product waits longer; stories need not. Where two gateways must not take each other for dead: `calm`.
leader.PEER_SILENT_S, leader.ALIVE_EVERY_S = 1.5, 0.3
hubs.REFUSALS_EVERY_S = 0.3  # type: ignore[assignment]

T = TypeVar("T")
NO_DATABASE = "postgresql://postgres@/none?host=/nonexistent"
COMMUNE = "vn.15.04531"
NEIGHBOUR = "vn.15.04498"


@dataclass
class Surroundings:
    """What the environment says (loa.gateway.app.Env)."""

    var: Path
    gateway_keys: Path
    ticket_keys: Path
    gateway_state: Path
    engine_keys: Path
    nats_url: str
    gateway_listen: str
    database: str = NO_DATABASE
    mode: str = "test"
    site_url: str = "http://127.0.0.1:8000"
    gateway_url: str = "http://127.0.0.1:8001"
    engine_url: str = "mqtt://127.0.0.1:1883"
    tls_cert: str = ""
    tls_key: str = ""
    behind_proxy: bool = False
    trusted_proxies: tuple[str, ...] = ()
    relay_socket: Path = Path("/nonexistent/relay.sock")
    signer_socket: Path = Path("/nonexistent/signer.sock")
    live_silence_s: float = 300.0


@dataclass
class Platform:
    """What the platform was asked for."""

    enrolled: list[EnrolRequest] = field(default_factory=list)
    proofs: list[tuple[str, ProofUpload]] = field(default_factory=list)
    logs: list[object] = field(default_factory=list)
    selftests: list[tuple[str, SelfTest]] = field(default_factory=list)
    recorded: list[HoldEntry] = field(default_factory=list)
    refusals: list[RefusalSum] = field(default_factory=list)
    away: bool = False
    turned_away: int = 0
    steps: list[Entry] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    signed: list[Alert | Cancel] = field(default_factory=list)
    sign: Callable[[Alert | Cancel, tuple[Word, ...]], str] | None = None

    def note_refusals(self, sums: list[RefusalSum]) -> None:
        """Write them down."""
        self._answer()
        self.refusals += sums

    def record_alert(self, entry: Entry) -> None:
        """Copy a step of an alert."""
        self._answer()
        self.steps.append(entry)

    def record_heard(self, rows: Sequence[Report]) -> None:
        """Copy what loudspeakers reported."""
        self._answer()
        self.reports += rows

    def outside(self, keys: Path, media: Path) -> Outside:
        """For alerts. Without another `sign` everything is signed, with the signer's own key."""
        folder = KeyFolder(keys)

        def sign(message: Alert | Cancel, words: tuple[Word, ...]) -> str:
            if self.sign is not None:
                self.sign(message, words)
            self.signed.append(message)
            return folder.sign(message, message.issued)

        return Outside(
            sign=sign,
            voice_path=lambda sha256: media / sha256,
            record_alert=self.record_alert,
            record_heard=self.record_heard,
        )

    def record_hold(self, entry: HoldEntry) -> None:
        """Copy to the database."""
        self._answer()
        self.recorded.append(entry)

    def live(self) -> Ways:
        """What live speech needs; nobody may speak unless a story says so."""
        return Ways()

    def _answer(self) -> None:
        if self.away:
            self.turned_away += 1
            raise Away("down")

    def doors(self, media: Path) -> Doors:
        """For the HTTP side."""
        return Doors(
            enrol=lambda request, at: self.enrolled.append(request) or "spk-new",  # type: ignore[func-returns-value]
            store_proofs=lambda device, upload, at: self.proofs.append((device, upload)),
            store_selftest=lambda device, report, at: self.selftests.append((device, report)),
            path_of=lambda sha256: media / sha256,
            wheel_of=lambda sha256: media / sha256,
            store_log=lambda upload, at: self.logs.append(upload),
        )


class RunningGateway:
    """A gateway in a thread of its own."""

    def __init__(
        self, env: Surroundings, engine: engines.RunningEngine, platform: Platform, doors: Doors | None = None
    ) -> None:
        self.env = env
        self.engine = engine
        self.platform = platform
        self.port = int(env.gateway_listen.rpartition(":")[2])
        self.media = env.var / "media"
        self.media.mkdir(parents=True, exist_ok=True)
        self._doors = doors or platform.doors(self.media)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._made = threading.Event()

    def __enter__(self) -> "RunningGateway":
        self._thread.start()
        assert self._made.wait(PATIENCE_S)
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            self._loop = runner.get_loop()
            runner.run(self._serve())

    async def _serve(self) -> None:
        parts = Parts(
            database_url=self.env.database,
            engine_url=self.env.nats_url,
            state_folder=self.env.gateway_state,
            keys=KeyFolder(self.env.gateway_keys),
            engine_keys=EngineKeys.load(self.env.engine_keys),
            record_hold=self.platform.record_hold,
            note_refusals=self.platform.note_refusals,
            alerts=self.platform.outside(self.env.gateway_keys.parent / "signer", self.media),
            live=self.platform.live(),
        )
        self.hub = Hub(parts)
        self.app: Starlette = web(self.hub, self.env, self._doors)
        self._server: uvicorn.Server = server(self.app, self.env)
        self._made.set()
        await self._server._serve()  # `serve` would set signal handlers, which a thread may not

    def do(self, work: Callable[[], T]) -> T:
        """Run it in the gateway's own thread."""

        async def run() -> T:
            return work()

        return self.wait_for(run())

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it in the gateway's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def request(
        self, method: str, path: str, *, token: str = "", body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case), body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        sent = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, body=data, headers=sent)
        answer = connection.getresponse()
        result = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return result

    def ticket(self, area: str = COMMUNE, *, may: tuple[str, ...] = ("view", "hold.set"), **changes: Any) -> str:
        """A ticket as the web would have signed it."""
        seed = tickets.ensure_seed(self.env.ticket_keys)
        facts: dict[str, Any] = {"user": 1, "name": "Hoàng Thị Lan", "role": "officer", "now": now()}
        return tickets.mint(seed=seed, area=area, may=may, **(facts | changes))

    def hang_device(self, device: str, **changes: Any) -> SimulatedDevice:
        """A device that the gateway knows, placed in Quy Mông unless `changes` (fields of Member) say otherwise."""
        seed = secrets.token_bytes(32)
        public = encode64(nacl.bindings.crypto_sign_seed_keypair(seed)[0])
        facts: dict[str, Any] = {"state": "placed", "path": COMMUNE, "plan_set": "ps-1"}
        member = Member(id=device, public=public, **(facts | changes))
        self.do(lambda: self.hub.world.put(member))
        return SimulatedDevice(self.engine.listen.mqtt, device, seed, member.commune if member.placed else None)

    def takes_beat(self, device: SimulatedDevice, **changes: Any) -> None:
        """Let the device send a heartbeat, and wait until it has been taken in: other messages do not wait for it."""
        before = self.hub.beats.last(device.device)
        device.beat(**changes)
        wait_until(lambda: self.hub.beats.last(device.device) is not before)

    def file(self, typ: str, subject: str, revision: int, jws: str = "a.b.c") -> None:
        """Let the gateway hold a document."""
        paper = Paper(typ=typ, subject=subject, revision=revision, jws=jws)
        self.do(lambda: self.hub.world.file(paper))


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Poll; AssertionError when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """Close what the test left open."""
    yield
    while Client.living:
        Client.living.pop().hang_up()


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """No gateway takes another for dead, however long it is not heard of on a busy machine."""
    monkeypatch.setattr(leader, "PEER_SILENT_S", 3_600.0)


@pytest.fixture
def no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the limits on questions over HTTP: nobody is allowed more because the machine is slow."""
    moment = time.monotonic()
    monkeypatch.setattr(http_side, "time", SimpleNamespace(monotonic=lambda: moment))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the gateway, made once."""
    base: Path = tmp_path_factory.mktemp("gateway")
    moment = int(time.time() * 1000)
    keys.init(keys.Folders(root=base / "root", signer=base / "signer", gateway=base / "keys"), now=moment)
    return base


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.RunningEngine]:
    """One nats-server a module."""
    with engines.running(tmp_path_factory.mktemp("nats")) as running:
        yield running


@pytest.fixture(scope="module")
def surroundings(folder: Path, engine: engines.RunningEngine, tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    """For a gateway of this module, without database."""
    var: Path = tmp_path_factory.mktemp("var")
    return Surroundings(
        var=var,
        gateway_keys=folder / "keys",
        ticket_keys=folder / "tickets",
        gateway_state=var / "state",
        engine_keys=engine.keys,
        nats_url=engine.nats_url,
        gateway_listen=f"127.0.0.1:{engines.free_port()}",
    )


@pytest.fixture(scope="module")
def gateway(surroundings: Surroundings, engine: engines.RunningEngine) -> Iterator[RunningGateway]:
    """A gateway whose PostgreSQL is down."""
    with RunningGateway(surroundings, engine, Platform()) as running:
        wait_until(lambda: running.hub.leader.active)
        yield running


def elsewhere(env: Surroundings, **changes: Any) -> Surroundings:
    """The same installation, another process."""
    return replace(env, gateway_listen=f"127.0.0.1:{engines.free_port()}", **changes)
