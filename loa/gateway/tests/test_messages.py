"""Hello and welcome, messages until acknowledged, hints: with a real engine and PostgreSQL down."""

import json
import secrets
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from devicelink import jws
from devicelink.audience import named
from devicelink.freshness import Clock, MemoryLedger
from devicelink.keyring import Keyring, Verifier
from devicelink.messages import Ack, Audience, Bye, Hello, Revisions, Welcome

from loa.devices.rules.condition import ONLINE, Cause, Condition, State
from loa.gateway.engine import Place
from loa.gateway.limits import Limit
from loa.gateway.outbox import Delivery
from loa.gateway.tests.conftest import COMMUNE, NEIGHBOUR, RunningGateway, wait_until
from loa.gateway.tests.mqtt import PATIENCE_S, SimulatedDevice
from loa.kernel.clock import now


@pytest.fixture
def device(gateway: RunningGateway) -> SimulatedDevice:
    return gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()


def state_of(gateway: RunningGateway, device: SimulatedDevice) -> tuple[State, Cause] | None:
    shown = gateway.do(lambda: gateway.hub.presence.shown(device.device))
    return (shown[0].state, shown[0].cause) if shown else None


def deliver(gateway: RunningGateway, device: SimulatedDevice, of: str) -> None:
    """Put a message for one device on its way."""
    topic = f"d/{device.device}/down"
    delivery = Delivery(of, topic, f"eyJ0eXAiOiJ4In0.{of}.x", now() + timedelta(hours=1), {device.device})
    gateway.do(lambda: gateway.hub.outbox.add(delivery))


def is_open(gateway: RunningGateway, of: str) -> bool:
    return gateway.do(lambda: of in gateway.hub.outbox._open)


def here(gateway: RunningGateway, device: SimulatedDevice) -> None:
    """It has said hello, and word of its connection, which comes another way, is there too."""
    device.hello()
    wait_until(lambda: device.device in gateway.hub.engine.places)


def states_told(gateway: RunningGateway, device: SimulatedDevice) -> list[str]:
    """What pages were told of this device, from the beginning."""
    events = gateway.do(lambda: [e for e in gateway.hub.feed._memory if e.kind == "device.state"])
    facts = (json.loads(event.facts) for event in events)
    return [told["cause"] for told in facts if told["id"] == device.device]


def heard(device: SimulatedDevice, of: str, *, within: float = PATIENCE_S) -> bytes:
    """The message itself, the next time it comes; what others are told on shared topics is passed over."""
    end = time.monotonic() + within
    while True:
        payload = device.message(max(0.01, end - time.monotonic())).payload
        if of.encode() in payload:
            return payload


def ack(device: SimulatedDevice, of: str, code: str = "ok") -> None:
    device.say(Ack(device=device.device, of=of, code=code, at=int(time.time() * 1000)))


def test_welcome_tells_time_and_revisions_and_a_device_believes_it(gateway: RunningGateway) -> None:
    device = gateway.hang_device(f"spk-{secrets.token_hex(4)}", plan_set="ps-welcome").come()
    gateway.file("placement", f"device/{device.device}", 11)
    gateway.file("plan", "plan_set/ps-welcome", 22)
    device.say(Hello(device=device.device, nonce="n" * 22, boot="b", versions=(1,), agent="t", revisions=Revisions()))
    token = device.signed("welcome")
    verifier = Verifier(root="", device=device.device, ledger=MemoryLedger())
    verifier.keyring = Keyring.of(gateway.hub.world.keyset())  # type: ignore[arg-type]
    welcome = verifier.verify(token, Welcome, clock=Clock(now=0, bound=-1), nonce="n" * 22).message
    assert abs(welcome.time - time.time() * 1000) < 2_000
    assert (welcome.revisions.placement, welcome.revisions.plan, welcome.revisions.volume) == (11, 22, 0)
    assert welcome.revisions.keyset > 0


def test_hello_in_another_name_or_version_is_not_answered(gateway: RunningGateway, device: SimulatedDevice) -> None:
    quiet = gateway.hang_device("spk-quiet").come()
    facts = {"nonce": "n" * 22, "boot": "b", "agent": "t", "revisions": Revisions()}
    device.publish(
        f"d/{device.device}/up/hello",
        b'{"device":"spk-quiet","nonce":"nnnnnnnnnn","boot":"b","versions":[1],"agent":"t","revisions":{}}',
    )
    device.say(Hello(device=device.device, versions=(99,), **facts))  # type: ignore[arg-type]
    for one in (device, quiet):
        assert [payload for payload in one.heard_by_now() if jws.parse(payload).header.typ == "welcome"] == []


def test_flood_of_hellos_is_not_answered_for_ever(
    gateway: RunningGateway, device: SimulatedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = gateway.hub.inbound._hello_limit
    tried: list[bool] = []

    def counted(name: str, moment: float) -> bool:
        tried.append(Limit.allows(spoken, name, 0.0))
        return tried[-1]

    monkeypatch.setattr(spoken, "allows", counted)
    facts = {"boot": "b", "versions": (1,), "agent": "t", "revisions": Revisions()}
    nonces = [f"{number:022}" for number in range(20)]
    for nonce in nonces:
        device.say(Hello(device=device.device, nonce=nonce, **facts))  # type: ignore[arg-type]
    assert {device.document("welcome")[1]["nonce"] for _ in range(4)} == set(nonces[:4])
    wait_until(lambda: len(tried) == 20)
    assert tried == [True] * 4 + [False] * 16


def test_junk_from_a_device_harms_nobody(gateway: RunningGateway, device: SimulatedDevice) -> None:
    typs = ("hello", "beat", "ack", "bye")
    for typ in typs:
        for junk in (b"", b"\xff\xfe", b'{"device":"\xff"}', b'{"device":1}', b"null"):
            device.publish(f"d/{device.device}/up/{typ}", junk)
    with suppress(ConnectionError):  # who sends so much is thrown out
        for typ in typs:
            device.publish(f"d/{device.device}/up/{typ}", b"[" * 50_000)
    assert gateway.hang_device("spk-unharmed").come().hello()["audience"] == {"device": "spk-unharmed"}
    assert gateway.request("GET", "/healthz")[0] == 200


def test_message_is_sent_again_until_it_is_acknowledged(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.hello()
    deliver(gateway, device, "command:a1")
    assert heard(device, "command:a1") == heard(device, "command:a1"), "the same message, once more"
    ack(device, "command:a1")
    wait_until(lambda: not is_open(gateway, "command:a1"))
    assert b"command:a1" not in b"".join(device.heard_by_now())
    assert gateway.do(lambda: gateway.hub.outbox.due(now() + timedelta(days=1))) == []


def test_message_waits_for_a_device_that_was_away(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.hang_up()
    deliver(gateway, device, "command:a2")
    wait_until(lambda: gateway.do(lambda: gateway.hub.outbox._open["command:a2"].tries) > 0)
    back = SimulatedDevice(gateway.engine.listen.mqtt, device.device, device._seed, "04531").come()
    back.hello()
    assert heard(back, "command:a2")


def test_refusal_ends_the_sending_unless_it_will_pass(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.hello()
    deliver(gateway, device, "command:a3")
    assert heard(device, "command:a3")
    ack(device, "command:a3", "no_valid_time")
    assert heard(device, "command:a3")
    ack(device, "command:a3", "wrong_audience")
    wait_until(lambda: not is_open(gateway, "command:a3"))


def test_expired_message_is_given_up(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.hello()
    deliver(gateway, device, "command:a4")
    assert heard(device, "command:a4")
    gateway.do(lambda: setattr(gateway.hub.outbox._open["command:a4"], "expires", now()))
    wait_until(lambda: not is_open(gateway, "command:a4"))


def test_acknowledgement_of_another_device_does_not_count(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.hello()
    stranger = gateway.hang_device("spk-stranger").come()
    deliver(gateway, device, "command:a5")
    assert heard(device, "command:a5")
    ack(stranger, "command:a5")
    for code in ("ok", "bad_signature"):
        said = {"device": device.device, "of": "command:a5", "code": code, "at": 1}
        stranger.publish(f"d/{stranger.device}/up/ack", json.dumps(said).encode())
    ack(stranger, "command:a5", "malformed")  # is read after them
    told = (stranger.device, "malformed", "command")
    wait_until(lambda: gateway.do(lambda: told in gateway.hub.refused._told))
    assert heard(device, "command:a5")
    assert not gateway.do(lambda: [key for key in gateway.hub.refused._told if key[0] == device.device])
    assert gateway.do(lambda: gateway.hub.outbox._open["command:a5"].applied) == 0


def test_goodbye_in_the_name_of_another_means_nothing(gateway: RunningGateway, device: SimulatedDevice) -> None:
    here(gateway, device)
    device.publish(f"d/{device.device}/up/bye", b'{"device":"spk-somebody","at":1,"cause":"power_lost"}')
    device.say(Bye(device=device.device, at=1, cause="stopping"))  # is read after it
    wait_until(lambda: state_of(gateway, device) == (State.STOPPED, Cause.CLEAN_STOP))
    assert states_told(gateway, device) == [Cause.CONNECTED, Cause.CLEAN_STOP]
    assert gateway.do(lambda: gateway.hub.presence.shown("spk-somebody")) is None


def test_new_document_is_hinted_on_the_topic_of_the_commune(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.hello()
    other = gateway.hang_device("spk-neighbour", path=NEIGHBOUR, plan_set="ps-2").come()
    other.hello()
    gateway.file("plan", "plan_set/ps-1", 2_000)

    def hint() -> None:
        gateway.hub.world.plan_set_areas["ps-1"] = COMMUNE
        gateway.hub.hints.tell(gateway.hub.world.papers[("plan", "plan_set/ps-1")])

    gateway.do(hint)
    _, told = device.document("changed", document="plan")
    assert told["revision"] == 2_000
    assert named(Audience(**told["audience"])) == ("plan_set", "ps-1")
    assert other.heard_by_now() == []


def test_silence_has_a_cause(gateway: RunningGateway) -> None:
    link = gateway.hang_device("spk-link").come()
    power = gateway.hang_device("spk-power").come()
    closed = gateway.hang_device("spk-closed").come()
    for device in (link, power, closed):
        here(gateway, device)
    power.say(Bye(device="spk-power", at=1, cause="power_lost"))
    closed.say(Bye(device="spk-closed", at=1, cause="stopping"))
    for device in (link, power, closed):
        device.hang_up()
    wait_until(lambda: state_of(gateway, power) == (State.SILENT, Cause.POWER_LOST))
    wait_until(lambda: state_of(gateway, closed) == (State.STOPPED, Cause.CLEAN_STOP))
    wait_until(lambda: gateway.do(lambda: gateway.hub.presence._tracks[link.device].closed_at) is not None)
    assert shown_after(gateway, link, 19) == ONLINE, "a lost link gets time to come back"
    assert shown_after(gateway, link, 21).cause == Cause.SILENT_LINK


def shown_after(gateway: RunningGateway, device: SimulatedDevice, seconds: float) -> Condition:
    """What it is taken for so long after its connection was closed."""

    def look() -> Condition:
        presence = gateway.hub.presence
        closed_at = presence._tracks[device.device].closed_at
        assert closed_at is not None
        presence.tick(closed_at + timedelta(seconds=seconds))
        shown = presence.shown(device.device)
        assert shown is not None
        return shown[0]

    return gateway.do(look)


def test_device_that_comes_back_after_a_power_cut_is_online(gateway: RunningGateway, device: SimulatedDevice) -> None:
    here(gateway, device)
    device.say(Bye(device=device.device, at=1, cause="power_lost"))
    wait_until(lambda: state_of(gateway, device) == (State.SILENT, Cause.POWER_LOST))
    device.hang_up()
    SimulatedDevice(gateway.engine.listen.mqtt, device.device, device._seed, "04531").come().hello()
    wait_until(lambda: state_of(gateway, device) == (State.ONLINE, Cause.CONNECTED))


def test_signed_welcome_carries_no_more_than_a_device_needs(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.say(Hello(device=device.device, nonce="m" * 22, boot="b", versions=(1,), agent="t", revisions=Revisions()))
    envelope = jws.parse(device.signed("welcome"))
    assert envelope.header.kid.startswith("time-")
    assert len(envelope.payload) < 1_000


def test_a_server_of_the_engine_that_is_no_more_holds_up_nothing(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    """A broken loudspeaker is given up after the engine was restarted: nobody answers for its old connection."""
    device.hello()
    hub = gateway.hub
    gateway.do(lambda: hub.engine.places.update({"spk-broken": Place("N" + "A" * 55, 7)}))
    gateway.do(lambda: hub.expelled.add("spk-broken"))
    deliver(gateway, device, "command:a6")
    assert heard(device, "command:a6") == heard(device, "command:a6"), "the same message, once more"
    wait_until(lambda: not hub.expelled._void)
    assert "spk-broken" not in hub.engine.places
