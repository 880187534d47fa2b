"""Hoàng Thị Lan stops all loudspeakers of Quy Mông while the database is down."""

import json
import secrets
import time
from typing import Any

import pytest
from devicelink import jws

from loa.devices import tickets
from loa.devices.actions.holding import HoldEntry
from loa.gateway.tests.conftest import COMMUNE, NEIGHBOUR, RunningGateway, elsewhere, wait_until
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.gateway.tests.test_events import page

HOUR_MS = 3_600_000


@pytest.fixture
def device(gateway: RunningGateway) -> SimulatedDevice:
    return gateway.hang_device(f"spk-{secrets.token_hex(4)}", path=f"{COMMUNE}.h5").come()


def post(gateway: RunningGateway, path: str, token: str, **body: Any) -> tuple[int, dict[str, Any]]:
    status, _, answer = gateway.request("POST", path, token=token, body=body)
    return status, json.loads(answer)


def stop(
    gateway: RunningGateway, area: str = COMMUNE, *, hours: float = 1, token: str = ""
) -> tuple[int, dict[str, Any]]:
    until = round(time.time() * 1000 + hours * HOUR_MS)
    return post(gateway, "/edge/stop", token or gateway.ticket(), audience={"area": area}, until=until, reason="mưa to")


def test_stop_reaches_the_loudspeaker_and_the_welcome_of_those_that_come_back(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    device.hello()
    status, told = stop(gateway)
    assert (status, told["by"]) == (200, "Hoàng Thị Lan")
    assert told["devices"] >= 1
    _, hold = device.document("hold", revision=told["revision"])
    assert (hold["audience"], hold["until"], hold["by"]) == ({"area": COMMUNE}, told["until"], "Hoàng Thị Lan")
    late = gateway.hang_device("spk-late").come()
    assert [hold["revision"] for hold in holds_of_the_commune(late)] == [told["revision"]]


def holds_of_the_commune(device: SimulatedDevice) -> list[dict[str, Any]]:
    """Those that it is welcomed with."""
    holds = [json.loads(jws.parse(token).payload) for token in device.hello()["holds"]]
    return [hold for hold in holds if hold["audience"] == {"area": COMMUNE}]


def test_release_is_a_newer_revision_and_also_reaches_those_that_were_away(
    gateway: RunningGateway, device: SimulatedDevice
) -> None:
    _, stopped = stop(gateway)
    status, told = post(gateway, "/edge/resume", gateway.ticket(), audience={"area": COMMUNE})
    assert (status, told["until"]) == (200, 0)
    assert told["revision"] > stopped["revision"]
    assert [(hold["until"], hold["revision"]) for hold in holds_of_the_commune(device)] == [(0, told["revision"])]


def recorded(gateway: RunningGateway, told: dict[str, Any]) -> HoldEntry | None:
    """This stop, as it was copied to the database."""
    return next((entry for entry in gateway.platform.recorded if entry.revision == told["revision"]), None)


def test_it_is_on_disk_before_the_answer_and_in_the_record_once_the_database_is_back(gateway: RunningGateway) -> None:
    gateway.platform.away = True
    _, told = stop(gateway)
    text = (gateway.env.gateway_state / "holds.journal").read_text()
    assert f'"revision":{told["revision"]}' in text
    assert recorded(gateway, told) is None
    gateway.platform.away = False
    wait_until(lambda: recorded(gateway, told) is not None)
    entry = recorded(gateway, told)
    assert entry is not None
    assert (entry.name, entry.reason, entry.area) == ("Hoàng Thị Lan", "mưa to", COMMUNE)
    wait_until(lambda: not gateway.hub.holds.waiting())


def test_pages_hear_of_it_again_when_the_database_knows(gateway: RunningGateway) -> None:
    """Who asks the database at the first word is told of no stop: it is copied a moment later."""
    with page(gateway) as open_page:
        _, told = stop(gateway)
        while (event := open_page.event())["kind"] != "hold.held" or event["facts"]["revision"] != told["revision"]:
            """Of something else."""
        while open_page.event()["kind"] != "hold.copied" or recorded(gateway, told) is None:
            """Of something else, or of the stop of another story."""
    wait_until(lambda: not gateway.hub.holds.waiting())


def test_what_the_database_will_never_take_keeps_no_later_stop_out_of_the_record(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = gateway.platform.record_hold

    def spoilt(entry: HoldEntry) -> None:
        if entry.reason == "hỏng":
            raise ValueError("a string with a zero")
        take(entry)

    monkeypatch.setattr(gateway.hub.stops, "_record", spoilt)
    until = round(time.time() * 1000 + HOUR_MS)
    facts = {"audience": {"area": COMMUNE}, "until": until}
    post(gateway, "/edge/stop", gateway.ticket(), **facts, reason="hỏng")
    _, later = post(gateway, "/edge/stop", gateway.ticket(), **facts, reason="mưa\x00 to")
    wait_until(lambda: recorded(gateway, later) is not None)
    entry = recorded(gateway, later)
    assert entry is not None
    assert entry.reason == "mưa to"
    wait_until(lambda: [entry.reason for entry in gateway.hub.holds.waiting()] == ["hỏng"])


def test_an_area_that_cannot_be_is_none(gateway: RunningGateway) -> None:
    assert stop(gateway, f"{COMMUNE}.x/../#")[0] == 404


def test_neighbour_does_not_stop_ours_and_learns_nothing(gateway: RunningGateway, device: SimulatedDevice) -> None:
    mai = gateway.ticket(NEIGHBOUR, name="Hà Thị Mai", user=2)
    assert stop(gateway, token=mai)[0] == 404
    assert stop(gateway, "vn.15", token=mai)[0] == 404
    until = round(time.time() * 1000 + HOUR_MS)
    for audience in ({"device": device.device}, {"device": "spk-none"}, {"group": "grp-1"}, {"plan_set": "ps-1"}):
        assert post(gateway, "/edge/stop", mai, audience=audience, until=until)[0] == 404


def test_viewer_sees_but_does_not_stop(gateway: RunningGateway) -> None:
    status, told = stop(gateway, token=gateway.ticket(may=("view",)))
    assert (status, told["code"]) == (403, "denied")


def test_province_stops_the_commune(gateway: RunningGateway, device: SimulatedDevice) -> None:
    device.hello()
    status, told = stop(gateway, "vn.15", token=gateway.ticket("vn.15"))
    assert status == 200
    assert device.document("hold", revision=told["revision"])[1]["audience"] == {"area": "vn.15"}
    assert post(gateway, "/edge/resume", gateway.ticket("vn.15"), audience={"area": "vn.15"})[0] == 200


@pytest.mark.parametrize(("hours", "code"), [(-1, "hold_over"), (25, "hold_too_long"), (1e15, "hold_until")])
def test_end_has_to_make_sense(gateway: RunningGateway, hours: float, code: str) -> None:
    status, told = stop(gateway, hours=hours)
    assert (status, told["code"]) == (422, code)


def test_forged_expired_and_missing_tickets(gateway: RunningGateway) -> None:
    good = gateway.ticket()
    payload, _, signature = good.partition(".")
    other = tickets.mint(
        seed=secrets.token_bytes(32), user=1, name="x", area="vn", role="officer", may=("hold.set",), now=_now()
    )
    from datetime import timedelta

    old = gateway.ticket(now=_now() - timedelta(hours=13))
    for token, code in (
        ("x", "ticket_malformed"),
        (f"{payload}.{signature[:-4]}AAAA", "ticket_forged"),
        (other, "ticket_forged"),
        (old, "ticket_expired"),
    ):
        status, told = stop(gateway, token=token)
        assert (status, told["code"]) == (403, code)
    assert gateway.request("POST", "/edge/stop", body={"audience": {"area": COMMUNE}, "until": 1})[0] == 403
    assert (
        gateway.request("POST", f"/edge/stop?ticket={good}", body={"audience": {"area": COMMUNE}, "until": 1})[0] == 403
    )


def _now() -> Any:
    from loa.kernel.clock import now

    return now()


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"audience":{},"until":1}', b'{"audience":{"area":5},"until":1}', b"x" * 5000]
)
def test_junk_is_answered_with_a_code(gateway: RunningGateway, body: bytes) -> None:
    status, _, answer = gateway.request("POST", "/edge/stop", token=gateway.ticket(user=77), body=body)
    assert 400 <= status < 500
    assert set(json.loads(answer)) == {"code", "detail"}


def test_only_our_own_pages_may_read_the_answer(gateway: RunningGateway) -> None:
    ours = {"Origin": "http://127.0.0.1:8000"}
    _, headers, _ = gateway.request("OPTIONS", "/edge/stop", headers=ours)
    assert headers["access-control-allow-origin"] == "http://127.0.0.1:8000"
    _, headers, _ = gateway.request("OPTIONS", "/edge/stop", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "events",
        "state",
        "listen/spk-1",
        "live/now",
        "alerts",
        "alerts/al-1",
        "alerts/al-1/confirm",
        "alerts/al-1/board",
    ],
)
def test_a_page_may_bring_its_ticket_to_every_door(gateway: RunningGateway, path: str) -> None:
    status, headers, _ = gateway.request("OPTIONS", f"/edge/{path}", headers={"Origin": "http://127.0.0.1:8000"})
    assert (status, headers.get("access-control-allow-origin")) == (204, "http://127.0.0.1:8000")


@pytest.mark.usefixtures("calm")
def test_second_gateway_knows_of_it_at_once(gateway: RunningGateway, device: SimulatedDevice) -> None:
    with RunningGateway(
        elsewhere(gateway.env, gateway_state=gateway.env.var / "second"), gateway.engine, gateway.platform
    ) as second:
        member = gateway.hub.world.members[device.device]
        second.do(lambda: second.hub.world.put(member))
        assert not second.hub.leader.active, "the first one is heard, so the second stands by"
        device.hello()
        status, told = stop(second)
        assert status == 200
        assert device.document("hold", revision=told["revision"])
        wait_until(lambda: getattr(gateway.hub.world.holds.get(f"area/{COMMUNE}"), "revision", 0) == told["revision"])
