"""Zalo OA against a server on loopback that answers as Zalo's public pages say."""

import json
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs

import pytest
from pytest_django import Settings

from loa.channels.actions import keeping, posting
from loa.channels.actions.keeping import Entered
from loa.channels.actions.sending import send_waiting
from loa.channels.models import Channel, Outcome, Part
from loa.channels.tests import web
from loa.channels.tests.conftest import flood, listed
from loa.channels.tests.web import Answer, Asked, Server
from tests.cast import Cast

pytestmark = pytest.mark.django_db


class Zalo:
    """Access tokens that run out, refresh tokens that are good for once."""

    def __init__(self) -> None:
        self.access, self.refresh, self.renewals = "a0", "r0", 0
        self.error = 0

    def answer(self, asked: Asked) -> Answer:
        return self._token(asked) if asked.path == "/v4/oa/access_token" else self._message(asked)

    def _token(self, asked: Asked) -> Answer:
        words = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        fits = words == {"refresh_token": self.refresh, "app_id": "12", "grant_type": "refresh_token"}
        if not fits or asked.headers["secret_key"] != "s3cret":
            return 200, {"error": -14014, "error_name": "Invalid refresh token"}
        self.renewals += 1
        self.access, self.refresh = f"a{self.renewals}", f"r{self.renewals}"
        return 200, {"access_token": self.access, "refresh_token": self.refresh, "expires_in": "90000"}

    def _message(self, asked: Asked) -> Answer:
        if asked.headers["access_token"] != self.access:
            return 200, {"error": -124, "message": "Access token invalid"}
        if self.error:
            return 200, {"error": self.error, "message": "..."}
        return 200, {"error": 0, "message": "Success", "data": {"msg_id": "m1", "sent_time": "1"}}


@pytest.fixture
def zalo() -> Zalo:
    return Zalo()


@pytest.fixture
def server(settings: Settings, zalo: Zalo) -> Iterator[Server]:
    settings.LOA_CHANNELS_LOCAL = ("127.0.0.1",)
    with web.running(zalo.answer) as running:
        yield running


def added(cast: Cast, server: Server) -> Channel:
    options = {
        "app_id": "12", "template": "204077", "title": "tieu_de", "text": "noi_dung", "place": "dia_ban", "time": "gio",
        "send_url": server.url + "/message/template", "token_url": server.url + "/v4/oa/access_token",
    }  # fmt: skip
    entered = Entered("Zalo của tỉnh", options, {"app_secret": "s3cret", "refresh_token": "r0"})
    return keeping.add_channel(actor=cast.bao, area=cast.lao_cai, kind="zalo", entered=entered, now=cast.now)[0]


def send(channel: Channel, now: datetime) -> int:
    return send_waiting(channel_id=channel.pk, clock=lambda: now)


def messages(server: Server) -> list[Asked]:
    return [asked for asked in server.asked if asked.path == "/message/template"]


def test_the_first_token_is_asked_for_and_kept(cast: Cast, server: Server, zalo: Zalo) -> None:
    channel = added(cast, server)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    listed(cast, "Triệu Văn Minh", "0987654321")
    posting.post(notice=flood(cast, status="exercise"), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 2
    assert zalo.renewals == 1
    words = json.loads(messages(server)[0].body)
    assert (words["phone"], words["template_id"]) in (("84912345678", "204077"), ("84987654321", "204077"))
    assert words["template_data"]["noi_dung"].startswith("DIỄN TẬP, KHÔNG PHẢI THẬT.")
    assert words["template_data"]["tieu_de"].startswith("DIỄN TẬP, KHÔNG PHẢI THẬT.")
    assert words["template_data"]["dia_ban"] == "Xã Quy Mông"
    assert words["tracking_id"] in {str(pk) for pk in Outcome.objects.values_list("pk", flat=True)}
    assert set(Part.objects.values_list("receipt", flat=True)) == {"m1"}
    channel.refresh_from_db()
    assert "r1" not in channel.secret
    assert keeping.read_secret(channel)["refresh_token"] == "r1"


def test_a_token_that_ran_out_is_renewed_and_nobody_gets_it_twice(cast: Cast, server: Server, zalo: Zalo) -> None:
    channel = added(cast, server)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    send(channel, cast.now)
    zalo.access = "other"  # Zalo knows it no more
    posting.post(notice=flood(cast, "alert:2"), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 1
    assert zalo.renewals == 2
    assert Outcome.objects.filter(state="sent").count() == 2


def test_a_refresh_token_that_is_spent_asks_for_a_person(cast: Cast, server: Server, zalo: Zalo) -> None:
    channel = added(cast, server)
    zalo.refresh = "spent elsewhere"
    listed(cast, "Bàn Thị Xuân", "0912345678")
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 0
    channel.refresh_from_db()
    assert channel.fault == "token"
    assert Outcome.objects.get().state == "waiting"


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [(-108, "failed", "number"), (-118, "failed", "no_account"), (-109, "failed", "template"),
     (-100, "waiting", "zalo_-100"), (-999, "failed", "zalo_-999")],
)  # fmt: skip
def test_what_zalo_says_is_told(cast: Cast, server: Server, zalo: Zalo, error: int, state: str, code: str) -> None:
    channel = added(cast, server)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    zalo.error = error
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 0
    assert (Outcome.objects.get().state, Outcome.objects.get().code) == (state, code)


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, []), (200, {}), (502, {})])
def test_an_answer_that_is_none_is_tried_again(cast: Cast, server: Server, zalo: Zalo, answer: Answer) -> None:
    channel = added(cast, server)
    listed(cast, "Bàn Thị Xuân", "0912345678")
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    token = {"access_token": "a1", "refresh_token": "r1"}
    server.says.extend([(200, token), answer])
    assert send(channel, cast.now) == 0
    assert Outcome.objects.get().state == "waiting"
