"""Who gets into the message engine, and what a hostile device can do there: nothing that is not its own."""

import json
import secrets
import socket
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from devicelink import tokens
from devicelink.refusals import Refused

from loa.gateway import auth
from loa.gateway.auth import LOGINS_AT_ONCE, authorise
from loa.gateway.engine import Advisory, Place
from loa.gateway.hub import Hub
from loa.gateway.logins import Logins
from loa.gateway.tests.conftest import NEIGHBOUR, RunningGateway, elsewhere, wait_until
from loa.gateway.tests.mqtt import PATIENCE_S, Client, Closed, SimulatedDevice
from loa.kernel.clock import now

REFUSED = 0x80


@pytest.fixture
def device(gateway: RunningGateway) -> SimulatedDevice:
    return gateway.hang_device(f"spk-{secrets.token_hex(4)}")


def test_honest_device_gets_in_and_hears_its_own_topics(device: SimulatedDevice) -> None:
    device.come()


def test_foreign_topics_are_refused_one_by_one(gateway: RunningGateway, device: SimulatedDevice) -> None:
    assert device.login(device.device, device.device, device.token()) == 0
    other = gateway.hang_device("spk-other")
    filters = (
        f"d/{device.device}/down",
        f"d/{other.device}/down",
        "d/+/down",
        "#",
        "area/04498/down",
        "area/+/down",
        f"d/{device.device}/up/#",
        f"d/{other.device}/up/beat",
        "$SYS/#",
        "$MQTT/#",
        "loa/#",
    )
    assert device.subscribe(*filters) == (0, *(REFUSED,) * 10)


def test_device_of_the_neighbour_commune_does_not_hear_ours(gateway: RunningGateway) -> None:
    mai = gateway.hang_device("spk-tran-yen", path=NEIGHBOUR)
    assert mai.login(mai.device, mai.device, mai.token()) == 0
    assert mai.subscribe("area/04498/down", "area/04531/down") == (0, REFUSED)


def test_claimed_but_not_placed_device_hears_no_commune(gateway: RunningGateway) -> None:
    fresh = gateway.hang_device("spk-fresh", state="claimed")
    assert fresh.login(fresh.device, fresh.device, fresh.token()) == 0
    assert fresh.subscribe("d/spk-fresh/down", "all/down", "area/04531/down") == (0, 0, REFUSED)


def test_forbidden_publish_reaches_nobody(gateway: RunningGateway, device: SimulatedDevice) -> None:
    victim = gateway.hang_device("spk-victim").come()
    device.come()
    for topic in ("d/spk-victim/down", "all/down", "area/04531/down", "d/spk-victim/up/beat", "loa/gateway/hold"):
        device.publish(topic, b"evil")
    gateway.takes_beat(device)  # so the engine has seen all of it
    assert victim.heard_by_now() == []
    assert gateway.do(lambda: gateway.hub.beats.last("spk-victim")) is None


def test_beat_in_another_name_is_not_believed(gateway: RunningGateway, device: SimulatedDevice) -> None:
    gateway.hang_device("spk-liar-target")
    device.come()
    before = gateway.do(lambda: gateway.hub.beats.refused)
    device.publish(
        f"d/{device.device}/up/beat", b'{"device":"spk-liar-target","at":1,"boot":"b","uptime":1,"agent":"","volume":1}'
    )
    gateway.takes_beat(device)
    assert gateway.do(lambda: gateway.hub.beats.last("spk-liar-target")) is None
    assert gateway.do(lambda: gateway.hub.beats.refused) == before + 1


def test_client_id_must_be_the_device_id(gateway: RunningGateway, device: SimulatedDevice) -> None:
    assert device.login("spk-somebody", device.device, device.token()) == 5


def test_token_of_another_device_does_not_open(gateway: RunningGateway, device: SimulatedDevice) -> None:
    gateway.hang_device("spk-mine")
    assert device.login("spk-mine", "spk-mine", device.token()) == 5


@pytest.mark.parametrize("name", ["*", ">", "spk.1", "spk-1.>", "d/1", "a" * 65, "$SYS"])
def test_ids_that_would_widen_a_subject_are_refused(gateway: RunningGateway, name: str) -> None:
    client = Client(gateway.engine.listen.mqtt)
    assert client.login(name, name, "x.y.z") in (2, 5)  # 2: the engine itself dislikes the client id


def test_stale_tokens_and_those_for_another_door_are_refused(gateway: RunningGateway, device: SimulatedDevice) -> None:
    def code(token: str) -> int:
        return Client(gateway.engine.listen.mqtt).login(device.device, device.device, token)

    assert code(device.token(age_ms=7 * 60_000)) == 5
    assert code(device.token(age_ms=-3 * 60_000)) == 5
    assert code(device.token(audience=tokens.GATEWAY)) == 5
    assert (
        code(tokens.make(device.device, tokens.ENGINE, seed=secrets.token_bytes(32), now=int(time.time() * 1000))) == 5
    )
    assert code("") == 5
    assert code("not a token") == 5


def test_token_that_was_overheard_does_not_throw_its_device_out(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    token = device.token()
    assert device.login(device.device, device.device, token) == 0
    for _ in range(3):
        assert Client(gateway.engine.listen.mqtt).login(device.device, device.device, token) == 5
    assert set(device.subscribe(f"d/{device.device}/down")) == {0}, "it is still there"
    assert device.hello()["nonce"] == "nonce-0123456789"


def test_token_that_was_refused_for_its_client_id_is_not_used_up(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    """Else a stranger who guesses a device's number could keep it out."""
    token = device.token()
    assert Client(gateway.engine.listen.mqtt).login("spk-somebody", device.device, token) == 5
    assert device.login(device.device, device.device, token) == 0


def is_spent(hub: Hub, token: str) -> bool:
    return any(tokens.mark(token) in marks for marks in hub.logins._spans.values())


def test_spent_token_is_known_at_the_other_gateway_and_after_a_kill(
    gateway: RunningGateway, device: SimulatedDevice, tmp_path: Path
) -> None:
    at = int(time.time())
    with RunningGateway(elsewhere(gateway.env, gateway_state=tmp_path), gateway.engine, gateway.platform) as second:
        second.do(lambda: second.hub.world.put(gateway.hub.world.members[device.device]))
        token = device.token()
        device.login(device.device, device.device, token)
        for hub in (gateway.hub, second.hub):  # either may have been asked
            wait_until(partial(is_spent, hub, token))
        for hub in (gateway.hub, second.hub):
            with pytest.raises(Refused, match="duplicate"):
                authorise(hub.world, device.device, token, device.device, now(), hub.logins.spend)
    started_again = Logins(tmp_path / "logins")
    assert not started_again.spend(tokens.mark(token), at + 300, at)


def test_device_that_logs_in_without_end_is_slowed(
    gateway: RunningGateway, device: SimulatedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine itself slows who takes over from themselves again and again; this bounds what is remembered."""
    name, world, spend = device.device, gateway.hub.world, gateway.hub.responder.spend_for(device.device)
    monkeypatch.setattr(auth, "time", SimpleNamespace(monotonic=lambda: 0.0))
    for _ in range(LOGINS_AT_ONCE):
        authorise(world, name, device.token(), name, now(), spend)
    with pytest.raises(Refused, match="too often"):
        authorise(world, name, device.token(), name, now(), spend)


def test_name_of_a_service_as_user_name_does_not_help(gateway: RunningGateway) -> None:
    for name in gateway.engine.public_keys.values():
        assert Client(gateway.engine.listen.mqtt).login(name, name, "x") == 5


def test_device_credentials_on_the_plain_port_are_refused(gateway: RunningGateway, device: SimulatedDevice) -> None:
    with (
        socket.create_connection(("127.0.0.1", gateway.engine.listen.nats), PATIENCE_S) as plain,
        plain.makefile("rb") as said,
    ):
        assert said.readline().startswith(b"INFO")
        login = {"user": device.device, "pass": device.token(), "verbose": False, "protocol": 1}
        plain.sendall(b"CONNECT " + json.dumps(login).encode() + b"\r\nPING\r\n")
        assert b"Authorization Violation" in said.readline()


def kick(gateway: RunningGateway, device: SimulatedDevice) -> None:
    """End its connection; an engine that is too busy to answer is asked again, as the product does."""
    wait_until(lambda: gateway.wait_for(gateway.hub.engine.kick(device.device, began_before=now())))


def test_revoked_device_is_thrown_out_at_once_and_stays_out(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.come()
    member = gateway.do(lambda: gateway.hub.world.members[device.device])
    gateway.do(lambda: gateway.hub.world.put(msgspec.structs.replace(member, state="revoked", public="")))
    kick(gateway, device)
    assert device.closed()
    assert Client(gateway.engine.listen.mqtt).login(device.device, device.device, device.token()) == 5


def test_device_is_found_and_thrown_out_when_the_gateway_forgot_where_it_is(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    device.come()
    wait_until(lambda: device.device in gateway.hub.engine.places)
    gateway.do(gateway.hub.engine.places.clear)
    kick(gateway, device)
    assert device.closed()


def test_device_that_came_back_unnoticed_is_thrown_out_from_where_it_is_now(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    """Word of a connection may come later than what is said over it."""
    device.come()
    wait_until(lambda: device.device in gateway.hub.engine.places)
    here = gateway.hub.engine.places[device.device]
    before = Place(here.server, here.cid + 1_000_000, here.since)
    gateway.do(lambda: gateway.hub.engine.places.update({device.device: before}))
    kick(gateway, device)
    assert device.closed()


def test_second_login_takes_over_and_the_device_stays_online(
    gateway: RunningGateway, device: SimulatedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, ended = gateway.hub.engine, list[int]()
    was_here = engine._was_here

    def noted(advisory: Advisory) -> bool:
        ended.append(advisory.client.id)
        return was_here(advisory)

    monkeypatch.setattr(engine, "_was_here", noted)
    device.come()
    wait_until(lambda: device.device in engine.places)
    before = engine.places[device.device]
    again = SimulatedDevice(gateway.engine.listen.mqtt, device.device, device._seed, "04531").come()
    assert device.closed()
    again.hello()
    wait_until(lambda: before.cid in ended and engine.places.get(device.device, before) != before)
    assert gateway.do(lambda: gateway.hub.presence._tracks[device.device].connected)
    assert gateway.do(lambda: gateway.hub.presence.is_online(device.device))


def test_login_works_while_postgresql_is_down(gateway: RunningGateway, device: SimulatedDevice) -> None:
    assert not gateway.hub.leader.database_up
    device.come()
    assert device.hello()["nonce"] == "nonce-0123456789"


def test_closed_connection_is_an_error_not_a_hang(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.come()
    kick(gateway, device)
    with pytest.raises(Closed):
        device.message()
