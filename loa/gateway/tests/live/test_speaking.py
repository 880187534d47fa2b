"""A voice from a page to loudspeakers: signed, in step, recorded, handed over, ended."""

import json
import time
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from devicelink import batches, jws
from devicelink.messages import Ack, Heard

from loa.broadcasts.actions.speaking import Spoken
from loa.gateway.live import talk as talks
from loa.gateway.live.ogg import milliseconds
from loa.gateway.tests.conftest import (
    COMMUNE,
    RunningGateway,
    wait_until,
)
from loa.gateway.tests.live.conftest import HAMLET, Hall, certificate, heard, page
from loa.gateway.tests.mqtt import SimulatedDevice
from loa.gateway.tests.speaking import SOUND


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
        assert all(abs(b.captured - a.captured - 200_000) <= 500 for a, b in pairwise(four))
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
