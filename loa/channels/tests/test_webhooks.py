"""Webhooks to a real server on loopback: signed, tried again, never into our own network."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from loa.channels.actions import keeping, posting
from loa.channels.actions.keeping import Entered
from loa.channels.actions.sending import send_waiting
from loa.channels.models import Channel, Outcome, Sending
from loa.channels.tests import web
from loa.channels.tests.conftest import FLOOD, flood
from loa.channels.tests.web import Server
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(settings: Settings) -> Iterator[Server]:
    """The other program."""
    settings.LOA_CHANNELS_LOCAL = ("127.0.0.1",)
    with web.running(lambda asked: (200, {})) as server:
        yield server


def added(cast: Cast, url: str, kind: str = "webhook") -> tuple[Channel, str]:
    return keeping.add_channel(
        actor=cast.bao, area=cast.quy_mong, kind=kind, entered=Entered("Phần mềm xã", {"url": url}), now=cast.now
    )


def send(channel: Channel, now: datetime) -> int:
    return send_waiting(channel_id=channel.pk, clock=lambda: now)


@pytest.mark.parametrize("kind", ["webhook", "board"])
def test_the_other_program_gets_it_signed(cast: Cast, other: Server, kind: str) -> None:
    channel, secret = added(cast, other.url + "/loa", kind)
    posting.post(notice=flood(cast, data={"event": "lu"}), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 1
    (asked,) = other.asked
    stamp = asked.headers["loa-timestamp"]
    expected = hmac.new(secret.encode(), stamp.encode() + b"." + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["loa-signature"] == f"v1={expected}"
    assert int(stamp) == int(cast.now.timestamp())
    assert asked.headers["loa-delivery"] == str(Outcome.objects.get().pk)
    told = json.loads(asked.body)
    assert (told["purpose"], told["status"], told["text"], told["alert"]) == ("alert", "actual", FLOOD, {"event": "lu"})
    assert Outcome.objects.get().state == "sent"


def test_a_program_that_is_away_gets_it_later_under_the_same_name(cast: Cast, other: Server) -> None:
    channel, _ = added(cast, other.url)
    other.says.extend([(503, {}), (429, {})])
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    now, pauses = cast.now, []
    for _ in range(2):
        assert send(channel, now) == 0
        row = Outcome.objects.get()
        assert send(channel, now) == 0, "not before its time"
        pauses.append(row.next_at - now)
        now = row.next_at
    assert pauses == sorted(pauses)
    assert send(channel, now) == 1
    assert len({asked.headers["loa-delivery"] for asked in other.asked}) == 1


def test_a_program_that_refuses_is_not_asked_again(cast: Cast, other: Server) -> None:
    channel, _ = added(cast, other.url)
    other.says.append((400, {}))
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 0
    assert (Outcome.objects.get().state, Outcome.objects.get().code) == ("failed", "http_400")


def test_what_would_come_too_late_is_not_sent(cast: Cast, other: Server) -> None:
    channel, _ = added(cast, other.url)
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now + timedelta(hours=3)) == 0
    assert (Outcome.objects.get().state, other.asked) == ("lapsed", [])


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/", "https://169.254.169.254/latest", "https://0x7f.1/"],
)
def test_our_own_network_is_not_asked(cast: Cast, settings: Settings, url: str) -> None:
    settings.LOA_CHANNELS_LOCAL = ()
    channel, _ = added(cast, url)
    posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
    assert send(channel, cast.now) == 0
    assert (Outcome.objects.get().state, Outcome.objects.get().code) == ("failed", "forbidden")


def test_a_redirect_takes_neither_words_nor_signature_elsewhere(cast: Cast, other: Server) -> None:
    channel, _ = added(cast, other.url)
    with web.running(lambda asked: (200, {})) as stranger:
        other.says.append((307, stranger.url.encode()))
        posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now)
        assert send(channel, cast.now) == 0
        assert stranger.asked == []
    assert Outcome.objects.get().state == "failed"


def test_what_is_posted_twice_is_one(cast: Cast, other: Server) -> None:
    channel, _ = added(cast, other.url)
    assert posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now) is not None
    assert posting.post(notice=flood(cast), area=cast.quy_mong, now=cast.now) is None
    assert send(channel, cast.now) == 1
    assert (Sending.objects.count(), len(other.asked)) == (1, 1)


def test_the_neighbour_is_not_told(cast: Cast, other: Server) -> None:
    added(cast, other.url)
    posting.post(notice=flood(cast), area=cast.tran_yen, now=cast.now)
    assert not Outcome.objects.exists()
    posting.post(notice=flood(cast, "alert:2"), area=cast.lao_cai, now=cast.now)
    assert Outcome.objects.count() == 1
