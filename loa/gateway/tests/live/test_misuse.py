"""Every way to the microphone that is none: nothing of it reaches a loudspeaker."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from devicelink import batches
from devicelink.jws import decode64
from devicelink.messages import Heard
from devicelink.refusals import Reason

from loa.gateway.database import Away
from loa.gateway.live import talk as talks
from loa.gateway.tests.conftest import (
    COMMUNE,
    NEIGHBOUR,
    RunningGateway,
    wait_until,
)
from loa.gateway.tests.live.conftest import HAMLET, MAY, PROVINCE, Hall, certificate, page
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.gateway.tests.speaking import SITE, Hung, Microphone
from loa.kernel.clock import now
from loa.kernel.errors import Refusal


def is_let_go(line: Microphone, say: Callable[[int], None], times: int) -> bool:
    """Whether the gateway hangs up on who says that so often."""
    try:
        for number in range(times):
            say(number)
        return line.closed() in (4400, 1006)
    except OSError:
        return True


# --- who does not come in ---


@pytest.mark.parametrize("origin", [None, "", "https://evil.example", f"{SITE}.evil.example", "null"])
def test_pages_from_elsewhere_are_not_let_in(live: RunningGateway, origin: str | None) -> None:
    with pytest.raises(Hung):
        Microphone(live.port, live.ticket(may=MAY), origin=origin)


def tickets_that_do_not_hold(live: RunningGateway) -> dict[str, str]:
    good = live.ticket(may=MAY)
    head, _, signature = good.partition(".")
    return {
        "none": "",
        "torn": good[:-8],
        "another signature": f"{head}.{signature[::-1]}",
        "long": good + "A" * 5_000,
        "expired": live.ticket(may=MAY, now=now() - timedelta(hours=13)),
        "may only look": live.ticket(may=("view",)),
        "may only stop": live.ticket(may=("view", "hold.set")),
    }


@pytest.mark.parametrize(
    "name", ["none", "torn", "another signature", "long", "expired", "may only look", "may only stop"]
)
def test_a_ticket_that_does_not_hold_opens_nothing(live: RunningGateway, name: str) -> None:
    with Microphone(live.port, tickets_that_do_not_hold(live)[name]) as line:
        assert line.hear("refused")["code"] in (
            "ticket_malformed", "ticket_forged", "ticket_expired", "denied", "no_ticket"
        )  # fmt: skip
        assert line.closed() == 4403


@pytest.mark.parametrize(
    "first",
    ["", "{}", "[]", "null", '{"t":"start","areas":["vn"]}', '{"t":"ticket"}', '{"t":"ticket","ticket":7}', "[" * 5000],
)
def test_the_ticket_comes_first(live: RunningGateway, first: str) -> None:
    with Microphone(live.port, None) as line:
        line.text(first)
        assert line.hear("refused")["code"] == "no_ticket"
        assert line.closed() == 4403


def test_sound_before_a_ticket_closes_the_line(live: RunningGateway) -> None:
    with Microphone(live.port, None) as line:
        line.sound(1)
        assert line.hear("refused")["code"] == "no_ticket"


def test_a_ticket_of_a_session_that_was_ended_opens_nothing_and_ends_what_it_opened(
    live: RunningGateway, pole: SimulatedDevice
) -> None:
    from loa.gateway.endings import SignOut

    ticket = live.ticket(may=MAY, user=77, session="mark-77")
    with Microphone(live.port, ticket) as line:
        line.measured()
        line.start(COMMUNE)
        live.do(lambda: live.hub.world.sign_out(SignOut(user=77, session="mark-77", at=int(time.time() * 1000))))
        assert line.hear("over")["reason"] == "signed_out"
    with Microphone(live.port, ticket) as line:
        assert line.hear("refused")["code"] == "ticket_ended"


# --- what is not put on the air ---


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"areas": []}, "live_nowhere"),
        ({"areas": [NEIGHBOUR]}, "not_found"),
        ({"areas": [COMMUNE, NEIGHBOUR]}, "not_found"),
        ({"areas": [PROVINCE]}, "not_found"),
        ({"areas": ["vn"]}, "not_found"),
        ({"areas": [""]}, "not_found"),
        ({"areas": ["vn.15.0453"]}, "not_found"),
        ({"areas": [f"{COMMUNE}.nowhere"]}, "live_nobody"),
        ({"areas": [f"{COMMUNE}/#"]}, "not_found"),
        ({"groups": ["g-unknown"]}, "not_found"),
        ({"devices": ["spk-unknown"]}, "not_found"),
        ({"devices": ["spk-neighbour"]}, "not_found"),
        ({"areas": [COMMUNE], "devices": ["spk-neighbour"]}, "not_found"),
    ],
)
def test_a_place_of_others_or_none_at_all_is_refused(
    live: RunningGateway, pole: SimulatedDevice, wish: dict[str, list[str]], code: str
) -> None:
    live.hang_device("spk-neighbour", path=NEIGHBOUR)
    with page(live) as lan:
        lan.measured()
        lan.say("start", **wish)
        assert lan.hear("counting", "refused")["code"] == code
        lan.say("wish", **wish)
        assert lan.hear("ready", "refused")["code"] == code


def test_a_hamlet_announcer_reaches_the_own_hamlet_only(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live, area=HAMLET, user=18) as xuan:
        xuan.measured()
        for place in (COMMUNE, f"{COMMUNE}.h4", NEIGHBOUR):
            assert xuan.start(place)["code"] == "not_found"
        assert xuan.start(HAMLET)["t"] == "counting"
        xuan.say("stop")
        xuan.hear("over")


def test_without_leave_signer_or_database_nobody_speaks_and_is_told_why(
    live: RunningGateway, pole: SimulatedDevice, hall: Hall
) -> None:
    with page(live) as lan:
        lan.measured()
        hall.no_leave = Refusal("Xã Quy Mông không phát lúc 22:00.", code="live_outside_hours")
        assert lan.start(COMMUNE) == {
            "t": "refused", "code": "live_outside_hours", "detail": "Xã Quy Mông không phát lúc 22:00."
        }  # fmt: skip
        hall.no_leave = Away("down")
        assert lan.start(COMMUNE)["code"] == "database_away"
        hall.no_leave, hall.no_signer = None, True
        assert lan.start(COMMUNE)["code"] == "signer_away"
        hall.no_signer, hall.refuse = False, Reason.NOT_APPROVED
        assert lan.start(COMMUNE)["code"] == "signer_not_approved"
    assert pole.heard_by_now() == []


def test_nobody_speaks_twice_at_once(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan, page(live) as again:
        lan.measured()
        again.measured()
        lan.start(COMMUNE)
        assert lan.start(COMMUNE)["code"] == "live_twice"
        assert again.start(HAMLET)["code"] == "live_twice"
        lan.say("stop")
        lan.hear("over")


def test_before_its_clock_is_known_a_page_does_not_begin(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan:
        assert lan.start(COMMUNE)["code"] == "live_not_measured"


# --- what a page of ours never sends ---


BAD_FRAMES = {
    "empty": b"",
    "only a stamp": bytes(8),
    "half a stamp": bytes(4),
    "stereo": bytes(8) + b"\x7c" + bytes(40),
    "60 ms": bytes(8) + b"\x58" + bytes(40),
    "10 ms": bytes(8) + b"\x70" + bytes(40),
    "two frames": bytes(8) + b"\x79" + bytes(40),
    "many frames": bytes(8) + b"\x7b\x05" + bytes(40),
    "an mp3": bytes(8) + b"ID3" + bytes(40),
    "too large": bytes(8) + b"\x78" + bytes(400),
    "giant": bytes(8) + b"\x78" + bytes(12_000),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_what_is_no_packet_reaches_no_loudspeaker_and_ends_the_line(
    live: RunningGateway, pole: SimulatedDevice, name: str
) -> None:
    with page(live) as lan:
        lan.measured()
        assert lan.start(COMMUNE)["t"] == "counting"
        session = certificate(pole)
        for _ in range(talks.MOST_BAD + 1):
            lan.raw(BAD_FRAMES[name])
        assert lan.hear("refused")["code"] == "misuse"
    wait_until(lambda: not live.hub.live.airs)
    for payload in pole.heard_by_now():
        if batches.is_batch(payload):
            assert set(batches.unpack(payload, decode64(session.public)).packets) == {b""}


def test_a_frame_beyond_all_measure_is_not_even_read(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan:
        lan.measured()
        lan.raw(bytes(200_000))
        assert lan.closed() in (1009, 1006)


@pytest.mark.parametrize("stamps", ["past", "future", "backwards", "zero", "largest"])
def test_stamps_that_cannot_be_reach_no_loudspeaker(live: RunningGateway, pole: SimulatedDevice, stamps: str) -> None:
    with page(live) as lan:
        lan.measured()
        counting = lan.start(COMMUNE)
        session = certificate(pole)
        begin = lan.clock() + counting["wait"] * 1000
        for number in range(talks.MOST_BAD + 1):
            at = {
                "past": begin - 60_000_000 + number * 20_000,
                "future": begin + 3_600_000_000 + number * 20_000,
                "backwards": lan.clock() - number * 20_000 - 1_000_000,
                "zero": 0,
                "largest": 2**64 - 1,
            }[stamps]
            lan.sound(at)
        wait_until(lambda: not live.hub.live.airs)
    for payload in pole.heard_by_now():
        if batches.is_batch(payload):
            assert set(batches.unpack(payload, decode64(session.public)).packets) == {b""}


def test_a_flood_of_packets_ends_the_line(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan:
        lan.measured()
        lan.start(COMMUNE)
        begin = lan.clock() - 1_000_000
        assert is_let_go(lan, lambda number: lan.sound(begin + number * 20), 5_000)
    wait_until(lambda: not live.hub.live.airs)


@pytest.mark.parametrize(
    "text",
    ["{", "nonsense", '{"t":"unknown"}', '{"t":"pong","n":999,"at":1}', '{"t":"ticket","ticket":"x"}', "[" * 4000,
     '{"t":"level","db":"loud"}', '{"t":"give"}', '{"t":"start","areas":"vn"}', "x" * 9000],
)  # fmt: skip
def test_words_that_make_no_sense_are_counted_and_end_the_line(live: RunningGateway, text: str) -> None:
    with page(live) as lan:
        lan.measured()
        assert is_let_go(lan, lambda _: lan.text(text), talks.MOST_BAD + 60)


def test_sound_without_a_session_goes_nowhere(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan:
        lan.measured()
        lan.speak(lan.clock(), 30)
        lan.say("wish", areas=[COMMUNE])
        lan.hear("ready")
    assert pole.heard_by_now() == []


def test_giving_or_wanting_what_is_not_there_does_nothing(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan, page(live, user=9, area=NEIGHBOUR) as mai:
        lan.measured()
        mai.measured()
        session = lan.start(COMMUNE)["session"]
        for wanted in (session, "0" * 32, ""):
            mai.say("want", session=wanted)
            assert mai.hear("refused")["code"] == "live_over"
        mai.say("give", to=1)
        assert mai.hear("refused")["code"] == "live_nobody_waits"
        lan.say("stop")
        lan.hear("over")


def test_a_loudspeaker_elsewhere_is_not_counted_as_sounding(live: RunningGateway, pole: SimulatedDevice) -> None:
    other = live.hang_device("spk-other", path=NEIGHBOUR).come()
    with page(live) as lan:
        lan.measured()
        session = lan.start(COMMUNE)["session"]
        other.say(Heard(device="spk-other", of=f"session:{session}", state="sounding", at=0))
        other.say(Heard(device=pole.device, of=f"session:{session}", state="sounding", at=0))
        other.heard_by_now()
        assert live.do(lambda: [len(air.sounding) for air in live.hub.live.airs.values()]) == [0]
        lan.say("stop")
        lan.hear("over")


def test_too_many_pages_of_one_person_are_refused(live: RunningGateway) -> None:
    lines = [page(live, user=55) for _ in range(4)]
    for line in lines:
        line.hear("hello")
    with page(live, user=55) as fifth:
        assert fifth.hear("refused")["code"] == "too_many_pages"
    for line in lines:
        line.hang_up()
