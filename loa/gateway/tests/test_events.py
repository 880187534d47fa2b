"""What an open page hears: its own area only, nothing twice, nothing lost while it slept."""

import asyncio
import http.client
import json
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from loa.gateway.edge import Endless
from loa.gateway.events import REMEMBERED, Feed
from loa.gateway.listen import Tap
from loa.gateway.tests.conftest import COMMUNE, NEIGHBOUR, RunningGateway
from loa.gateway.tests.mqtt import PATIENCE_S
from loa.kernel.errors import NotFound, Unavailable


class Page:
    """An EventSource."""

    def __init__(self, gateway: RunningGateway, ticket: str, last: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=PATIENCE_S)
        headers = {"Last-Event-ID": last} if last else {}
        self._connection.request("GET", f"/edge/events?ticket={ticket}", headers=headers)
        self.answer = self._connection.getresponse()
        self.last = last

    def event(self) -> dict[str, Any]:
        """The next one."""
        told: dict[str, Any] = {}
        while True:
            line = self.answer.readline().decode().rstrip("\n")
            if line.startswith("id: "):
                self.last = line[4:]
            elif line.startswith("data: "):
                told = json.loads(line[6:])
            elif not line and told:
                return told

    def of(self, *names: str) -> dict[str, Any]:
        """The next one about these; what happens to others meanwhile is passed over."""
        while (told := self.event())["facts"].get("id") not in names:
            pass
        return told

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


@contextmanager
def page(gateway: RunningGateway, area: str = COMMUNE, last: str = "") -> Iterator[Page]:
    opened = Page(gateway, gateway.ticket(area), last)
    try:
        yield opened
    finally:
        opened.close()


def tell(gateway: RunningGateway, kind: str, area: str = COMMUNE, **facts: object) -> None:
    gateway.do(lambda: gateway.hub.feed.tell(kind, area, facts))


def test_page_begins_with_a_picture_and_then_hears_what_happens(gateway: RunningGateway) -> None:
    device = gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()
    device.hello()
    with page(gateway) as opened:
        first = opened.event()
        assert (first["kind"], first["area"]) == ("snapshot", COMMUNE)
        assert first["facts"]["devices"][device.device]["state"] == "online"
        device.beat(playing="a-1", volume=70)
        while (told := opened.of(device.device))["kind"] != "device.beat":
            assert told["kind"] == "device.state"
        assert told["facts"]["playing"] == "a-1"


def test_heartbeat_without_news_is_not_told(gateway: RunningGateway) -> None:
    device = gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()
    gateway.takes_beat(device, volume=70)
    with page(gateway) as opened:
        assert opened.event()["facts"]["devices"][device.device]["volume"] == 70
        for uptime in range(5):
            device.beat(volume=70, uptime=uptime)
        device.beat(volume=71)
        while (told := opened.of(device.device))["kind"] != "device.beat":
            assert told["kind"] == "device.state"
        assert told["facts"]["volume"] == 71


def test_page_of_the_neighbour_hears_nothing_of_ours(gateway: RunningGateway) -> None:
    with page(gateway, NEIGHBOUR) as mai, page(gateway, "vn.15") as province:
        assert mai.event()["facts"]["devices"] == {}
        province.event()
        tell(gateway, "device.state", COMMUNE, id="x")
        tell(gateway, "device.state", NEIGHBOUR, id="y")
        assert mai.of("x", "y")["facts"]["id"] == "y"
        assert [province.of("x", "y")["facts"]["id"] for _ in range(2)] == ["x", "y"]


def test_stop_of_the_province_is_told_in_the_commune_but_not_its_other_affairs(gateway: RunningGateway) -> None:
    with page(gateway) as opened:
        opened.event()
        tell(gateway, "bulletin.approved", "vn.15", id="secret")
        gateway.do(lambda: gateway.hub.feed.tell("hold.held", "vn.15", {"id": "stop", "until": 1}, down=True))
        assert opened.of("secret", "stop")["kind"] == "hold.held"


def test_page_that_slept_catches_up_without_repetition(gateway: RunningGateway) -> None:
    with page(gateway) as opened:
        opened.event()
        tell(gateway, "device.state", id="1")
        opened.of("1")
        last = opened.last
    tell(gateway, "device.state", id="2")
    tell(gateway, "device.state", NEIGHBOUR, id="not ours")
    tell(gateway, "device.state", id="3")
    with page(gateway, last=last) as again:
        assert [again.of("1", "2", "3", "not ours")["facts"]["id"] for _ in range(2)] == ["2", "3"]


@pytest.mark.parametrize("last", ["nonsense", "00000000-5", "-", "x-99999999999999999999"])
def test_unknown_place_in_the_story_begins_anew(gateway: RunningGateway, last: str) -> None:
    with page(gateway, last=last) as opened:
        assert opened.event()["kind"] == "snapshot"


def test_memory_is_bounded_and_too_old_a_page_begins_anew() -> None:
    feed = Feed("epoch")
    for number in range(REMEMBERED + 10):
        feed.tell("x", COMMUNE, number)
    assert feed.missed(COMMUNE, "epoch-5") is None
    found = feed.missed(COMMUNE, f"epoch-{REMEMBERED}")
    assert found is not None
    assert len(found) == 10


def test_without_ticket_there_are_no_events(gateway: RunningGateway) -> None:
    assert gateway.request("GET", "/edge/events")[0] == 403
    assert gateway.request("GET", "/edge/events?ticket=x.y")[0] == 403
    assert gateway.request("GET", "/edge/state", token=gateway.ticket(may=()))[0] == 403
    status, headers, body = gateway.request("GET", "/edge/state", token=gateway.ticket())
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert "devices" in json.loads(body)


def test_nobody_listens_to_loudspeakers_outside_the_demonstration(gateway: RunningGateway) -> None:
    gateway.hang_device("spk-real")
    assert gateway.request("GET", "/edge/listen/spk-real", token=gateway.ticket())[0] == 404


class FakeFleet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/speakers/spk-1/live.wav"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "audio/wav")
        self.end_headers()
        if found:
            self.wfile.write(b"RIFF" * 100)

    def log_message(self, *_: object) -> None: ...


def test_listening_passes_on_what_the_fleet_renders(tmp_path: Any) -> None:
    server = HTTPServer(("127.0.0.1", 0), FakeFleet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    (tmp_path / "fleet.json").write_text(json.dumps({"tap": f"http://127.0.0.1:{server.server_address[1]}"}))

    async def listen(device: str) -> bytes:
        return b"".join([piece async for piece in await Tap(tmp_path).stream(device)])

    try:
        assert asyncio.run(listen("spk-1")) == b"RIFF" * 100
        with pytest.raises(NotFound):
            asyncio.run(listen("spk-2"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE_S)
    with pytest.raises(Unavailable):
        asyncio.run(listen("spk-1"))
    (tmp_path / "fleet.json").write_text('{"tap": "http://192.0.2.1:80"}')
    with pytest.raises(NotFound):
        asyncio.run(listen("spk-1"))


class Source:
    """Something endless."""

    def __init__(self) -> None:
        self.closed = False

    def __aiter__(self) -> "Source":
        return self

    async def __anext__(self) -> str:
        return "piece"

    async def aclose(self) -> None:
        self.closed = True


def test_who_leaves_before_the_first_piece_leaves_nothing_open() -> None:
    source = Source()

    async def pieces() -> AsyncIterator[str]:
        async for piece in source:
            yield piece

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        raise OSError("gone")

    answer = Endless(pieces(), source, media_type="audio/wav", headers={})
    with pytest.raises(ClientDisconnect):
        asyncio.run(answer({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send))
    assert source.closed
