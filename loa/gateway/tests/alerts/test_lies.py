"""Loudspeakers that lie, or give orders: no board changes by it, and nobody hears them."""

import json
import secrets

import msgspec
import pytest
from devicelink import topics
from devicelink.messages import Alert

from loa.gateway.tests.alerts.desk import Desk, alert
from loa.gateway.tests.conftest import COMMUNE, NEIGHBOUR, wait_until
from loa.gateway.tests.mqtt import Closed, SimulatedDevice


def lies(device: SimulatedDevice, flood: Alert, victim: str) -> dict[str, tuple[str, bytes]]:
    """What a loudspeaker might say that is not so: type and content."""
    of = f"alert:{flood.id}"
    heard = {"device": device.device, "of": of, "state": "sounding", "at": 1}
    ack = {"device": device.device, "of": of, "code": "ok", "at": 1}
    made: dict[str, tuple[str, object]] = {
        "heard in another's name": ("heard", heard | {"device": victim}),
        "ack in another's name": ("ack", ack | {"device": victim}),
        "heard of no alert": ("heard", heard | {"of": "alert:none"}),
        "heard of a cancel": ("heard", heard | {"of": f"cancel:{flood.id}"}),
        "heard of a session": ("heard", heard | {"of": f"session:{flood.id}"}),
        "ack of a cancel": ("ack", ack | {"of": f"cancel:{flood.id}"}),
        "ack of nothing": ("ack", ack | {"of": ""}),
        "a state that is none": ("heard", heard | {"state": "dancing"}),
        "no state": ("heard", {"device": device.device, "of": of, "at": 1}),
        "numbers as text": ("heard", heard | {"round": "many"}),
        "a number with a fraction": ("heard", heard | {"round": 1.5}),
        "a list": ("heard", []),
        "more than anybody says": ("heard", heard | {"reason": "x" * 20_000}),
    }
    told = {name: (typ, json.dumps(content).encode()) for name, (typ, content) in made.items()}
    return told | {"no JSON": ("heard", b"\xff{"), "nothing": ("heard", b"")}


LIES = (
    "heard in another's name", "ack in another's name", "heard of no alert", "heard of a cancel",
    "heard of a session", "ack of a cancel", "ack of nothing", "a state that is none", "no state", "numbers as text",
    "a number with a fraction", "a list", "more than anybody says", "no JSON", "nothing",
)  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_lie_of_a_loudspeaker_changes_no_board(desk: Desk, device: SimulatedDevice, name: str) -> None:
    flood = alert()
    desk.gateway.hang_device("spk-victim")
    desk.send(flood)
    typ, content = lies(device, flood, "spk-victim")[name]
    device.publish(topics.up(device.device, typ), content)
    if len(content) < 16_384:
        device.heard_by_now()
    counts = desk.counts(flood)
    assert (counts["received"], counts["sounded"], counts["silent"]) == (0, 0, 2)


@pytest.mark.parametrize("typ", ["alert", "cancel", "session", "voice", "live", "down"])
def test_loudspeaker_that_gives_orders_is_cut_off_and_nobody_hears_it(
    desk: Desk, device: SimulatedDevice, typ: str
) -> None:
    desk.send(flood := alert())
    _, own = device.document("alert")
    neighbour = desk.gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()
    neighbour.hello()
    stolen = msgspec.json.encode(own)
    for topic in (topics.up(device.device, typ), topics.area(COMMUNE.rpartition(".")[2]), topics.ALL):
        try:
            device.publish(topic, stolen)
        except (Closed, OSError):
            break
    assert neighbour.heard_by_now() == []
    assert desk.counts(flood)["sounded"] == 0


def test_what_was_meant_for_others_is_not_joined(desk: Desk) -> None:
    """A loudspeaker of another commune says that it sounds an alert of this one."""
    other = desk.gateway.hang_device("spk-elsewhere", path=NEIGHBOUR).come()
    flood = alert()
    desk.send(flood)
    other.publish(
        topics.up(other.device, "heard"),
        json.dumps({"device": other.device, "of": f"alert:{flood.id}", "state": "sounding", "at": 1}).encode(),
    )
    other.heard_by_now()
    assert desk.counts(flood)["expected"] == 0


def test_numbers_and_texts_of_a_loudspeaker_are_kept_small(desk: Desk, device: SimulatedDevice) -> None:
    flood = alert()
    desk.send(flood)
    facts = {"device": device.device, "of": f"alert:{flood.id}", "state": "silent", "at": 1, "round": -5,
             "missing": 10**9, "reason": "\x00" * 90, "target": "t" * 900}  # fmt: skip
    device.publish(topics.up(device.device, "heard"), json.dumps(facts).encode())
    wait_until(lambda: desk.counts(flood)["mute"] == 1)
    (row,) = desk.board(flood)["devices"]
    assert (row["missing"], row.get("round", 0), len(row["target"]), row.get("reason", "")) == (999, 0, 64, "")
