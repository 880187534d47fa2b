"""A voice from a page to loudspeakers: signed, in step, recorded; and every way of coming in that is none."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from devicelink import batches, jws
from devicelink.batches import Batch
from devicelink.jws import decode64
from devicelink.keyfiles import KeyFolder
from devicelink.messages import DOWNWARD, Ack, Heard, Session
from devicelink.refusals import Reason, Refused
from devicelink.signing import Job, SignerUnavailable

from loa.broadcasts.actions.speaking import Spoken
from loa.broadcasts.queries.speaking import LiveLeave
from loa.gateway.database import Away
from loa.gateway.live import talk as talks
from loa.gateway.live.ogg import milliseconds
from loa.gateway.live.ways import Ways
from loa.gateway.tests.conftest import (
    COMMUNE,
    NEIGHBOUR,
    Platform,
    RunningGateway,
    Surroundings,
    elsewhere,
    wait_until,
)
from loa.gateway.tests.mqtt import Client, SimulatedDevice
from loa.gateway.tests.speaking import SITE, SOUND, Hung, Microphone
from loa.kernel.clock import now
from loa.kernel.errors import Refusal
from tests import engine as engines

HAMLET = f"{COMMUNE}.h5"
PROVINCE = "vn.15"
MAY = ("view", "live.speak")


@dataclass
class Hall(Platform):
    """A platform on which Lan may speak in Quy Mông; `signer` holds the keys."""

    signer: Path = Path()
    minutes: float = 15
    no_signer: bool = False
    no_leave: Exception | None = None
    refuse: Reason | None = None
    spoken: list[tuple[Spoken, bytes]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    def live(self) -> Ways:
        return Ways(sign=self._sign, leave=self._leave, named=self._named, record=self._record)

    def _sign(self, job: Job) -> str:
        self.jobs.append(job)
        if self.no_signer:
            raise SignerUnavailable("down")
        if self.refuse is not None and job.typ == "session":
            raise Refused(self.refuse, "no")
        message = msgspec.json.decode(job.payload, type=DOWNWARD[job.typ])
        return KeyFolder(self.signer).sign(message, int(time.time() * 1000))

    def _leave(self, user: int, path: str, at: datetime) -> LiveLeave:
        if self.no_leave is not None:
            raise self.no_leave
        return LiveLeave(permit="p-1", area=path, until=at + timedelta(minutes=self.minutes))

    def _named(self, areas: tuple[str, ...], groups: tuple[str, ...]) -> tuple[str, ...]:
        return ("Xã Quy Mông",)

    def _record(self, spoken: Spoken, sound: Path | None) -> None:
        self._answer()
        self.spoken.append((spoken, sound.read_bytes() if sound else b""))


@pytest.fixture(scope="module")
def hall(folder: Path) -> Hall:
    return Hall(signer=folder / "signer")


@pytest.fixture(scope="module")
def live(surroundings: Surroundings, engine: engines.RunningEngine, hall: Hall) -> Iterator[RunningGateway]:
    with RunningGateway(elsewhere(surroundings), engine, hall) as running:
        wait_until(lambda: running.hub.leader.active)
        yield running


@pytest.fixture(autouse=True)
def fresh(hall: Hall, live: RunningGateway) -> Iterator[None]:
    yield
    hall.minutes, hall.no_signer, hall.no_leave, hall.refuse, hall.away = 15, False, None, None, False
    wait_until(lambda: not live.hub.live.airs)
    live.hub.live._reserved.clear()


@pytest.fixture
def pole(live: RunningGateway) -> Iterator[SimulatedDevice]:
    name = f"spk-{secrets.token_hex(4)}"
    yield live.hang_device(name, path=HAMLET).come()
    live.do(lambda: live.hub.world.remove(name))


def page(live: RunningGateway, **changes: Any) -> Microphone:
    return Microphone(live.port, live.ticket(may=MAY, **changes))


def is_certified(payload: bytes) -> bool:
    return not batches.is_batch(payload) and jws.parse(payload).header.typ == "session"


def certificate(pole: Client) -> Session:
    while not is_certified(payload := pole.message().payload):
        pass
    return jws.decode(jws.parse(payload).payload, Session)


def heard(pole: Client, session: Session, count: int) -> list[Batch]:
    found: list[Batch] = []
    while len(found) < count:
        payload = pole.message().payload
        if batches.is_batch(payload):
            found.append(batches.unpack(payload, decode64(session.public)))
    return found


def is_let_go(line: Microphone, say: Callable[[int], None], times: int) -> bool:
    """Whether the gateway hangs up on who says that so often."""
    try:
        for number in range(times):
            say(number)
        return line.closed() in (4400, 1006)
    except OSError:
        return True


def test_a_voice_reaches_the_loudspeakers_in_even_signed_batches_and_is_kept(
    live: RunningGateway, pole: SimulatedDevice, hall: Hall, tmp_path: Path
) -> None:
    with page(live) as lan:
        lan.measured()
        lan.say("wish", areas=[COMMUNE])
        ready = lan.hear("ready")
        assert (ready["expected"], ready["ready"]) == (1, 1)
        counting = lan.start(COMMUNE, title="Họp thôn")
        begin = lan.clock() + counting["wait"] * 1000
        session = certificate(pole)
        assert (session.id, session.speaker, session.title) == (counting["session"], "Hoàng Thị Lan", "Họp thôn")
        assert hall.jobs[-1].person == "1"
        pole.say(Ack(device=pole.device, of=f"session:{session.id}", code="ok", at=0))
        lan.speak(begin + 500, 45)
        four = heard(pole, session, 4)
        assert [batch.number for batch in four] == [0, 1, 2, 3]
        row = [packet for batch in four for packet in batch.packets]
        assert row.count(SOUND) >= 30  # the page's start is later than ours by what the answer took
        assert row[-10:] == [SOUND] * 10
        assert four[1].before == four[0].packets
        assert abs(four[0].captured - session.start * 1000) < 40_000
        assert all(abs(b.captured - a.captured - 200_000) <= 100 for a, b in pairwise(four))
        pole.say(Heard(device=pole.device, of=f"session:{session.id}", state="sounding", at=0))
        while (state := lan.hear("state"))["sounding"] != 1:
            pass
        assert state["expected"] == 1
        status, _, body = live.request("GET", "/edge/live/now", token=live.ticket(may=("view",)))
        assert status == 200
        (shown,) = json.loads(body)["live"]
        assert (shown["speaker"], shown["places"], shown["sounding"]) == ("Hoàng Thị Lan", ["Xã Quy Mông"], 1)
        lan.say("stop")
        assert lan.hear("over")["reason"] == "stopped"
    wait_until(lambda: any(one.session == session.id for one, _ in hall.spoken))
    told, sound = next(row for row in hall.spoken if row[0].session == session.id)
    assert (told.user, told.permit, told.area, told.reason, told.sounding) == (1, "p-1", COMMUNE, "stopped", 1)
    assert 600 < told.spoken <= 900
    file = tmp_path / "kept.opus"
    file.write_bytes(sound)
    assert milliseconds(file) >= 800
    assert not list(live.hub.live.archive.folder.glob("*"))


def test_a_file_that_is_kept_can_be_played(tmp_path: Path) -> None:
    import av

    from loa.gateway.live.ogg import SILENCE, OggPages

    pages = OggPages()
    file = tmp_path / "a.opus"
    file.write_bytes(pages.opening() + pages.page([SILENCE] * 50) + pages.page([b""] * 50))
    with av.open(str(file)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert 48_000 * 1.9 < samples <= 96_000
    assert milliseconds(file) == 2_000


def test_silence_is_sent_as_empty_packets_so_that_nobody_takes_it_for_the_end(
    live: RunningGateway, pole: SimulatedDevice
) -> None:
    with page(live) as lan:
        lan.measured()
        lan.start(HAMLET)
        session = certificate(pole)
        two = heard(pole, session, 2)
        assert all(batch.packets == (b"",) * 10 for batch in two)
        lan.say("stop")
        lan.hear("over")


def test_a_lost_line_ends_it_at_once_with_a_signed_end(live: RunningGateway, pole: SimulatedDevice, hall: Hall) -> None:
    lan = page(live).measured()
    lan.start(COMMUNE)
    session = certificate(pole)
    lan.hang_up()
    while batches.is_batch(payload := pole.message().payload):
        pass
    end = json.loads(jws.parse(payload).payload)
    assert (end["session"], end["reason"]) == (session.id, "lost")
    wait_until(lambda: not live.hub.live.airs)


def test_a_line_on_which_nothing_comes_any_more_is_lost(
    live: RunningGateway, pole: SimulatedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talks, "LOST_S", 0.8)
    lan = page(live).measured()
    lan.start(COMMUNE)
    wait_until(lambda: not live.hub.live.airs)
    lan.hang_up()


def test_silence_warns_and_then_ends(
    live: RunningGateway, pole: SimulatedDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talks, "WARN_S", 0.3)
    live.env.live_silence_s = 1.5
    try:
        with page(live) as lan:
            lan.measured()
            lan.start(COMMUNE)
            assert lan.hear("silent")["left"] >= 1
            lan.say("level", db=-20.0)
            assert lan.hear("silent")["left"] >= 1
            assert lan.hear("over")["reason"] == "silent"
    finally:
        live.env.live_silence_s = 300.0


def test_its_end_comes_when_the_permit_ends(live: RunningGateway, pole: SimulatedDevice, hall: Hall) -> None:
    hall.minutes = 4 / 60
    with page(live) as lan:
        lan.measured()
        lan.start(COMMUNE)
        assert lan.hear("over")["reason"] == "full"


def test_a_stop_of_the_place_ends_it(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan:
        lan.measured()
        lan.start(HAMLET)
        until = int((time.time() + 600) * 1000)
        stop = {"audience": {"area": COMMUNE}, "until": until}
        assert live.request("POST", "/edge/stop", token=live.ticket(), body=stop)[0] == 200
        assert lan.hear("over")["reason"] == "held"
    assert live.request("POST", "/edge/resume", token=live.ticket(), body={"audience": {"area": COMMUNE}})[0] == 200


def test_one_microphone_a_place_and_it_is_handed_over_to_who_asked(live: RunningGateway, pole: SimulatedDevice) -> None:
    with page(live) as lan, page(live, user=2, name="Nguyễn Văn Thành") as thanh, page(live, user=3) as third:
        for one in (lan, thanh, third):
            one.measured()
        first = lan.start(COMMUNE)
        busy = thanh.start(HAMLET)
        assert busy["code"] == "live_busy"
        assert "Hoàng Thị Lan" in busy["detail"]
        lan.say("give", to=2)
        assert lan.hear("refused")["code"] == "live_nobody_waits"
        thanh.say("want", session=first["session"])
        assert lan.hear("wanted")["name"] == "Nguyễn Văn Thành"
        lan.say("give", to=2)
        assert lan.hear("over")["reason"] == "handed_over"
        assert thanh.hear("offered")["by"] == "Hoàng Thị Lan"
        assert third.start(COMMUNE)["code"] == "live_busy"
        assert thanh.start(COMMUNE, chime=False)["t"] == "counting"
        thanh.say("stop")
        thanh.hear("over")


def test_what_the_database_cannot_take_yet_waits_on_the_disk(
    live: RunningGateway, pole: SimulatedDevice, hall: Hall
) -> None:
    hall.away = True
    with page(live) as lan:
        lan.measured()
        name = lan.start(COMMUNE)["session"]
        lan.say("stop")
        lan.hear("over")
    wait_until(lambda: hall.turned_away > 0)
    assert (live.hub.live.archive.folder / f"{name}.json").exists()
    hall.away = False
    wait_until(lambda: any(one.session == name for one, _ in hall.spoken))


def test_a_session_in_which_the_gateway_died_is_told_when_it_comes_back(live: RunningGateway, hall: Hall) -> None:
    from loa.gateway.live.ogg import OggPages

    pages = OggPages()
    torn = Spoken(
        session="ab" * 16, area=COMMUNE, user=1, permit="p-1", alert="", title="", targets=(), started=1_000, ended=0,
        spoken=0, reason="", expected=1, sounding=0,
    )  # fmt: skip
    folder = live.hub.live.archive.folder
    folder.mkdir(exist_ok=True)
    (folder / f"{torn.session}.opus").write_bytes(pages.opening() + pages.page([SOUND] * 50) + b"OggS torn")
    (folder / f"{torn.session}.json").write_bytes(msgspec.json.encode(torn))
    wait_until(lambda: any(one.session == torn.session for one, _ in hall.spoken))
    told = next(one for one, _ in hall.spoken if one.session == torn.session)
    assert (told.spoken, told.reason, told.ended) == (1_000, "gateway", 2_000)


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
