"""A loudspeaker that was stolen: revoked, it is refused by engine and platform, and no alert counts on it."""

import json
import secrets
import time

import msgspec
from devicelink import tokens, topics

from loa.gateway.tests.alerts.desk import Desk, alert
from loa.gateway.tests.mqtt import Client, Closed, SimulatedDevice
from loa.gateway.tests.test_login import kick


def revoke(desk: Desk, device: SimulatedDevice) -> None:
    """What the gateway does when it reads in the database that a key is revoked (`test_with_database.py`)."""
    world = desk.gateway.hub.world
    member = desk.gateway.do(lambda: world.members[device.device])
    desk.gateway.do(lambda: world.put(msgspec.structs.replace(member, state="revoked", public="")))
    kick(desk.gateway, device)


def test_a_stolen_loudspeaker_is_out_within_seconds_and_no_alert_waits_for_it(
    desk: Desk, device: SimulatedDevice
) -> None:
    """The order of events is what counts here; how long it took is printed."""
    gateway = desk.gateway
    other = gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()
    other.hello()
    began = time.monotonic()
    revoke(desk, device)
    assert device.closed()
    assert Client(gateway.engine.listen.mqtt).login(device.device, device.device, device.token()) == 5
    status, _, body = gateway.request("GET", "/device/plan", token=device.token(audience=tokens.GATEWAY))
    print(f"revoked: refused by engine and platform after {time.monotonic() - began:.2f} s")
    assert status == 401
    assert json.loads(body)["code"] in ("unknown_key", "revoked_key", "bad_signature")
    flood = alert()
    desk.send(flood)
    assert other.document("alert")[1]["id"] == flood.id
    assert desk.counts(flood)["expected"] == 1


def test_what_a_stolen_loudspeaker_recorded_reaches_no_other_when_it_is_sent_again(
    desk: Desk, device: SimulatedDevice
) -> None:
    """It keeps a real, signed alert and publishes it to everybody it knows of; the engine lets none of it through."""
    desk.send(flood := alert())
    kept = device.message().payload
    other = desk.gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()
    for topic in (topics.down(other.device), topics.ALL, "area/04531/down", "area/04498/down"):
        try:
            device.publish(topic, kept)
        except (Closed, OSError):
            break
    assert other.heard_by_now() == []
    assert desk.counts(flood)["sounded"] == 0
