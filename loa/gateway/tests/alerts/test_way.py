"""From Lan's wish to the loudspeaker and back, the database down all the while."""

import hashlib
import secrets
import time
from typing import Any

import pytest
from devicelink import voices
from devicelink.jws import decode64
from devicelink.messages import Ack, Audience, Bye, Circle, Heard, Point, Target, Voice, Where
from devicelink.refusals import Reason, Refused
from devicelink.signing import SignerUnavailable
from devicelink.vouching import challenge

from loa.alerts.wishes import Decline
from loa.gateway.alerts import parcels
from loa.gateway.tests.alerts.desk import AUTHOR, CONFIRMER, HOUR_MS, LAN, THANH, Desk, alert, cancel, now_ms, word
from loa.gateway.tests.conftest import COMMUNE, NEIGHBOUR, RunningGateway, elsewhere, wait_until
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.gateway.tests.test_events import page
from loa.gateway.tests.test_hostile import everything_heard


def put_voice(gateway: RunningGateway, sound: bytes = b"OggS" + b"x" * 900) -> Voice:
    """A voice in the media store."""
    name = hashlib.sha256(sound).hexdigest()
    (gateway.media / name).write_bytes(sound)
    return Voice(sha256=name, size=len(sound), duration=4_000)


def ack(device: SimulatedDevice, of: str, code: str = "ok") -> None:
    device.say(Ack(device=device.device, of=of, code=code, at=1))


def hear(device: SimulatedDevice, of: str, state: Any, **facts: Any) -> None:
    device.say(Heard(device=device.device, of=of, state=state, at=1, **facts))


def test_alert_goes_the_whole_way_and_its_voice_follows(desk: Desk, device: SimulatedDevice) -> None:
    voice = put_voice(desk.gateway)
    flood = alert(targets=(Target(id="chung", voices=(voice,)),))
    status, told = desk.propose(flood)
    assert (status, told) == (200, {"id": flood.id, "state": "waiting", "expected": 1})
    began = now_ms()
    assert desk.confirm(flood)[1] == {"id": flood.id, "state": "sent", "expected": 1}
    _, heard = device.document("alert")
    assert (heard["id"], heard["expires"] - heard["issued"]) == (flood.id, HOUR_MS)
    assert began <= heard["issued"] <= now_ms()
    assert voices.unpack(device.message().payload)[0] == voice.sha256
    ack(device, f"alert:{flood.id}")
    hear(device, f"alert:{flood.id}", "sounding", target="chung")
    wait_until(lambda: desk.counts(flood)["sounding"] == 1)
    hear(device, f"alert:{flood.id}", "ended")
    wait_until(lambda: desk.counts(flood)["ended"] == 1)
    counts = desk.counts(flood)
    assert (counts["expected"], counts["received"], counts["sounded"], counts["silent"]) == (1, 1, 1, 0)


def test_confirmer_reads_everything_and_is_given_a_challenge_for_exactly_that(desk: Desk) -> None:
    flood = alert()
    desk.propose(flood)
    status, told = desk.ask("GET", f"/edge/alerts/{flood.id}", user=THANH, may=CONFIRMER)
    assert (status, told["may_confirm"], told["author_name"]) == (200, True, "Hoàng Thị Lan")
    assert told["content"]["headline"] == flood.headline
    assert told["said"][0]["text"] == "Lũ quét đang về."
    asked = challenge(flood, part="confirmer", user=str(THANH), at=told["at"])
    assert decode64(told["challenge"]) == asked
    own = desk.ask("GET", f"/edge/alerts/{flood.id}", user=LAN, may=CONFIRMER)[1]
    assert (own["may_confirm"], "challenge" in own) == (False, False)


def test_author_is_given_a_challenge_with_which_the_wish_is_taken(desk: Desk) -> None:
    flood = alert()
    status, told = desk.ask("POST", "/edge/alerts/challenge", {"part": "author", "alert": flood})
    assert status == 200
    assert decode64(told["challenge"]) == challenge(flood, part="author", user=str(LAN), at=told["at"])
    assert desk.propose(flood, word=word(flood, "author", LAN, at=told["at"]))[0] == 200


def test_each_commune_hears_it_on_its_own_topic_and_never_everybody(desk: Desk, device: SimulatedDevice) -> None:
    gateway = desk.gateway
    other = gateway.hang_device(f"spk-{secrets.token_hex(4)}", path=NEIGHBOUR).come()
    storm = alert("vn.15", level="province")
    chief = Desk(gateway, "vn.15")
    with everything_heard(gateway) as subjects:
        chief.send(storm)
        assert device.document("alert")[1]["id"] == other.document("alert")[1]["id"] == storm.id
    codes = [path.rpartition(".")[2] for path in (COMMUNE, NEIGHBOUR)]
    sent = {subject for subject in subjects if subject.endswith(".down") and not subject.startswith("d.")}
    assert sent == {f"area.{code}.down" for code in codes}


def test_commune_beside_hears_nothing(desk: Desk, device: SimulatedDevice) -> None:
    other = desk.gateway.hang_device(f"spk-{secrets.token_hex(4)}", path=NEIGHBOUR).come()
    desk.send(alert())
    assert device.document("alert")
    assert other.heard_by_now() == []


def test_only_those_in_the_circle_are_expected(desk: Desk) -> None:
    for name, latitude in (("near", 21.70), ("far", 21.90), ("nowhere", None)):
        desk.gateway.hang_device(f"spk-{name}", latitude=latitude, longitude=104.80 if latitude else None)
    desk.gateway.hang_device("board-1", kind="board", latitude=21.70, longitude=104.80)
    centre = Point(latitude=21.701, longitude=104.801)
    flood = alert(targets=(Target(id="ven-song", where=Where(circles=(Circle(centre=centre, radius=2_000),))),))
    assert desk.propose(flood)[1]["expected"] == 1
    desk.confirm(flood)
    assert [row["device"] for row in desk.board(flood)["devices"]] == ["spk-near"]


def test_who_comes_back_is_welcomed_with_it_and_after_the_end_only_with_the_end(
    desk: Desk, device: SimulatedDevice
) -> None:
    flood = alert()
    desk.send(flood)
    late = desk.gateway.hang_device(f"spk-{secrets.token_hex(4)}").come()
    assert len(late.hello()["alerts"]) == 1
    ack(late, f"alert:{flood.id}")
    wait_until(lambda: desk.counts(flood)["expected"] == 2)
    end = cancel(flood)
    desk.send(end)
    assert device.document("cancel")[1]["alert"] == flood.id
    (told,) = late.hello("nonce-later-0123")["alerts"]
    assert f'"{end.id}"' in decode64(told.split(".")[1]).decode()
    listed = {one["id"]: one for one in desk.ask("GET", "/edge/alerts")[1]["alerts"]}
    assert (listed[flood.id]["ended"], listed[end.id]["of"]) == (end.id, flood.id)


def test_update_takes_the_place_of_what_it_names(desk: Desk, device: SimulatedDevice) -> None:
    flood = alert()
    desk.send(flood)
    worse = alert(kind="update", references=(flood.id,))
    desk.send(worse)
    (told,) = device.hello("nonce-later-0123")["alerts"]
    assert f'"{worse.id}"' in decode64(told.split(".")[1]).decode()


def test_silent_ones_are_sent_to_again_and_those_that_answered_are_not(
    desk: Desk, device: SimulatedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "PAUSES_MS", (300,))
    quick = [desk.gateway.hang_device(f"spk-quick{number}").come() for number in range(4)]
    for other in quick:
        other.hello()
    wait_until(lambda: all(map(desk.gateway.hub.presence.is_online, desk.gateway.hub.world.members)))
    flood = alert()
    desk.send(flood)
    for one in quick:
        ack(one, f"alert:{flood.id}")
    for _ in range(3):
        assert device.document("alert")[1]["id"] == flood.id
    ack(device, f"alert:{flood.id}")
    wait_until(lambda: desk.counts(flood)["received"] == 5)
    device.heard_by_now()
    time.sleep(0.7)
    assert device.heard_by_now() == []


def test_what_the_signer_refuses_keeps_its_code_and_waits_for_another(desk: Desk, device: SimulatedDevice) -> None:
    def no(message: object, words: object) -> str:
        raise Refused(Reason.UNKNOWN_KEY, "not in the list")

    flood = alert()
    desk.propose(flood)
    desk.gateway.platform.sign = no
    status, told = desk.confirm(flood)
    assert (status, told["code"]) == (409, "unknown_key")
    assert told["detail"].endswith("Cảnh báo chưa phát.")
    desk.gateway.platform.sign = None
    assert desk.confirm(flood, user=3)[1]["state"] == "sent"
    assert device.document("alert")


def test_signer_that_is_away_costs_nothing_but_time(desk: Desk) -> None:
    def away(message: object, words: object) -> str:
        raise SignerUnavailable("gone")

    flood = alert()
    desk.propose(flood)
    desk.gateway.platform.sign = away
    assert (desk.confirm(flood)[0], desk.confirm(flood)[1]["code"]) == (503, "signer_away")
    desk.gateway.platform.sign = None
    assert desk.confirm(flood)[1]["state"] == "sent"


def test_exercise_needs_one_person_and_a_break_glass_that_is_not_allowed_is_over(
    desk: Desk, device: SimulatedDevice
) -> None:
    drill = alert(status="exercise")
    assert desk.propose(drill, alone=True)[1]["state"] == "sent"
    assert device.document("alert")[1]["status"] == "exercise"

    def no(message: object, words: object) -> str:
        raise Refused(Reason.NOT_APPROVED, "break-glass is not allowed here")

    desk.gateway.platform.sign = no
    flood = alert()
    status, told = desk.propose(flood, alone=True)
    assert (status, told["code"]) == (409, "not_approved")
    assert desk.ask("GET", f"/edge/alerts/{flood.id}")[1]["state"] == "refused"


def test_declined_and_taken_back(desk: Desk) -> None:
    flood, fire = alert(), alert(event="chay")
    for one in (flood, fire):
        desk.propose(one)
    no = Decline(reason="chưa xác minh")
    path = f"/edge/alerts/{flood.id}/decline"
    assert desk.ask("POST", path, no, user=THANH, may=CONFIRMER)[1]["state"] == "declined"
    assert desk.ask("POST", f"/edge/alerts/{fire.id}/decline", no)[1]["state"] == "declined"
    assert desk.confirm(flood)[1]["code"] == "alert_declined"
    assert desk.ask("GET", f"/edge/alerts/{flood.id}")[1]["reason"] == "chưa xác minh"


def test_after_a_minute_others_are_told_and_after_half_an_hour_it_is_over(desk: Desk) -> None:
    heard: list[tuple[str, str]] = []
    gateway, flood = desk.gateway, alert()
    gateway.hub.alerts.listeners.append(lambda what, entry: heard.append((what, entry.id)))

    def age(milliseconds: int) -> None:
        case = gateway.hub.alerts.cases.get(flood.id)
        assert case is not None
        case.asked_at -= milliseconds

    with page(gateway, "vn.15") as chief:
        desk.propose(flood)
        assert chief.of(flood.id)["kind"] == "alert"
        gateway.do(lambda: age(61_000))
        assert chief.of(flood.id)["kind"] == "alert-escalated"
        gateway.do(lambda: age(30 * 60_000))
        told = chief.of(flood.id)
        assert (told["kind"], told["facts"]["state"]) == ("alert", "lapsed")
    gateway.hub.alerts.listeners.clear()
    wait_until(lambda: [what for what, name in heard if name == flood.id] == ["waiting", "escalated", "lapsed"])
    assert desk.confirm(flood)[1]["code"] == "alert_lapsed"


def test_pages_hear_sums_at_most_twice_a_second(desk: Desk, device: SimulatedDevice) -> None:
    flood = alert()
    with page(desk.gateway) as open_page:
        desk.send(flood)
        ack(device, f"alert:{flood.id}")
        while (event := open_page.of(flood.id))["kind"] != "board" or event["facts"]["received"] != 1:
            """Its earlier steps."""
        assert event["facts"]["expected"] == 1


def test_silent_ones_are_shown_with_their_cause(desk: Desk, device: SimulatedDevice) -> None:
    gateway = desk.gateway
    gateway.hang_device("spk-never")
    device.say(Bye(device=device.device, at=1, cause="power_lost"))
    wait_until(lambda: not gateway.hub.presence.is_online(device.device))
    flood = alert()
    desk.send(flood)
    board = desk.board(flood)
    assert {row["device"]: row["cause"] for row in board["devices"]} == {
        "spk-never": "never_seen", device.device: "power_lost",
    }  # fmt: skip
    assert board["communes"][0]["causes"] == {"never_seen": 1, "power_lost": 1}


def test_board_of_a_province_shows_each_commune_its_own(desk: Desk, device: SimulatedDevice) -> None:
    desk.gateway.hang_device("spk-other", path=NEIGHBOUR)
    storm, chief = alert("vn.15", level="province"), Desk(desk.gateway, "vn.15")
    chief.send(storm)
    assert chief.counts(storm)["expected"] == 2
    assert [row["device"] for row in desk.board(storm)["devices"]] == [device.device]
    assert [row["device"] for row in desk.board(storm, area=NEIGHBOUR)["devices"]] == ["spk-other"]


def test_everything_is_copied_once_the_database_is_there(desk: Desk, device: SimulatedDevice) -> None:
    platform, flood = desk.gateway.platform, alert()
    platform.away = True
    desk.send(flood)
    ack(device, f"alert:{flood.id}")
    hear(device, f"alert:{flood.id}", "sounding", late=True)
    wait_until(lambda: desk.counts(flood)["sounding"] == 1)
    platform.away = False
    wait_until(lambda: [e.state for e in platform.steps if e.id == flood.id] == ["waiting", "waiting", "sent"])
    sent = next(entry for entry in platform.steps if entry.id == flood.id and entry.state == "sent")
    assert (sent.author, sent.by, len(sent.words), bool(sent.jws)) == (str(LAN), str(THANH), 2, True)
    wait_until(lambda: any(r.id == flood.id and r.sounding and r.late for r in platform.reports))


def test_voice_is_fetched_by_those_that_missed_it_and_by_nobody_else(desk: Desk, device: SimulatedDevice) -> None:
    gateway = desk.gateway
    voice = put_voice(gateway, b"OggS" + secrets.token_bytes(500))
    other = gateway.hang_device("spk-beside", path=NEIGHBOUR)
    flood = alert(targets=(Target(id="chung", voices=(voice,)),))
    desk.propose(flood)
    (gateway.media / voice.sha256).unlink()  # from now on the store is not needed
    path = f"/device/media/{voice.sha256}"
    assert gateway.request("GET", path, token=device.token(audience="loa-gateway"))[0] == 404
    desk.confirm(flood)
    status, _, sound = gateway.request("GET", path, token=device.token(audience="loa-gateway"))
    assert (status, hashlib.sha256(sound).hexdigest()) == (200, voice.sha256)
    assert gateway.request("GET", path, token=other.token(audience="loa-gateway"))[0] == 404


def test_same_wish_again_is_the_same(desk: Desk) -> None:
    flood = alert()
    assert desk.propose(flood) == desk.propose(flood)


def test_whole_country_is_the_only_one_for_everybody(desk: Desk, device: SimulatedDevice) -> None:
    war = alert("vn", level="centre", audience=Audience(area="vn"))
    with everything_heard(desk.gateway) as subjects:
        Desk(desk.gateway, "vn").send(war)
        assert device.document("alert")
    assert [subject for subject in subjects if subject.endswith(".down")].count("all.down") == 1


@pytest.mark.usefixtures("calm")
def test_second_gateway_knows_it_keeps_it_and_may_confirm_it(desk: Desk, device: SimulatedDevice) -> None:
    first = desk.gateway
    voice = put_voice(first, b"OggS" + secrets.token_bytes(300))
    with RunningGateway(
        elsewhere(first.env, gateway_state=first.env.var / "second-alerts"), first.engine, first.platform
    ) as second:
        second.do(lambda: second.hub.world.put(first.hub.world.members[device.device]))
        flood = alert(targets=(Target(id="chung", voices=(voice,)),))
        desk.propose(flood)
        wait_until(lambda: second.hub.alerts.cases.get(flood.id) is not None)
        wait_until(lambda: second.hub.alerts.shelf.path_of(voice.sha256).exists())
        there = Desk(second)
        assert there.confirm(flood)[1]["state"] == "sent"
        assert device.document("alert")[1]["id"] == flood.id
        ack(device, f"alert:{flood.id}")
        for one in (desk, there):
            wait_until(lambda one=one: one.counts(flood)["received"] == 1)  # type: ignore[misc]
        assert desk.confirm(flood)[1]["code"] == "alert_sent"
        journal = (second.env.gateway_state / "alerts" / "alerts.journal").read_text()
        assert journal.count('"state":"waiting"') == 2, "the wish, and that it was confirmed"


def test_ticket_of_the_author_is_not_that_of_a_confirmer(desk: Desk) -> None:
    flood = alert()
    desk.propose(flood)
    assert desk.confirm(flood, may=AUTHOR)[1]["code"] == "denied"
