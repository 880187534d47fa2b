"""Between two pages of Lan: her role is taken away, her browser changes, a minute passes."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache.backends import base, locmem
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from loa.kernel.reading import once
from loa.people.access import grants_of
from loa.people.models import RoleGrant, User
from loa.people.web.middleware import Reading
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/thong-bao/"


def reads_of_roles(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return sum(one["sql"].startswith('SELECT "people_rolegrant"."role"') for one in seen.captured_queries)


def test_the_roles_of_a_person_are_read_once_for_a_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.lan)
    client.get(PAGE)
    assert reads_of_roles(client, PAGE) == 1


def test_a_role_that_is_taken_away_is_gone_at_the_next_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.lan)
    address = f"/hom-nay/?don-vi={cast.quy_mong.path}"
    assert client.get(address).status_code == 200
    RoleGrant.objects.filter(user=cast.lan).delete()
    assert client.get(address).status_code == 404


def test_a_role_that_was_given_is_there_at_the_next_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.mai)
    address = f"/hom-nay/?don-vi={cast.quy_mong.path}"
    assert client.get(address).status_code == 404
    RoleGrant.objects.create(user=cast.mai, role="viewer", area=cast.quy_mong, starts=cast.now - timedelta(days=1))
    assert client.get(address).status_code == 200


def kept(method: str, person: User, cast: Cast) -> bool:
    """Whether a role that is taken away in the middle of such a request still counts in it."""

    def view(request: HttpRequest) -> HttpResponse:
        before = grants_of(person, cast.now)
        RoleGrant.objects.filter(user=person).delete()
        return HttpResponse(str(before == grants_of(person, cast.now)))

    request = RequestFactory().generic(method, PAGE)
    return Reading(view)(request).content == b"True"


@pytest.mark.parametrize(("method", "same"), [("GET", True), ("HEAD", True), ("POST", False), ("DELETE", False)])
def test_whoever_changes_something_is_asked_anew(cast: Cast, method: str, same: bool) -> None:
    assert kept(method, cast.lan, cast) is same


def test_of_two_people_each_has_their_own_roles(cast: Cast) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        found = [{grant.path for grant in grants_of(person, cast.now)} for person in (cast.lan, cast.mai)]
        assert found == [{cast.quy_mong.path}, {cast.tran_yen.path}]
        return HttpResponse()

    assert Reading(view)(RequestFactory().get(PAGE)).status_code == 200


def test_pages_shown_at_the_same_moment_share_nothing() -> None:
    both = threading.Barrier(2, timeout=10)
    told: dict[str, bytes] = {}

    def view(request: HttpRequest) -> HttpResponse:
        once("who", lambda: request.GET["who"])
        both.wait()
        return HttpResponse(once("who", lambda: "nobody"))

    def show(person: str) -> None:
        told[person] = Reading(view)(RequestFactory().get(PAGE, {"who": person})).content

    threads = [threading.Thread(target=show, args=(name,)) for name in ("lan", "mai")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert told == {"lan": b"lan", "mai": b"mai"}


def written(client: Client, **headers: str) -> int:
    """How often the list of one's sessions was written for one page."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(PAGE, **headers).status_code == 200  # type: ignore[arg-type]
    lines = [one["sql"] for one in seen.captured_queries if "usersessions_usersession" in one["sql"]]
    return sum(line.startswith(("INSERT", "UPDATE")) for line in lines)


def test_who_was_here_is_written_once_a_minute(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(time=lambda: 1_000.0)
    for module in (locmem, base):
        monkeypatch.setattr(module, "time", clock)
    client.force_login(cast.lan)
    assert written(client) >= 1
    row = UserSession.objects.get(user=cast.lan)
    clock.time = lambda: 1_059.0
    assert [written(client) for _ in range(3)] == [0, 0, 0]
    clock.time = lambda: 1_061.0
    assert [written(client) for _ in range(3)] == [1, 0, 0]
    assert UserSession.objects.get(user=cast.lan).last_seen_at > row.last_seen_at


def test_another_browser_or_address_is_written_at_once(cast: Cast, client: Client) -> None:
    client.force_login(cast.lan)
    written(client)
    assert written(client, HTTP_USER_AGENT="Zalo/24 Android") == 1
    assert written(client, REMOTE_ADDR="203.0.113.7") >= 1
    row = UserSession.objects.get(user=cast.lan)
    assert row.ip == "203.0.113.7"


def test_of_two_people_on_one_machine_both_are_written(cast: Cast, client: Client) -> None:
    client.force_login(cast.lan)
    written(client)
    other = Client()
    other.force_login(cast.mai)
    assert written(other) >= 1
    assert UserSession.objects.count() == 2


def test_who_is_not_signed_in_is_not_written_down(client: Client, cast: Cast) -> None:
    assert client.get(PAGE).status_code == 302
    assert not UserSession.objects.exists()


def test_a_session_that_was_ended_elsewhere_is_over_at_once(cast: Cast, client: Client) -> None:
    """Knowing somebody for a minute must not keep them signed in."""
    client.force_login(cast.lan)
    written(client)
    UserSession.objects.get(user=cast.lan).end()
    assert client.get(PAGE).status_code == 302
