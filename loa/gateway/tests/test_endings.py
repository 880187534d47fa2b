"""What a page carries ends with the session, the role and the account: at once, wherever the page is open."""
# ruff: noqa: F811 - fixtures from a neighbour

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from loa.areas.models import Area
from loa.devices.access import ticket_for
from loa.devices.models import Hold
from loa.devices.tests.conftest import key_folders, signer  # noqa: F401 - fixtures
from loa.gateway.events import KEEP_ALIVE_S
from loa.gateway.tests.conftest import NO_DATABASE, RunningGateway, Surroundings, elsewhere, wait_until
from loa.gateway.tests.whole import RealPlatform, running  # noqa: F401
from loa.kernel.clock import now
from loa.people.actions import accounts, roles, sign_out
from loa.people.models import User
from loa.people.rules import session_mark
from tests.cast import Cast

SIGN_OF_LIFE_S = KEEP_ALIVE_S - 3
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_ticket_key(surroundings: Surroundings, settings: Settings) -> None:
    """Pages sign their tickets with the key that this gateway checks."""
    settings.ENV = replace(settings.ENV, ticket_keys=surroundings.ticket_keys)


@contextmanager
def watching(gateway: RunningGateway, ticket: str) -> Iterator[http.client.HTTPResponse]:
    """An open page that has read its picture."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=SIGN_OF_LIFE_S)
    connection.request("GET", f"/edge/events?ticket={ticket}")
    with connection.getresponse() as answer:
        assert answer.read1(64)
        yield answer
    connection.close()


def is_ended(page: http.client.HTTPResponse) -> bool:
    """Read to its end. TimeoutError if it stays open until the next sign of life, which would keep it for ever."""
    page.read()
    return True


def page_of(user: User, area: Area, session: str) -> str:
    return ticket_for(user, area.path, now(), session=session_mark(session))


@pytest.mark.usefixtures("own_ticket_key")
def test_closed_account_loses_its_open_pages_and_its_tickets_at_once(cast: Cast, running: RunningGateway) -> None:
    ticket, of_another = (page_of(user, cast.quy_mong, "s") for user in (cast.lan, cast.thanh))
    with watching(running, ticket) as page:
        accounts.close(actor=cast.bao, user=cast.lan, now=now())
        assert is_ended(page)
    answer = running.request("GET", "/edge/state", token=ticket)
    assert (answer[0], json.loads(answer[2])["code"]) == (403, "ticket_ended")
    assert running.request("GET", "/edge/state", token=of_another)[0] == 200


@pytest.mark.usefixtures("own_ticket_key")
def test_role_that_is_taken_back_takes_the_stop_button_with_it(cast: Cast, running: RunningGateway) -> None:
    ticket = page_of(cast.lan, cast.quy_mong, "s")
    with watching(running, ticket) as page:
        roles.take_back(actor=cast.bao, row=cast.lan.grants.get(), now=now())
        assert is_ended(page)
    body = {"audience": {"area": cast.quy_mong.path}, "until": int(time.time() * 1000) + 3_600_000}
    assert running.request("POST", "/edge/stop", token=ticket, body=body)[0] == 403
    assert not Hold.objects.exists()


@pytest.mark.usefixtures("own_ticket_key")
def test_session_that_lan_ends_elsewhere_is_deaf_there_and_lives_here(
    cast: Cast, running: RunningGateway, client: Browser
) -> None:
    client.force_login(cast.lan)
    client.get(reverse("people:account"))
    elsewhere_key = "a" * 32
    row = UserSession.objects.create(user=cast.lan, ip="10.0.0.9", session_key=elsewhere_key)
    here = page_of(cast.lan, cast.quy_mong, client.session.session_key or "")
    with watching(running, page_of(cast.lan, cast.quy_mong, elsewhere_key)) as page:
        client.post(reverse("people:end_session", args=[row.pk]))
        assert is_ended(page)
    assert running.request("GET", "/edge/state", token=here)[0] == 200
    client.post(reverse("account_logout"))
    wait_until(lambda: running.request("GET", "/edge/state", token=here)[0] == 403)


@pytest.mark.usefixtures("own_ticket_key")
def test_ended_while_the_gateway_could_not_hear_is_learnt_when_it_can(
    cast: Cast, running: RunningGateway, tmp_path: Path
) -> None:
    """From the table by a gateway that was away, and from its snapshot with the database gone."""
    ticket = page_of(cast.lan, cast.quy_mong, "s")
    sign_out.everywhere(user=cast.lan, now=now())
    env = elsewhere(running.env, gateway_state=tmp_path / "late")
    with RunningGateway(env, running.engine, RealPlatform()) as late:
        wait_until(lambda: late.request("GET", "/edge/state", token=ticket)[0] == 403)
    alone = elsewhere(env, database=NO_DATABASE)
    with RunningGateway(alone, running.engine, RealPlatform()) as without:
        assert without.request("GET", "/edge/state", token=ticket)[0] == 403
