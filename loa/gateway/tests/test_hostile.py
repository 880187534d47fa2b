"""A loudspeaker in wrong hands, with its own good key, against the running engine: it reaches nobody but itself.

Logins, tokens and filters one by one: test_login.py. Here: other ports, the engine's own subjects, what MQTT knows
beside plain messages, and too much of everything.
"""

import asyncio
import json
import secrets
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

import msgspec
import nats
import pytest
from devicelink import codec, topics
from nats.aio.msg import Msg

from loa.gateway.tests.conftest import NEIGHBOUR, RunningGateway, wait_until
from loa.gateway.tests.mqtt import PATIENCE_S, Client, Closed, SimulatedDevice
from loa.gateway.tests.websocket import WebSocket

REFUSED = 0x80
ENGINE_S_OWN = (
    "$SYS/#", "$SYS/REQ/SERVER/PING/CONNZ", "$SYS/REQ/USER/AUTH", "$JS/#", "$JS/API/#", "$JS/API/STREAM/LIST",
    "_INBOX/#", "_INBOX/x", "$MQTT/#", "$MQTT/sub/#", "$KV/#", "$O/#", "loa/#", "loa/gateway/hold", "loa/gateway/login",
)  # fmt: skip
OF_OTHERS = ("#", "+", "+/#", "d/#", "d/+/up/#", "d/+/up/ack", "d/+/down", "+/down", "area/#", "area/+/down", "all/#")


@pytest.fixture
def thief(gateway: RunningGateway) -> SimulatedDevice:
    return gateway.hang_device(f"spk-{secrets.token_hex(4)}")


@pytest.fixture
def victim(gateway: RunningGateway) -> SimulatedDevice:
    return gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()


def by_websocket(gateway: RunningGateway, device: SimulatedDevice) -> SimulatedDevice:
    """The same device at the port for boards."""
    assert gateway.engine.listen.websocket
    device.hang_up()
    device._socket = cast(socket.socket, WebSocket(gateway.engine.listen.websocket))
    return device


@contextmanager
def everything_heard(gateway: RunningGateway) -> Iterator[list[str]]:
    """Subjects of all that is published in the devices' account meanwhile."""
    heard: list[str] = []

    async def on_message(message: Msg) -> None:
        heard.append(message.subject)

    async def listen() -> object:
        client = await nats.connect(
            gateway.engine.nats_url, nkeys_seed_str=(gateway.engine.keys / "platform.nk").read_text().strip()
        )
        await client.subscribe(">", cb=on_message)
        await client.flush()
        return client

    client = gateway.wait_for(listen())
    yield heard
    gateway.wait_for(client.close())  # type: ignore[attr-defined]


def alive(gateway: RunningGateway, device: SimulatedDevice) -> bool:
    """Everything still works for others."""
    return int(device.hello(f"nonce-{secrets.token_hex(8)}")["time"]) > 0


@pytest.mark.parametrize("port", ["mqtt", "websocket"])
def test_filters_of_the_engine_and_of_others_are_refused(
    gateway: RunningGateway, thief: SimulatedDevice, port: str
) -> None:
    device = by_websocket(gateway, thief) if port == "websocket" else thief
    assert device.login(device.device, device.device, device.token()) == 0
    assert set(device.subscribe(*ENGINE_S_OWN)) == {REFUSED}
    assert set(device.subscribe(*OF_OTHERS)) == {REFUSED}
    assert set(device.subscribe(*topics.subscriptions(device.device, "04531"))) == {0}
    assert alive(gateway, device)


def test_the_websocket_port_asks_for_the_same(gateway: RunningGateway, thief: SimulatedDevice) -> None:
    other = gateway.hang_device(f"spk-{secrets.token_hex(4)}")
    token = thief.token()
    assert by_websocket(gateway, thief).login("spk-another", thief.device, token) == 5
    assert by_websocket(gateway, thief).login(other.device, other.device, token) == 5
    assert by_websocket(gateway, thief).login(thief.device, thief.device, token) == 0
    assert by_websocket(gateway, thief).login(thief.device, thief.device, token) == 5, "used once"


def plain_nats(sock: socket.socket, login: dict[str, object]) -> bytes:
    """What the engine answers to a NATS client that logs in so and listens to everything."""
    sock.settimeout(PATIENCE_S)
    said = b""
    while b"\r\n" not in said:
        said += sock.recv(65_536)
    sock.sendall(
        b"CONNECT " + json.dumps({"verbose": True, "protocol": 1, **login}).encode() + b"\r\nSUB > 1\r\nPING\r\n"
    )
    answer = b""
    while (data := sock.recv(65_536)) and b"PONG" not in answer:
        answer += data
    return answer


@pytest.mark.parametrize("port", ["nats", "websocket"])
def test_no_device_speaks_the_engine_s_own_language(gateway: RunningGateway, thief: SimulatedDevice, port: str) -> None:
    listen = gateway.engine.listen
    logins: list[dict[str, object]] = [
        {},
        {"user": thief.device, "pass": thief.token()},
        {"user": thief.device, "pass": thief.token(), "name": thief.device, "client_id": thief.device},
        {"auth_token": thief.token()},
        {"jwt": thief.token(), "sig": "AAAA"},
        {"nkey": gateway.engine.public_keys["platform"], "sig": "AAAA"},
    ]
    for login in logins:
        sock = (
            socket.create_connection(("127.0.0.1", listen.nats), 5)
            if port == "nats"
            else cast(socket.socket, WebSocket(listen.websocket, "/", "nats"))
        )
        answer = plain_nats(sock, login)
        sock.close()
        assert b"Authorization Violation" in answer, login
        assert b"PONG" not in answer


def test_nothing_that_it_publishes_arrives_elsewhere(
    gateway: RunningGateway, thief: SimulatedDevice, victim: SimulatedDevice
) -> None:
    mai = gateway.hang_device(f"spk-{secrets.token_hex(4)}", path=NEIGHBOUR).come()
    thief.come()
    own = topics.up(thief.device, "beat").replace("/", ".")
    with everything_heard(gateway) as heard:
        for topic in (
            topics.down(victim.device), topics.up(victim.device, "beat"), topics.up(victim.device, "ack"),
            topics.up(victim.device, "bye"), topics.down(mai.device), "all/down", "area/04498/down", "area/04531/down",
            topics.up(thief.device, "anything"), f"d/{thief.device}/down", "loa/gateway/hold", "loa/gateway/active",
            "loa/gateway/login", "$JS/API/STREAM/LIST", "$JS/API/STREAM/DELETE/$MQTT_sess", "$SYS/REQ/SERVER/PING",
            "_INBOX/x", "$MQTT/sub/x", "$MQTT/msgs/x",
        ):  # fmt: skip
            thief.publish(topic, b"evil")
            thief._socket.sendall(with_retain(topic))
            thief._socket.sendall(at_qos_1(topic))
        thief.beat()
        wait_until(lambda: own in heard)  # what it published before would have been heard before
    strange = {
        subject for subject in heard if subject.startswith(("d.", "all", "area", "loa.gateway.l", "loa.gateway.h"))
    }
    assert strange == {own}
    assert victim.heard_by_now() == mai.heard_by_now() == []


def with_retain(topic: str) -> bytes:
    return codec.publish(topic, b"evil", retain=True)


def at_qos_1(topic: str) -> bytes:
    return codec.packet(codec.PUBLISH, 0b0010, codec.text(topic) + struct.pack(">H", 9) + b"evil")


def test_nothing_that_it_leaves_behind_is_told_to_those_who_come_later(
    gateway: RunningGateway, thief: SimulatedDevice
) -> None:
    thief.come()
    late = gateway.hang_device(f"spk-{secrets.token_hex(4)}")
    for topic in (topics.down(late.device), "all/down", "area/04531/down"):
        thief._socket.sendall(with_retain(topic))
    thief.hello()
    late.come()
    assert late.heard_by_now() == []


def connect_with_will(device: SimulatedDevice, topic: str) -> bytes:
    """CONNECT (3.1) that leaves a retained last will."""
    body = codec.text("MQTT") + bytes([4, 0b1110_0110]) + struct.pack(">H", 60)
    for part in (device.device, topic, "evil", device.device, device.token()):
        body += codec.text(part)
    return codec.packet(codec.CONNECT, 0, body)


@pytest.mark.parametrize("whose", ["victim", "all"])
def test_its_last_will_is_not_carried_out(
    gateway: RunningGateway, thief: SimulatedDevice, victim: SimulatedDevice, whose: str
) -> None:
    topic = topics.down(victim.device) if whose == "victim" else "all/down"
    thief._socket.sendall(connect_with_will(thief, topic))
    assert codec.read_connack(thief._next()) in (0, 5)
    thief.hang_up()
    assert victim.silent(0.4)  # nobody tells when a will would have been carried out
    assert victim.heard_by_now() == []


def test_flood_and_too_large_messages_cost_only_its_own_connection(
    gateway: RunningGateway, thief: SimulatedDevice, victim: SimulatedDevice
) -> None:
    thief.come()
    thief.publish(topics.up(thief.device, "beat"), b"x" * 200_000)
    assert thief.closed()
    before = gateway.do(lambda: (gateway.hub.inbound.flooded, gateway.hub.beats.received))
    again = SimulatedDevice(gateway.engine.listen.mqtt, thief.device, thief._seed, "04531").come()
    began = time.monotonic()
    with suppress(ConnectionError):  # it may be thrown out in the middle of it
        for number in range(1_000):
            again.beat(uptime=number)
    assert again.closed()
    assert gateway.do(lambda: gateway.hub.inbound.flooded) > before[0]
    taken = gateway.do(lambda: gateway.hub.beats.received) - before[1]
    assert 0 < taken <= 301 + 10 * (time.monotonic() - began), "of what it may say in this time"
    assert alive(gateway, victim)


def test_packet_that_announces_a_quarter_of_a_gigabyte_is_not_waited_for(
    gateway: RunningGateway, thief: SimulatedDevice, victim: SimulatedDevice
) -> None:
    thief.come()
    thief._socket.sendall(b"\x30\xff\xff\xff\x7f" + b"x" * 1_000)
    assert alive(gateway, victim)
    stranger = Client(gateway.engine.listen.mqtt)
    stranger._socket.sendall(b"\x10\xff\xff\xff\x7f" + b"x" * 1_000)
    assert alive(gateway, victim)


def test_ten_thousand_subscriptions_are_refused_or_end_the_connection(
    gateway: RunningGateway, thief: SimulatedDevice, victim: SimulatedDevice
) -> None:
    assert thief.login(thief.device, thief.device, thief.token()) == 0
    try:
        for start in range(0, 10_000, 500):
            codes = thief.subscribe(*(f"d/{thief.device}/down/{number}" for number in range(start, start + 500)))
            assert set(codes) == {REFUSED}
    except Closed:
        pass
    assert alive(gateway, victim)


def test_reader_that_does_not_read_holds_nobody_up(
    gateway: RunningGateway, thief: SimulatedDevice, victim: SimulatedDevice
) -> None:
    """The engine keeps at most 64 MB for it, then lets it go."""
    thief.come()
    payload = b"x" * 900_000

    async def flood() -> None:
        for _ in range(100):
            await gateway.hub.engine.publish_raw(topics.down(thief.device).replace("/", "."), payload)
            await asyncio.sleep(0)

    gateway.wait_for(flood())
    assert alive(gateway, victim)
    wait_until(lambda: not gateway.hub.presence._tracks[thief.device].connected)


def test_copy_with_the_same_key_takes_the_place_and_never_stands_beside_it(
    gateway: RunningGateway, thief: SimulatedDevice
) -> None:
    thief.come()
    copy = SimulatedDevice(gateway.engine.listen.mqtt, thief.device, thief._seed, "04531").come()
    assert thief.closed()
    assert alive(gateway, copy)


def test_revoked_device_that_is_connected_by_websocket_is_thrown_out(
    gateway: RunningGateway, thief: SimulatedDevice
) -> None:
    by_websocket(gateway, thief).come()
    member = gateway.hub.world.members[thief.device]
    gateway.do(lambda: gateway.hub.learning.learn(msgspec.structs.replace(member, state="revoked", public="")))
    assert thief.closed()
    assert Client(gateway.engine.listen.mqtt).login(thief.device, thief.device, thief.token()) == 5
